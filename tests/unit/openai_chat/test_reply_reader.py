"""Chat Completions chunks -> reply events."""

import json
from typing import Any

import pytest

from proxy_core.conversation import (
    ReplyEvent,
    ReplyFinished,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    ToolCallStarted,
    Usage,
)
from proxy_core.errors import UpstreamError, UpstreamTruncated
from proxy_core.openai_chat.reply_reader import ReplyReader
from proxy_core.wire.sse import ServerSentEvent
from tests.streams import CHAT_USAGE, chat_call, chunk

Chunk = dict[str, Any]

END = ReplyFinished("end")
CALLS = ReplyFinished("tool_calls")


def read(chunks: list[Chunk]) -> list[ReplyEvent]:
    reader = ReplyReader({"wire_name": "client.name"})
    payloads = [*(json.dumps(chunk) for chunk in chunks), "[DONE]"]
    said = [event for data in payloads for event in reader.read(ServerSentEvent(data))]
    return [*said, *reader.close()]


DEEPSEEK_USAGE = {
    "choices": [],
    "usage": {"prompt_tokens": 9, "completion_tokens": 8, "reasoning_tokens": 7},
}

REPLIES: dict[str, tuple[list[Chunk], list[ReplyEvent]]] = {
    "text": (
        [
            {"choices": [], "id": "", "prompt_filter_results": []},
            chunk(role="assistant", content="", refusal=None),
            chunk(content="Hel"),
            chunk(content="lo"),
            chunk("stop"),
            CHAT_USAGE,
        ],
        [
            TextDelta("Hel"),
            TextDelta("lo"),
            ReplyFinished("end", Usage(100, 40, 0, 20, 5)),
        ],
    ),
    "nulls_everywhere": (
        [
            chunk(role=None, content=None, reasoning_content="Hm", tool_calls=None)
            | {"usage": None},
            chunk(role=None, content="Yes", reasoning_content=None, tool_calls=None),
            chunk("stop"),
            DEEPSEEK_USAGE,
        ],
        [
            ThinkingDelta("Hm"),
            TextDelta("Yes"),
            ReplyFinished("end", Usage(9, output_tokens=8, reasoning_tokens=7)),
        ],
    ),
    "calls": (
        [
            chat_call(0, "", id="c", name="read"),
            chat_call(0, '{"a"'),
            chat_call(0, ":1}"),
            chat_call(1, "{}", id="d", name="wire_name"),
            chunk("tool_calls"),
        ],
        [
            ToolCallStarted("c", "read"),
            ToolCallDelta('{"a"'),
            ToolCallDelta(":1}"),
            ToolCallStarted("d", "client.name"),
            ToolCallDelta("{}"),
            CALLS,
        ],
    ),
    "call_without_an_index": (
        [
            chunk(tool_calls=[{"id": "c", "function": {"name": "f", "arguments": None}}]),
            chunk("function_call"),
        ],
        [ToolCallStarted("c", "f"), CALLS],
    ),
    "calls_that_end_with_stop": (
        [chat_call(0, "{}", id="c", name="f"), chunk("stop")],
        [ToolCallStarted("c", "f"), ToolCallDelta("{}"), CALLS],
    ),
    "a_call_piece_without_function": (
        [chat_call(0, "{}", id="c", name="f"), chunk(tool_calls=[{"index": 0}]), chunk("stop")],
        [ToolCallStarted("c", "f"), ToolCallDelta("{}"), CALLS],
    ),
    "refusal": (
        [chunk(refusal="I "), chunk(refusal="won't."), chunk("stop")],
        [TextDelta("I "), TextDelta("won't."), ReplyFinished("refusal", detail="I won't.")],
    ),
    "too_long": (
        [chunk(content="Once"), chunk("length")],
        [TextDelta("Once"), ReplyFinished("length")],
    ),
    "filtered": (
        [
            chunk(content="Once"),
            {
                "choices": [
                    {
                        "delta": {},
                        "finish_reason": "content_filter",
                        "content_filter_results": {"hate": {"filtered": True}},
                    }
                ]
            },
        ],
        [
            TextDelta("Once"),
            ReplyFinished(
                "content_filter", detail="Azure's content filter stopped this reply (hate)."
            ),
        ],
    ),
    "annotations_of_the_asynchronous_filter": (
        [
            {"id": "", "choices": [{"finish_reason": None, "content_filter_offsets": {}}]},
            {"id": "", "choices": [{"finish_reason": "content_filter"}]},
        ],
        [ReplyFinished("content_filter", detail="Azure's content filter stopped this reply.")],
    ),
    "calls_that_never_came": (
        [chunk(content="a"), chunk("tool_calls")],
        [TextDelta("a"), END],
    ),
    "a_reason_that_is_not_known": ([chunk("tired")], [END]),
    "another_that_is_not": ([chunk("aborted")], [END]),
    "a_high_index": (
        [chat_call(1_000, "{", id="c", name="f"), chat_call(1_000, "}"), chunk("tool_calls")],
        [ToolCallStarted("c", "f"), ToolCallDelta("{"), ToolCallDelta("}"), CALLS],
    ),
    "a_chunk_without_choices": ([{}, {"choices": None}, chunk("stop")], [END]),
}


@pytest.mark.parametrize(("chunks", "said"), REPLIES.values(), ids=REPLIES)
def test_replies(chunks: list[Chunk], said: list[ReplyEvent]) -> None:
    assert read(chunks) == said


def told(**usage: Any) -> Chunk:
    return {"choices": [], "usage": usage}


USAGES: dict[str, tuple[list[Chunk], Usage | None]] = {
    "none": ([chunk("stop")], None),
    "null": ([chunk("stop") | {"usage": None}], None),
    "empty": ([chunk("stop"), told()], None),
    "that_is_none": ([chunk("stop"), {"choices": [], "usage": "plenty"}], None),
    "of_nothing": ([chunk("stop"), told(prompt_tokens=0, completion_tokens=0)], Usage()),
    "in_part": ([chunk("stop"), told(prompt_tokens=9)], Usage(9, output_tokens=None)),
    "with_nonsense": (
        [
            chunk("stop"),
            told(
                prompt_tokens="9", completion_tokens=8, prompt_tokens_details={"cached_tokens": 5}
            ),
        ],
        Usage(None, 5, output_tokens=8),
    ),
    "beside_the_reason": (
        [chunk("stop") | {"usage": {"prompt_tokens": 9, "completion_tokens": 8}}],
        Usage(9, output_tokens=8),
    ),
    "in_every_chunk": (
        [
            chunk(content="a") | {"usage": {"prompt_tokens": 9, "completion_tokens": 1}},
            chunk("stop"),
            told(prompt_tokens=9, completion_tokens=8),
        ],
        Usage(9, output_tokens=8),
    ),
    "in_every_chunk_and_all_of_it_in_the_last": (
        [
            chunk(content="a") | {"usage": {"prompt_tokens": 0, "completion_tokens": 0}},
            chunk("stop") | {"usage": {"prompt_tokens": 0, "completion_tokens": 0}},
            told(prompt_tokens=9, completion_tokens=8),
        ],
        Usage(9, output_tokens=8),
    ),
    "only_before_the_reason": (
        [told(prompt_tokens=9, completion_tokens=1), chunk("stop")],
        Usage(9, output_tokens=1),
    ),
}


@pytest.mark.parametrize(("chunks", "usage"), USAGES.values(), ids=USAGES)
def test_usage(chunks: list[Chunk], usage: Usage | None) -> None:
    assert read(chunks)[-1] == ReplyFinished("end", usage)


LATE: dict[str, str] = {
    "error": json.dumps({"error": {"message": "Sorry."}}),
    "error_as_text": json.dumps({"error": "Sorry."}),
    "text": json.dumps(chunk(content="more")),
    "another_reason": json.dumps(chunk("length")),
    "another_usage_that_is_none": json.dumps({"usage": 7}),
    "an_empty_usage": json.dumps(told()),
    "no_object": "[1]",
    "nested_too_deeply": "[" * 100_000,
    "an_annotation": json.dumps({"choices": [{"finish_reason": None}]}),
    "no_json": "<html>",
    "nothing": "",
    "done": "[DONE]",
}


COMPLETE: dict[str, tuple[list[str], Usage | None]] = {
    "usage": ([json.dumps(chunk("stop")), json.dumps(CHAT_USAGE)], Usage(100, 40, 0, 20, 5)),
    "usage_beside_the_reason": (
        [json.dumps(CHAT_USAGE | chunk("stop"))],
        Usage(100, 40, 0, 20, 5),
    ),
    "done": ([json.dumps(chunk("stop")), "[DONE]"], None),
}


@pytest.mark.parametrize("late", LATE.values(), ids=LATE)
@pytest.mark.parametrize(("ending", "usage"), COMPLETE.values(), ids=COMPLETE)
def test_what_is_complete_stays_so_whatever_comes_after(
    ending: list[str], usage: Usage | None, late: str
) -> None:
    reader = ReplyReader({})
    for data in [json.dumps(chunk(content="a")), *ending]:
        assert not reader.has_all
        [*reader.read(ServerSentEvent(data))]
    assert reader.has_all
    assert [*reader.read(ServerSentEvent(late))] == []
    assert reader.has_all
    assert [*reader.close()] == [ReplyFinished("end", usage)]


def test_an_event_without_data_is_no_end() -> None:
    with pytest.raises(ValueError, match="Expecting value"):
        [*ReplyReader({}).read(ServerSentEvent(""))]


def test_usage_alone_completes_nothing() -> None:
    reader = ReplyReader({})
    [*reader.read(ServerSentEvent(json.dumps(CHAT_USAGE)))]
    assert not reader.has_all
    with pytest.raises(UpstreamError, match=r"^Sorry\.$"):
        [*reader.read(ServerSentEvent(json.dumps({"error": "Sorry."})))]


def test_a_refusal_in_many_pieces_takes_time_in_proportion() -> None:
    *_, finished = read([*[chunk(refusal="No. ")] * 50_000, chunk("stop")])
    assert finished == ReplyFinished("refusal", None, "No. " * 50_000)


FAILURES: dict[str, tuple[list[Chunk], int, str]] = {
    "error": (
        [{"error": {"code": "rate_limit_exceeded", "message": "Slow."}}],
        429,
        "Slow.",
    ),
    "error_as_text": ([chunk(content="Hel"), {"error": "Sorry."}], 500, "Sorry."),
    "back_to_an_earlier_call": (
        [
            chat_call(0, "{}", id="c", name="f"),
            chat_call(1, "", id="d", name="f"),
            chat_call(0, "{}"),
        ],
        502,
        "Azure went back to the arguments of an earlier tool call.",
    ),
    "call_without_a_name": (
        [chat_call(0, "{}", id="c"), chunk("tool_calls")],
        502,
        "Azure began a tool call without naming it.",
    ),
}


@pytest.mark.parametrize(("chunks", "status", "words"), FAILURES.values(), ids=FAILURES)
def test_failures(chunks: list[Chunk], status: int, words: str) -> None:
    with pytest.raises(UpstreamError) as caught:
        read(chunks)
    assert (caught.value.status, caught.value.message) == (status, words)


@pytest.mark.parametrize("chunks", [[], [chunk(content="Hel")], [CHAT_USAGE]])
def test_a_reply_without_a_finish_reason_is_truncated(chunks: list[Chunk]) -> None:
    with pytest.raises(UpstreamTruncated):
        read(chunks)
