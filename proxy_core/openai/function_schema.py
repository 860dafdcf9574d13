"""Whatever a tool declares as its input -> the parameters of a function, as Azure accepts them.

https://learn.microsoft.com/azure/ai-foundry/openai/how-to/function-calling

What is accepted goes through verbatim. What Azure refuses at the top level becomes a note to the
model; the client, who owns the tool, still checks it.

Seen in Azure's refusals: `Invalid schema for function 'x': schema must have type 'object' and not
have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level.`
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from proxy_core.conversation import JsonSchema
from proxy_core.openai.plain_schema import is_plain
from proxy_core.openai.schema_references import find_target, inlined
from proxy_core.openai.schema_repair import drop_lost_references, repair_schema
from proxy_core.wire.json import decode_json, encode_json, to_readable_json

# A client sends its tools again with each turn: so many schemas are remembered as they were fitted.
MOST_REMEMBERED = 500
LONGEST_REMEMBERED = 16_384  # bytes

_WITH_BRANCHES = ("oneOf", "anyOf", "allOf")
_REFUSED = (*_WITH_BRANCHES, "enum", "not")  # at the top level, even with strict: false


def fit_parameters(schema: JsonSchema) -> JsonSchema:
    """Look at what is given back, and change nothing in it: others get the same."""
    try:
        declared = encode_json(schema)
    except RecursionError:  # too deep to be written, which fitting it will end
        return _fit(schema)
    return _remember(declared) if len(declared) <= LONGEST_REMEMBERED else _fit(schema)


@lru_cache(MOST_REMEMBERED)
def _remember(declared: bytes) -> JsonSchema:
    schema = decode_json(declared)
    return schema if is_plain(declared) else _fit(schema)


def _fit(schema: JsonSchema) -> JsonSchema:
    whole = inlined(schema)
    if whole.get("type") != "object":
        whole = {**whole, "type": "object"}
    fitted, references = repair_schema(whole)
    if refused := {key: fitted[key] for key in _REFUSED if key in fitted}:
        fitted = _loosen(fitted, refused)
    return drop_lost_references(fitted, references)


def fit_output_schema(schema: JsonSchema) -> JsonSchema:
    """Of a structured reply. What Azure refuses in it whole, it says itself: the reply would not
    be what the client asked for."""
    return drop_lost_references(*repair_schema(inlined(schema)))


def _loosen(schema: JsonSchema, refused: Mapping[str, Any]) -> JsonSchema:
    kept = {key: value for key, value in schema.items() if key not in refused}
    note = f"The input must also satisfy this JSON Schema: {to_readable_json(refused)}"
    description = schema.get("description")
    return {
        **kept,
        "properties": _gather(schema, refused) | schema["properties"],
        "description": f"{description}\n{note}" if description else note,
    }


def _gather(schema: JsonSchema, refused: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of all branches; one that has several forms may have any of them."""
    forms: dict[str, dict[str, Any]] = {}
    for branch in _branches(schema, refused):
        match branch:
            case {"properties": dict(fields)}:
                for name, field in fields.items():
                    forms.setdefault(name, {})[to_readable_json(field)] = field
    return {name: _any_of([*each.values()]) for name, each in forms.items()}


def _any_of(schemas: list[Any]) -> Any:
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def _branches(schema: JsonSchema, refused: Mapping[str, Any]) -> Iterator[Any]:
    for keyword in _WITH_BRANCHES:
        for branch in refused.get(keyword, ()):
            match branch:
                case {"$ref": str(reference)}:
                    yield find_target(schema, reference)
                case _:
                    yield branch
