"""Responses API request bodies -> Request, and from there to Azure again, item by item."""

from typing import Any

import pytest

from proxy_core.conversation import (
    Content,
    CustomTool,
    Image,
    Message,
    NamedTool,
    Part,
    Reasoning,
    Request,
    Text,
    Tool,
    ToolCall,
    ToolResult,
)
from proxy_core.deployments.models import Deployment, find_family
from proxy_core.errors import BadRequest
from proxy_core.openai.request_reader import read_request
from proxy_core.openai_responses.item_writer import write_items
from tests.content import BLOCKS, PARTS

PNG = "data:image/png;base64,AA=="
PATCH = "*** Begin Patch"

HELLO = {"role": "user", "content": "Hello."}
USER = Message("user", (Text("Hello."),))
READ = {"type": "function", "name": "read", "parameters": {"type": "object"}}
APPLY = {"type": "custom", "name": "ApplyPatch", "format": {"type": "text"}}


def read(*items: Any, **fields: Any) -> Request:
    return read_request({"model": "gpt-5.4", "input": [*items] or [HELLO], **fields})


def messages(*items: Any, **fields: Any) -> list[Message]:
    return [*read(*items, **fields).messages]


def parts(item: Any, **fields: Any) -> list[Part]:
    (message,) = messages(item, **fields)
    return [*message.parts]


def test_the_smallest_request() -> None:
    assert read() == Request(model="gpt-5.4", messages=(USER,))
    assert read_request({"input": "Hello."}) == Request(model="", messages=(USER,))


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"instructions": "Be brief."}, "instructions", "Be brief."),
        ({"instructions": None}, "instructions", ""),
        ({"stream": True}, "stream", True),
        ({"stream": None}, "stream", False),
        ({"temperature": 0}, "temperature", 0.0),
        ({"top_p": 0.9}, "top_p", 0.9),
        ({"max_output_tokens": 10}, "max_output_tokens", 10),
        ({"parallel_tool_calls": False}, "parallel_tool_calls", False),
        ({"parallel_tool_calls": None}, "parallel_tool_calls", True),
        ({"tools": [READ]}, "tools", (Tool("read", "", {"type": "object"}),)),
        ({"tools": [APPLY]}, "tools", (CustomTool("ApplyPatch", "", {"type": "text"}),)),
        ({"tools": None}, "tools", ()),
        (
            {"tools": [READ], "tool_choice": {"type": "function", "name": "read"}},
            "tool_choice",
            NamedTool("read"),
        ),
        ({"tool_choice": "required"}, "tool_choice", "auto"),
        (
            {"text": {"format": {"type": "json_schema", "name": "n", "schema": {"a": 1}}}},
            "output_schema",
            {"a": 1},
        ),
        ({"text": {"format": {"type": "text"}}}, "output_schema", None),
        ({"text": None}, "output_schema", None),
    ],
)
def test_a_field(fields: dict[str, Any], name: str, value: Any) -> None:
    assert getattr(read(**fields), name) == value


def test_what_does_not_go_up() -> None:
    knobs = {
        "user": "google-oauth2|1",
        "metadata": {"cursorConversationId": "c"},
        "include": ["reasoning.encrypted_content"],
        "store": True,
        "stream_options": {"include_usage": True},
        "prompt_cache_key": "k",
        "prompt_cache_retention": "24h",
        "truncation": "auto",
        "service_tier": "auto",
    }
    assert read(**knobs) == read()


# --- Items go up as they came ---


def text(words: str, type: str = "input_text") -> dict[str, str]:
    return {"type": type, "text": words}


def said(role: str, *content: Any, **fields: Any) -> dict[str, Any]:
    return {"type": "message", "role": role, "content": [*content], **fields}


def summary(*texts: str) -> list[dict[str, str]]:
    return [text(words, "summary_text") for words in texts]


def thought(*texts: str, **fields: Any) -> dict[str, Any]:
    item = {"type": "reasoning", "summary": summary(*texts), "encrypted_content": "gAAA"}
    return item | fields


def answer(words: str, **fields: Any) -> dict[str, Any]:
    return {"type": "message", "role": "assistant", "content": words, **fields}


IMAGE = {"type": "input_image", "image_url": PNG, "detail": "auto"}
CALL = {"type": "function_call", "call_id": "c", "name": "read", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "c", "output": "1"}
CUSTOM_CALL = {"type": "custom_tool_call", "call_id": "d", "name": "ApplyPatch", "input": PATCH}

INPUTS: dict[str, list[dict[str, Any]]] = {
    "a turn": [
        said("developer", text("Be brief.")),
        said("user", text("Look."), IMAGE),
        thought("First.", "Second.", id="rs_1"),
        answer("Reading.", phase="commentary"),
        CALL,
        CUSTOM_CALL,
        OUTPUT,
        thought(),
        answer("Done.", phase="final_answer"),
        said("user", text("Thanks.")),
    ],
    "messages of one role stay apart": [
        said("developer", text("A.")),
        said("developer", text("B.")),
        said("user", text("<environment>")),
        said("user", text("Hello.")),
    ],
    "answers and results one after the other": [
        said("user", text("Hello.")),
        answer("One."),
        answer("Two."),
        CALL,
        {**CALL, "call_id": "e"},
        OUTPUT,
        {**OUTPUT, "call_id": "e", "output": [text("2"), IMAGE]},
    ],
    "reasoning twice": [thought(id="rs_1"), thought("Hm."), CALL, OUTPUT],
    "broken arguments": [{**CALL, "arguments": '{"a":'}, OUTPUT],
}


@pytest.mark.parametrize("name", INPUTS)
def test_items_go_up_as_they_came(name: str) -> None:
    deployment = Deployment("gpt-5.4", "responses", find_family("gpt-5.4"), resource="here")
    request = read(*INPUTS[name])
    assert [
        item for message in request.messages for item in write_items(message, deployment)
    ] == INPUTS[name]


def test_ids_and_states_stay_behind_except_those_of_reasoning() -> None:
    marks = {"id": "x_1", "status": "completed"}
    marked = [{**item, **marks} for item in INPUTS["a turn"] if item["type"] != "reasoning"]
    plain = [item for item in INPUTS["a turn"] if item["type"] != "reasoning"]
    assert messages(*marked) == messages(*plain)
    (kept,) = parts(thought(id="rs_1", status=None))
    assert kept == Reasoning("rs_1", "gAAA", (), None)


# --- Items -> messages ---


def test_the_items_of_one_reply_are_one_message() -> None:
    output = [thought("Hm.", id="rs_1"), answer("Hi.", phase="commentary"), CALL, CUSTOM_CALL]
    assert messages(HELLO, *output, OUTPUT, answer("Done.")) == [
        USER,
        Message(
            "assistant",
            (
                Reasoning("rs_1", "gAAA", ("Hm.",), None),
                Text("Hi.", "commentary"),
                ToolCall("c", "read", "{}"),
                ToolCall("d", "ApplyPatch", PATCH, custom=True),
            ),
        ),
        Message("user", (ToolResult("c", (Text("1"),)),)),
        Message("assistant", (Text("Done."),)),
    ]


@pytest.mark.parametrize("role", ["system", "developer"])
def test_system_items_stay_in_place(role: str) -> None:
    request = read(said(role, text("Be brief.")), HELLO, instructions="Be kind.")
    assert request.instructions == "Be kind."
    assert request.messages == (Message("system", (Text("Be brief."),)), USER)


@pytest.mark.parametrize(
    ("phase", "kept"),
    [
        ("commentary", "commentary"),
        ("final_answer", "final_answer"),
        ("epilogue", None),
        (None, None),
        ([], None),
    ],
)
def test_phases(phase: Any, kept: Any) -> None:
    assert parts(answer("Hi.", phase=phase)) == [Text("Hi.", kept)]


@pytest.mark.parametrize("type", [{}, {"type": None}, {"type": "message"}])
def test_messages_need_no_type(type: dict[str, Any]) -> None:
    assert messages({"role": "user", "content": "Hello.", **type}) == [USER]


@pytest.mark.parametrize(("part", "expected"), PARTS + BLOCKS)
def test_content_of_a_user_and_of_a_result(part: dict[str, Any], expected: list[Content]) -> None:
    content = [text("Look."), part]
    assert parts({"role": "user", "content": content}) == [Text("Look."), *expected]
    assert parts({**OUTPUT, "output": content}) == [ToolResult("c", (Text("Look."), *expected))]


def test_anthropic_calls_and_results_stand_among_the_content() -> None:
    called = {"type": "tool_use", "id": "c", "name": "ApplyPatch", "input": PATCH}
    result = {"type": "tool_result", "tool_use_id": "c", "content": "x", "is_error": True}
    items = [
        said("assistant", text("Patching.", "output_text"), called, phase="commentary"),
        said("user", result),
    ]
    assert messages(*items, tools=[APPLY]) == [
        Message(
            "assistant",
            (Text("Patching.", "commentary"), ToolCall("c", "ApplyPatch", PATCH, custom=True)),
        ),
        Message("user", (ToolResult("c", (Text("Error: x"),)),)),
    ]


@pytest.mark.parametrize("content", [None, "", [], [text("")]])
def test_empty_messages_are_no_messages(content: Any) -> None:
    empty = [{"role": role, "content": content} for role in ("system", "user", "assistant")]
    assert messages(*empty, HELLO, *empty) == [USER]


@pytest.mark.parametrize("role", ["assistant", "system", "developer"])
def test_an_image_that_azure_would_not_take_is_refused_and_not_lost(role: str) -> None:
    with pytest.raises(BadRequest, match=r"content\.\d: only a user or a tool can send images"):
        messages(said(role, IMAGE, text("Hi.", "output_text")))


@pytest.mark.parametrize("sealed", [{"encrypted_content": None}, {"encrypted_content": ""}])
def test_reasoning_that_cannot_be_read_again_is_left_out(sealed: dict[str, Any]) -> None:
    assert messages(thought("Hm.", id="rs_1", **sealed), CALL) == messages(CALL)


def test_reasoning_with_null_members() -> None:
    assert parts(thought(id=None, summary=None)) == [Reasoning("", "gAAA", (), None)]


def test_results_of_every_form() -> None:
    custom = {"type": "custom_tool_call_output", "call_id": "d", "output": "Done."}
    outputs = [OUTPUT, custom, {**OUTPUT, "output": None}, {**OUTPUT, "output": [text("1"), IMAGE]}]
    assert messages(*outputs) == [
        Message("user", (ToolResult("c", (Text("1"),)),)),
        Message("user", (ToolResult("d", (Text("Done."),)),)),
        Message("user", (ToolResult("c", ()),)),
        Message("user", (ToolResult("c", (Text("1"), Image(PNG))),)),
    ]


@pytest.mark.parametrize(
    ("item", "tools", "custom"),
    [
        (CUSTOM_CALL, [APPLY], True),
        (CUSTOM_CALL, None, True),
        # as the reply that is being replayed said it
        ({**CALL, "name": "ApplyPatch", "arguments": PATCH}, [APPLY], True),
        ({**CALL, "name": "ApplyPatch", "arguments": PATCH}, [READ], False),
        ({**CALL, "name": "ApplyPatch", "arguments": None}, None, False),
    ],
)
def test_custom_calls(item: dict[str, Any], tools: Any, custom: bool) -> None:
    (call,) = parts(item, tools=tools)
    argument = item.get("input") or item.get("arguments") or ""
    assert call == ToolCall(item["call_id"], "ApplyPatch", argument, custom=custom)


# --- What is refused ---


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"input": {"role": "user"}}, "input: Input should be a valid array"),
        ({"input": [HELLO, "Hi."]}, "input.1: Input should be a valid object"),
        (
            {"input": [{"type": "item_reference"}]},
            "input.0.type: 'item_reference' is not supported",
        ),
        ({"input": [{"content": "Hi."}]}, "input.0.role: Field required"),
        ({"input": [{"role": "robot"}]}, "input.0.role: 'robot' is not supported"),
        (
            {"input": [{"role": "user", "content": 1}]},
            "input.0.content: Input should be a valid array",
        ),
        (
            {"input": [said("user", {"type": "input_audio"})]},
            "input.0.content.0.type: 'input_audio' is not supported",
        ),
        ({"input": [{**CALL, "call_id": None}]}, "input.0.call_id: Field required"),
        ({"input": [{**CALL, "name": None}]}, "input.0.name: Field required"),
        ({"input": [{**OUTPUT, "call_id": None}]}, "input.0.call_id: Field required"),
        (
            {"input": [thought(summary=[{}])]},
            "input.0.summary.0.text: Field required",
        ),
        ({"instructions": []}, "instructions: Input should be a valid string"),
    ],
)
def test_refusals(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read(**fields)
    assert caught.value.message == problem
