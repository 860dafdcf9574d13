"""JSON Schemas that Azure refuses, for tools and for structured output.

https://learn.microsoft.com/azure/ai-foundry/openai/how-to/structured-outputs

Every schema must be one by the rules of JSON Schema, and needs an object at its top, `properties`
for objects and `items` for arrays. With `strict: true` it must also lie within the strict subset.
"""

from collections.abc import Iterator
from typing import Any

from local.azure_simulator.schema_keywords import LISTS, MAPS, SCHEMAS, find_keyword_faults

NOT_AT_THE_TOP = ("oneOf", "anyOf", "allOf", "enum", "not")
NOT_IN_STRICT = {
    "minLength", "maxLength", "pattern", "format", "minimum", "maximum", "multipleOf",
    "exclusiveMinimum", "exclusiveMaximum", "patternProperties", "unevaluatedProperties",
    "propertyNames", "minProperties", "maxProperties", "unevaluatedItems", "contains",
    "minContains", "maxContains", "minItems", "maxItems", "uniqueItems", "oneOf", "allOf", "not",
    "prefixItems", "default", "if", "then", "else", "dependentRequired", "dependentSchemas",
}  # fmt: skip
MAX_STRICT_PROPERTIES = 100
MAX_STRICT_DEPTH = 5

Path = tuple[str, ...]


def find_schema_fault(schema: Any, strict: bool) -> str | None:
    """What Azure says after `Invalid schema for function 'x': `, or None."""
    return next(_faults(schema, strict), None)


def _faults(schema: Any, strict: bool) -> Iterator[str]:
    if not isinstance(schema, dict):
        yield f"{schema!r} is not of type 'object', 'boolean'."
        return
    for _, part in _subschemas(schema, ()):
        yield from find_keyword_faults(part)
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
        yield from _reference_faults(path, part, schema)
        if strict:
            yield from _strict_faults(path, part)
    if strict:
        yield from _strict_size_faults(schema)


def _subschemas(schema: dict[str, Any], path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    yield path, schema
    for keyword in MAPS:
        members = schema.get(keyword)
        if isinstance(members, dict):
            for name, member in members.items():
                yield from _descend(member, (*path, keyword, name))
    for keyword in LISTS:
        members = schema.get(keyword)
        if isinstance(members, list):
            for number, member in enumerate(members):
                yield from _descend(member, (*path, keyword, str(number)))
    for keyword in SCHEMAS:
        yield from _descend(schema.get(keyword), (*path, keyword))


def _descend(schema: Any, path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    if isinstance(schema, dict):
        yield from _subschemas(schema, path)


def _shape_faults(path: Path, schema: dict[str, Any]) -> Iterator[str]:
    if _is(schema, "object") and "properties" not in schema:
        yield f"In context={path!r}, object schema missing properties."
    if _is(schema, "array") and "items" not in schema:
        yield f"In context={path!r}, array schema missing items."


def _reference_faults(path: Path, schema: dict[str, Any], whole: Any) -> Iterator[str]:
    """References outside of the schema, or to nothing in it."""
    reference = schema.get("$ref")
    if reference is None:
        return
    head, *steps = reference.split("/")
    place = whole if head == "#" else None
    for step in steps:
        step = step.replace("~1", "/").replace("~0", "~")
        if isinstance(place, dict):
            place = place.get(step)
        elif isinstance(place, list) and step.isdecimal() and int(step) < len(place):
            place = place[int(step)]
        else:
            place = None
    if not isinstance(place, dict | bool):
        yield f"In context={path!r}, reference can only point to definitions, got {reference!r}."


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
