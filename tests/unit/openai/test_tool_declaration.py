"""JSON schema -> declaration, keyword by keyword."""

from typing import Any

import pytest

from proxy_core.conversation import Tool
from proxy_core.openai.tool_declaration import DEEPEST_SCHEMA, declare


def field(schema: Any) -> str:
    """How a tool's only field is declared."""
    declared = declare(Tool("t", "", {"type": "object", "properties": {"x": schema}}))
    return declared.removeprefix("type t = (_: {\n").removesuffix("\n}) => any;\n\n")


def test_a_tool() -> None:
    tool = Tool(
        "get_weather",
        "Gets the weather.",
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {
                "location": {"type": "string", "description": "City and state"},
                "unit": {"type": "string", "enum": ["celsius", "°F"], "default": "celsius"},
                "days": {"type": "array", "items": {"type": "integer", "maximum": 7}},
            },
            "required": ["location"],
            "additionalProperties": False,
        },
    )
    assert declare(tool) == (
        "// Gets the weather.\n"
        "type get_weather = (_: {\n"
        "// City and state\n"
        "location: string,\n"
        'unit?: "celsius" | "°F", // default: "celsius"\n'
        "days?: number[],\n"
        "}) => any;\n\n"
    )


@pytest.mark.parametrize("schema", [{}, {"type": "object"}, {"type": "object", "properties": {}}])
def test_a_tool_without_arguments(schema: dict[str, Any]) -> None:
    assert declare(Tool("now", "", schema)) == "type now = () => any;\n\n"


def test_definitions_are_declared_once() -> None:
    schema = {
        "$defs": {"Point": {"type": "object", "properties": {"x": {"type": "number"}}}},
        "definitions": {"Name": {"type": "string"}},
        "properties": {"at": {"$ref": "#/$defs/Point"}, "name": {"$ref": "#/definitions/Name"}},
    }
    assert declare(Tool("t", "", schema)) == (
        "type Point = {\nx?: number,\n};\n\n"
        "type Name = string;\n\n"
        "type t = (_: {\nat?: Point,\nname?: Name,\n}) => any;\n\n"
    )


@pytest.mark.parametrize(
    ("schema", "declared"),
    [
        ({"type": "boolean"}, "x?: boolean,"),
        ({"type": "string", "description": "why"}, "// why\nx?: string,"),
        ({"type": ["string", "null"]}, "x?: string | null,"),
        ({"type": ["array", "array"], "items": {"type": "integer"}}, "x?: number[],"),
        ({"anyOf": [{"const": "a"}, {"const": 1}]}, 'x?: "a" | 1,'),
        ({"oneOf": [{"type": "null"}, {"type": "array"}]}, "x?: null | any[],"),
        ({"allOf": [{"type": "string"}, {"pattern": "a"}]}, "x?: string & any,"),
        ({"type": "string", "allOf": [{"pattern": "a"}]}, "x?: string,"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "x?: {\n},"),
        ({"properties": {"y": True}, "required": "y"}, "x?: {\ny?: any,\n},"),
        ({"type": "file"}, "x?: any,"),
        ({"enum": "no list"}, "x?: any,"),
        (True, "x?: any,"),
    ],
)
def test_a_field(schema: Any, declared: str) -> None:
    assert field(schema) == declared


def test_a_schema_that_branches_at_every_level_stays_small() -> None:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(2 * DEEPEST_SCHEMA):
        schema = {"type": ["array", "object", "array", "odd"], "items": schema}
    assert len(field(schema)) < 100 * DEEPEST_SCHEMA
