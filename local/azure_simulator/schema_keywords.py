"""What JSON Schema itself asks of its keywords: Azure names the first that breaks the rules.

https://json-schema.org/draft/2020-12/schema
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")

SCHEMAS = (
    "items", "additionalProperties", "propertyNames", "contains", "not", "if", "then", "else",
    "unevaluatedItems", "unevaluatedProperties", "contentSchema",
)  # fmt: skip
LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
MAPS = ("properties", "$defs", "definitions", "patternProperties", "dependentSchemas")
TEXTS = ("title", "description", "format", "$schema", "$comment", "$id", "$ref", "$dynamicRef",
         "contentEncoding", "contentMediaType")  # fmt: skip
FLAGS = ("uniqueItems", "deprecated", "readOnly", "writeOnly")
COUNTS = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties",
          "minContains", "maxContains")  # fmt: skip
NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")


def find_keyword_faults(schema: dict[str, Any]) -> Iterator[str]:
    """Of this schema, not of those inside, unless they are none."""
    for keyword, value in schema.items():
        if keyword in CHECKS:
            yield from CHECKS[keyword](value)


def _a(kind: str, *types: type) -> Callable[[Any], Iterator[str]]:
    def check(value: Any) -> Iterator[str]:
        fits = isinstance(value, types) and (bool in types or not isinstance(value, bool))
        if not fits:
            yield f"{value!r} is not of type {kind}."

    return check


a_schema = _a("'object', 'boolean'", dict, bool)
a_text = _a("'string'", str)
a_number = _a("'number'", int, float)
an_array = _a("'array'", list)
an_object = _a("'object'", dict)


def schemas(value: Any) -> Iterator[str]:
    yield from an_array(value)
    if value == []:
        yield "[] should be non-empty."
    for member in value if isinstance(value, list) else ():
        yield from a_schema(member)


def schemas_by_name(value: Any) -> Iterator[str]:
    yield from an_object(value)
    for member in value.values() if isinstance(value, dict) else ():
        yield from a_schema(member)


def schemas_by_pattern(value: Any) -> Iterator[str]:
    yield from schemas_by_name(value)
    for name in value if isinstance(value, dict) else ():
        yield from a_pattern(name)


def names(value: Any) -> Iterator[str]:
    yield from an_array(value)
    listed = value if isinstance(value, list) else []
    for member in listed:
        yield from a_text(member)
    if any(member in listed[:place] for place, member in enumerate(listed)):
        yield f"{value!r} has non-unique elements."


def names_by_name(value: Any) -> Iterator[str]:
    yield from an_object(value)
    for member in value.values() if isinstance(value, dict) else ():
        yield from names(member)


def dependencies(value: Any) -> Iterator[str]:
    yield from an_object(value)
    for member in value.values() if isinstance(value, dict) else ():
        yield from (names if isinstance(member, list) else a_schema)(member)


def types(value: Any) -> Iterator[str]:
    listed = value if isinstance(value, list) else [value]
    known = all(isinstance(name, str) and name in TYPES for name in listed)
    if not known or not listed or len({*listed}) < len(listed):
        yield f"{value!r} is not valid under any of the given schemas."


def a_pattern(value: Any) -> Iterator[str]:
    yield from a_text(value)
    try:
        re.compile(value if isinstance(value, str) else "")
    except (re.error, OverflowError, RecursionError):
        yield f"{value!r} is not a 'regex'."


def a_count(value: Any) -> Iterator[str]:
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not whole:
        yield f"{value!r} is not of type 'integer'."
    elif value < 0:
        yield f"{value!r} is less than the minimum of 0."


def a_factor(value: Any) -> Iterator[str]:
    yield from a_number(value)
    if isinstance(value, int | float) and value <= 0:
        yield f"{value!r} is less than or equal to the minimum of 0."


def an_anchor(value: Any) -> Iterator[str]:
    yield from a_text(value)
    if isinstance(value, str) and not re.search(r"^[A-Za-z_][-A-Za-z0-9._]*$", value):
        yield f"{value!r} does not match '^[A-Za-z_][-A-Za-z0-9._]*$'."


def an_id(value: Any) -> Iterator[str]:
    yield from a_text(value)
    if isinstance(value, str) and not re.search("^[^#]*#?$", value):
        yield f"{value!r} does not match '^[^#]*#?$'."


CHECKS: dict[str, Callable[[Any], Iterator[str]]] = {
    **dict.fromkeys(SCHEMAS, a_schema),
    **dict.fromkeys(LISTS, schemas),
    **dict.fromkeys(MAPS, schemas_by_name),
    **dict.fromkeys(TEXTS, a_text),
    **dict.fromkeys(FLAGS, _a("'boolean'", bool)),
    **dict.fromkeys(COUNTS, a_count),
    **dict.fromkeys(NUMBERS, a_number),
    "patternProperties": schemas_by_pattern,
    "dependencies": dependencies,
    "dependentRequired": names_by_name,
    "required": names,
    "type": types,
    "enum": an_array,
    "examples": an_array,
    "pattern": a_pattern,
    "multipleOf": a_factor,
    "$anchor": an_anchor,
    "$dynamicAnchor": an_anchor,
    "$id": an_id,
}
