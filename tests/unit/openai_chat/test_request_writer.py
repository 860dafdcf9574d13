"""Request -> Chat Completions request body."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from proxy_core.conversation import (
    ANY_OBJECT,
    AnyTool,
    CustomTool,
    Effort,
    File,
    Image,
    Message,
    NamedTool,
    Origin,
    Part,
    Reasoning,
    Request,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
    Verbosity,
)
from proxy_core.deployments.models import Deployment, find_family
from proxy_core.errors import BadRequest
from proxy_core.openai.limits import fit_id, fit_name
from proxy_core.openai_chat.request_writer import write_request

HELLO = (Message("user", (Text("Hello."),)),)
READ = Tool("read", "Reads.", {"type": "object", "properties": {"path": {"type": "string"}}})


def write(model: str = "gpt-4o", **request: Any) -> dict[str, Any]:
    deployment = Deployment(model, "chat", find_family(model), resource="here")
    return write_request(Request("claude", **{"messages": HELLO, **request}), deployment)


def messages(*parts: Part, role: Any = "user") -> list[Any]:
    written = write(messages=[Message(role, parts)])["messages"]
    assert isinstance(written, list)
    return written


def test_the_least() -> None:
    assert write() == {
        "model": "gpt-4o",
        "messages": [{"role": "user", "content": "Hello."}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


# --- reasoning, sampling, limits --------------------------------------------


@pytest.mark.parametrize(
    ("model", "tools", "thinking", "effort", "sent"),
    [
        ("gpt-5.4", [], "shown", None, "medium"),
        ("gpt-5.4", [READ], "shown", "high", "high"),
        ("gpt-5.4", [], "off", "none", "none"),
        ("gpt-6-astra", [READ], "shown", "max", "xhigh"),
        ("gpt-5.6", [], "shown", "max", "max"),
        # these take tools only where they do not reason
        ("gpt-5.6", [READ], "shown", "max", "none"),
        ("gpt-6-sol", [READ], "off", None, "none"),
        ("gpt-4o", [READ], "shown", "high", None),
    ],
)
def test_effort(
    model: str, tools: list[Tool], thinking: Thinking, effort: Effort | None, sent: Any
) -> None:
    body = write(model, tools=tools, thinking=thinking, effort=effort)
    assert body.get("reasoning_effort") == sent


@pytest.mark.parametrize(
    ("model", "tools", "effort", "taken"),
    [
        ("gpt-4o", [], None, True),
        ("gpt-5.4", [], "none", True),
        ("gpt-5.4", [], "low", False),
        ("gpt-5.6", [READ], "high", True),
        ("gpt-5", [], "none", False),
        ("deepseek", [], "high", True),
    ],
)
def test_sampling(model: str, tools: list[Tool], effort: Effort | None, taken: bool) -> None:
    body = write(model, tools=tools, effort=effort, temperature=0.0, top_p=0.5)
    sent = {name: body[name] for name in ("temperature", "top_p") if name in body}
    assert sent == ({"temperature": 0.0, "top_p": 0.5} if taken else {})


@pytest.mark.parametrize(
    ("model", "asked", "sent"),
    [
        ("gpt-4o", None, {}),
        ("gpt-4o", 0, {"max_completion_tokens": 1}),
        ("gpt-4o", 9, {"max_completion_tokens": 9}),
        ("gpt-4o", 64_000, {"max_completion_tokens": 16_384}),
        ("other", 64_000, {"max_completion_tokens": 64_000}),
        ("mistral-large", 64_000, {"max_tokens": 64_000}),
    ],
)
def test_the_output_limit(model: str, asked: int | None, sent: dict[str, int]) -> None:
    body = write(model, max_output_tokens=asked)
    assert {name: body[name] for name in body if name.startswith("max_")} == sent


@pytest.mark.parametrize(
    ("model", "id", "key"),
    [("gpt-4o", "0a1b", "0a1b"), ("gpt-4o", None, None), ("deepseek", "0a1b", None)],
)
def test_the_cache_key(model: str, id: str | None, key: str | None) -> None:
    assert write(model, conversation_id=id).get("prompt_cache_key") == key


# --- tools and formats ------------------------------------------------------


def test_a_tool() -> None:
    body = write(tools=[READ])
    assert body["tools"] == [
        {
            "type": "function",
            "function": {
                "name": "read",
                "description": "Reads.",
                "parameters": {"type": "object", "properties": {"path": {"type": "string"}}},
                "strict": False,
            },
        }
    ]
    assert (body["tool_choice"], body["parallel_tool_calls"]) == ("auto", True)


TEXT_CALLED = ToolCall("call_1", "ApplyPatch", 'say "é"\n', custom=True)
LARK = {"type": "grammar", "syntax": "lark", "definition": "start: /.+/"}


def write_custom(model: str, *tools: AnyTool) -> dict[str, Any]:
    return write(
        model,
        tools=tools or (CustomTool("ApplyPatch", "Patches.", LARK),),
        tool_choice=NamedTool("ApplyPatch"),
        messages=[Message("assistant", (TEXT_CALLED,))],
    )


@pytest.mark.parametrize("model", ["gpt-4.1", "o4-mini", "gpt-5-chat", "deepseek-v4", "mine"])
def test_a_custom_tool_and_its_calls_are_a_functions(model: str) -> None:
    body = write_custom(model)
    (tool,), (message,) = body["tools"], body["messages"]
    assert tool["function"]["name"] == "ApplyPatch"
    assert body["tool_choice"] == {"type": "function", "function": {"name": "ApplyPatch"}}
    (call,) = message["tool_calls"]
    assert json.loads(call["function"]["arguments"]) == {"input": 'say "é"\n'}


@pytest.mark.parametrize("model", ["gpt-5", "gpt-5.2", "gpt-5.4-mini", "gpt-6-luna"])
def test_a_custom_tool_goes_up_as_it_is_where_the_model_takes_it(model: str) -> None:
    body = write_custom(model)
    grammar = {"syntax": "lark", "definition": "start: /.+/"}
    form = {"type": "grammar", "grammar": grammar}
    custom = {"name": "ApplyPatch", "description": "Patches.", "format": form}
    assert body["tools"] == [{"type": "custom", "custom": custom}]
    assert body["tool_choice"] == {"type": "custom", "custom": {"name": "ApplyPatch"}}
    (call,) = body["messages"][0]["tool_calls"]
    said = {"name": "ApplyPatch", "input": 'say "é"\n'}
    assert call == {"id": "call_1", "type": "custom", "custom": said}


@pytest.mark.parametrize(
    ("format", "written"), [(None, {}), ({"type": "text"}, {"format": {"type": "text"}})]
)
def test_a_custom_tool_without_a_grammar(format: Any, written: dict[str, Any]) -> None:
    (tool,) = write_custom("gpt-5.2", CustomTool("ApplyPatch", "", format))["tools"]
    assert tool == {"type": "custom", "custom": {"name": "ApplyPatch", **written}}


def test_of_two_tools_with_one_name_the_first_is_chosen() -> None:
    twice = (Tool("ApplyPatch", "", {}), CustomTool("ApplyPatch", "", None))
    body = write_custom("gpt-5.2", *twice)
    assert [tool["type"] for tool in body["tools"]] == ["function"]
    assert body["tool_choice"]["type"] == "function"


@pytest.mark.parametrize("model", ["mistral-large", "codestral", "ministral-3"])
def test_mistrals_short_ids_belong_together(model: str) -> None:
    ids = ("toolu_01A", "call_1", "abcDEF123")
    history = [
        Message("assistant", tuple(ToolCall(id, "read", "{}") for id in ids)),
        *(Message("user", (ToolResult(id, (Image("https://x"),)),)) for id in ids),
    ]
    said, *results = write(model, messages=history)["messages"]
    called = [call["id"] for call in said["tool_calls"]]
    assert [result["tool_call_id"] for result in results[::2]] == called
    assert [result["content"][0]["text"].split()[-1] for result in results[1::2]] == [
        f"{id}:" for id in called
    ]
    assert called[2] == "abcDEF123"
    assert len({*called}) == 3


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("auto", "auto"),
        ("none", "none"),
        ("required", "required"),
        (NamedTool("a.b"), {"type": "function", "function": {"name": fit_name("a.b", 64)}}),
    ],
)
def test_the_tool_choice(choice: ToolChoice, sent: Any) -> None:
    assert write(tools=[READ], tool_choice=choice)["tool_choice"] == sent
    assert "tool_choice" not in write(tool_choice=choice)


@pytest.mark.parametrize(
    ("model", "tools", "asked", "sent"),
    [
        ("gpt-4o", [READ], True, True),
        ("gpt-4o", [READ], False, False),
        ("gpt-4o", [], False, None),
        ("o3", [READ], False, None),
    ],
)
def test_parallel_calls(model: str, tools: list[Tool], asked: bool, sent: bool | None) -> None:
    body = write(model, tools=tools, parallel_tool_calls=asked)
    assert body.get("parallel_tool_calls") == sent


CLOSED = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
OPEN = {"type": "object", "properties": {}}


@pytest.mark.parametrize(("schema", "strict"), [(CLOSED, True), (OPEN, False)])
def test_an_output_schema(schema: Any, strict: bool) -> None:
    assert write(output_schema=schema)["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "output", "schema": schema, "strict": strict},
    }


def test_any_object_has_a_form_of_its_own_and_azure_wants_it_named() -> None:
    body = write(output_schema=ANY_OBJECT)
    assert body["response_format"] == {"type": "json_object"}
    asked = {"role": "system", "content": "Answer with a JSON object."}
    assert body["messages"] == [asked, *write()["messages"]]


@pytest.mark.parametrize(
    ("model", "verbosity", "sent"),
    [
        ("gpt-5.4", "low", "low"),
        ("gpt-5", "high", "high"),
        ("gpt-5.4", None, None),
        ("gpt-4o", "low", None),
        ("deepseek", "low", None),
    ],
)
def test_verbosity(model: str, verbosity: Verbosity | None, sent: str | None) -> None:
    assert write(model, verbosity=verbosity).get("verbosity") == sent


# --- history ----------------------------------------------------------------

PNG = "data:image/png;base64,AA=="
IMAGE = {"type": "image_url", "image_url": {"url": PNG}}
FROM_RESULT = {"type": "text", "text": "From the result of c:"}


def text(words: str) -> dict[str, str]:
    return {"type": "text", "text": words}


def result(content: str, id: str = "c") -> dict[str, str]:
    return {"role": "tool", "tool_call_id": id, "content": content}


@pytest.mark.parametrize(
    ("parts", "written"),
    [
        ([Text("A.")], [{"role": "user", "content": "A."}]),
        (
            [Text("A."), Text("B.")],
            [{"role": "user", "content": [text("A."), text("B.")]}],
        ),
        ([Text("A."), Image(PNG)], [{"role": "user", "content": [text("A."), IMAGE]}]),
        ([Image(PNG)], [{"role": "user", "content": [IMAGE]}]),
        ([ToolResult("c", ())], [result("")]),
        ([ToolResult("c", (Text("1"), Text("2")))], [result("1\n\n2")]),
        # every result first, then what only a user's message can hold
        (
            [
                ToolResult("c", (Text("1"), Image(PNG))),
                ToolResult("d", (Text("2"),)),
                Text("Go on."),
            ],
            [
                result("1"),
                result("2", "d"),
                {"role": "user", "content": [FROM_RESULT, IMAGE, text("Go on.")]},
            ],
        ),
    ],
)
def test_what_the_user_said(parts: Sequence[Part], written: list[Any]) -> None:
    assert messages(*parts) == written


@pytest.mark.parametrize(
    "part", [File("a.pdf", "data:x"), ToolResult("c", (File("a.pdf", "https://x"),))]
)
def test_files_are_refused_by_name(part: Part) -> None:
    with pytest.raises(BadRequest, match=r"'a\.pdf'.*Chat Completions") as caught:
        messages(part)
    assert caught.value.status == 400


def call(id: str, name: str) -> dict[str, Any]:
    return {"id": id, "type": "function", "function": {"name": name, "arguments": "{}"}}


THOUGHT = Reasoning("rs_1", "gAAA", (), Origin("here", "gpt-5.4"))


@pytest.mark.parametrize(
    ("parts", "written"),
    [
        ([Text("A."), Text("B.")], [{"role": "assistant", "content": "A.\n\nB."}]),
        (
            [ToolCall("c", "read", "{}"), Text("A."), ToolCall("d", "list", "{}")],
            [
                {
                    "role": "assistant",
                    "content": "A.",
                    "tool_calls": [call("c", "read"), call("d", "list")],
                }
            ],
        ),
        (
            [ToolCall("c", "read", "{}")],
            [{"role": "assistant", "content": None, "tool_calls": [call("c", "read")]}],
        ),
        # reasoning has no place here
        ([THOUGHT, Text("A.")], [{"role": "assistant", "content": "A."}]),
        ([THOUGHT], []),
    ],
)
def test_what_the_assistant_said(parts: Sequence[Part], written: list[Any]) -> None:
    assert messages(*parts, role="assistant") == written


def test_an_earlier_custom_call_becomes_a_functions() -> None:
    (said,) = messages(ToolCall("c", "read", "*** Begin", custom=True), role="assistant")
    (answer,) = messages(ToolResult("c", (Text("1"),), custom=True))
    function = {"name": "read", "arguments": '{"input":"*** Begin"}'}
    assert said["tool_calls"] == [{"id": "c", "type": "function", "function": function}]
    assert answer == result("1")


def test_names_and_ids_are_fitted_alike_in_calls_and_results() -> None:
    id, name = "x" * 41, "y" * 65
    (said,) = messages(ToolCall(id, name, "{}"), role="assistant")
    answer, shown = messages(ToolResult(id, (Image(PNG),)))
    assert said["tool_calls"] == [call(fit_id(id, 40), fit_name(name, 64))]
    assert answer["tool_call_id"] == fit_id(id, 40)
    assert shown["content"][0] == text(f"From the result of {fit_id(id, 40)}:")
    (kept,) = messages(ToolCall("x" * 40, "y" * 64, "{}"), role="assistant")
    assert kept["tool_calls"] == [call("x" * 40, "y" * 64)]


def test_instructions_come_first_and_system_messages_keep_their_place() -> None:
    history = [*HELLO, Message("system", (Text("A."), Text("B."))), *HELLO]
    body = write(instructions="Be brief.", messages=history)
    assert body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hello."},
        {"role": "system", "content": "A.\n\nB."},
        {"role": "user", "content": "Hello."},
    ]
