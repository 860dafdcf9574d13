from typing import Any

import pytest
from jsonschema import Draft202012Validator

from local.azure_simulator.sample_json import sample
from local.azure_simulator.schema_checks import find_schema_fault

OBJECT: dict[str, Any] = {"type": "object", "properties": {}}
REF = "#/properties/a/allOf/0"
STRICT: dict[str, Any] = {
    "type": "object",
    "properties": {"a": {"type": "string"}, "b": {"anyOf": [{"type": "null"}, {"enum": [1]}]}},
    "required": ["a", "b"],
    "additionalProperties": False,
}


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        schema = {**STRICT, "properties": {"a": schema}, "required": ["a"]}
    return schema


@pytest.mark.parametrize(
    ("schema", "strict", "fault"),
    [
        (OBJECT, False, None),
        (STRICT, True, None),
        (nested(5), True, None),
        ({"type": "object"}, False, "object schema missing properties"),
        ({"properties": {}}, False, "got 'type: \"None\"'"),
        ({"type": "array", "items": {}}, False, "got 'type: \"array\"'"),
        ({**OBJECT, "anyOf": [{}]}, False, "at the top level"),
        ({**OBJECT, "enum": []}, False, "at the top level"),
        ({**OBJECT, "properties": {"a": {"type": "array"}}}, False, "array schema missing items"),
        (
            {**OBJECT, "properties": {"a": {"anyOf": [{"type": ["object", "null"]}]}}},
            False,
            "In context=('properties', 'a', 'anyOf', '0'), object schema missing properties.",
        ),
        ({**OBJECT, "$defs": {"a": {"type": "array"}}}, False, "array schema missing items"),
        (OBJECT, True, "'additionalProperties' is required"),
        ({**STRICT, "required": ["a"]}, True, "Missing 'b'."),
        ({**nested(1), "minProperties": 1}, True, "'minProperties' is not permitted"),
        (nested(6), True, "levels of nesting exceeds limit of 5"),
        (
            {
                **STRICT,
                "properties": {f"p{n}": {"type": "null"} for n in range(101)},
                "required": [f"p{n}" for n in range(101)],
            },
            True,
            "at most 100 object properties",
        ),
        ("text", False, "is not of type 'object'"),
        ({**OBJECT, "properties": {"a": "b"}}, False, "'b' is not of type 'object', 'boolean'."),
        ({**OBJECT, "properties": {"a": {"type": "int"}}}, False, "'int' is not valid under any"),
        ({**OBJECT, "properties": {"a": {"pattern": "\\p{L}"}}}, False, "is not a 'regex'."),
        ({**OBJECT, "required": True}, False, "True is not of type 'array'."),
        ({**OBJECT, "properties": {"a": {"$ref": "#/$defs/b"}}}, False, "reference can only"),
        ({**OBJECT, "properties": {"a": {"$ref": "#/allOf/0/x/y"}}}, False, "reference can only"),
        ({**OBJECT, "properties": {"a": {"allOf": [{}], "items": {"$ref": REF}}}}, False, None),
        ({**OBJECT, "$defs": {"~/": True}, "items": {"$ref": "#/$defs/~0~1"}}, False, None),
    ],
)
def test_schema_faults(schema: Any, strict: bool, fault: str | None) -> None:
    found = find_schema_fault(schema, strict)
    assert found is None if fault is None else fault in str(found)


@pytest.mark.parametrize(
    "schema",
    [
        OBJECT,
        STRICT,
        nested(4),
        {"type": "string", "minLength": 20, "maxLength": 25},
        {"type": "string", "maxLength": 3},
        {"type": "integer", "exclusiveMinimum": 5, "multipleOf": 4},
        {"type": "number", "maximum": -2},
        {"type": "integer", "minimum": 3},
        {"type": ["null", "boolean"]},
        {"type": "null"},
        {"const": {"a": 1}},
        {"type": "array", "items": {"enum": ["x"]}, "minItems": 2},
        {"type": "array", "items": {"type": "string"}},
        {"oneOf": [{"type": "null"}, {"type": "integer"}]},
        {"allOf": [{**OBJECT, "required": ["z"]}], "properties": {"z": {"type": "integer"}}},
        {"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"type": "boolean"}}},
        {"type": "string", "format": "date-time"},
        {},
        True,
    ],
)
def test_samples_are_valid(schema: Any) -> None:
    Draft202012Validator(schema).validate(sample(schema))


def test_recursive_schemas_end() -> None:
    schema = {
        "$ref": "#/$defs/node",
        "$defs": {
            "node": {
                "type": "object",
                "properties": {"next": {"$ref": "#/$defs/node"}},
                "required": ["next"],
            }
        },
    }
    assert "next" in sample(schema)
