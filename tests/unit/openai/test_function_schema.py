"""What tools declare as their input -> parameters that Azure accepts."""

import json
from typing import Any

import pytest

from proxy_core.openai.function_schema import fit_output_schema, fit_parameters
from proxy_core.wire.json import to_json

OBJECT = {"type": "object", "properties": {}}

PARAMETERS: dict[str, tuple[Any, Any]] = {
    "empty": ({}, OBJECT),
    "no_properties": ({"type": "object"}, OBJECT),
    "null_properties": ({"type": "object", "properties": None}, OBJECT),
    "properties_that_are_none": ({"properties": [1]}, OBJECT),
    "no_type": ({"properties": {"a": {}}}, {"type": "object", "properties": {"a": {}}}),
    "another_type": ({"type": ["object", "null"]}, OBJECT),
    "null_required": ({**OBJECT, "required": None}, OBJECT),
    "nested": (
        {
            "type": "object",
            "properties": {
                "list": {"type": "array"},
                "maybe": {"type": ["array", "null"], "items": None},
                "map": {"type": "object", "additionalProperties": {"type": "array"}},
                "any": {"anyOf": [{"type": "object"}, {"type": "string"}]},
            },
            "$defs": {"type": {"type": "object"}},
        },
        {
            "type": "object",
            "properties": {
                "list": {"type": "array", "items": {}},
                "maybe": {"type": ["array", "null"], "items": {}},
                "map": {
                    "type": "object",
                    "additionalProperties": {"type": "array", "items": {}},
                    "properties": {},
                },
                "any": {"anyOf": [OBJECT, {"type": "string"}]},
            },
            "$defs": {"type": OBJECT},
        },
    ),
    "values_are_no_schemas": (
        {
            "type": "object",
            "properties": {
                "type": {"enum": [{"type": "object"}, None], "default": None},
                "enum": {"const": {"type": "array"}, "examples": [{"type": "object"}]},
            },
        },
        {
            "type": "object",
            "properties": {
                "type": {"enum": [{"type": "object"}, None], "default": None},
                "enum": {"const": {"type": "array"}, "examples": [{"type": "object"}]},
            },
        },
    ),
}


@pytest.mark.parametrize(("schema", "fitted"), PARAMETERS.values(), ids=PARAMETERS)
def test_parameters_are_completed(schema: Any, fitted: Any) -> None:
    before = json.dumps(schema)
    assert fit_parameters(schema) == fitted
    assert json.dumps(schema) == before


def test_complete_parameters_go_up_verbatim() -> None:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {"a": {"type": "string", "pattern": "^x", "minLength": 1}},
        "required": ["a"],
        "additionalProperties": False,
    }
    assert json.dumps(fit_parameters(schema)) == json.dumps(schema)


NOTE = "The input must also satisfy this JSON Schema: "
BRANCHES = [{"properties": {"a": {"type": "string"}}}, {"properties": {"b": {}}}, True]


@pytest.mark.parametrize("key", ["oneOf", "anyOf", "allOf"])
def test_branches_at_the_top_become_properties_and_a_note(key: str) -> None:
    schema = {key: BRANCHES, "properties": {"a": {"type": "integer"}}}
    assert fit_parameters(schema) == {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {}},
        "description": (
            f'{NOTE}{{"{key}":[{{"properties":{{"a":{{"type":"string"}}}}}},'
            '{"properties":{"b":{}}},true]}'
        ),
    }


@pytest.mark.parametrize(
    "refused",
    [{"enum": [{}]}, {"not": {"required": ["x"]}}, {"oneOf": [{"const": 5}]}, {"anyOf": [True]}],
)
def test_what_else_is_refused_at_the_top_becomes_a_note(refused: dict[str, Any]) -> None:
    written = json.dumps(refused, separators=(",", ":"))
    assert fit_parameters({**OBJECT, "description": "Mine.", **refused}) == {
        **OBJECT,
        "description": f"Mine.\n{NOTE}{written}",
    }


def test_a_property_in_several_branches_may_have_any_form() -> None:
    first, other = {"const": "a"}, {"const": "b"}
    kinds = [{"properties": {"kind": form, "x": {}}} for form in (first, other, first)]
    assert fit_parameters({"oneOf": kinds})["properties"] == {
        "kind": {"anyOf": [first, other]},
        "x": {},
    }


def test_branches_may_be_references() -> None:
    named = {"A": {"properties": {"a": {"type": "int"}}}, "B": True}
    branches = [{"$ref": "#/$defs/A"}, {"$ref": "#/$defs/B"}, {"$ref": "#/$defs/C"}, "odd"]
    fitted = fit_parameters({"anyOf": branches, "$defs": named})
    assert fitted["properties"] == {"a": {"type": "integer"}}
    assert "anyOf" not in fitted


@pytest.mark.parametrize(
    ("schema", "fitted"),
    [
        ({"type": "array", "items": {}}, {"type": "object", "items": {}, "properties": {}}),
        ({"oneOf": 5, "enum": None, "not": "x", "allOf": []}, OBJECT),
        # a reference to what stood at the top, and so is gone, says nothing
        (
            {"properties": {"a": {"$ref": "#/not"}, "b": {"not": {"$ref": "#/not"}}}, "not": {}},
            {
                "type": "object",
                "properties": {"a": {}, "b": {}},
                "description": NOTE + '{"not":{}}',
            },
        ),
        # one that goes may take another's target along
        (
            {
                "properties": {
                    "a": {"not": {"items": {}, "anyOf": [{"$ref": "#/nowhere"}]}},
                    "b": {"$ref": "#/properties/a/not/items"},
                    "c": {"$ref": "#/properties/a"},
                }
            },
            {"type": "object", "properties": {"a": {}, "b": {}, "c": {}}},
        ),
        (
            {"properties": {"a": {"$ref": 5}, "b": {"$ref": "#/x"}, "c": {"$ref": "#"}}},
            {"type": "object", "properties": {"a": {}, "b": {}, "c": {"$ref": "#"}}},
        ),
    ],
)
def test_what_azure_would_refuse(schema: Any, fitted: Any) -> None:
    assert fit_parameters(schema) == fitted
    assert to_json(fit_parameters(fitted)) == to_json(fitted)


def test_a_schema_without_a_bottom_is_cut() -> None:
    """From Python 3.12 on, JSON may be deeper than Python's own stack."""
    schema: dict[str, Any] = {"type": "object"}
    schema["properties"] = {"a": schema}
    assert len(to_json(fit_parameters(schema))) < 10_000


def test_a_recursive_schema_is_inlined_once() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}}
    schema = {"$ref": "#/$defs/Node", "$defs": {"Node": node}}
    assert fit_parameters(schema) == {**node, "$defs": {"Node": node}}


# --- structured replies -----------------------------------------------------


@pytest.mark.parametrize(
    ("schema", "fitted"),
    [
        ({"type": "object"}, OBJECT),
        ({"$ref": "#/definitions/A", "definitions": {"A": OBJECT}},
         {**OBJECT, "definitions": {"A": OBJECT}}),
        ({"type": "array", "items": {"enum": 5}}, {"type": "array", "items": {}}),
        ({"anyOf": [{"type": "object"}]}, {"anyOf": [OBJECT]}),
        ({**OBJECT, "required": "a"}, OBJECT),
    ],
)  # fmt: skip
def test_an_output_schema_is_valid_and_means_the_same(schema: Any, fitted: Any) -> None:
    assert fit_output_schema(schema) == fitted
    assert fit_output_schema(fitted) is fitted
