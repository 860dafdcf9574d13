"""Request -> Responses API request body."""

from collections.abc import Sequence
from typing import Any

import pytest

from proxy_core.conversation import (
    Effort,
    File,
    Image,
    Message,
    NamedTool,
    Part,
    Reasoning,
    Request,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
)
from proxy_core.models import Deployment, find_family
from proxy_core.openai_limits import digest, fit_id, fit_name
from proxy_core.openai_responses.request_writer import write_request

HELLO = (Message("user", (Text("Hello."),)),)
READ = Tool("read", "Reads.", {"type": "object", "properties": {"path": {"type": "string"}}})


def write(model: str = "gpt-5.4", deployed: Any = None, **request: Any) -> dict[str, Any]:
    deployment = Deployment(
        model, "responses", find_family(model), origin="here", **(deployed or {})
    )
    return write_request(Request("claude", **{"messages": HELLO, **request}), deployment)


def items(*parts: Part, role: Any = "assistant", model: str = "gpt-5.4") -> list[Any]:
    written = write(model, messages=[Message(role, parts)])["input"]
    assert isinstance(written, list)
    return written


def test_the_least() -> None:
    assert write("gpt-4o") == {
        "model": "gpt-4o",
        "input": [
            {
                "type": "message",
                "role": "user",
                "content": [{"type": "input_text", "text": "Hello."}],
            }
        ],
        "store": False,
        "stream": True,
        "stream_options": {"include_obfuscation": False},
    }


# --- reasoning, sampling, limits --------------------------------------------


@pytest.mark.parametrize(
    ("model", "thinking", "effort", "reasoning"),
    [
        ("gpt-5.4", "shown", None, {"effort": "medium", "summary": "auto"}),
        ("gpt-5.4", "shown", "max", {"effort": "xhigh", "summary": "auto"}),
        ("gpt-5.4", "hidden", "high", {"effort": "high"}),
        ("gpt-5.4", "off", "none", {"effort": "none"}),
        ("gpt-5.4", "off", "low", {"effort": "low"}),
        ("gpt-5.4", "shown", "none", {"effort": "none"}),
        ("gpt-6-astra", "off", "none", {"effort": "low"}),
        ("gpt-5", "off", "none", {"effort": "minimal"}),
        ("o3-mini", "shown", "high", {"effort": "high"}),
        ("gpt-5-pro", "shown", "low", {"effort": "high", "summary": "auto"}),
        ("gpt-4o", "shown", "high", None),
        ("other", "shown", "high", None),
    ],
)
def test_reasoning(model: str, thinking: Thinking, effort: Effort | None, reasoning: Any) -> None:
    body = write(model, thinking=thinking, effort=effort)
    assert body.get("reasoning") == reasoning
    assert ("include" in body) == (reasoning is not None)


@pytest.mark.parametrize(
    ("summary", "sent"),
    [("auto", {"summary": "auto"}), ("detailed", {"summary": "detailed"}), (None, {})],
)
def test_the_summary_that_is_asked_for(summary: Any, sent: Any) -> None:
    body = write(deployed={"summary": summary}, thinking="shown", effort="low")
    assert body["reasoning"] == {"effort": "low", **sent}


def test_the_encrypted_reasoning_is_asked_for() -> None:
    assert write(effort="none")["include"] == ["reasoning.encrypted_content"]


@pytest.mark.parametrize(
    ("model", "effort", "taken"),
    [
        ("gpt-4o", None, True),
        ("other", None, True),
        ("gpt-5.4", "none", True),
        ("gpt-5.4", "low", False),
        ("gpt-5", "none", False),
        ("o3", "none", False),
        ("gpt-chat-latest", None, False),
    ],
)
def test_sampling(model: str, effort: Effort | None, taken: bool) -> None:
    body = write(model, effort=effort, temperature=0.0, top_p=0.5)
    sent = {name: body[name] for name in ("temperature", "top_p") if name in body}
    assert sent == ({"temperature": 0.0, "top_p": 0.5} if taken else {})


@pytest.mark.parametrize(
    ("model", "asked", "sent"),
    [
        ("gpt-5.4", None, None),
        ("gpt-5.4", 0, 16),
        ("gpt-5.4", 15, 16),
        ("gpt-5.4", 17, 17),
        ("gpt-5.4", 200_000, 128_000),
        ("gpt-4o", 64_000, 16_384),
        ("other", 200_000, 200_000),
    ],
)
def test_the_output_limit(model: str, asked: int | None, sent: int | None) -> None:
    assert write(model, max_output_tokens=asked).get("max_output_tokens") == sent


@pytest.mark.parametrize(
    ("model", "id", "key"),
    [("gpt-5.4", "user_1", digest("user_1")), ("gpt-5.4", None, None), ("other", "user_1", None)],
)
def test_the_cache_key(model: str, id: str | None, key: str | None) -> None:
    assert write(model, conversation_id=id).get("prompt_cache_key") == key


def test_instructions() -> None:
    assert write(instructions="Be brief.")["instructions"] == "Be brief."


# --- tools and formats ------------------------------------------------------


def test_a_tool() -> None:
    body = write(tools=[READ])
    assert body["tools"] == [
        {
            "type": "function",
            "name": "read",
            "description": "Reads.",
            "parameters": {"type": "object", "properties": {"path": {"type": "string"}}},
            "strict": False,
        }
    ]
    assert (body["tool_choice"], body["parallel_tool_calls"]) == ("auto", True)


def test_parameters_are_completed() -> None:
    assert write(tools=[Tool("now", "", {})])["tools"][0]["parameters"] == {
        "type": "object",
        "properties": {},
    }


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("auto", "auto"),
        ("none", "none"),
        ("required", "required"),
        (NamedTool("read"), {"type": "function", "name": "read"}),
        (NamedTool("a.b"), {"type": "function", "name": fit_name("a.b", 128)}),
    ],
)
def test_the_tool_choice(choice: ToolChoice, sent: Any) -> None:
    assert write(tools=[READ], tool_choice=choice)["tool_choice"] == sent
    assert "tool_choice" not in write(tool_choice=choice)


@pytest.mark.parametrize(
    ("model", "tools", "asked", "sent"),
    [
        ("gpt-5.4", [READ], True, True),
        ("gpt-5.4", [READ], False, False),
        ("gpt-5.4", [], False, None),
        ("o3", [READ], False, None),
        ("gpt-5-pro", [READ], True, None),
    ],
)
def test_parallel_calls(model: str, tools: list[Tool], asked: bool, sent: bool | None) -> None:
    body = write(model, tools=tools, parallel_tool_calls=asked)
    assert body.get("parallel_tool_calls") == sent


CLOSED = {
    "type": "object",
    "properties": {"a": {"type": "string"}},
    "required": ["a"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(("schema", "strict"), [(CLOSED, True), ({"type": "object"}, False)])
def test_an_output_schema(schema: Any, strict: bool) -> None:
    assert write(output_schema=schema)["text"] == {
        "format": {"type": "json_schema", "name": "output", "schema": schema, "strict": strict}
    }


# --- history ----------------------------------------------------------------

THOUGHT = Reasoning("rs_1", "gAAA", ("First.", "Second."), "here")
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
        ([Reasoning("rs_2", "gAAA", (), "elsewhere"), Text("Hi.")], [HI]),
    ],
)
def test_what_the_assistant_said(parts: Sequence[Part], written: list[Any]) -> None:
    assert items(*parts) == written


def test_reasoning_without_a_summary_still_has_the_field() -> None:
    first, _ = items(Reasoning("rs_1", "gAAA", (), "here"), Text("Hi."))
    assert first == {**REPLAYED, "summary": []}


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


def test_names_and_ids_are_fitted_alike_in_calls_and_results() -> None:
    id, name = "x" * 65, "a.b"
    (call,) = items(ToolCall(id, name, "{}"))
    (result,) = items(ToolResult(id, ()), role="user")
    assert call["call_id"] == result["call_id"] == fit_id(id, 64)
    assert call["name"] == fit_name(name, 128)
    (kept,) = items(ToolCall("x" * 64, "y" * 128, "{}"))
    assert (kept["call_id"], kept["name"]) == ("x" * 64, "y" * 128)


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


def test_one_message_after_the_other() -> None:
    messages = [*HELLO, Message("assistant", (Text("Hi."),)), *HELLO]
    roles = [item["role"] for item in write(messages=messages)["input"]]
    assert roles == ["user", "assistant", "user"]
