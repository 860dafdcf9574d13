"""Which schemas Azure can enforce to the letter."""

from typing import Any

import pytest

from proxy_core.openai.strict_mode import is_strict


def closed(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }


def nested(levels: int) -> dict[str, Any]:
    return closed(x=nested(levels - 1)) if levels else closed()


def named(**definitions: Any) -> dict[str, Any]:
    return {"$defs": definitions}


STRING = {"type": "string"}
A, B, NEXT = {"$ref": "#/$defs/A"}, {"$ref": "#/$defs/B"}, {"$ref": "#"}
MANY = {f"p{number}": STRING for number in range(100)}


@pytest.mark.parametrize(
    "schema",
    [
        closed(),
        closed(a={"type": "integer", "enum": [1, 2], "description": "d"}),
        closed(a={"type": ["string", "null"]}, b={"type": ["array", "null"], "items": STRING}),
        closed(a={"anyOf": [STRING, {"type": "null"}], "title": "A"}),
        closed(a={"anyOf": [closed(b=STRING), closed(c=STRING), closed(), {"const": 1, **STRING}]}),
        {**closed(a=A, b=NEXT), **named(A=closed(c=STRING))},
        {**closed(a={"$ref": "#/definitions/A"}), "definitions": {"A": STRING}},
        {**closed(a={"anyOf": [A, {"type": "null"}]}), **named(A=closed(next={"anyOf": [A]}))},
        {**closed(a={"anyOf": [A, B]}), **named(A=closed(x=STRING), B=closed(y=STRING))},
        {**closed(a={**STRING, "enum": [*map(str, range(500))]})},
        closed(a=STRING, b={"type": "array", "items": closed(c={"type": "null"})}),
        {**closed(a=STRING), "title": "t", "$schema": "s"},
        closed(**MANY),
        nested(5),
    ],
)
def test_what_azure_can_enforce(schema: Any) -> None:
    assert is_strict(schema)


@pytest.mark.parametrize(
    "schema",
    [
        None,
        True,
        {},
        {"type": "object"},
        STRING,
        {"type": ["object", "null"]},
        {**closed(), "type": ["object", "null"]},
        {**closed(), "default": {}},
        {"anyOf": [closed()]},
        {"$ref": "#/$defs/A", **named(A=closed())},
        *(
            closed(a=member)
            for member in (
                {"type": "file"},
                {"type": []},
                {"type": [5]},
                {"type": [["string"]]},
                {"enum": [1]},
                {**STRING, "pattern": "^x"},
                {**STRING, "enum": "x"},
                {"type": ["string", "object"]},
                {"type": "array"},
                {"type": "array", "items": {**STRING, "format": "date"}},
                {"anyOf": []},
                {"anyOf": [STRING, {}]},
                {"anyOf": [STRING], "type": "string"},
                {"anyOf": [closed(a=STRING), closed(a=STRING, b=STRING)]},
                {"oneOf": [STRING]},
                {"allOf": [STRING]},
                {"not": STRING},
                {"$ref": "#/$defs/A"},
                {"$ref": "#/properties/a"},
                {"$ref": "https://example.com"},
                {**STRING, **named(A=STRING)},
                {**STRING, "enum": [*range(501)]},
                {**STRING, "enum": ["x" * 15_000]},
                True,
                None,
            )
        ),
        {**closed(a={**A, "description": "d"}), **named(A=STRING)},
        {**closed(a={"anyOf": [A, B]}), **named(A=closed(x=STRING), B=closed(x=STRING))},
        {**closed(), **named(A={})},
        {**closed(), **named(A=closed(**MANY), B=closed(x=STRING))},
        {**closed(a=STRING), "required": []},
        {**closed(a=STRING), "required": ["a", "b"]},
        {**closed(a=STRING), "required": [["a"]]},
        {**closed(a=STRING), "required": None},
        {**closed(a=STRING), "additionalProperties": True},
        {"type": "object", "properties": {}, "required": []},
        closed(a={**STRING, "minLength": 1}),
        closed(**MANY, x=closed()),
        closed(a={"type": "array", "items": closed(**MANY)}),
        nested(6),
    ],
)
def test_what_azure_cannot(schema: Any) -> None:
    assert not is_strict(schema)
