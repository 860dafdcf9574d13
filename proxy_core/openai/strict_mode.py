"""Which schemas Azure can enforce to the letter: the rules of `strict: true`.

https://learn.microsoft.com/azure/ai-foundry/openai/how-to/structured-outputs

A schema outside of them is refused with `strict: true`, so a doubt says no: without it the schema
still goes up. Beyond Azure's page two refusals are known: a reference with neighbours
(`$ref cannot have keywords {'description'}`), and branches of one `anyOf` whose objects begin
alike (`Objects provided via 'anyOf' must not share identical first keys`).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from proxy_core.conversation import JsonSchema
from proxy_core.openai.schema_references import find_target

DEEPEST = 5  # levels of properties and items below the top
MOST_PROPERTIES = 100  # at all levels together
MOST_VALUES = 500  # of enums, at all levels together
MOST_CHARACTERS = 15_000  # of names and values, at all levels together

_DEFINITIONS = ("$defs", "definitions")  # at the top only
_REFERABLE = ("#/$defs", "#/definitions")
_NOTES = frozenset({"description", "title", "$schema"})
_SCALAR = frozenset({"enum", "const"})
_OF_TYPE: Mapping[Any, frozenset[str]] = {
    "object": frozenset({"properties", "required", "additionalProperties"}),
    "array": frozenset({"items"}),
    **dict.fromkeys(("string", "number", "integer", "boolean", "null"), _SCALAR),
}


def is_strict(schema: Any) -> bool:
    if not isinstance(schema, dict) or schema.get("type") != "object":
        return False
    parts: list[JsonSchema] = []
    for level, part in _walk(schema):
        if level > DEEPEST or not _fits(part, schema):
            return False
        parts.append(part)
    values = [value for part in parts for value in part.get("enum", ())]
    names = [name for part in parts for name in part.get("properties", ())]
    return (
        len(names) <= MOST_PROPERTIES
        and len(values) <= MOST_VALUES
        and sum(len(str(text)) for text in names + values) <= MOST_CHARACTERS
    )


def _walk(schema: JsonSchema) -> Iterator[tuple[int, Any]]:
    """Every schema in the schema, after the one that holds it, with its level."""
    waiting: list[tuple[int, Any]] = [(0, schema)]
    for key in _DEFINITIONS:
        match schema.get(key):
            case {**named}:
                waiting += ((0, definition) for definition in named.values())
    while waiting:
        level, part = waiting.pop()
        yield level, part
        waiting += ((level + 1, each) for each in part.get("properties", {}).values())
        waiting += ((level + 1, part[key]) for key in ("items",) if key in part)
        waiting += ((level, each) for each in part.get("anyOf", ()))


def _fits(part: Any, whole: JsonSchema) -> bool:
    """Whether Azure can enforce it, apart from what stands below it."""
    match part:
        case {"$ref": str(reference), **rest}:
            return not rest and _is_known(reference, whole)
        case {"anyOf": [_, *_] as branches, **rest}:
            return rest.keys() <= _NOTES and _begin_differently(branches, whole)
        case {"type": str(type), **rest}:
            return _fits_types([type], rest, part is whole)
        case {"type": [_, *_] as types, **rest}:
            return _fits_types(types, rest, False)
        case _:
            return False


def _fits_types(types: list[Any], rest: Mapping[Any, Any], at_the_top: bool) -> bool:
    if not all(isinstance(type, str) and type in _OF_TYPE for type in types):
        return False
    known = _NOTES.union(*(_OF_TYPE[type] for type in types), _DEFINITIONS if at_the_top else ())
    return (
        rest.keys() <= known
        and ("object" not in types or _is_closed(rest))
        and ("array" not in types or "items" in rest)
        and isinstance(rest.get("enum", []), list)
    )


def _is_closed(schema: Mapping[Any, Any]) -> bool:
    match schema:
        case {
            "additionalProperties": False,
            "properties": dict(properties),
            "required": list(required),
        }:
            return all(isinstance(name, str) for name in required) and (
                properties.keys() == {*required}
            )
        case _:
            return False


def _is_known(reference: str, whole: JsonSchema) -> bool:
    if reference == "#":
        return True
    parent = reference.rpartition("/")[0]
    return parent in _REFERABLE and isinstance(find_target(whole, reference), dict)


def _begin_differently(branches: list[Any], whole: JsonSchema) -> bool:
    first = []
    for branch in branches:
        match branch:
            case {"$ref": str(reference)}:
                branch = find_target(whole, reference)
        match branch:
            case {"properties": {**fields}} if fields:
                first.append(next(iter(fields)))
    return len(first) == len({*first})
