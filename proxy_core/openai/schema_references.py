"""What `$ref` in a JSON schema points to. Only places in the schema itself count.

https://json-schema.org/draft/2020-12/json-schema-core#name-direct-references-with-ref
"""

from typing import Any
from urllib.parse import unquote

from proxy_core.conversation import JsonSchema

MOST_HOPS = 16  # from reference to reference; a longer way, or a ring, leads nowhere
_LONGEST_INDEX = 9  # digits


def find_target(schema: JsonSchema, reference: str) -> Any:
    """None where there is nothing."""
    head, *steps = reference.split("/")
    place: Any = schema if head == "#" else None
    for step in steps:
        place = _enter(place, unquote(step).replace("~1", "/").replace("~0", "~"))
    return place


def _enter(place: Any, step: str) -> Any:
    match place:
        case dict():
            return place.get(step)
        case list() if step.isdecimal() and len(step) <= _LONGEST_INDEX:
            return next(iter(place[int(step) :]), None)
        case _:
            return None


def leads_somewhere(schema: JsonSchema, reference: str) -> bool:
    """Whether a schema stands at its end."""
    for _ in range(MOST_HOPS):
        target = find_target(schema, reference)
        if not isinstance(target, dict):
            return isinstance(target, bool)
        if not isinstance(further := target.get("$ref"), str):
            return True
        reference = further
    return False


def inlined(schema: JsonSchema) -> JsonSchema:
    """The same schema with what its outermost `$ref` points to in its place."""
    whole = schema
    for _ in range(MOST_HOPS):
        if not isinstance(reference := schema.get("$ref"), str):
            return schema
        target = find_target(whole, reference)
        rest = _without_reference(schema)
        schema = _join(target, rest) if isinstance(target, dict) else rest
    return _without_reference(schema)


def _without_reference(schema: JsonSchema) -> JsonSchema:
    return {key: value for key, value in schema.items() if key != "$ref"}


def _join(target: JsonSchema, rest: JsonSchema) -> JsonSchema:
    """Where both say something of a property, what stands beside the reference holds."""
    joined = {**target, **rest}
    match target.get("properties"), rest.get("properties"):
        case dict(theirs), dict(own):
            joined["properties"] = {**theirs, **own}
    match target.get("required"), rest.get("required"):
        case list(needed), list(more):
            joined["required"] = needed + more
    return joined
