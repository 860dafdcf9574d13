"""Chat Completions request bodies -> Request."""

from typing import Any

import pytest

from proxy_core.conversation import (
    CustomTool,
    Image,
    Message,
    NamedTool,
    Request,
    Text,
    Tool,
    ToolCall,
    ToolResult,
)
from proxy_core.errors import BadRequest
from proxy_core.openai.request_reader import read_request

HELLO = {"role": "user", "content": "Hello."}
USER = Message("user", (Text("Hello."),))
MINIMAL: dict[str, Any] = {"model": "gpt-high", "messages": [HELLO]}

READ = {"type": "function", "function": {"name": "read", "parameters": {"type": "object"}}}
APPLY = {"type": "custom", "name": "ApplyPatch", "format": {"type": "text"}}


def read(*messages: Any, **fields: Any) -> Request:
    return read_request({**MINIMAL, "messages": [*messages] or [HELLO], **fields})


def said(role: str, content: Any) -> dict[str, Any]:
    return {"role": role, "content": content}


def test_the_smallest_request() -> None:
    assert read() == Request(model="gpt-high", messages=(USER,))


def test_a_recorded_request() -> None:
    calls = [
        {
            "type": "function",
            "id": f"call_{number}",
            "index": number,
            "function": {"name": "grep", "arguments": f'{{"pattern":"{number}"}}'},
        }
        for number in range(2)
    ]
    request = read_request(
        {
            "model": "gpt-high",
            "temperature": 0,
            "user": "google-oauth2|1",
            "stream": True,
            "tool_choice": "auto",
            "messages": [
                said("system", "You are an agent."),
                said("user", "<environment>"),
                said("user", "Where?"),
                {"role": "assistant", "content": "", "tool_calls": calls},
                {"role": "tool", "name": "grep", "tool_call_id": "call_0", "content": "a:1"},
                {"role": "tool", "name": "grep", "tool_call_id": "call_1", "content": "b:2"},
            ],
            "tools": [READ],
        }
    )
    assert request == Request(
        model="gpt-high",
        instructions="You are an agent.",
        messages=(
            Message("user", (Text("<environment>"),)),
            Message("user", (Text("Where?"),)),
            Message(
                "assistant",
                (
                    ToolCall("call_0", "grep", '{"pattern":"0"}'),
                    ToolCall("call_1", "grep", '{"pattern":"1"}'),
                ),
            ),
            Message("user", (ToolResult("call_0", (Text("a:1"),)),)),
            Message("user", (ToolResult("call_1", (Text("b:2"),)),)),
        ),
        tools=(Tool("read", "", {"type": "object"}),),
        temperature=0.0,
        stream=True,
    )


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"model": None}, "model", ""),
        ({"stream": True}, "stream", True),
        ({"stream": None}, "stream", False),
        ({"temperature": 1}, "temperature", 1.0),
        ({"top_p": 0.9}, "top_p", 0.9),
        ({"max_tokens": 10}, "max_output_tokens", 10),
        ({"max_completion_tokens": 10}, "max_output_tokens", 10),
        ({"max_output_tokens": 10}, "max_output_tokens", 10),
        ({"max_tokens": 10, "max_completion_tokens": 20}, "max_output_tokens", 20),
        ({"max_tokens": 10, "max_completion_tokens": None}, "max_output_tokens", 10),
        ({"max_tokens": None}, "max_output_tokens", None),
        ({"max_tokens": 0}, "max_output_tokens", None),
        ({"max_tokens": -1}, "max_output_tokens", None),
        ({"max_tokens": 10, "max_completion_tokens": -1}, "max_output_tokens", 10),
        ({"parallel_tool_calls": True}, "parallel_tool_calls", True),
        ({"parallel_tool_calls": False}, "parallel_tool_calls", False),
        ({"parallel_tool_calls": None}, "parallel_tool_calls", True),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"schema": {"a": 1}}}},
            "output_schema",
            {"a": 1},
        ),
        ({"stop": "END"}, "stop", ("END",)),
        ({"stop": ["END", "", "###"]}, "stop", ("END", "###")),
        ({"stop": None}, "stop", ()),
        ({"stop": ""}, "stop", ()),
        ({"stop": [], "stop_sequences": ["END"]}, "stop", ("END",)),
    ],
)
def test_a_field(fields: dict[str, Any], name: str, value: Any) -> None:
    assert getattr(read(**fields), name) == value


@pytest.mark.parametrize(
    "knobs",
    [
        {"n": 1, "presence_penalty": 0, "frequency_penalty": 0.5},
        {"seed": 7, "logit_bias": {"1": 2}, "logprobs": False, "top_logprobs": 0},
        {"user": "google-oauth2|1", "metadata": {"a": "b"}, "store": True},
        {"stream_options": {"include_usage": True}, "service_tier": "auto"},
        {"truncation": "auto", "previous_response_id": None, "prompt_cache_retention": "24h"},
        {"tools": None, "tool_choice": None},
        {"tools": [], "tool_choice": "auto"},
        {"some_future_knob": {"a": 1}},
    ],
)
def test_what_does_not_go_up(knobs: dict[str, Any]) -> None:
    assert read(**knobs) == read()


# --- System messages ---


def test_leading_system_messages_are_the_instructions() -> None:
    texts = [{"type": "text", "text": words} for words in ("B.", "C.")]
    request = read(said("system", "A."), said("developer", texts), HELLO)
    assert (request.instructions, request.messages) == ("A.\n\nB.\n\nC.", (USER,))


def test_later_ones_stay_in_place() -> None:
    request = read(said("system", "A."), HELLO, said("developer", "B."), HELLO)
    later = Message("system", (Text("B."),))
    assert (request.instructions, request.messages) == ("A.", (USER, later, USER))


def test_where_there_is_nothing_else_they_are_the_messages() -> None:
    request = read(said("system", "A."), said("developer", "B."), system="C.")
    assert request.instructions == "C."
    assert request.messages == (Message("system", (Text("A."),)), Message("system", (Text("B."),)))


def test_empty_messages_are_no_messages() -> None:
    empty = [said("system", ""), said("assistant", []), said("user", None)]
    request = read(said("system", "A."), *empty, said("system", "B."), HELLO, *empty)
    assert (request.instructions, request.messages) == ("A.\n\nB.", (USER,))


# --- Tools ---


def test_tools_of_every_shape_in_one_list() -> None:
    anthropic = {"name": "list", "description": "Lists.", "input_schema": {}, "cache_control": {}}
    assert read(tools=[READ, APPLY, anthropic]).tools == (
        Tool("read", "", {"type": "object"}),
        CustomTool("ApplyPatch", "", {"type": "text"}),
        Tool("list", "Lists.", {}),
    )


def test_the_tools_left_by_a_choice() -> None:
    allowed = {"mode": "required", "tools": [{"type": "function", "name": "read"}]}
    request = read(tools=[READ, APPLY], tool_choice={"type": "allowed_tools", **allowed})
    assert request.tool_choice == "required"
    assert [tool.name for tool in request.tools] == ["read"]


def custom_history() -> list[dict[str, Any]]:
    function = {"name": "ApplyPatch", "arguments": "*** Begin Patch"}
    call = {"type": "function", "id": "call_1", "function": function}
    return [
        HELLO,
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "name": "ApplyPatch", "tool_call_id": "call_1", "content": "Done."},
    ]


@pytest.mark.parametrize(
    ("tools", "choice", "custom"),
    [
        ([APPLY], "auto", True),
        ([READ, APPLY], {"type": "function", "function": {"name": "read"}}, True),
        # a tool that may not be called now may have been called before
        ([READ, APPLY], {"type": "allowed_tools", "tools": [{"name": "read"}]}, True),
        ([READ], "auto", False),
        (None, None, False),
    ],
)
def test_the_declared_tools_say_which_calls_are_custom(
    tools: Any, choice: Any, custom: bool
) -> None:
    request = read(*custom_history(), tools=tools, tool_choice=choice)
    call = ToolCall("call_1", "ApplyPatch", "*** Begin Patch", custom=custom)
    assert request.messages[1] == Message("assistant", (call,))


def test_a_named_choice() -> None:
    choice = {"type": "function", "function": {"name": "read"}}
    assert read(tools=[READ], tool_choice=choice).tool_choice == NamedTool("read")


# --- Pictures ---


def test_a_picture_in_a_users_message() -> None:
    picture = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    content = [{"type": "text", "text": "What is this?"}, picture]
    assert read(said("user", content)).messages == (
        Message("user", (Text("What is this?"), Image("https://example.com/a.png"))),
    )


# --- What is refused ---


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"model": 1}, "model: Input should be a valid string"),
        ({"messages": 7}, "messages: Input should be a valid array"),
        ({"stop": 7}, "stop: Input should be a valid array"),
        ({"stop": ["END", 7]}, "stop.1: Input should be a valid string"),
        ({"stop": "x" * 4097}, "stop: All together should have at most 4096 characters"),
        ({"messages": [HELLO, None]}, "messages.1: Input should be a valid object"),
        ({"messages": [HELLO, {"role": "x"}]}, "messages.1.role: 'x' is not supported"),
        ({"tools": {}}, "tools: Input should be a valid array"),
        ({"stream": "yes"}, "stream: Input should be a valid boolean"),
        ({"max_tokens": "10"}, "max_tokens: Input should be a valid integer"),
        ({"temperature": "hot"}, "temperature: Input should be a valid number"),
    ],
)
def test_refusals(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read(**fields)
    assert caught.value.message == message
