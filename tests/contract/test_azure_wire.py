"""The schemas of Azure's wire formats refuse what Azure refuses, and what it never says."""

from typing import Any

import pytest

from proxy_core.deployments.models import UpstreamApi
from tests.contract.azure_wire import (
    check_chunk,
    check_error_body,
    check_event,
    check_request,
    check_response,
)

FUNCTION = {"name": "read", "parameters": {"type": "object", "properties": {}}, "strict": False}
CALL = {"type": "function_call", "call_id": "c", "name": "read", "arguments": "{}"}
THOUGHT = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAA"}
HELLO = {"role": "user", "content": "Hi."}
RESPONSES: dict[str, Any] = {
    "model": "gpt",
    "input": [HELLO, THOUGHT, CALL, {**CALL, "type": "function_call_output", "output": "x"}],
    "store": False,
    "stream": True,
    "stream_options": {"include_obfuscation": False},
}
del RESPONSES["input"][-1]["name"], RESPONSES["input"][-1]["arguments"]
CHAT_CALL = {"id": "c", "type": "function", "function": {"name": "read", "arguments": "{}"}}
CHAT: dict[str, Any] = {
    "model": "gpt",
    "messages": [
        HELLO,
        {"role": "assistant", "content": None, "tool_calls": [CHAT_CALL]},
        {"role": "tool", "tool_call_id": "c", "content": "x"},
    ],
    "stream": True,
    "stream_options": {"include_usage": True},
}


def without(body: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != name}


def tool(**fields: Any) -> dict[str, Any]:
    return {"tools": [{"type": "function", **FUNCTION, **fields}]}


def chat_tool(**fields: Any) -> dict[str, Any]:
    return {"tools": [{"type": "function", "function": {**FUNCTION, **fields}}]}


def part(**fields: Any) -> dict[str, Any]:
    return {"input": [{"role": "user", "content": [fields]}]}


IMAGE = {"type": "input_image", "image_url": "https://a.b/c.png"}
REFUSED_BY_RESPONSES: dict[str, dict[str, Any]] = {
    "unknown key": {"max_tokens": 9},
    "key of the other API": {"messages": [HELLO]},
    "stop": {"stop": ["x"]},
    "null": {"temperature": None},
    "model": {"model": ""},
    "kept": {"store": True},
    "no stream": {"stream": False},
    "other options": {"stream_options": {"include_usage": True}},
    "hot": {"temperature": 2.1},
    "top_p": {"top_p": -0.1},
    "short": {"max_output_tokens": 15},
    "cache key": {"prompt_cache_key": "k" * 65},
    "effort": {"reasoning": {"effort": "maximal"}},
    "summary": {"reasoning": {"summary": "long"}},
    "include": {"include": ["everything"]},
    "verbosity": {"text": {"verbosity": "loud"}},
    "format without a name": {"text": {"format": {"type": "json_schema", "schema": {}}}},
    "format of Chat": {"text": {"format": {"type": "json_schema", "json_schema": {}}}},
    "no input": {"input": []},
    "no tools": {"tools": []},
    "too many tools": {"tools": tool()["tools"] * 129},
    "tool of Chat": chat_tool(),
    "tool without strict": {"tools": [without(tool()["tools"][0], "strict")]},
    "tool with an empty description": tool(description=""),
    "tool with a null description": tool(description=None),
    "tool with a space": tool(name="a b"),
    "tool with a long name": tool(name="x" * 129),
    "tool without parameters": tool(parameters=None),
    "tool, misspelt": tool(nmae="x"),
    "grammar": {"tools": [{"type": "custom", "name": "a", "format": {"type": "grammar"}}]},
    "search": {"tools": [{"type": "web_search", "user_location": {"city": "Bern"}}]},
    "choice": {"tool_choice": "any"},
    "choice of Chat": {"tool_choice": {"type": "function", "function": {"name": "read"}}},
    "part": part(type="image", url="x"),
    "image without a URL": part(type="input_image", file_id="f"),
    "image of Chat": part(type="input_image", image_url={"url": "x"}),
    "file without a name": part(type="input_file", file_data="x"),
    "role": {"input": [{"role": "tool", "content": "x"}]},
    "image of the assistant": {"input": [{"role": "assistant", "content": [IMAGE]}]},
    "phase": {"input": [{"role": "assistant", "content": "x", "phase": "last"}]},
    "call without an id": {"input": [without(CALL, "call_id")]},
    "call with a long id": {"input": [{**CALL, "call_id": "c" * 65}]},
    "call with arguments as an object": {"input": [{**CALL, "arguments": {}}]},
    "call with a status": {"input": [{**CALL, "status": "completed"}]},
    "thought with a status": {"input": [{**THOUGHT, "status": "completed"}]},
    "thought with an empty id": {"input": [{**THOUGHT, "id": ""}]},
    "thought without its seal": {"input": [without(THOUGHT, "encrypted_content")]},
}


def message(**fields: Any) -> dict[str, Any]:
    return {"messages": [HELLO, fields]}


REFUSED_BY_CHAT: dict[str, dict[str, Any]] = {
    "unknown key": {"max_output_tokens": 9},
    "key of the other API": {"input": "x"},
    "no stream": {"stream": False},
    "other options": {"stream_options": {"include_obfuscation": False}},
    "limit": {"max_completion_tokens": 0},
    "effort": {"reasoning_effort": {"effort": "low"}},
    "stops": {"stop": ["a", "b", "c", "d", "e"]},
    "empty stop": {"stop": ""},
    "format of Responses": {"response_format": {"type": "json_schema", "schema": {}}},
    "no messages": {"messages": []},
    "too many messages": {"messages": [HELLO] * 2_049},
    "tool of Responses": tool(),
    "tool with an empty description": chat_tool(description=""),
    "tool with a long name": chat_tool(name="x" * 65),
    "tool without strict": chat_tool(strict=None),
    "choice of Responses": {"tool_choice": {"type": "function", "name": "read"}},
    "role": message(role="robot", content="x"),
    "misspelt": message(role="user", contnet="x"),
    "part of Responses": message(role="user", content=[{"type": "input_text", "text": "x"}]),
    "no parts": message(role="user", content=[]),
    "image of a tool": message(
        role="tool", tool_call_id="c", content=[{"type": "image_url", "image_url": {"url": "x"}}]
    ),
    "tool without a call": message(role="tool", content="x"),
    "assistant who says nothing": message(role="assistant", content=""),
    "no calls": message(role="assistant", content="x", tool_calls=[]),
    "call with a long id": message(
        role="assistant", content="x", tool_calls=[{**CHAT_CALL, "id": "c" * 41}]
    ),
    "reasoning": message(role="assistant", content="x", reasoning_content="y"),
}  # fmt: skip


@pytest.mark.parametrize(("api", "body"), [("responses", RESPONSES), ("chat", CHAT)])
def test_a_request_that_azure_takes(api: UpstreamApi, body: dict[str, Any]) -> None:
    check_request(api, body)
    for name in body:
        with pytest.raises(AssertionError):
            check_request(api, without(body, name))


@pytest.mark.parametrize(
    ("api", "body", "mistake"),
    [
        *(pytest.param("responses", RESPONSES, row, id=name)
          for name, row in REFUSED_BY_RESPONSES.items()),
        *(pytest.param("chat", CHAT, row, id=name) for name, row in REFUSED_BY_CHAT.items()),
    ],
)  # fmt: skip
def test_a_request_that_azure_refuses(
    api: UpstreamApi, body: dict[str, Any], mistake: dict[str, Any]
) -> None:
    with pytest.raises(AssertionError):
        check_request(api, body | mistake)


RESPONSE: dict[str, Any] = {
    "id": "resp_1", "object": "response", "created_at": 1, "status": "completed", "model": "gpt",
    "output": [], "error": None, "incomplete_details": None, "parallel_tool_calls": True,
    "tool_choice": "auto", "tools": [],
}  # fmt: skip
PLACE = {"output_index": 0, "item_id": "it_1", "content_index": 0, "sequence_number": 3}
DELTA: dict[str, Any] = {"type": "response.output_text.delta", "delta": "x", **PLACE}
ITEM = {"type": "message", "id": "m", "role": "assistant", "status": "completed", "content": []}
ADDED = {"type": "response.output_item.added", "output_index": 0, "sequence_number": 1}


@pytest.mark.parametrize("name", RESPONSE)
def test_a_response_is_whole(name: str) -> None:
    check_response(RESPONSE)
    with pytest.raises(AssertionError):
        check_response(without(RESPONSE, name))


@pytest.mark.parametrize(
    "mistake",
    [
        {"status": "done"},
        {"output": [{"type": "message"}]},
        {"output": [{**ITEM, "content": [{"type": "text", "text": "x"}]}]},
        {"usage": {"input_tokens": 1, "output_tokens": 1}},
        {"incomplete_details": {"reason": "tired"}},
        {"error": {"code": "x"}},
    ],
)
def test_a_response_that_azure_never_gives(mistake: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        check_response(RESPONSE | mistake)


@pytest.mark.parametrize("name", DELTA)
def test_an_event_is_whole(name: str) -> None:
    check_event(DELTA)
    check_event({**ADDED, "item": ITEM})
    with pytest.raises(AssertionError):
        check_event(without(DELTA, name))


@pytest.mark.parametrize(
    "event",
    [
        {**DELTA, "type": "response.output_text.more"},
        {**DELTA, "delta": None},
        {**DELTA, "output_index": -1},
        {**ADDED, "item": {**ITEM, "role": "user"}},
        {**ADDED, "item": {"type": "function_call", "name": "read", "arguments": ""}},
        {**ADDED, "item": {"type": "reasoning", "id": "rs_1"}},
        {"type": "response.completed", "sequence_number": 1, "response": {}},
        {"type": "error", "sequence_number": 1},
        {"type": "keepalive"},
    ],
)
def test_an_event_that_azure_never_sends(event: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        check_event(event)


CHUNK: dict[str, Any] = {
    "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt", "choices": [],
}  # fmt: skip


@pytest.mark.parametrize(
    "chunk",
    [
        *(without(CHUNK, name) for name in CHUNK),
        {**CHUNK, "choices": [{"index": 0}]},
        {**CHUNK, "choices": [{"index": 0, "delta": {}, "finish_reason": "tired"}]},
        {**CHUNK, "choices": [{"index": 0, "delta": {"content": 5}}]},
        {**CHUNK, "choices": [{"index": 0, "delta": {"tool_calls": [{"id": "c"}]}}]},
        {**CHUNK, "usage": {"prompt_tokens": 1}},
        {"error": {"code": "x"}},
    ],
)
def test_a_chunk_that_azure_never_sends(chunk: dict[str, Any]) -> None:
    check_chunk(CHUNK)
    with pytest.raises(AssertionError):
        check_chunk(chunk)


@pytest.mark.parametrize(
    "body", [{}, {"error": None}, {"error": {}}, {"message": "x"}, {"error": ""}]
)
def test_a_body_that_is_no_error(body: dict[str, Any]) -> None:
    check_error_body({"error": {"message": "x"}})
    with pytest.raises(AssertionError):
        check_error_body(body)
