"""Chat Completions chunks -> reply events."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from proxy_core.conversation import (
    RefusalDelta,
    ReplyEvent,
    ReplyFinished,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    ToolCallStarted,
    Usage,
)
from proxy_core.errors import UpstreamError, UpstreamTruncated
from proxy_core.openai.usage import LONGEST_REPLY
from proxy_core.openai_chat.reply_reader import ReplyReader
from proxy_core.wire.digest import digest
from proxy_core.wire.sse import ServerSentEvent
from tests.streams import CHAT_USAGE, chat_call, chunk

Chunk = dict[str, Any]

ID_0, ID_1, ID_1_G = (f"call_{digest(f' {call}')}" for call in ("0 f", "1 f", "1 g"))

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
        [RefusalDelta("I "), RefusalDelta("won't."), ReplyFinished("refusal", detail="I won't.")],
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


def piece(arguments: Any = "", **call: Any) -> Chunk:
    """Of a call, in a chunk of its own. `name` goes into the function."""
    function = {"arguments": arguments} | ({"name": call.pop("name")} if "name" in call else {})
    return chunk(tool_calls=[call | {"function": function}])


def message(reason: str | None = "stop", **message: Any) -> Chunk:
    return {"choices": [{"index": 0, "message": message, "finish_reason": reason}]}


WHOLE_CALLS = [
    {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}},
    {"id": "d", "type": "function", "function": {"name": "f", "arguments": "{}"}},
]
TWO_CALLS = [
    ToolCallStarted("c", "f"),
    ToolCallDelta('{"a":1}'),
    ToolCallStarted("d", "f"),
    ToolCallDelta("{}"),
    CALLS,
]
TWO_PIECES = [
    ToolCallStarted("c", "f"),
    ToolCallDelta('{"a"'),
    ToolCallDelta(":1}"),
    *TWO_CALLS[2:],
]
ONE_CALL = [*TWO_PIECES[:3], CALLS]

# what gateways and other makers' models make of it
SHAPES: dict[str, tuple[list[Chunk], list[ReplyEvent]]] = {
    "two_calls_under_one_index": (
        [piece('{"a":1}', index=0, id="c", name="f"), piece("{}", index=0, id="d", name="f")],
        TWO_CALLS,
    ),
    "two_calls_under_one_index_in_one_chunk": (
        [chunk(tool_calls=[{**call, "index": 0} for call in WHOLE_CALLS])],
        TWO_CALLS,
    ),
    "back_and_forth_under_one_index": (
        [
            piece('{"a"', index=0, id="c", name="f"),
            piece("{", index=0, id="d", name="f"),
            piece(":1}", index=0, id="c"),
            piece("}", index=0, id="d"),
        ],
        TWO_PIECES,
    ),
    "interleaved": (
        [
            piece(index=0, id="c", name="f"),
            piece(index=1, id="d", name="f"),
            piece("{", index=1),
            piece('{"a"', index=0),
            piece("}", index=1),
            piece(":1}", index=0),
        ],
        TWO_PIECES,
    ),
    "no_index": ([chunk(tool_calls=WHOLE_CALLS)], TWO_CALLS),
    "index_null": (
        [chunk(tool_calls=[{**call, "index": None}]) for call in WHOLE_CALLS],
        TWO_CALLS,
    ),
    "pieces_without_an_index": (
        [piece('{"a"', id="c", name="f"), piece(":1}"), piece("{}", id="d", name="f")],
        TWO_PIECES,
    ),
    "an_id_in_each_piece": (
        [piece('{"a"', index=0, id="c", name="f"), piece(":1}", index=0, id="c", name="f")],
        ONE_CALL,
    ),
    "a_name_in_each_piece": (
        [piece(text, index=0, name="f") for text in ("{", '"a":{}', "}")],
        [
            ToolCallStarted(ID_0, "f"),
            ToolCallDelta("{"),
            ToolCallDelta('"a":{}'),
            ToolCallDelta("}"),
            CALLS,
        ],
    ),
    "a_new_name": (
        [piece("{}", index=0, name="f"), piece("{}", index=0, name="g")],
        [
            ToolCallStarted(ID_0, "f"),
            ToolCallDelta("{}"),
            ToolCallStarted(ID_1_G, "g"),
            ToolCallDelta("{}"),
            CALLS,
        ],
    ),
    "the_same_name_behind_whole_arguments": (
        [piece("{}", index=0, name="f"), piece("{}", index=0, name="f")],
        [
            ToolCallStarted(ID_0, "f"),
            ToolCallDelta("{}"),
            ToolCallStarted(ID_1, "f"),
            ToolCallDelta("{}"),
            CALLS,
        ],
    ),
    "an_id_that_follows": (
        [piece(index=0, name="f"), piece(index=0, id="c"), piece('{"a":1}', index=0)],
        [*TWO_CALLS[:2], CALLS],
    ),
    "a_name_that_follows": (
        [piece(index=0, id="c"), piece('{"a":1}', index=0, name="f")],
        [*TWO_CALLS[:2], CALLS],
    ),
    "neither_id_nor_arguments": (
        [piece(index=0, name="f")],
        [ToolCallStarted(ID_0, "f"), CALLS],
    ),
    "text_and_the_last_arguments_in_one_chunk": (
        [
            piece('{"a"', index=0, id="c", name="f"),
            chunk(content="Done.", tool_calls=[{"index": 0, "function": {"arguments": ":1}"}}]),
        ],
        [*ONE_CALL[:-1], TextDelta("Done."), CALLS],
    ),
    "text_between_calls": (
        [
            piece('{"a":1}', index=0, id="c", name="f"),
            chunk(content="And"),
            piece("{}", index=1, id="d", name="f"),
        ],
        [*TWO_CALLS[:2], TextDelta("And"), *TWO_CALLS[2:]],
    ),
    "arguments_that_are_no_json": (
        [
            piece("a}", index=0, id="c", name="f"),
            chunk(content="And"),
            chunk(content=[None, [], {"type": "thinking"}]),
        ],
        [ToolCallStarted("c", "f"), ToolCallDelta("a}"), TextDelta("And"), CALLS],
    ),
    "text_within_a_call": (
        [
            piece('{"a"', index=0, id="c", name="f"),
            chunk(content="And"),
            chunk(reasoning="Hm."),
            piece(":1}", index=0),
            piece("{}", index=1, id="d", name="f"),
        ],
        [*TWO_PIECES[:3], TextDelta("And"), ThinkingDelta("Hm."), *TWO_CALLS[2:]],
    ),
    "arguments_as_an_object": (
        [piece({"a": 1}, index=0, id="c", name="f")],
        [*TWO_CALLS[:2], CALLS],
    ),
    "a_custom_call": (
        [chunk(tool_calls=[{"index": 0, "id": "c", "custom": {"name": "f", "input": "*** x"}}])],
        [ToolCallStarted("c", "f"), ToolCallDelta("*** x"), CALLS],
    ),
    "the_older_form_of_a_call": (
        [
            chunk(function_call={"name": "f", "arguments": "{"}),
            chunk("function_call", function_call={"arguments": "}"}),
        ],
        [ToolCallStarted(ID_0, "f"), ToolCallDelta("{"), ToolCallDelta("}"), CALLS],
    ),
    "white_space_behind_a_call": (
        [
            piece('{"a":1}', index=0, id="c", name="f"),
            piece("{}", index=1, id="d", name="f"),
            piece("\n", index=0),
        ],
        TWO_CALLS,
    ),
    "content_in_parts": (
        [
            chunk(
                content=[
                    {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]},
                    {"type": "reasoning_text", "text": "So."},
                    {"type": "text", "text": "Yes"},
                    {"type": "reference", "reference_ids": [1]},
                    "!",
                ]
            ),
            chunk(content={"type": "text", "text": "?"}),
        ],
        [
            ThinkingDelta("Hm."),
            ThinkingDelta("So."),
            TextDelta("Yes"),
            TextDelta("!"),
            TextDelta("?"),
            END,
        ],
    ),
    "a_refusal_in_parts": (
        [chunk(content=[{"type": "refusal", "refusal": "No."}])],
        [RefusalDelta("No."), ReplyFinished("refusal", detail="No.")],
    ),
    "reasoning": ([chunk(reasoning="Hm.")], [ThinkingDelta("Hm."), END]),
    "reasoning_text": ([chunk(reasoning_text="Hm.")], [ThinkingDelta("Hm."), END]),
    "reasoning_in_several_fields": (
        [
            chunk(
                reasoning_content="",
                reasoning="Hm.",
                reasoning_details=[{"type": "reasoning.text", "text": "Hm."}],
            )
        ],
        [ThinkingDelta("Hm."), END],
    ),
    "reasoning_in_details": (
        [
            chunk(
                reasoning_details=[
                    {"type": "reasoning.summary", "summary": "Hm."},
                    {"type": "reasoning.encrypted", "data": "x"},
                ]
            )
        ],
        [ThinkingDelta("Hm."), END],
    ),
    "a_whole_message": (
        [message("tool_calls", content="Hi.", reasoning="Hm.", tool_calls=WHOLE_CALLS)],
        [ThinkingDelta("Hm."), TextDelta("Hi."), *TWO_CALLS],
    ),
    "a_whole_message_behind_its_deltas": (
        [
            chunk(content="H"),
            piece('{"a"', index=0, id="c", name="f"),
            message("tool_calls", content="H", tool_calls=WHOLE_CALLS),
        ],
        [TextDelta("H"), *TWO_PIECES],
    ),
    "a_whole_message_with_more_text": (
        [chunk(content="Hel"), message(content=[{"type": "text", "text": "Hello"}])],
        [TextDelta("Hel"), TextDelta("lo"), END],
    ),
    "a_whole_message_that_differs": (
        [chunk(content="Bye"), message(content="Hello")],
        [TextDelta("Bye"), END],
    ),
    "a_whole_message_whose_call_gets_its_id": (
        [piece(index=0, name="f"), message("tool_calls", tool_calls=WHOLE_CALLS)],
        TWO_CALLS,
    ),
    "a_whole_message_with_some_of_its_calls": (
        [chunk(tool_calls=WHOLE_CALLS), message("tool_calls", tool_calls=WHOLE_CALLS[1:])],
        TWO_CALLS,
    ),
    "a_whole_message_with_another_call": (
        [piece("{}", index=0, id="a", name="g"), message("tool_calls", tool_calls=WHOLE_CALLS)],
        [ToolCallStarted("a", "g"), ToolCallDelta("{}"), *TWO_CALLS],
    ),
    "a_whole_message_with_another_call_that_has_no_id": (
        [
            piece("{}", index=0, id="a", name="g"),
            message("tool_calls", tool_calls=[{"function": {"name": "f", "arguments": "{}"}}]),
        ],
        [
            ToolCallStarted("a", "g"),
            ToolCallDelta("{}"),
            ToolCallStarted("call_f337efe328f08c4996a8bef20b7c70ac", "f"),
            ToolCallDelta("{}"),
            CALLS,
        ],
    ),
    "a_completion_among_chunks": (
        [message(None, content="Hi.") | {"object": "chat.completion"}],
        [TextDelta("Hi."), END],
    ),
    "messages_that_are_deltas": (
        [message(None, content="Hel"), message(None, content="lo"), message()],
        [TextDelta("Hel"), TextDelta("lo"), END],
    ),
    "several_choices": (
        [
            {
                "choices": [
                    *chunk(content="Hi.")["choices"],
                    *piece("{}", id="d", name="f")["choices"],
                ]
            }
        ],
        [TextDelta("Hi."), *TWO_CALLS[2:]],
    ),
}


@pytest.mark.parametrize(("chunks", "said"), SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("told", [True, False])
def test_shapes(chunks: list[Chunk], said: list[ReplyEvent], told: bool) -> None:
    """Whether or not a usage follows."""
    usage = [CHAT_USAGE] if told else []
    *words, finished = read([*chunks, chunk("stop"), *usage])
    assert [*words, replace(finished, usage=None)] == said  # type: ignore[type-var]


def test_an_id_that_was_made_is_the_replys_own() -> None:
    ids = {read([piece("{}", name="f") | {"id": id}, chunk("stop")])[0] for id in ("a", "b", "a")}
    assert len(ids) == 2


def test_more_than_a_reply_can_hold_does_not_wait() -> None:
    reader = ReplyReader({})
    for waits in (piece("{", index=0, id="c", name="f"), chunk(content="x" * LONGEST_REPLY)):
        [*reader.read(ServerSentEvent(json.dumps(waits)))]
    with pytest.raises(UpstreamError, match="more calls at once"):
        [*reader.read(ServerSentEvent(json.dumps(chunk(content="x"))))]


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
    "in_the_choice": (
        [{"choices": [chunk("stop")["choices"][0] | {"usage": {"prompt_tokens": 9}}]}],
        Usage(9, output_tokens=None),
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


def test_words_that_stand_in_place_of_a_stream_are_told() -> None:
    reader = ReplyReader({})
    assert [*reader.read(ServerSentEvent('[{"error": {"code": 401, "message": "No."}}]'))] == []
    with pytest.raises(UpstreamError, match=r"^No\.$") as caught:
        [*reader.close()]
    assert caught.value.status == 401


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
    "error_of_a_choice": (
        [{"choices": [{"finish_reason": "error", "error": {"code": 429, "message": "Slow."}}]}],
        429,
        "Slow.",
    ),
    "error_without_a_meaning": (
        [chunk("error")],
        500,
        "Azure reported an error without an explanation.",
    ),
    "words_of_a_gateway": ([{"message": "No.", "statusCode": 401}], 401, "No."),
    "detail_of_a_gateway": ([{"detail": "Not here."}], 502, "Not here."),
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
