"""Anthropic's tools for clients: what they are called, what they take, what is told of them."""

from typing import Any

import pytest
from anthropic.types import beta
from jsonschema import Draft202012Validator

from proxy_core.anthropic_messages import read_request
from proxy_core.conversation import Tool
from proxy_core.errors import BadRequest
from proxy_core.openai.limits import fit_parameters
from tests.bodies import body

SCREEN = {"display_width_px": 1280, "display_height_px": 800}
EDITOR = "str_replace_based_edit_tool"


def read(type: str, **fields: Any) -> Tool:
    (tool,) = read_request(body(tools=[{"type": type, **fields}])).tools
    assert isinstance(tool, Tool)
    return tool


def values(tool: Tool, name: str) -> set[str]:
    return {*tool.parameters["properties"][name]["enum"]}


@pytest.mark.parametrize(
    ("type", "name", "required", "parameters"),
    [
        ("bash_20241022", "bash", [], "command restart"),
        ("bash_20250124", "bash", [], "command restart"),
        ("bash_20991231", "bash", [], "command restart"),
        (
            "text_editor_20241022",
            "str_replace_editor",
            ["command", "path"],
            "command path file_text old_str new_str insert_line view_range",
        ),
        (
            "text_editor_20250124",
            "str_replace_editor",
            ["command", "path"],
            "command path file_text old_str new_str insert_line view_range",
        ),
        (
            "text_editor_20250429",
            EDITOR,
            ["command", "path"],
            "command path file_text old_str new_str insert_line view_range",
        ),
        (
            "text_editor_20250728",
            EDITOR,
            ["command", "path"],
            "command path file_text old_str new_str insert_line insert_text view_range",
        ),
        (
            "text_editor_20270101",
            EDITOR,
            ["command", "path"],
            "command path file_text old_str new_str insert_line insert_text view_range",
        ),
        (
            "memory_20250818",
            "memory",
            ["command"],
            "command path file_text old_str new_str insert_line insert_text view_range old_path "
            "new_path",
        ),
    ],
)
def test_a_tool(type: str, name: str, required: list[str], parameters: str) -> None:
    tool = read(type)
    assert tool.name == name
    assert tool.parameters["required"] == required
    assert tool.parameters["properties"].keys() == {*parameters.split()}
    assert tool.description


def test_the_clients_own_name_is_the_one_it_gets_back() -> None:
    assert read("text_editor_20250728", name="editor").name == "editor"


def test_the_commands_of_the_editor() -> None:
    commands = {"view", "create", "str_replace", "insert"}
    for version in ("20250429", "20250728"):
        assert values(read(f"text_editor_{version}"), "command") == commands
    for version in ("20241022", "20250124"):
        tool = read(f"text_editor_{version}")
        assert values(tool, "command") == commands | {"undo_edit"}
        assert "undo_edit" in tool.description


def test_how_much_the_editor_shows_is_told() -> None:
    tool = read("text_editor_20250728", name=EDITOR, max_characters=5_000)
    assert "at most 5000 characters" in tool.description


def test_the_commands_of_the_memory_are_those_of_the_sdk() -> None:
    tool = read("memory_20250818")
    commands = [
        beta.BetaMemoryTool20250818ViewCommand,
        beta.BetaMemoryTool20250818CreateCommand,
        beta.BetaMemoryTool20250818StrReplaceCommand,
        beta.BetaMemoryTool20250818InsertCommand,
        beta.BetaMemoryTool20250818DeleteCommand,
        beta.BetaMemoryTool20250818RenameCommand,
    ]
    named = {command.model_json_schema()["properties"]["command"]["const"] for command in commands}
    assert values(tool, "command") == named
    taken = {name for command in commands for name in command.model_fields}
    assert tool.parameters["properties"].keys() == taken


FIRST_ACTIONS = {
    "key", "type", "mouse_move", "left_click", "left_click_drag", "right_click", "middle_click",
    "double_click", "screenshot", "cursor_position",
}  # fmt: skip
LATER_ACTIONS = FIRST_ACTIONS | {
    "left_mouse_down", "left_mouse_up", "triple_click", "scroll", "hold_key", "wait",
}  # fmt: skip


@pytest.mark.parametrize(
    ("type", "fields", "actions"),
    [
        ("computer_20241022", {}, FIRST_ACTIONS),
        ("computer_20250124", {}, LATER_ACTIONS),
        ("computer_20250124", {"enable_zoom": True}, LATER_ACTIONS),
        ("computer_20251124", {}, LATER_ACTIONS),
        ("computer_20251124", {"enable_zoom": True}, LATER_ACTIONS | {"zoom"}),
        ("computer_20270101", {"enable_zoom": True}, LATER_ACTIONS | {"zoom"}),
    ],
)
def test_the_actions_on_a_computer(type: str, fields: dict[str, Any], actions: set[str]) -> None:
    tool = read(type, name="computer", **SCREEN, **fields)
    assert tool.name == "computer"
    assert values(tool, "action") == actions
    assert ("region" in tool.parameters["properties"]) == ("zoom" in actions)
    assert ("scroll_amount" in tool.parameters["properties"]) == ("scroll" in actions)


def test_the_screen_is_told() -> None:
    tool = read("computer_20250124", **SCREEN, display_number=1)
    assert "1280 pixels wide and 800 high" in tool.description
    assert "display number is 1" in tool.description
    assert "display number" not in read("computer_20250124", **SCREEN).description


@pytest.mark.parametrize(
    "type",
    ["bash_20250124", "text_editor_20241022", "text_editor_20250728", "memory_20250818",
     "computer_20241022", "computer_20251124"],
)  # fmt: skip
def test_the_schemas_are_sound_and_fit_azure_as_they_are(type: str) -> None:
    parameters = read(type, **SCREEN, enable_zoom=True).parameters
    Draft202012Validator.check_schema(parameters)
    assert fit_parameters(parameters) == parameters


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"type": "computer_20250124"}, "display_width_px: Field required"),
        (
            {"type": "computer_20250124", **SCREEN, "display_number": "1"},
            "display_number: Input should be a valid integer",
        ),
        (
            {"type": "text_editor_20250728", "max_characters": "5"},
            "max_characters: Input should be a valid integer",
        ),
        ({"type": "bash_20250124", "name": 1}, "name: Input should be a valid string"),
    ],
)
def test_a_tool_that_cannot_be_read_is_named(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read(**fields)
    assert caught.value.message == f"tools.0.{message}"


def test_a_client_tool_may_wait_as_any_other() -> None:
    waiting = {"type": "bash_20250124", "name": "bash", "defer_loading": True}
    assert read_request(body(tools=[waiting])).tools == ()
