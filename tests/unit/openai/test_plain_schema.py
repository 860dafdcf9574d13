"""Which parameters of a function are valid at a glance."""

import json
from typing import Any

import pytest

from proxy_core.openai.plain_schema import MOST, is_plain


def parameters(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def is_plain_as_json(schema: Any) -> bool:
    return is_plain(json.dumps(schema).encode())


PLAIN = [
    parameters(),
    {**parameters(), "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Read"},
    parameters(
        path={"type": "string", "description": "absolute", "minLength": 1, "format": "path"},
        limit={"type": "integer", "exclusiveMinimum": 0, "maximum": 9.5, "default": None},
        mode={"type": "string", "enum": ["a", "b"]},
    ),
    {
        **parameters(
            edits={
                "type": "array",
                "minItems": 1,
                "items": {**parameters(old={"type": "string"}), "required": ["old"]},
            }
        ),
        "required": ["edits"],
        "additionalProperties": False,
    },
    {**parameters(), "required": ["elsewhere"]},
]


@pytest.mark.parametrize("schema", PLAIN)
def test_what_nearly_every_tool_declares_is_plain(schema: Any) -> None:
    assert is_plain_as_json(schema)


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        schema = {"type": "array", "items": schema}
    return parameters(a=schema)


OTHERS = {
    "no object": {"type": "string"},
    "no type": {"properties": {}},
    "no properties": {"type": "object"},
    "two types": {"type": ["object", "null"], "properties": {}},
    "another language's type": parameters(a={"type": "str"}),
    "nothing inside": parameters(a={}),
    "an array of anything": parameters(a={"type": "array"}),
    "values of the whole": {**parameters(), "enum": [{}]},
    "no value at all": parameters(a={"type": "string", "enum": []}),
    "a null description": parameters(a={"type": "string", "description": None}),
    "a length below nothing": parameters(a={"type": "string", "minLength": -1}),
    "an older draft's limit": parameters(a={"type": "number", "exclusiveMinimum": True}),
    "an older draft's requirement": parameters(a={"type": "string", "required": True}),
    "required twice": {**parameters(), "required": ["a", "a"]},
    "required and forbidden": {**parameters(), "required": ["a"], "additionalProperties": False},
    "one of several": parameters(a={"anyOf": [{"type": "string"}]}),
    "a reference": parameters(a={"$ref": "#"}),
    "an unknown keyword": parameters(a={"type": "string", "nullable": True}),
    "too deep": nested(MOST),
    "no schema": None,
}


@pytest.mark.parametrize("schema", OTHERS.values(), ids=OTHERS.keys())
def test_what_is_not_known_at_once_is_looked_at_in_full(schema: Any) -> None:
    assert not is_plain_as_json(schema)


def test_nothing_is_plain_that_is_no_json() -> None:
    assert not is_plain(b'{"type":"object"')
    assert is_plain_as_json(nested(MOST - 3))
