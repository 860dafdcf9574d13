"""What is no valid JSON schema becomes one that says the same or less."""

import json
from typing import Any

import pytest

from proxy_core.openai.schema_repair import DEEPEST, LONGEST_PATTERN, repair_schema

OBJECT = {"type": "object", "properties": {}}


def repair(schema: Any) -> Any:
    return repair_schema(schema)[0]


REPAIRED: dict[str, tuple[Any, Any]] = {
    # types
    "misspelt": ({"type": "int"}, {"type": "integer"}),
    "upper case": ({"type": "STRING"}, {"type": "string"}),
    "a name for all": ({"type": "any"}, {}),
    "unknown": ({"type": "file"}, {}),
    "no type": ({"type": 5}, {}),
    "list, misspelt": ({"type": ["str", "None"]}, {"type": ["string", "null"]}),
    "list, one unknown": ({"type": ["string", "file"]}, {"type": ["string"]}),
    "list, all unknown": ({"type": ["file", "odd"]}, {}),
    "list, twice": ({"type": ["int", "integer"]}, {"type": ["integer"]}),
    "list, any": ({"type": ["string", "any"]}, {}),
    "list, schemas": ({"type": [{"type": "string"}]}, {}),
    "list, empty": ({"type": []}, {}),
    # older drafts
    "exclusive": ({"minimum": 3, "exclusiveMinimum": True}, {"exclusiveMinimum": 3}),
    "exclusive of nothing": ({"exclusiveMaximum": True}, {}),
    "inclusive": ({"maximum": 3, "exclusiveMaximum": False}, {"maximum": 3}),
    "tuple": (
        {"type": "array", "items": [{"type": "int"}, "x"], "additionalItems": False},
        {"type": "array", "items": {}, "prefixItems": [{"type": "integer"}, {}]},
    ),
    "tuple with a rest": (
        {"items": [{}], "additionalItems": {"type": "str"}},
        {"items": {"type": "string"}, "prefixItems": [{}]},
    ),
    "tuple of nothing": ({"type": "array", "items": []}, {"type": "array", "items": {}}),
    "tuple twice": ({"items": [True], "prefixItems": [{}]}, {"items": {}, "prefixItems": [{}]}),
    "required inside": (
        {"properties": {"a": {"required": True}, "b": {"required": False}, "c": "x"}},
        {"properties": {"a": {}, "b": {}, "c": {}}, "required": ["a"]},
    ),
    "required inside and out": (
        {"properties": {"a": {"required": True}}, "required": ["b", "a"]},
        {"properties": {"a": {}}, "required": ["b", "a"]},
    ),
    "draft named": (
        {"$schema": "http://json-schema.org/draft-04/schema#", "exclusiveMinimum": False},
        {},
    ),
    "draft named, nothing respelled": ({"$schema": "s", "minimum": "1"}, {"$schema": "s"}),
    # values that keywords cannot have
    "required: a string": ({"required": "a"}, {}),
    "required: members": ({"required": ["a", 5, "a", None]}, {"required": ["a"]}),
    "required and forbidden": (
        {"required": ["a", "b"], "properties": {"a": {}}, "additionalProperties": False},
        {"required": ["a"], "properties": {"a": {}}, "additionalProperties": False},
    ),
    "enum: null": ({"enum": None}, {}),
    "enum: a string": ({"enum": "a"}, {}),
    "enum: empty": ({"type": "string", "enum": []}, {"type": "string"}),
    "texts": ({"title": 1, "description": ["a"], "format": None, "$comment": {}}, {}),
    "pattern": ({"pattern": "^\\p{L}"}, {}),
    "pattern, too long": ({"pattern": "a" * (LONGEST_PATTERN + 1)}, {}),
    "pattern: null": ({"pattern": None}, {}),
    "pattern, too deep": ({"pattern": "(" * 3_000 + ")" * 3_000}, {}),
    "pattern, too many": ({"pattern": "a{99999999999}"}, {}),
    "numbers": ({"minimum": "1", "maximum": True, "multipleOf": 0, "minLength": -1}, {}),
    "counts": ({"minItems": 1.0, "maxItems": 1.5, "minLength": True}, {"minItems": 1.0}),
    "flags": ({"uniqueItems": "yes", "deprecated": None, "readOnly": True}, {"readOnly": True}),
    "examples": ({"examples": "a"}, {}),
    "anchors": ({"$anchor": "1", "$id": "#a", "$vocabulary": 1, "$dynamicRef": "#a"}, {}),
    # schemas that are none
    "properties: a list": ({"properties": ["a"]}, {}),
    "properties: members": (
        {"properties": {"a": "string", "b": None, "c": True, "d": [], "e": {}}},
        {"properties": {"a": {}, "b": {}, "c": True, "d": {}, "e": {}}},
    ),
    "additionalProperties": ({"additionalProperties": "no"}, {"additionalProperties": {}}),
    "items: null": ({"type": "array", "items": None}, {"type": "array", "items": {}}),
    "anyOf: empty": ({"anyOf": []}, {}),
    "anyOf: an object": ({"anyOf": {"a": 1}}, {}),
    "anyOf: members": ({"anyOf": ["a", {"type": "int"}]}, {"anyOf": [{}, {"type": "integer"}]}),
    "definitions": ({"definitions": {"a": {"type": "int"}}, "$defs": []},
                    {"definitions": {"a": {"type": "integer"}}}),
    "dependencies": (
        {"dependencies": {"a": ["b", "b"], "c": {"type": "int"}, "d": 5}},
        {"dependencies": {"a": ["b"], "c": {"type": "integer"}, "d": {}}},
    ),
    "dependencies: a list": ({"dependencies": []}, {}),
    "dependentRequired": ({"dependentRequired": {"a": ["b"], "c": "d"}},
                          {"dependentRequired": {"a": ["b"]}}),
    # where less below would refuse more
    "not": ({"not": {"type": "file"}}, {}),
    "not, only completed": ({"not": {"type": "object"}}, {"not": OBJECT}),
    "not, only respelled": ({"not": {"type": "int"}}, {"not": {"type": "integer"}}),
    "not, far below": ({"not": {"anyOf": [{"items": {"pattern": "("}}]}}, {}),
    "if": ({"if": {"enum": None}, "then": False}, {"then": False}),
    "oneOf": ({"oneOf": [5, {"type": "string"}]}, {"anyOf": [{}, {"type": "string"}]}),
    "oneOf beside anyOf": ({"oneOf": [5], "anyOf": [True]}, {"anyOf": [True]}),
    "oneOf: no list": ({"oneOf": 5}, {}),
    "closed, without properties": (
        {"type": "object", "properties": ["a"], "additionalProperties": False}, OBJECT
    ),
    "closed, without patterns": (
        {"patternProperties": {"(": {}, "a": {}}, "additionalProperties": False}, {}
    ),
    "closed by patterns": (
        {"patternProperties": {"a": {}}, "additionalProperties": False, "required": ["a", 1]},
        {"patternProperties": {"a": {}}, "additionalProperties": False, "required": ["a"]},
    ),
    "rest of a tuple": ({"prefixItems": 5, "items": False}, {}),
    "unevaluated": (
        {"allOf": [{"properties": 1}], "unevaluatedProperties": False, "unevaluatedItems": False},
        {"allOf": [{}]},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("schema", "repaired"), REPAIRED.values(), ids=REPAIRED)
def test_repaired(schema: Any, repaired: Any) -> None:
    before = json.dumps(schema)
    assert repair(schema) == repaired
    assert repair(repaired) is repaired
    assert json.dumps(schema) == before


@pytest.mark.parametrize("keyword", ["properties", "$defs", "anyOf", "items", "not"])
def test_repaired_wherever_it_stands(keyword: str) -> None:
    def around(schema: Any) -> Any:
        match keyword:
            case "anyOf":
                return {keyword: [schema]}
            case "items" | "not":
                return {keyword: schema}
            case _:
                return {keyword: {"enum": schema}}

    assert repair(around(around({"type": "int"}))) == around(around({"type": "integer"}))


@pytest.mark.parametrize("schema", [None, True, False, 5, "object", [], ["a"]])
def test_what_is_no_schema(schema: Any) -> None:
    assert repair(schema) == {}


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": ["object", "null"], "properties": {"type": {}, "enum": {"enum": [None]}}},
        {"const": None, "default": {"type": "int"}, "examples": [], "x-odd": [{"type": "int"}]},
        {"enum": [{"type": "int"}], "nullable": True, "format": "odd", "$id": "https://a.b/c#"},
        {"$ref": "#/$defs/a", "$defs": {"a": True}, "description": "d", "$anchor": "_a.1"},
        {"minimum": -1.5, "maxLength": 0, "multipleOf": 0.1, "uniqueItems": False},
        {"pattern": "^(?!x)\\w+$", "patternProperties": {"^a": {}}, "propertyNames": {}},
        {"required": ["a"], "properties": {}, "dependentRequired": {"a": ["b"]}},
    ],
)
def test_what_is_valid_stays_the_same_object(schema: Any) -> None:
    assert repair(schema) is schema


def test_deep_schemas_are_cut() -> None:
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(DEEPEST):
        deep = {"items": deep}
    assert repair(deep) is deep
    deeper: Any = {"items": deep}
    cut = repair(deeper)
    for _ in range(DEEPEST):
        deeper, cut = deeper["items"], cut["items"]
    assert (deeper, cut) == ({"items": {"type": "string"}}, {"items": {}})
    endless: Any = {}
    for _ in range(100_000):
        endless = {"not": endless, "anyOf": [True]}
    assert repair(endless)
