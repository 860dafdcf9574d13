"""Reply events -> blocks: which open, which close, what they end with; streamed and whole alike."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_core.anthropic_messages.reply_writer import ReplyHead, ReplyWriter
from proxy_core.anthropic_messages.signature import UNSEALED, read_signature, write_signature
from proxy_core.conversation import (
    Origin,
    Reasoning,
    ReplyEvent,
    ReplyFinished,
    StopReason,
    TextDelta,
    Thinking,
    ThinkingDelta,
    ThinkingSealed,
    ToolCallDelta,
    ToolCallStarted,
    Usage,
    WebSearched,
)
from proxy_core.errors import UpstreamError
from tests.grammar import read_events, read_stream

Event = dict[str, Any]

SEALED = ThinkingSealed(Reasoning("rs_1", "gAAA", ("Hm.",), Origin("r", "gpt-5.4")))
SIGNATURE = write_signature(SEALED.reasoning)
OTHER = ThinkingSealed(Reasoning("rs_2", "gBBB", (), Origin("r", "gpt-5.4"), "final_answer"))
CALL = ToolCallStarted("call_1", "read")
END = ReplyFinished("end")
MEGABYTE = 1024 * 1024

USAGE = {
    "input_tokens": 0,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 0,
    "output_tokens": 0,
    "output_tokens_details": {"thinking_tokens": 0},
}


def writer(thinking: Thinking = "shown", *, stream: bool = True) -> ReplyWriter:
    head = ReplyHead("msg_1", "claude-x", thinking, "req_1", lambda: 7)
    return ReplyWriter(head, stream=stream)


def write(writer: ReplyWriter, *events: ReplyEvent) -> bytes:
    return b"".join(map(writer.write, events))


def streamed(*events: ReplyEvent, thinking: Thinking = "shown") -> list[Event]:
    told = writer(thinking)
    return read_events(told.open() + write(told, *events))


def whole(*events: ReplyEvent, thinking: Thinking = "shown") -> Any:
    told = writer(thinking, stream=False)
    return json.loads(told.open() + write(told, *events))


def fold(*events: ReplyEvent, thinking: Thinking = "shown") -> Any:
    """What a strict client makes of the stream."""
    told = writer(thinking)
    return read_stream(told.open() + write(told, *events))


# --- Blocks ---


def text(value: str) -> Event:
    return {"type": "text", "text": value}


def thinking(value: str, signature: str) -> Event:
    return {"type": "thinking", "thinking": value, "signature": signature}


def call(id: str, input: Event) -> Event:
    return {"type": "tool_use", "id": id, "name": "read", "input": input}


STORIES: dict[str, tuple[list[ReplyEvent], list[Event]]] = {
    "nothing": ([], []),
    "text": ([TextDelta("Hel"), TextDelta("lo")], [text("Hello")]),
    "thinking, text": (
        [ThinkingDelta(""), ThinkingDelta("Hm."), SEALED, TextDelta("Hi")],
        [thinking("Hm.", SIGNATURE), text("Hi")],
    ),
    "thinking that shows nothing": (
        [ThinkingDelta(""), SEALED, TextDelta("Hi")],
        [thinking("", SIGNATURE), text("Hi")],
    ),
    "a seal alone": ([SEALED, TextDelta("Hi")], [thinking("", SIGNATURE), text("Hi")]),
    "thinking that nobody seals": (
        [ThinkingDelta("Hm."), TextDelta("Hi")],
        [thinking("Hm.", UNSEALED), text("Hi")],
    ),
    "unsealed thinking after sealed": (
        [ThinkingDelta("One."), SEALED, ThinkingDelta("Two."), TextDelta("Hi")],
        [thinking("One.", SIGNATURE), thinking("Two.", UNSEALED), text("Hi")],
    ),
    "one signature for each of two": (
        [ThinkingDelta("One."), SEALED, ThinkingDelta("Two."), OTHER, TextDelta("Hi")],
        [
            thinking("One.", SIGNATURE),
            thinking("Two.", write_signature(OTHER.reasoning)),
            text("Hi"),
        ],
    ),
    "thinking at the very end": ([ThinkingDelta("Hm.")], [thinking("Hm.", UNSEALED)]),
    "thinking between texts": (
        [TextDelta("One."), ThinkingDelta("Hm."), SEALED, TextDelta("Two.")],
        [text("One."), thinking("Hm.", SIGNATURE), text("Two.")],
    ),
    "parallel calls": (
        [CALL, ToolCallDelta('{"a"'), ToolCallDelta(":1}"), ToolCallStarted("call_2", "read")],
        [call("call_1", {"a": 1}), call("call_2", {})],
    ),
    "text between calls": (
        [CALL, TextDelta("and"), ToolCallStarted("call_2", "read"), ToolCallDelta("{}")],
        [call("call_1", {}), text("and"), call("call_2", {})],
    ),
}


@pytest.mark.parametrize("story", STORIES)
def test_blocks(story: str) -> None:
    events, content = STORIES[story]
    end = ReplyFinished("tool_calls") if CALL in events else END
    assert fold(*events, end)["content"] == content
    assert whole(*events, end)["content"] == content


HIDDEN: list[tuple[Thinking, list[Event]]] = [
    ("hidden", [thinking("", SIGNATURE), text("Hi")]),
    ("off", [text("Hi")]),
]


@pytest.mark.parametrize(("wish", "content"), HIDDEN)
def test_thinking_that_the_client_does_not_want(wish: Thinking, content: list[Event]) -> None:
    events: list[ReplyEvent] = [ThinkingDelta("Hm."), SEALED, TextDelta("Hi"), END]
    assert fold(*events, thinking=wish)["content"] == content
    assert whole(*events, thinking=wish)["content"] == content


def test_the_signature_is_what_the_next_request_brings_back() -> None:
    message = whole(ThinkingDelta("Hm."), SEALED, END)
    assert read_signature(message["content"][0]["signature"]) == SEALED.reasoning


def test_the_events_of_a_reply_in_their_order() -> None:
    events = streamed(ThinkingDelta("Hm."), SEALED, TextDelta("Hi"), CALL, ToolCallDelta("{}"), END)
    assert [event["type"].removeprefix("content_block_") for event in events] == [
        "message_start",
        *("start", "delta", "delta", "stop"),
        *("start", "delta", "stop"),
        *("start", "delta", "stop"),
        *("message_delta", "message_stop"),
    ]
    starts = [e["content_block"] for e in events if e["type"] == "content_block_start"]
    assert starts == [thinking("", ""), text(""), call("call_1", {})]


def test_a_block_opens_at_once_so_that_keep_alives_have_a_place() -> None:
    assert [event["type"] for event in streamed(ThinkingDelta(""))] == [
        "message_start",
        "content_block_start",
    ]


def test_the_opening() -> None:
    assert streamed() == [
        {
            "type": "message_start",
            "message": {
                "id": "msg_1",
                "type": "message",
                "role": "assistant",
                "model": "claude-x",
                "content": [],
                "stop_reason": None,
                "stop_sequence": None,
                "usage": USAGE | {"input_tokens": 7},
            },
        }
    ]
    assert writer(stream=False).open() == b""


def test_arguments_without_an_open_call_are_azures_mistake() -> None:
    for before in ([], [TextDelta("Hi")], [ThinkingDelta("Hm.")]):
        with pytest.raises(UpstreamError, match="no open tool call"):
            write(writer(), *before, ToolCallDelta("{}"))


@pytest.mark.parametrize("arguments", ['{"a":', "[]", '"a"'])
def test_arguments_that_are_no_object_reach_the_client(arguments: str) -> None:
    message = whole(CALL, ToolCallDelta(arguments), END)
    assert message["content"] == [call("call_1", {"__unparsedToolInput": {"raw": arguments}})]
    deltas = [event.get("delta", {}) for event in streamed(CALL, ToolCallDelta(arguments), END)]
    assert {"type": "input_json_delta", "partial_json": arguments} in deltas


# --- The ending ---


@pytest.mark.parametrize(
    ("reason", "detail", "ending"),
    [
        ("end", None, {"stop_reason": "end_turn", "stop_sequence": None}),
        ("length", None, {"stop_reason": "max_tokens", "stop_sequence": None}),
        ("tool_calls", None, {"stop_reason": "tool_use", "stop_sequence": None}),
        ("stop_sequence", "</b>", {"stop_reason": "stop_sequence", "stop_sequence": "</b>"}),
        (
            "context_window",
            None,
            {"stop_reason": "model_context_window_exceeded", "stop_sequence": None},
        ),
        (
            "refusal",
            "I cannot.",
            {
                "stop_reason": "refusal",
                "stop_sequence": None,
                "stop_details": {
                    "type": "refusal",
                    "category": None,
                    "explanation": "I cannot.",
                },
            },
        ),
    ],
)
def test_why_it_stopped(reason: StopReason, detail: str | None, ending: Event) -> None:
    finished = ReplyFinished(reason, detail=detail)
    assert streamed(finished)[-2]["delta"] == ending
    message = whole(finished)
    assert message == message | ending
    assert ("stop_details" in message) == (reason == "refusal")


@pytest.mark.parametrize(
    ("usage", "written"),
    [
        (Usage(), {}),
        (Usage(100, output_tokens=20), {"input_tokens": 100, "output_tokens": 20}),
        (
            Usage(100, 60, 30, 20, 15),
            {
                "input_tokens": 10,
                "cache_creation_input_tokens": 30,
                "cache_read_input_tokens": 60,
                "output_tokens": 20,
                "output_tokens_details": {"thinking_tokens": 15},
            },
        ),
        (
            Usage(1, 2, 0, 3, 0),  # more was cached than there was
            {"input_tokens": 0, "cache_read_input_tokens": 2, "output_tokens": 3},
        ),
    ],
)
def test_cached_input_is_counted_apart(usage: Usage, written: Event) -> None:
    finished = ReplyFinished("end", usage)
    assert streamed(finished)[-2]["usage"] == whole(finished)["usage"] == USAGE | written


SAID: list[ReplyEvent] = [
    ThinkingDelta("Hm, hm."),  # 7 characters
    SEALED,
    TextDelta("I look."),  # 7
    CALL,
    ToolCallDelta('{"path":"a"}'),  # 12
]


@pytest.mark.parametrize(
    ("told", "read", "written"),
    [
        (None, 7, 7),
        (Usage(None, output_tokens=None), 7, 7),
        (Usage(100, output_tokens=None), 100, 7),
        (Usage(None, output_tokens=20), 7, 20),
        (Usage(0, output_tokens=0), 0, 0),
        # never less than a part of it that was told
        (Usage(None, 0, 9, None, 50), 0, 50),
    ],
)
def test_what_azure_does_not_tell_of_the_usage_is_estimated(
    told: Usage | None, read: int, written: int
) -> None:
    events = *SAID, ReplyFinished("tool_calls", told)
    usage = streamed(*events)[-2]["usage"]
    assert usage == whole(*events)["usage"]
    assert (usage["input_tokens"], usage["output_tokens"]) == (read, written)


@pytest.mark.parametrize(("wish", "written"), [("shown", 7), ("hidden", 5), ("off", 5)])
def test_only_what_the_client_was_shown_is_counted(wish: Thinking, written: int) -> None:
    usage = whole(*SAID, ReplyFinished("tool_calls"), thinking=wish)["usage"]
    assert usage["output_tokens"] == written


@pytest.mark.parametrize(("usage", "asked"), [(None, 1), (Usage(1), 0)])
def test_a_message_in_one_piece_counts_its_input_only_if_it_must(
    usage: Usage | None, asked: int
) -> None:
    calls: list[int] = []
    head = ReplyHead("msg_1", "claude-x", input_tokens=lambda: calls.append(1) or 7)
    told = ReplyWriter(head, stream=False)
    told.open()
    write(told, TextDelta("Hi"), ReplyFinished("end", usage))
    assert len(calls) == asked


# --- Replies without end ---


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    "piece",
    [TextDelta("x" * MEGABYTE), ToolCallDelta("x" * MEGABYTE), ThinkingDelta("x" * MEGABYTE)],
)
def test_a_reply_that_is_longer_than_any_models(stream: bool, piece: ReplyEvent) -> None:
    told = writer(stream=stream)
    told.open()
    write(told, CALL, *[piece] * 32)
    with pytest.raises(UpstreamError, match=r"^Azure's reply is longer than any model's\.$"):
        write(told, piece)


@pytest.mark.parametrize("item", [CALL, WebSearched("ws_1", "x"), SEALED])
def test_a_reply_of_more_items_than_any_models(item: ReplyEvent) -> None:
    told = writer()
    told.open()
    write(told, *[item] * 10_000)
    with pytest.raises(UpstreamError, match=r"^Azure's reply has more than 10,000 items\.$"):
        write(told, item)


# --- Signs of life, and errors ---


def test_a_sign_of_life_is_a_ping() -> None:
    for before in ([], [TextDelta("Hi")], [CALL], [ThinkingDelta("Hm."), SEALED]):
        told = writer()
        write(told, *before)
        assert read_events(told.keep_alive()) == [{"type": "ping"}]


@pytest.mark.parametrize("wish", ["shown", "hidden"])
def test_while_the_model_thinks_it_is_an_empty_delta(wish: Thinking) -> None:
    told = writer(wish)
    write(told, TextDelta("Hi"), ThinkingDelta("Hm."))
    assert read_events(told.keep_alive()) == [
        {
            "type": "content_block_delta",
            "index": 1,
            "delta": {"type": "thinking_delta", "thinking": ""},
        }
    ]
    assert [told.keep_alive_gap(sent) for sent in (0, 1, 99)] == [15, 15, 15]


def test_without_thinking_there_is_no_block_to_keep_open() -> None:
    told = writer("off")
    write(told, ThinkingDelta("Hm."))
    assert read_events(told.keep_alive()) == [{"type": "ping"}]
    assert [told.keep_alive_gap(sent) for sent in (0, 1, 2, 3, 99)] == [15, 25, 35, 45, 45]


@pytest.mark.parametrize("before", [[], [TextDelta("Hi")], [ThinkingDelta("Hm.")]])
def test_a_whole_message_lives_on_white_space(before: list[ReplyEvent]) -> None:
    told = writer(stream=False)
    told.open()
    write(told, *before)
    assert told.keep_alive() == b" "
    assert [told.keep_alive_gap(sent) for sent in (0, 99)] == [10, 10]


def test_an_error() -> None:
    envelope = {
        "type": "error",
        "error": {"type": "overloaded_error", "message": "Slow down."},
        "request_id": "req_1",
    }
    error = UpstreamError("Slow down.", status=429)
    assert read_events(writer().write_error(error)) == [envelope]
    assert json.loads(writer(stream=False).write_error(error)) == envelope


# --- Whatever Azure says ---

words = st.text(max_size=3)
inputs = st.dictionaries(words, st.integers(), max_size=2).map(json.dumps)
calls = st.builds(ToolCallDelta, inputs)  # each after the start of a call of its own
says = st.one_of(
    st.builds(TextDelta, words),
    st.builds(ThinkingDelta, words),
    st.sampled_from([SEALED, OTHER]),
)


@given(st.lists(st.one_of(calls, says), max_size=8), st.sampled_from(["off", "hidden", "shown"]))
def test_streamed_and_whole_are_the_same_message(
    said: list[ReplyEvent], thinking: Thinking
) -> None:
    events: list[ReplyEvent] = []
    for number, event in enumerate(said):
        if isinstance(event, ToolCallDelta):
            events.append(ToolCallStarted(f"call_{number}", "read"))
        events.append(event)
    events.append(ReplyFinished("refusal", Usage(9, 1, 2, 3, 1), "no"))
    message = fold(*events, thinking=thinking)
    assert message == whole(*events, thinking=thinking)
    assert sum(block["type"] == "tool_use" for block in message["content"]) == sum(
        isinstance(event, ToolCallStarted) for event in events
    )
