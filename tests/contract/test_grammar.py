"""The grammar checker itself: it accepts a good stream, and refuses each way to break it."""

import json
from typing import Any

import pytest

from tests import grammar

USAGE = {"input_tokens": 1, "output_tokens": 2}
START = {
    "type": "message_start",
    "message": {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": USAGE,
    },
}
PING = {"type": "ping"}
STOP = {"type": "message_stop"}
ERROR = {"type": "error", "error": {"type": "api_error", "message": "Sorry."}}


def opened(index: int, type: str, **fields: Any) -> Any:
    block = {"type": type, **fields}
    return {"type": "content_block_start", "index": index, "content_block": block}


def said(index: int, type: str, **field: Any) -> Any:
    return {"type": "content_block_delta", "index": index, "delta": {"type": type, **field}}


def closed(index: int) -> Any:
    return {"type": "content_block_stop", "index": index}


def ending(reason: str, sequence: str | None = None, usage: Any = USAGE) -> Any:
    delta = {"stop_reason": reason, "stop_sequence": sequence}
    return {"type": "message_delta", "delta": delta, "usage": usage}


THINKING = [
    opened(0, "thinking", thinking="", signature=""),
    said(0, "thinking_delta", thinking="Hm."),
    said(0, "signature_delta", signature="s"),
    closed(0),
]
TEXT = [opened(1, "text", text=""), said(1, "text_delta", text="Hi."), closed(1)]
CALL = [
    opened(2, "tool_use", id="c", name="read", input={}),
    said(2, "input_json_delta", partial_json='{"a":'),
    said(2, "input_json_delta", partial_json="1}"),
    closed(2),
]
PAGE = {
    "type": "web_search_result",
    "url": "u",
    "title": "t",
    "encrypted_content": "",
    "page_age": None,
}
SEARCH = [
    opened(0, "server_tool_use", id="srvtoolu_1", name="web_search", input={}),
    said(0, "input_json_delta", partial_json='{"query":"x"}'),
    closed(0),
]
RESULT = [opened(1, "web_search_tool_result", tool_use_id="srvtoolu_1", content=[PAGE]), closed(1)]
CITES = {
    "type": "web_search_result_location",
    "url": "u",
    "title": "t",
    "encrypted_index": "",
    "cited_text": "Hi",
}
CITED = [
    opened(2, "text", text=""),
    said(2, "text_delta", text="Hi."),
    said(2, "citations_delta", citation=CITES),
    closed(2),
]
SEARCHED = USAGE | {"server_tool_use": {"web_search_requests": 1, "web_fetch_requests": 0}}
FAILED = {"type": "web_search_tool_result_error", "error_code": "unavailable"}

END = [ending("tool_use"), STOP]
GOOD = [START, *THINKING, PING, *TEXT, *CALL, *END]


def encode(events: list[Any]) -> bytes:
    return b"".join(
        f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events
    )


def test_a_good_stream() -> None:
    message = grammar.read_stream(encode(GOOD))
    assert message["content"] == [
        {"type": "thinking", "thinking": "Hm.", "signature": "s"},
        {"type": "text", "text": "Hi."},
        {"type": "tool_use", "id": "c", "name": "read", "input": {"a": 1}},
    ]
    assert (message["stop_reason"], message["usage"]) == ("tool_use", USAGE)


def test_a_good_search() -> None:
    end = [ending("end_turn", usage=SEARCHED), STOP]
    message = grammar.read_stream(encode([START, *SEARCH, *RESULT, *CITED, *end]))
    search, result, text = message["content"]
    assert search["input"] == {"query": "x"}
    assert result["content"] == [PAGE]
    assert text == {"type": "text", "text": "Hi.", "citations": [CITES]}
    failed = opened(1, "web_search_tool_result", tool_use_id="srvtoolu_1", content=FAILED)
    end = [ending("end_turn"), STOP]
    assert grammar.read_stream(encode([START, *SEARCH, failed, closed(1), *end]))


def test_an_error_may_end_it_anywhere() -> None:
    for length in range(len(GOOD)):
        assert grammar.read_stream(encode([*GOOD[:length], ERROR])) == ERROR


@pytest.mark.parametrize("position", range(len(GOOD)))
def test_no_event_can_be_left_out_or_doubled(position: int) -> None:
    event = GOOD[position]
    if event == PING or event.get("delta", {}).get("type") in ("text_delta", "thinking_delta"):
        return
    if event.get("delta", {}).get("type") != "input_json_delta":
        with pytest.raises((AssertionError, KeyError)):
            grammar.read_stream(encode(GOOD[:position] + GOOD[position + 1 :]))
        with pytest.raises(AssertionError):
            grammar.read_stream(encode(GOOD[: position + 1] + GOOD[position:]))


BROKEN: dict[str, list[Any]] = {
    "nothing": [],
    "only_pings": [PING],
    "overlapping_blocks": [START, THINKING[0], *TEXT, *END],
    "a_wrong_index": [START, *TEXT, ending("end_turn"), STOP],
    "a_delta_of_another_kind": [START, *THINKING[:1], said(0, "text_delta", text="x")],
    "a_delta_after_the_signature": [START, *THINKING[:3], THINKING[1]],
    "a_block_after_the_end": [START, ending("end_turn"), opened(0, "text", text="")],
    "the_same_call_twice": [
        START,
        opened(0, "tool_use", id="c", name="f", input={}),
        closed(0),
        opened(1, "tool_use", id="c", name="f", input={}),
    ],
    "input_at_the_start": [START, opened(0, "tool_use", id="c", name="f", input={"a": 1})],
    "text_at_the_start": [START, opened(0, "text", text="x")],
    "calls_without_tool_use": [START, *THINKING, *TEXT, *CALL, ending("end_turn"), STOP],
    "tool_use_without_calls": [START, ending("tool_use"), STOP],
    "a_sequence_without_its_reason": [START, ending("end_turn", "x"), STOP],
    "negative_usage": [START, ending("end_turn", usage=USAGE | {"input_tokens": -1}), STOP],
    "an_unknown_event": [START, {"type": "message_middle"}],
    "something_after_an_error": [START, ERROR, PING],
    "a_search_without_a_result": [START, *SEARCH, ending("end_turn"), STOP],
    "a_search_that_is_not_counted": [START, *SEARCH, *RESULT, ending("end_turn"), STOP],
    "a_count_without_a_search": [START, ending("end_turn", usage=SEARCHED), STOP],
    "a_result_without_a_search": [
        START,
        opened(0, "web_search_tool_result", tool_use_id="srvtoolu_1", content=[]),
    ],
    "two_results": [
        START,
        *SEARCH,
        *RESULT,
        opened(2, "web_search_tool_result", tool_use_id="srvtoolu_1", content=[]),
    ],
    "the_same_search_twice": [START, *SEARCH, SEARCH[0] | {"index": 1}],
    "a_page_without_a_title": [
        START,
        *SEARCH,
        opened(1, "web_search_tool_result", tool_use_id="srvtoolu_1", content=[{"url": "u"}]),
    ],
    "a_citation_outside_of_text": [START, *SEARCH[:1], said(0, "citations_delta", citation=CITES)],
    "a_citation_without_text": [
        START,
        opened(0, "text", text=""),
        said(0, "citations_delta", citation=CITES | {"cited_text": None}),
    ],
}


@pytest.mark.parametrize("events", BROKEN.values(), ids=BROKEN)
def test_a_broken_stream(events: list[Any]) -> None:
    with pytest.raises(AssertionError):
        grammar.read_stream(encode(events))


@pytest.mark.parametrize(
    "stream",
    [
        b'data: {"type":"ping"}\n\n',
        b'event: pong\ndata: {"type":"ping"}\n\n',
        b'event: ping\ndata: {"type":"ping"}\n',
        b"event: ping\n\n",
    ],
)
def test_broken_framing(stream: bytes) -> None:
    with pytest.raises((AssertionError, ValueError)):
        grammar.read_events(stream)
