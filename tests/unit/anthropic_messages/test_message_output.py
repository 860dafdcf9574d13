"""The streamed and the whole form of a message, call by call."""

import json
from typing import Any

import pytest

from proxy_core.anthropic_messages.message_output import (
    JsonMessage,
    MessageOutput,
    StreamedMessage,
)


def whole(block: dict[str, Any], *deltas: tuple[str, str, str]) -> Any:
    """The only block of a message told to JsonMessage."""
    output = JsonMessage()
    silent = output.start({"id": "msg_1", "content": [], "stop_reason": None})
    silent += output.open_block(0, block)
    for delta in deltas:
        silent += output.delta(0, *delta)
    silent += output.close_block(0)
    assert silent == b""
    message = json.loads(output.finish({"stop_reason": "end_turn"}, {"output_tokens": 1}))
    assert (message["id"], message["stop_reason"]) == ("msg_1", "end_turn")
    assert message["usage"] == {"output_tokens": 1}
    return message["content"][0]


def test_streamed_events() -> None:
    output = StreamedMessage()
    assert output.start({"id": "msg_1"}) == (
        b'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1"}}\n\n'
    )
    assert output.open_block(2, {"type": "text"}) == (
        b"event: content_block_start\n"
        b'data: {"type":"content_block_start","index":2,"content_block":{"type":"text"}}\n\n'
    )
    assert output.delta(2, "text_delta", "text", 'a "b"\n\u2028') == (
        b"event: content_block_delta\n"
        b'data: {"type":"content_block_delta","index":2,'
        b'"delta":{"type":"text_delta","text":"a \\"b\\"\\n\\u2028"}}\n\n'
    )
    assert output.close_block(2) == (
        b'event: content_block_stop\ndata: {"type":"content_block_stop","index":2}\n\n'
    )
    assert output.finish({"stop_reason": "end_turn"}, {"output_tokens": 1}) == (
        b"event: message_delta\n"
        b'data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},'
        b'"usage":{"output_tokens":1}}\n\n'
        b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
    )
    assert output.error({"type": "error"}) == b'event: error\ndata: {"type":"error"}\n\n'


def test_a_streamed_sign_of_life() -> None:
    output = StreamedMessage()
    assert output.ping() == b'event: ping\ndata: {"type":"ping"}\n\n'
    assert output.empty_thinking(0) == output.delta(0, "thinking_delta", "thinking", "")


def test_a_whole_sign_of_life_is_white_space() -> None:
    output = JsonMessage()
    assert output.ping() == output.empty_thinking(0) == b" "
    assert json.loads(output.ping() + output.error({"type": "error"})) == {"type": "error"}


@pytest.mark.parametrize("output", [StreamedMessage(), JsonMessage()])
def test_no_gap_reaches_the_front_ends_limit(output: MessageOutput) -> None:
    assert all(0 < gap < 230 for gap in (*output.thinking_gaps, *output.ping_gaps))


def test_a_whole_text() -> None:
    block = whole(
        {"type": "text", "text": ""},
        ("text_delta", "text", "Hel"),
        ("text_delta", "text", "lo"),
    )
    assert block == {"type": "text", "text": "Hello"}


def test_a_whole_thinking() -> None:
    block = whole(
        {"type": "thinking", "thinking": "", "signature": ""},
        ("thinking_delta", "thinking", "Hm."),
        ("signature_delta", "signature", "azp1.x"),
    )
    assert block == {"type": "thinking", "thinking": "Hm.", "signature": "azp1.x"}


@pytest.mark.parametrize(
    ("arguments", "input"),
    [
        ("", {}),
        ("{}", {}),
        ('{"a":{"b":[1]}}', {"a": {"b": [1]}}),
        ('{"a":', {"__unparsedToolInput": {"raw": '{"a":'}}),
        ("[1]", {"__unparsedToolInput": {"raw": "[1]"}}),
        ('{"a":NaN}', {"__unparsedToolInput": {"raw": '{"a":NaN}'}}),
        ('{"a":1e999}', {"__unparsedToolInput": {"raw": '{"a":1e999}'}}),
        ("[" * 100_000, {"__unparsedToolInput": {"raw": "[" * 100_000}}),
    ],
)
def test_a_whole_call(arguments: str, input: dict[str, Any]) -> None:
    call = {"type": "tool_use", "id": "call_1", "name": "read", "input": {}}
    half = len(arguments) // 2
    block = whole(
        call.copy(),
        ("input_json_delta", "partial_json", arguments[:half]),
        ("input_json_delta", "partial_json", arguments[half:]),
    )
    assert block == call | {"input": input}


def test_two_blocks_do_not_mix() -> None:
    output = JsonMessage()
    output.start({"content": []})
    for index, text in enumerate(["One.", "Two."]):
        output.open_block(index, {"type": "text", "text": ""})
        output.delta(index, "text_delta", "text", text)
        output.close_block(index)
    content = json.loads(output.finish({}, {}))["content"]
    assert [block["text"] for block in content] == ["One.", "Two."]
