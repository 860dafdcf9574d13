"""Tools and tool choices of an OpenAI body -> the vocabulary."""

from typing import Any

import pytest
from msgspec.structs import replace

from proxy_core.conversation import AnyTool, CustomTool, NamedTool, Tool, ToolChoice
from proxy_core.errors import BadRequest
from proxy_core.openai.tools import custom_names, read_tool_choice, read_tools

SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}}}
FUNCTION = {"name": "read", "description": "Reads.", "parameters": SCHEMA, "strict": True}
GRAMMAR = {"syntax": "lark", "definition": "start: patch"}
CUSTOM = {"name": "ApplyPatch", "description": "Patches."}

READ = Tool("read", "Reads.", SCHEMA, strict=True)
APPLY = CustomTool("ApplyPatch", "Patches.", {"type": "grammar", **GRAMMAR})
TOOLS = (READ, APPLY)


def read(*tools: Any) -> list[AnyTool]:
    return [*read_tools({"tools": [*tools]})]


# --- Tools ---

BARE = Tool("now", "", {})
ANTHROPIC = {"name": "read", "description": "Reads.", "input_schema": SCHEMA}
FLAT_GRAMMAR = {"type": "grammar", **GRAMMAR}
NESTED_GRAMMAR = {"type": "grammar", "grammar": GRAMMAR}


@pytest.mark.parametrize(
    ("tool", "expected"),
    [
        # functions: nested, flat, Anthropic's
        ({"type": "function", "function": FUNCTION}, READ),
        ({"type": "function", **FUNCTION}, READ),
        ({**ANTHROPIC, "strict": True}, READ),
        ({**ANTHROPIC, "strict": "yes"}, Tool("read", "Reads.", SCHEMA)),
        (ANTHROPIC, Tool("read", "Reads.", SCHEMA)),
        ({**ANTHROPIC, "parameters": [], "strict": None}, Tool("read", "Reads.", SCHEMA)),
        ({"type": "custom", "name": "now", "input_schema": {}, "cache_control": {}}, BARE),
        ({"type": "function", "name": "now", "input_schema": None}, BARE),
        ({"type": "function", "function": {"name": "now"}}, BARE),
        (
            {"type": "function", "name": "now", "description": None, "parameters": None},
            BARE,
        ),
        ({"name": "now"}, BARE),
        (
            {"name": "read", "description": "Reads.", "parameters": SCHEMA},
            Tool("read", "Reads.", SCHEMA),
        ),
        ({"function": FUNCTION}, READ),
        ({"custom": {**CUSTOM, "format": FLAT_GRAMMAR}}, APPLY),
        # custom tools: flat and nested, and so their grammars
        ({"type": "custom", **CUSTOM, "format": FLAT_GRAMMAR}, APPLY),
        ({"type": "custom", **CUSTOM, "format": NESTED_GRAMMAR}, APPLY),
        ({"type": "custom", "custom": {**CUSTOM, "format": FLAT_GRAMMAR}}, APPLY),
        ({"type": "custom", "custom": {**CUSTOM, "format": NESTED_GRAMMAR}}, APPLY),
        (
            {"type": "custom", "name": "say", "format": {"type": "text"}},
            CustomTool("say", "", {"type": "text"}),
        ),
        ({"type": "custom", "name": "say"}, CustomTool("say", "", None)),
        ({"type": "custom", "name": "say", "format": {}}, CustomTool("say", "", None)),
        (
            {"type": "custom", "custom": {"name": "say", "format": None}},
            CustomTool("say", "", None),
        ),
    ],
)
def test_a_tool(tool: dict[str, Any], expected: AnyTool) -> None:
    assert read(tool) == [expected]


@pytest.mark.parametrize("odd", [None, 1, [], ["a"], True, False, {}])
@pytest.mark.parametrize("form", ["nested", "flat", "anthropic", "custom"])
def test_an_odd_tool_costs_no_request(form: str, odd: Any) -> None:
    """What is no text describes nothing, and what is no object is no schema."""
    fields = {"name": "now", "description": odd}
    tools: dict[str, dict[str, Any]] = {
        "nested": {"type": "function", "function": {**fields, "parameters": odd}},
        "flat": {"type": "function", **fields, "parameters": odd},
        "anthropic": {**fields, "input_schema": odd},
        "custom": {"type": "custom", **fields},
    }
    assert read(tools[form]) == [CustomTool("now", "", None) if form == "custom" else BARE]


def test_tools_of_every_shape_keep_their_order() -> None:
    tools = [
        {"type": "function", "function": FUNCTION},
        {"type": "custom", **CUSTOM, "format": FLAT_GRAMMAR},
        {"type": "function", **FUNCTION, "name": "again"},
        {"name": "now", "input_schema": {}},
    ]
    assert read(*tools) == [READ, APPLY, replace(READ, name="again"), BARE]


@pytest.mark.parametrize("body", [{}, {"tools": None}, {"tools": []}])
def test_no_tools(body: dict[str, Any]) -> None:
    assert [*read_tools(body)] == []


def test_the_names_of_custom_tools() -> None:
    assert custom_names(TOOLS) == {"ApplyPatch"}
    assert custom_names(()) == frozenset()


@pytest.mark.parametrize(
    ("tool", "problem"),
    [
        ("read", "tools.0: Input should be a valid object"),
        ({"type": "function"}, "tools.0.name: Field required"),
        ({"type": "function", "function": {}}, "tools.0.function.name: Field required"),
        ({"type": "custom", "custom": {}}, "tools.0.custom.name: Field required"),
        ({"type": "custom"}, "tools.0.name: Field required"),
        (
            {"type": "custom", "name": "f", "format": "text"},
            "tools.0.format: Input should be a valid object",
        ),
    ],
)
def test_a_tool_that_cannot_be_read(tool: Any, problem: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read(tool)
    assert caught.value.message == problem


@pytest.mark.parametrize(
    "tool",
    [
        {"type": "custom", "custom": {"name": "f", "format": {"type": "new"}}},
        {"type": "custom", "name": "f", "format": {"type": "grammar", "syntax": "abnf"}},
    ],
)
def test_a_grammar_of_another_kind_costs_no_chat(tool: Any) -> None:
    assert [*read_tools({"tools": [tool]})] == [CustomTool("f", "", None)]


# --- Choices ---


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (None, "auto"),
        ("auto", "auto"),
        ("none", "none"),
        ("required", "required"),
        ("any", "required"),
        ({"type": "auto"}, "auto"),
        ({"type": "none"}, "none"),
        ({"type": "required"}, "required"),
        ({"type": "any", "disable_parallel_tool_use": True}, "required"),
        ({"type": "function", "function": {"name": "read"}}, NamedTool("read")),
        ({"function": {"name": "read"}}, NamedTool("read")),
        ({"type": "function", "name": "read"}, NamedTool("read")),
        ({"type": "tool", "name": "read"}, NamedTool("read")),
        ({"type": "custom", "custom": {"name": "ApplyPatch"}}, NamedTool("ApplyPatch")),
        ({"type": "custom", "name": "ApplyPatch"}, NamedTool("ApplyPatch")),
        # Cursor knows custom tools as functions
        ({"type": "function", "name": "ApplyPatch"}, NamedTool("ApplyPatch")),
    ],
)
def test_a_choice(choice: Any, expected: ToolChoice) -> None:
    assert read_tool_choice({"tool_choice": choice}, TOOLS) == (expected, TOOLS)


@pytest.mark.parametrize(
    ("allowed", "expected", "left"),
    [
        ({"mode": "auto", "tools": [{"type": "function", "name": "read"}]}, "auto", (READ,)),
        ({"mode": "required", "tools": [{"function": {"name": "read"}}]}, "required", (READ,)),
        ({"tools": [{"type": "custom", "custom": {"name": "ApplyPatch"}}]}, "auto", (APPLY,)),
        ({"tools": [{"name": "read"}, {"name": "ApplyPatch"}]}, "auto", TOOLS),
        ({"mode": "new", "tools": [{"name": "gone"}, {}, {"name": []}]}, "auto", ()),
        ({"mode": "auto"}, "auto", ()),
    ],
)
def test_allowed_tools(allowed: Any, expected: ToolChoice, left: tuple[AnyTool, ...]) -> None:
    nested = {"type": "allowed_tools", "allowed_tools": allowed}
    flat = {"type": "allowed_tools", **allowed}
    assert read_tool_choice({"tool_choice": nested}, TOOLS) == (expected, left)
    assert read_tool_choice({"tool_choice": flat}, TOOLS) == (expected, left)


@pytest.mark.parametrize(
    "choice",
    ["required", {"type": "function", "function": {"name": "read"}}, {"type": "new"}, 7],
)
def test_without_tools_there_is_no_choice(choice: Any) -> None:
    assert read_tool_choice({"tool_choice": choice}, ()) == ("auto", ())


@pytest.mark.parametrize(
    ("choice", "problem"),
    [
        ({"type": "tool", "name": "gone"}, "the tool 'gone' is not among the tools"),
        ({"function": {"name": "gone"}}, "the tool 'gone' is not among the tools"),
        ({"type": "function"}, "not a choice that this proxy knows"),
        ({"type": "web_search"}, "not a choice that this proxy knows"),
        ({}, "not a choice that this proxy knows"),
        ("sometimes", "not a choice that this proxy knows"),
        (7, "not a choice that this proxy knows"),
    ],
)
def test_a_choice_that_cannot_be_read(choice: Any, problem: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read_tool_choice({"tool_choice": choice}, TOOLS)
    assert caught.value.message == f"tool_choice: {problem}"
