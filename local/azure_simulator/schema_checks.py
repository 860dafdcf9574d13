"""JSON Schemas that Azure refuses, for tools and for structured output.

https://learn.microsoft.com/azure/ai-foundry/openai/how-to/structured-outputs

Every schema needs an object at its top, `properties` for objects and `items` for arrays. With
`strict: true` it must also lie within the strict subset.
"""

from collections.abc import Iterator
from typing import Any

NOT_AT_THE_TOP = ("oneOf", "anyOf", "allOf", "enum", "not")
NOT_IN_STRICT = {
    "minLength", "maxLength", "pattern", "format", "minimum", "maximum", "multipleOf",
    "exclusiveMinimum", "exclusiveMaximum", "patternProperties", "unevaluatedProperties",
    "propertyNames", "minProperties", "maxProperties", "unevaluatedItems", "contains",
    "minContains", "maxContains", "minItems", "maxItems", "uniqueItems", "oneOf", "allOf", "not",
}  # fmt: skip
MAX_STRICT_PROPERTIES = 100
MAX_STRICT_DEPTH = 5
SCHEMA_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
SCHEMA_MAPS = ("$defs", "definitions")

Path = tuple[str, ...]


def find_schema_fault(schema: Any, strict: bool) -> str | None:
    """What Azure says after `Invalid schema for function 'x': `, or None."""
    return next(_faults(schema, strict), None)


def _faults(schema: Any, strict: bool) -> Iterator[str]:
    if not isinstance(schema, dict):
        yield f"{schema!r} is not of type 'object', 'boolean'."
        return
    if schema.get("type") != "object":
        shown = schema.get("type")
        yield f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{shown}\"'."
    if any(key in schema for key in NOT_AT_THE_TOP):
        yield (
            "schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' "
            "at the top level."
        )
    for path, part in _subschemas(schema, ()):
        yield from _shape_faults(path, part)
        if strict:
            yield from _strict_faults(path, part)
    if strict:
        yield from _strict_size_faults(schema)


def _subschemas(schema: dict[str, Any], path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    yield path, schema
    for keyword in ("properties", *SCHEMA_MAPS):
        members = schema.get(keyword)
        if isinstance(members, dict):
            for name, member in members.items():
                yield from _descend(member, (*path, keyword, name))
    for keyword in SCHEMA_LISTS:
        members = schema.get(keyword)
        if isinstance(members, list):
            for number, member in enumerate(members):
                yield from _descend(member, (*path, keyword, str(number)))
    for keyword in ("items", "additionalProperties"):
        yield from _descend(schema.get(keyword), (*path, keyword))


def _descend(schema: Any, path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    if isinstance(schema, dict):
        yield from _subschemas(schema, path)


def _shape_faults(path: Path, schema: dict[str, Any]) -> Iterator[str]:
    if _is(schema, "object") and "properties" not in schema:
        yield f"In context={path!r}, object schema missing properties."
    if _is(schema, "array") and "items" not in schema:
        yield f"In context={path!r}, array schema missing items."


def _strict_faults(path: Path, schema: dict[str, Any]) -> Iterator[str]:
    for keyword in sorted(schema.keys() & NOT_IN_STRICT):
        yield f"In context={path!r}, '{keyword}' is not permitted."
    if not _is(schema, "object"):
        return
    if schema.get("additionalProperties") is not False:
        yield (
            f"In context={path!r}, 'additionalProperties' is required to be supplied "
            "and to be false."
        )
    for name in schema.get("properties", {}).keys() - set(schema.get("required", ())):
        yield (
            f"In context={path!r}, 'required' is required to be supplied and to be an array "
            f"including every key in properties. Missing '{name}'."
        )


def _strict_size_faults(schema: dict[str, Any]) -> Iterator[str]:
    parts = list(_subschemas(schema, ()))
    count = sum(len(part.get("properties", {})) for _, part in parts)
    if count > MAX_STRICT_PROPERTIES:
        yield f"Expected at most {MAX_STRICT_PROPERTIES} object properties, found {count}."
    depth = max(1 + sum(step in ("properties", "items") for step in path) for path, _ in parts)
    if depth > MAX_STRICT_DEPTH + 1:
        yield f"{depth - 1} levels of nesting exceeds limit of {MAX_STRICT_DEPTH}."


def _is(schema: dict[str, Any], kind: str) -> bool:
    declared = schema.get("type")
    return declared == kind or (isinstance(declared, list) and kind in declared)
