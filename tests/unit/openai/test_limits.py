"""Names, ids and heads of tools as Azure accepts them."""

import re
from typing import Any

import pytest

from proxy_core.conversation import AnyTool, CustomTool, Tool
from proxy_core.openai.limits import (
    each_once,
    fit_id,
    fit_name,
    original_names,
    write_function,
    write_output_schema,
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


# --- tools ------------------------------------------------------------------

CLOSED = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}


def test_a_tool_without_a_description() -> None:
    assert "description" not in write_function(Tool("now", "", {}), 64)
    assert write_function(Tool("now", "Tells.", {}), 64)["description"] == "Tells."


@pytest.mark.parametrize(
    ("schema", "asked", "sent"),
    [
        (CLOSED, True, True),
        (CLOSED, False, False),
        ({}, True, False),  # completed, it is not closed
        ({**CLOSED, "required": None}, True, False),
        ({**CLOSED, "description": None}, True, True),  # what goes up is what is looked at
        ({"$ref": "#/$defs/a", "$defs": {"a": CLOSED}}, True, True),
        ({"anyOf": [CLOSED]}, True, False),
    ],
)
def test_strict_tools_stay_strict_where_they_can(schema: Any, asked: bool, sent: bool) -> None:
    assert write_function(Tool("now", "", schema, strict=asked), 64)["strict"] is sent


def test_an_output_schema_is_strict_where_it_can_be() -> None:
    named = {"$ref": "#/$defs/a", "$defs": {"a": CLOSED}}
    assert write_output_schema(named) == {
        "name": "output",
        "schema": {**CLOSED, "$defs": {"a": CLOSED}},
        "strict": True,
    }
    assert write_output_schema({**CLOSED, "minProperties": -1})["strict"] is True
    assert write_output_schema({**CLOSED, "minProperties": 1})["strict"] is False


@pytest.mark.parametrize(
    ("names", "offered"), [("", ""), ("abc", "abc"), ("aab", "ab"), ("abcba", "abc")]
)
def test_of_one_name_the_first_tool_is_offered(names: str, offered: str) -> None:
    tools: list[AnyTool] = [
        CustomTool(name, str(number), None) if number % 2 else Tool(name, str(number), {})
        for number, name in enumerate(names)
    ]
    assert [tool.name for tool in each_once(tools)] == [*offered]
    assert all(tool.description == str(names.index(tool.name)) for tool in each_once(tools))
