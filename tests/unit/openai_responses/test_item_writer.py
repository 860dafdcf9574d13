"""Message -> input items of the Responses API."""

from collections.abc import Sequence
from typing import Any

import pytest

from proxy_core.conversation import (
    File,
    Image,
    Message,
    Origin,
    Part,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
)
from proxy_core.deployments.models import Deployment, find_family
from proxy_core.openai.limits import fit_id, fit_name
from proxy_core.openai_responses.item_writer import write_items


def items(*parts: Part, role: Any = "assistant", model: str = "gpt-5.4") -> list[Any]:
    deployment = Deployment(model, "responses", find_family(model), resource="here")
    return [*write_items(Message(role, parts), deployment)]


# --- What the assistant said ---

HERE = Origin("here", "gpt-5.4")

THOUGHT = Reasoning("rs_1", "gAAA", ("First.", "Second."), HERE)
REPLAYED = {
    "type": "reasoning",
    "id": "rs_1",
    "summary": [
        {"type": "summary_text", "text": "First."},
        {"type": "summary_text", "text": "Second."},
    ],
    "encrypted_content": "gAAA",
}
HI = {"type": "message", "role": "assistant", "content": "Hi."}
CALL = {"type": "function_call", "call_id": "c", "name": "read", "arguments": "{}"}


@pytest.mark.parametrize(
    ("parts", "written"),
    [
        ([Text("Hi.")], [HI]),
        ([THOUGHT, Text("Hi.")], [REPLAYED, HI]),
        ([THOUGHT, ToolCall("c", "read", "{}")], [REPLAYED, CALL]),
        ([Text("Hi."), ToolCall("c", "read", "{}")], [HI, CALL]),
        ([THOUGHT, THOUGHT, Text("Hi.")], [REPLAYED, REPLAYED, HI]),
        # without a follower, or from elsewhere, it is dropped whole
        ([THOUGHT], []),
        ([Text("Hi."), THOUGHT], [HI]),
        ([Reasoning("rs_2", "gAAA", (), Origin("elsewhere", "gpt-5.4")), Text("Hi.")], [HI]),
        ([THOUGHT, ToolResult("c", ())], []),
    ],
)
def test_what_the_assistant_said(parts: Sequence[Part], written: list[Any]) -> None:
    assert items(*parts) == written


def test_reasoning_without_a_summary_still_has_the_field() -> None:
    first, _ = items(Reasoning("rs_1", "gAAA", (), HERE), Text("Hi."))
    assert first == {**REPLAYED, "summary": []}


def test_reasoning_of_unknown_origin_goes_up_as_the_client_sent_it() -> None:
    """Azure judges it: the client had it from there, or from nowhere."""
    first, _ = items(Reasoning("rs_1", "gAAA", ("First.", "Second."), None), Text("Hi."))
    assert first == REPLAYED
    first, _ = items(Reasoning("", "gAAA", (), None), Text("Hi."))
    assert first == {"type": "reasoning", "summary": [], "encrypted_content": "gAAA"}


PATCH = "*** Begin Patch\n*** End Patch"


def test_a_custom_call_and_its_result() -> None:
    (call,) = items(ToolCall("c", "ApplyPatch", PATCH, custom=True))
    (output,) = items(ToolResult("c", (Text("Done."),), custom=True), role="user")
    assert call == {
        "type": "custom_tool_call",
        "call_id": "c",
        "name": "ApplyPatch",
        "input": PATCH,
    }
    assert output == {"type": "custom_tool_call_output", "call_id": "c", "output": "Done."}


@pytest.mark.parametrize("arguments", ["", '{"a":', "no JSON"])
def test_arguments_go_up_as_they_are(arguments: str) -> None:
    assert items(ToolCall("c", "read", arguments)) == [{**CALL, "arguments": arguments}]


@pytest.mark.parametrize(
    ("model", "phase", "sent"),
    [
        ("gpt-5.4", "commentary", {"phase": "commentary"}),
        ("gpt-5.4", "final_answer", {"phase": "final_answer"}),
        ("gpt-5.4", None, {}),
        ("gpt-5.2", "commentary", {}),
    ],
)
def test_phases(model: str, phase: Any, sent: dict[str, str]) -> None:
    assert items(Text("Hi.", phase), model=model) == [HI | sent]


@pytest.mark.parametrize("custom", [False, True])
def test_names_and_ids_are_fitted_alike_in_calls_and_results(custom: bool) -> None:
    id, name = "x" * 65, "a.b"
    (call,) = items(ToolCall(id, name, "{}", custom))
    (result,) = items(ToolResult(id, (), custom), role="user")
    assert call["call_id"] == result["call_id"] == fit_id(id, 64)
    assert call["name"] == fit_name(name, 128)
    (kept,) = items(ToolCall("x" * 64, "y" * 128, "{}"))
    assert (kept["call_id"], kept["name"]) == ("x" * 64, "y" * 128)


# --- What the user said ---

PNG = "data:image/png;base64,AA=="
PDF = "data:application/pdf;base64,AA=="
TEXT = {"type": "input_text", "text": "Look."}
IMAGE = {"type": "input_image", "image_url": PNG, "detail": "auto"}
FILE = {"type": "input_file", "filename": "a.pdf", "file_data": PDF}


def from_user(*content: Any, role: str = "user") -> dict[str, Any]:
    return {"type": "message", "role": role, "content": [*content]}


def result(output: Any) -> dict[str, Any]:
    return {"type": "function_call_output", "call_id": "c", "output": output}


@pytest.mark.parametrize(
    ("parts", "written"),
    [
        ([Text("Look."), Image(PNG), File("a.pdf", PDF)], [from_user(TEXT, IMAGE, FILE)]),
        (
            [File("a.pdf", "https://x/a.pdf")],
            [from_user({"type": "input_file", "file_url": "https://x/a.pdf"})],
        ),
        ([ToolResult("c", ())], [result("")]),
        ([ToolResult("c", (Text("1"),))], [result("1")]),
        ([ToolResult("c", (Text("Look."), Image(PNG)))], [result([TEXT, IMAGE])]),
        ([ToolResult("c", (File("a.pdf", PDF),))], [result([FILE])]),
        ([ToolResult("c", ()), Text("Look.")], [result(""), from_user(TEXT)]),
    ],
)
def test_what_the_user_said(parts: Sequence[Part], written: list[Any]) -> None:
    assert items(*parts, role="user") == written


def test_later_system_messages_keep_their_place() -> None:
    assert items(Text("Look."), role="system") == [from_user(TEXT, role="developer")]
