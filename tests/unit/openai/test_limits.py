"""Names, ids and schemas as Azure accepts them."""

import json
import re
from typing import Any

import pytest

from proxy_core.conversation import Tool
from proxy_core.openai.limits import (
    fit_id,
    fit_name,
    fit_parameters,
    is_strict,
    original_names,
)

LONG = "mcp__server__" + "x" * 150

# --- names and ids ----------------------------------------------------------


@pytest.mark.parametrize("name", ["read", "mcp__a-b__C9", "x" * 64])
def test_a_name_that_fits_is_kept(name: str) -> None:
    assert fit_name(name, 64) == name


@pytest.mark.parametrize("name", ["x" * 65, LONG, "a.b", "a b", "naïve", "", "read\n", "\ud800"])
@pytest.mark.parametrize("limit", [64, 128])
def test_a_name_that_does_not_fit(name: str, limit: int) -> None:
    if name == "x" * 65 and limit == 128:
        assert fit_name(name, limit) == name
        return
    fitted = fit_name(name, limit)
    assert re.fullmatch(r"[a-zA-Z0-9_-]+", fitted)
    assert len(fitted) <= limit
    assert fitted == fit_name(name, limit)
    assert fitted.startswith(re.sub(r"[^a-zA-Z0-9_-]", "_", name)[: limit - 13])


def test_names_that_look_alike_stay_apart() -> None:
    names = ["a.b", "a b", "a_b", LONG + "1", LONG + "2"]
    assert len({fit_name(name, 64) for name in names}) == len(names)


def test_the_client_gets_its_own_names_back() -> None:
    tools = [Tool(name, "", {}) for name in ("read", "a.b", LONG)]
    assert original_names(tools, 64) == {fit_name("a.b", 64): "a.b", fit_name(LONG, 64): LONG}


@pytest.mark.parametrize("id", ["call_1", "any thing/goes", "x" * 40])
def test_an_id_that_fits_is_kept(id: str) -> None:
    assert fit_id(id, 40) == id


@pytest.mark.parametrize("id", ["", "x" * 41, "é" * 200])
def test_an_id_that_does_not_fit(id: str) -> None:
    fitted = fit_id(id, 40)
    assert 1 <= len(fitted) <= 40
    assert fitted == fit_id(id, 40)
    assert fitted != fit_id(id + "x", 40) or not id


# --- parameters -------------------------------------------------------------

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
    [{"enum": [{}]}, {"not": {"required": ["x"]}}, {"oneOf": 5}, {"anyOf": [{"properties": 5}]}],
)
def test_what_else_is_refused_at_the_top_becomes_a_note(refused: dict[str, Any]) -> None:
    written = json.dumps(refused, separators=(",", ":"))
    assert fit_parameters({**OBJECT, "description": "Mine.", **refused}) == {
        **OBJECT,
        "description": f"Mine.\n{NOTE}{written}",
    }


# --- strict -----------------------------------------------------------------


def closed(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }


def nested(levels: int) -> dict[str, Any]:
    return closed(x=nested(levels - 1)) if levels else closed()


STRING = {"type": "string"}
MANY = {f"p{number}": STRING for number in range(100)}


@pytest.mark.parametrize(
    "schema",
    [
        STRING,
        {"type": "integer", "enum": [1, 2], "description": "d"},
        closed(),
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
        {"type": ["string", "null"]},
        {**STRING, "pattern": "^x"},
        {"anyOf": [STRING]},
        {"type": "array"},
        {"type": "array", "items": {**STRING, "format": "date"}},
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
