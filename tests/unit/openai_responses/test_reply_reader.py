"""Responses API stream events -> reply events."""

import json
from typing import Any

import pytest

from proxy_core.conversation import (
    Cited,
    Origin,
    Reasoning,
    RefusalDelta,
    ReplyEvent,
    ReplyFinished,
    StopReason,
    TextDelta,
    ThinkingDelta,
    ThinkingSealed,
    ToolCallDelta,
    ToolCallStarted,
    Usage,
    WebPage,
    WebSearched,
)
from proxy_core.errors import UpstreamError, UpstreamTruncated
from proxy_core.openai_responses.reply_reader import ReplyReader
from proxy_core.wire.sse import ServerSentEvent
from tests.streams import (
    USAGE,
    added,
    call,
    cite,
    custom_call,
    delta,
    done,
    ended,
    message,
    reasoning,
    search,
)

Event = dict[str, Any]

END = ReplyFinished("end")
CALLS = ReplyFinished("tool_calls")
BLOB = "gAAAlong"


def sealed(*summary: str, phase: Any = None, id: str = "rs_1") -> ThinkingSealed:
    return ThinkingSealed(Reasoning(id, BLOB, summary, Origin("here", "gpt-5.4"), phase))


def read(events: list[Event], named: bool = True) -> list[ReplyEvent]:
    """Everything the reader says; `named` is whether the `event:` lines are there."""
    reader = ReplyReader({"wire_name": "client.name"}, Origin("here", "gpt-5.4"))
    said = [
        event
        for payload in events
        for event in reader.read(
            ServerSentEvent(json.dumps(payload), payload.get("type", "") if named else "")
        )
    ]
    return [*said, *reader.close()]


SILENT = [
    {"type": "response.created", "response": {}},
    {"type": "response.queued", "response": {}},
    {"type": "response.in_progress", "response": {}},
    {"type": "keepalive", "sequence_number": 7},
    {"type": "response.content_part.added", "output_index": 0, "part": {}},
    {"type": "response.content_part.done", "output_index": 0, "part": {}},
    {"type": "response.output_text.done", "output_index": 0, "text": ""},
    {"type": "response.output_text.annotation.added", "output_index": 0, "annotation": {}},
    {"type": "response.web_search_call.searching", "output_index": 0},
    {"type": "response.image_generation_call.partial_image", "output_index": 0},
    {"type": "response.something.new", "delta": "x"},
    {"type": "response.something.new", "output_index": 0, "delta": "x"},
]

FC = {"type": "function_call", "call_id": "c", "name": "read"}
CUSTOM = {"type": "custom_tool_call", "call_id": "c", "name": "patch"}

REPLIES: dict[str, tuple[list[Event], list[ReplyEvent]]] = {
    "text": (message(0, "Hel", "lo"), [TextDelta("Hel"), TextDelta("lo"), END]),
    "nothing": ([], [END]),
    "without_meaning_here": (SILENT, [END]),
    "call": (
        call(0, "c", "read", '{"a"', ":1}"),
        [ToolCallStarted("c", "read"), ToolCallDelta('{"a"'), ToolCallDelta(":1}"), CALLS],
    ),
    "custom_call": (
        [
            added(0, **CUSTOM, input=""),
            delta("custom_tool_call_input", 0, "*** Begin"),
            done(0, **CUSTOM, input="*** Begin"),
        ],
        [ToolCallStarted("c", "patch"), ToolCallDelta("*** Begin"), CALLS],
    ),
    "custom_input_only_at_the_end": (
        [added(0, **CUSTOM, input=""), done(0, **CUSTOM, input="*** Begin")],
        [ToolCallStarted("c", "patch"), ToolCallDelta("*** Begin"), CALLS],
    ),
    "parallel_calls": (
        call(0, "c", "read", "{}") + call(1, "d", "list", "{}"),
        [
            ToolCallStarted("c", "read"),
            ToolCallDelta("{}"),
            ToolCallStarted("d", "list"),
            ToolCallDelta("{}"),
            CALLS,
        ],
    ),
    "a_name_that_was_changed": (
        call(0, "c", "wire_name", "{}"),
        [ToolCallStarted("c", "client.name"), ToolCallDelta("{}"), CALLS],
    ),
    "arguments_only_at_the_end": (
        [added(0, **FC, arguments=""), done(0, **FC, arguments="{}")],
        [ToolCallStarted("c", "read"), ToolCallDelta("{}"), CALLS],
    ),
    "text_only_at_the_end": (
        [
            added(0, type="message", content=[]),
            done(
                0,
                type="message",
                content=[
                    {"type": "output_text", "text": "Yes."},
                    {"type": "refusal", "refusal": "No."},
                    {"type": "new"},
                ],
            ),
        ],
        [TextDelta("Yes."), RefusalDelta("No."), ReplyFinished("refusal", None, "No.")],
    ),
    "reasoning": (
        reasoning(0, "rs_1", "First.", "Second."),
        [
            ThinkingDelta(""),
            ThinkingDelta("Fir"),
            ThinkingDelta("st."),
            ThinkingDelta("\n\n"),
            ThinkingDelta("Sec"),
            ThinkingDelta("ond."),
            sealed("First.", "Second."),
            END,
        ],
    ),
    "reasoning_without_summary": (reasoning(0, "rs_1"), [ThinkingDelta(""), sealed(), END]),
    "reasoning_summary_only_at_the_end": (
        [
            added(0, type="reasoning", id="rs_1", summary=[]),
            done(
                0,
                type="reasoning",
                id="rs_1",
                summary=[{"text": "A."}, {"text": "B."}],
                encrypted_content=BLOB,
            ),
        ],
        [
            ThinkingDelta(""),
            ThinkingDelta("A."),
            ThinkingDelta("\n\n"),
            ThinkingDelta("B."),
            sealed("A.", "B."),
            END,
        ],
    ),
    "reasoning_that_cannot_be_replayed": (
        reasoning(0, "rs_1", "Hm.", blob=None),
        [ThinkingDelta(""), ThinkingDelta("Hm."), END],
    ),
    "reasoning_with_null_summary": (
        [done(0, type="reasoning", id="rs_1", summary=None, encrypted_content=BLOB)],
        [ThinkingDelta(""), sealed(), END],
    ),
    "raw_reasoning": (
        [added(0, type="reasoning", id="rs_1"), delta("reasoning_text", 0, "Raw.")],
        [ThinkingDelta(""), ThinkingDelta("Raw."), END],
    ),
    "phase_of_the_text_that_follows": (
        reasoning(0, "rs_1") + message(1, "Hi.", phase="commentary"),
        [ThinkingDelta(""), sealed(phase="commentary"), TextDelta("Hi."), END],
    ),
    "phase_that_is_not_known": (
        reasoning(0, "rs_1") + message(1, "Hi.", phase="epilogue"),
        [ThinkingDelta(""), sealed(), TextDelta("Hi."), END],
    ),
    "reasoning_twice": (
        reasoning(0, "rs_1") + reasoning(1, "rs_2") + message(2, "Hi."),
        [
            ThinkingDelta(""),
            sealed(),
            ThinkingDelta(""),
            sealed(id="rs_2"),
            TextDelta("Hi."),
            END,
        ],
    ),
    "two_messages": (
        message(0, "One.") + message(1, "Two."),
        [TextDelta("One."), TextDelta("\n\n"), TextDelta("Two."), END],
    ),
    # the client may see no thinking, and would then read "One.Two."
    "two_messages_with_reasoning_between": (
        message(0, "One.") + reasoning(1, "rs_1") + message(2, "Two."),
        [
            TextDelta("One."),
            ThinkingDelta(""),
            sealed(),
            TextDelta("\n\n"),
            TextDelta("Two."),
            END,
        ],
    ),
    "message_call_message": (
        message(0, "One.") + call(1, "c", "read", "{}") + message(2, "Two."),
        [
            TextDelta("One."),
            ToolCallStarted("c", "read"),
            ToolCallDelta("{}"),
            TextDelta("Two."),
            CALLS,
        ],
    ),
    "interleaved": (
        [
            added(0, **FC, arguments=""),
            added(1, **(FC | {"call_id": "d"}), arguments=""),
            delta("function_call_arguments", 1, "[1]"),
            delta("function_call_arguments", 0, "[0]"),
            done(0, **FC, arguments="[0]"),
        ],
        [
            ToolCallStarted("c", "read"),
            ToolCallDelta("[0]"),
            ToolCallStarted("d", "read"),
            ToolCallDelta("[1]"),
            CALLS,
        ],
    ),
    "interleaved_and_never_done": (
        [
            added(0, **FC, arguments=""),
            added(1, **(FC | {"call_id": "d"}), arguments=""),
            delta("function_call_arguments", 1, "[1]"),
            delta("function_call_arguments", 0, "[0]"),
        ],
        [
            ToolCallStarted("c", "read"),
            ToolCallDelta("[0]"),
            ToolCallStarted("d", "read"),
            ToolCallDelta("[1]"),
            CALLS,
        ],
    ),
    "refusal": (
        [added(0, type="message"), delta("refusal", 0, "I "), delta("refusal", 0, "won't.")],
        [RefusalDelta("I "), RefusalDelta("won't."), ReplyFinished("refusal", detail="I won't.")],
    ),
    "items_of_other_types": (
        [added(0, type="compaction", id="cmp_1"), done(0, type="compaction", id="cmp_1")],
        [END],
    ),
    "search": (
        search(0, query="bern", sources=[{"type": "url", "url": "https://a.com"}]),
        [WebSearched("ws_0", "bern", (WebPage("https://a.com"),)), END],
    ),
    "search_as_azure_tells_it": (
        search(0, query=None, queries=None, sources=None),
        [WebSearched("ws_0", ""), END],
    ),
    "search_for_several_things": (
        search(0, queries=["bern", "oslo"]),
        [WebSearched("ws_0", "bern, oslo"), END],
    ),
    "search_in_sources_that_are_no_pages": (
        search(0, query="x", sources=[{"type": "api", "name": "oai-weather"}]),
        [WebSearched("ws_0", "x"), END],
    ),
    "search_with_titles": (
        search(0, query="x", sources=[{"type": "url", "url": "u", "title": "T"}]),
        [WebSearched("ws_0", "x", (WebPage("u", "T"),)), END],
    ),
    "search_that_failed": (
        [done(0, type="web_search_call", id="ws_0", status="failed")],
        [WebSearched("ws_0", "", None), END],
    ),
    "search_without_an_id": ([done(7, type="web_search_call")], [WebSearched("7", ""), END]),
    "pages_opened_are_no_searches": (
        search(0, type="open_page", url="u") + search(1, type="find_in_page", url="u", pattern="x"),
        [END],
    ),
    "a_message_on_each_side_of_a_search": (
        message(0, "One.") + search(1, query="x") + message(2, "Two."),
        [TextDelta("One."), WebSearched("ws_1", "x"), TextDelta("Two."), END],
    ),
    "a_message_on_each_side_of_a_page": (
        message(0, "One.") + search(1, type="open_page") + message(2, "Two."),
        [TextDelta("One."), TextDelta("\n\n"), TextDelta("Two."), END],
    ),
    "reasoning_that_led_to_a_search_is_not_sealed": (
        reasoning(0, "rs_1", "Hm.") + search(1, query="x") + message(2, "Hi"),
        [
            ThinkingDelta(""),
            ThinkingDelta("Hm."),
            WebSearched("ws_1", "x"),
            TextDelta("Hi"),
            END,
        ],
    ),
    "reasoning_that_led_to_a_page_goes_on": (
        [
            *reasoning(0, "rs_1", "Hm."),
            *search(1, type="open_page"),
            *reasoning(2, "rs_2"),
            *search(3, type="open_page"),
            *message(4, "Hi"),
        ],
        [
            ThinkingDelta(""),
            ThinkingDelta("Hm."),
            ThinkingDelta("\n\n"),
            ThinkingDelta(""),
            TextDelta("Hi"),
            END,
        ],
    ),
    "citations": (
        message(0, "Sun in B", "ern.", cites=[cite("https://a.com", 0, 3, "A"), cite("u", 7, 11)]),
        [
            TextDelta("Sun in B"),
            TextDelta("ern."),
            Cited(WebPage("https://a.com", "A"), "Sun"),
            Cited(WebPage("u"), "Bern"),
            END,
        ],
    ),
    "citations_of_a_text_that_was_not_streamed": (
        message(0, whole="Sun.", cites=[cite("u", 0, 3), {"type": "file_citation"}]),
        [TextDelta("Sun."), Cited(WebPage("u"), "Sun"), END],
    ),
    "citations_of_nothing_in_particular": (
        message(0, "Sun.", cites=[{"type": "url_citation", "url": "u", "title": None}]),
        [TextDelta("Sun."), Cited(WebPage("u"), ""), END],
    ),
    "items_without_what_they_need": (
        [added(0, type="function_call"), done(0, type="message"), done(1, type="function_call")],
        [END],
    ),
}


@pytest.mark.parametrize(("events", "said"), REPLIES.values(), ids=REPLIES)
@pytest.mark.parametrize("named", [True, False])
def test_replies(events: list[Event], said: list[ReplyEvent], named: bool) -> None:
    assert read([*events, ended()], named) == said


def part_done(kind: str, index: int = 0, **fields: Any) -> Event:
    return {"type": f"response.{kind}.done", "output_index": index, **fields}


HELLO = {"type": "message", "id": "m", "content": [{"type": "output_text", "text": "Hello"}]}
WHOLE_CALL = {**FC, "id": "fc_1", "arguments": '{"a":1}'}
THOUGHT = {
    "type": "reasoning",
    "id": "rs_1",
    "summary": [{"type": "summary_text", "text": "A."}],
    "encrypted_content": BLOB,
}
THOUGHT_SAID = [ThinkingDelta(""), ThinkingDelta("A."), sealed("A.")]
CALL_SAID = [ToolCallStarted("c", "read"), ToolCallDelta('{"a":1}'), CALLS]
HELLO_SAID = [TextDelta("Hello"), END]
HEL_LO_SAID = [TextDelta("Hel"), TextDelta("lo"), END]
begun = added(0, type="message", id="m", content=[])
call_begun = added(0, **FC, arguments="")
nameless = added(0, type="function_call", id="fc_1", call_id="", name="", arguments="")

# what the stream says, what the response at its end holds, and what is said
LATER_WORDS: dict[str, tuple[list[Event], list[Any] | None, list[ReplyEvent]]] = {
    "done_without_added": ([done(0, **HELLO)], None, HELLO_SAID),
    "a_call_done_without_added": ([done(0, **WHOLE_CALL)], None, CALL_SAID),
    "reasoning_done_without_added": ([done(0, **THOUGHT)], None, [*THOUGHT_SAID, END]),
    "delta_without_added": ([delta("output_text", 0, "Hel")], [HELLO], HEL_LO_SAID),
    "only_the_end": ([], [THOUGHT, HELLO], [*THOUGHT_SAID, *HELLO_SAID]),
    "only_the_end_with_a_call": ([], [WHOLE_CALL], CALL_SAID),
    "text_done": ([begun, part_done("output_text", text="Hello")], [], HELLO_SAID),
    "part_done": ([part_done("content_part", part=HELLO["content"][0])], [], HELLO_SAID),  # type: ignore[index]
    "part_of_reasoning_done": (
        [part_done("content_part", part={"type": "reasoning_text", "text": "Hm."})],
        [],
        [ThinkingDelta(""), ThinkingDelta("Hm."), END],
    ),
    "refusal_done": (
        [begun, part_done("refusal", refusal="No.")],
        [],
        [RefusalDelta("No."), ReplyFinished("refusal", None, "No.")],
    ),
    "rest_of_a_text": (
        [begun, delta("output_text", 0, "Hel"), done(0, **HELLO)],
        [HELLO],
        HEL_LO_SAID,
    ),
    "rest_of_a_text_at_the_end": ([begun, delta("output_text", 0, "Hel")], [HELLO], HEL_LO_SAID),
    "empty_done_whole_end": ([begun, done(0, type="message", content=[])], [HELLO], HELLO_SAID),
    "what_differs_stays": (
        [begun, delta("output_text", 0, "Bye")],
        [HELLO],
        [TextDelta("Bye"), END],
    ),
    "a_delta_that_is_none": ([delta("output_text", 0, "") | {"delta": None}], [HELLO], HELLO_SAID),
    "words_of_another_item": (
        [delta("output_text", 0, "Hi.")],
        [WHOLE_CALL],
        [TextDelta("Hi."), *CALL_SAID],
    ),
    "a_search_once": (
        search(0, query="x"),
        [search(0, query="x")[-1]["item"]],
        [WebSearched("ws_0", "x"), END],
    ),
    "two_parts": (
        [],
        [{"type": "message", "content": [{"text": "A"}, {"text": "B"}]}],
        [TextDelta("A"), TextDelta("B"), END],
    ),
    "the_first_of_two_parts_was_lost": (
        [delta("output_text", 0, "B") | {"content_index": 1}],
        [{"type": "message", "content": [{"text": "A"}, {"text": "B"}]}],
        [TextDelta("B"), TextDelta("A"), END],
    ),
    "parts_that_were_not_told_apart": (
        [delta("output_text", 0, "AB")],
        [{"type": "message", "content": [{"text": "A"}, {"text": "BC"}]}],
        [TextDelta("AB"), TextDelta("C"), END],
    ),
    "text_as_a_string": ([], [{"role": "assistant", "content": "Hello"}], HELLO_SAID),
    "arguments_done": (
        [call_begun, part_done("function_call_arguments", arguments='{"a":1}')],
        [],
        CALL_SAID,
    ),
    "custom_input_done": (
        [added(0, **CUSTOM), part_done("custom_tool_call_input", input="*** Begin")],
        [],
        [ToolCallStarted("c", "patch"), ToolCallDelta("*** Begin"), CALLS],
    ),
    "rest_of_arguments": (
        [call_begun, delta("function_call_arguments", 0, '{"a"')],
        [WHOLE_CALL],
        [ToolCallStarted("c", "read"), ToolCallDelta('{"a"'), ToolCallDelta(":1}"), CALLS],
    ),
    "arguments_as_an_object": ([done(0, **{**WHOLE_CALL, "arguments": {"a": 1}})], None, CALL_SAID),
    "id_and_name_at_the_end": (
        [nameless, delta("function_call_arguments", 0, '{"a":1}'), done(0, **WHOLE_CALL)],
        [WHOLE_CALL],
        CALL_SAID,
    ),
    "id_and_name_at_the_very_end": (
        [delta("function_call_arguments", 0, '{"a":1}')],
        [WHOLE_CALL],
        CALL_SAID,
    ),
    "an_id_that_never_comes": (
        [done(0, type="function_call", id="fc_1", name="read", arguments="{}")],
        None,
        [ToolCallStarted("fc_1", "read"), ToolCallDelta("{}"), CALLS],
    ),
    "an_id_that_never_comes_for_what_is_not_done": (
        [added(0, type="function_call", id="fc_1", name="read")],
        None,
        [ToolCallStarted("fc_1", "read"), CALLS],
    ),
    "items_counted_anew": (
        [*reasoning(0, "rs_1"), *message(1, "Hello", id="m"), *call(2, "c", "read", '{"a":1}')],
        [HELLO, WHOLE_CALL],
        [ThinkingDelta(""), sealed(), TextDelta("Hello"), *CALL_SAID],
    ),
    "other_ids": (
        [delta("output_text", 0, "Hel"), *call(1, "c", "read", '{"a":1}')],
        [{**HELLO, "id": "other"}, {**WHOLE_CALL, "id": "x", "call_id": "y"}],
        [TextDelta("Hel"), TextDelta("lo"), *CALL_SAID],
    ),
    "another_call": (
        call(0, "c", "read", '{"a":1}'),
        [WHOLE_CALL, {**WHOLE_CALL, "id": "fc_2", "call_id": "d"}],
        [*CALL_SAID[:-1], ToolCallStarted("d", "read"), ToolCallDelta('{"a":1}'), CALLS],
    ),
    "one_index_for_all": (
        message(0, "Hello") + call(0, "c", "read", '{"a"', ":1}") + call(0, "d", "read", "{}"),
        None,
        [
            TextDelta("Hello"),
            ToolCallStarted("c", "read"),
            ToolCallDelta('{"a"'),
            ToolCallDelta(":1}"),
            ToolCallStarted("d", "read"),
            ToolCallDelta("{}"),
            CALLS,
        ],
    ),
    "no_index": (
        [
            {name: event[name] for name in event if name != "output_index"}
            for event in [*message(0, "Hello"), *call(1, "c", "read", '{"a":1}')]
        ],
        None,
        [TextDelta("Hello"), *CALL_SAID],
    ),
    "two_texts_merged_at_the_end": (
        message(0, "One.") + message(1, "Two."),
        [{"type": "message", "content": [{"text": "One.\n\nTwo."}]}],
        [TextDelta("One."), TextDelta("\n\n"), TextDelta("Two."), END],
    ),
    "raw_thoughts": (
        [],
        [{"type": "reasoning", "content": [{"type": "reasoning_text", "text": "Hm."}]}],
        [ThinkingDelta(""), ThinkingDelta("Hm."), END],
    ),
    "thoughts_and_their_summary": (
        [],
        [THOUGHT | {"content": [{"type": "reasoning_text", "text": "Raw."}]}],
        [
            ThinkingDelta(""),
            ThinkingDelta("A."),
            ThinkingDelta("\n\n"),
            ThinkingDelta("Raw."),
            sealed("A."),
            END,
        ],
    ),
    "thoughts_that_are_their_summary": (
        [],
        [THOUGHT | {"content": [{"type": "reasoning_text", "text": "A."}]}],
        [*THOUGHT_SAID, END],
    ),
    "summary_done": (
        [
            part_done("reasoning_summary_text", text="A.", summary_index=0),
            part_done("reasoning_summary_part", part={"type": "summary_text", "text": "A."}),
        ],
        [THOUGHT],
        [*THOUGHT_SAID, END],
    ),
    "sealed_only_at_the_end": (
        [*reasoning(0, "rs_1", "A.", blob=None)],
        [THOUGHT],
        [*THOUGHT_SAID, END],
    ),
    "a_seal_that_comes_too_late": (
        [*reasoning(0, "rs_1", "A.", blob=None), *message(1, "Hello", id="m")],
        [THOUGHT, HELLO],
        [*THOUGHT_SAID[:-1], *HELLO_SAID],
    ),
    "a_search_at_the_end": (
        [],
        [search(0, query="x")[-1]["item"], HELLO],
        [WebSearched("ws_0", "x"), *HELLO_SAID],
    ),
    "citations_once": (
        message(0, "Sun", cites=[cite("u", 0, 3)]),
        [message(0, "Sun", cites=[cite("u", 0, 3)])[-1]["item"]],
        [TextDelta("Sun"), Cited(WebPage("u"), "Sun"), END],
    ),
    "items_that_are_none": ([done(0), added(0) | {"item": 7}], ["x", None], [END]),
}


@pytest.mark.parametrize(("events", "output", "said"), LATER_WORDS.values(), ids=LATER_WORDS)
def test_what_the_later_words_hold_is_said_once(
    events: list[Event], output: list[Any] | None, said: list[ReplyEvent]
) -> None:
    assert read([*events, ended(output=output)]) == said


def test_arguments_that_come_when_another_call_has_begun_are_never_given_to_that() -> None:
    late = [*call(0, "c", "read"), *call(1, "d", "read", "{}")]
    with pytest.raises(UpstreamError, match="went back"):
        read([*late, ended(output=[WHOLE_CALL])])


def test_an_id_that_was_made_is_the_same_in_every_reading() -> None:
    events = [done(0, type="function_call", name="read", arguments="{}"), ended()]
    assert read(events) == read(events)
    started = read(events)[0]
    assert isinstance(started, ToolCallStarted)
    assert len(started.id) > len("call_")


FILTERED = [{"content_filter_results": {"hate": {"filtered": True}}}]
CUT = {"incomplete_details": {"reason": "max_output_tokens"}, "max_output_tokens": 100}

CUT_SHORT = {"status": "incomplete"}
NO_COST = ReplyFinished("end", Usage())

ENDINGS: dict[str, tuple[Event, ReplyFinished]] = {
    "usage": (ended(usage=USAGE), ReplyFinished("end", Usage(100, 40, 8, 20, 5))),
    "usage_in_part": (
        ended(usage={"input_tokens": 9, "input_tokens_details": None, "output_tokens": None}),
        ReplyFinished("end", Usage(9, output_tokens=None)),
    ),
    "usage_null": (ended(usage=None), END),
    "usage_empty": (ended(usage={}), END),
    "usage_that_is_none": (ended(usage="plenty"), END),
    "usage_of_nothing": (ended(usage={"input_tokens": 0, "output_tokens": 0}), NO_COST),
    "usage_with_nonsense": (
        ended(usage=USAGE | {"input_tokens": "many", "output_tokens_details": [1]}),
        ReplyFinished("end", Usage(None, 40, 8, 20, 0)),
    ),
    "usage_below_nothing": (
        ended(usage={"input_tokens": -1, "output_tokens": 2.5}),
        ReplyFinished("end", Usage(None, output_tokens=None)),
    ),
    "too_long": (
        ended("incomplete", incomplete_details={"reason": "max_output_tokens"}),
        ReplyFinished("length"),
    ),
    "limit_used_up": (
        ended("incomplete", **CUT, usage={"output_tokens": 95}),
        ReplyFinished("length", Usage(None, output_tokens=95)),
    ),
    "window_full": (
        ended("incomplete", **CUT, usage={"output_tokens": 50}),
        ReplyFinished("context_window", Usage(None, output_tokens=50)),
    ),
    "filtered": (
        ended(
            "incomplete",
            incomplete_details={"reason": "content_filter"},
            content_filters=FILTERED,
        ),
        ReplyFinished("content_filter", detail="Azure's content filter stopped this reply (hate)."),
    ),
    "cut_for_no_known_reason": (ended("incomplete"), ReplyFinished("length")),
    "completed_that_was_cut": (ended() | {"response": CUT_SHORT}, ReplyFinished("length")),
    "an_error_that_is_none": (ended(error={"code": None, "message": None}), END),
    "steered": (
        ended("incomplete", incomplete_details={"reason": "steered"}),
        ReplyFinished("length"),
    ),
}


@pytest.mark.parametrize(("ending", "finished"), ENDINGS.values(), ids=ENDINGS)
def test_endings(ending: Event, finished: ReplyFinished) -> None:
    assert read([ending]) == [finished]


def test_the_end_of_the_stream_finishes_the_reply_and_nothing_before_it() -> None:
    reader = ReplyReader({}, Origin("here", "gpt-5.4"))
    assert [*reader.read(ServerSentEvent(json.dumps(ended())))] == []
    assert [*reader.read(ServerSentEvent("[DONE]"))] == []  # a gateway's
    assert [*reader.close()] == [END]


LATE: dict[str, str] = {
    "error": json.dumps({"type": "error", "error": {"message": "Sorry."}}),
    "error_of_a_gateway": json.dumps({"error": {"message": "Sorry."}}),
    "failed": json.dumps(ended("failed", error={"message": "Sorry."})),
    "failed_without_a_reason": json.dumps(ended("failed")),
    "another_end": json.dumps(ended("incomplete", usage=USAGE)),
    "an_item": json.dumps(added(7, **FC)),
    "an_item_that_is_none": json.dumps({"type": "response.output_text.delta", "output_index": 0}),
    "no_json": "<html>",
    "nothing": "",
    "done": "[DONE]",
}


@pytest.mark.parametrize("late", LATE.values(), ids=LATE)
@pytest.mark.parametrize(("status", "reason"), [("completed", "end"), ("incomplete", "length")])
def test_what_is_complete_stays_so_whatever_comes_after(
    status: str, reason: StopReason, late: str
) -> None:
    reader = ReplyReader({}, "here")
    for event in [*message(0, "Hi."), ended(status, usage=USAGE)]:
        assert not reader.has_all
        [*reader.read(ServerSentEvent(json.dumps(event), event["type"]))]
    assert reader.has_all
    for name in ("", "error", "response.failed", "response.completed"):
        assert [*reader.read(ServerSentEvent(late, name))] == []
    assert reader.has_all
    assert [*reader.close()] == [ReplyFinished(reason, Usage(100, 40, 8, 20, 5))]


def test_a_failure_without_a_reason_waits_for_one_and_for_nothing_else() -> None:
    reader = ReplyReader({}, "here")
    assert not reader.has_all
    [*reader.read(ServerSentEvent(json.dumps(FAILED_EMPTY)))]
    assert reader.has_all
    with pytest.raises(UpstreamError, match=r"^Slow\.$"):
        [*reader.read(ServerSentEvent(json.dumps(LIMITED)))]


STREAMED = {
    "text": [delta("output_text", 0, "A"), *message(0, whole="A")[1:]],
    "refusal": [
        added(0, type="message"),
        delta("refusal", 0, "A"),
        done(0, type="message", content=[{"type": "refusal", "refusal": "A"}]),
    ],
    "arguments": call(0, "c", "f", "A"),
    "custom_input": custom_call(0, "c", "f", "A"),
    "summary": reasoning(0, "rs_1", "A"),
    "raw_reasoning": [
        added(0, type="reasoning"),
        delta("reasoning_text", 0, "A"),
        done(0, type="reasoning", summary=[{"text": "A"}]),
    ],
}
AT_ONCE = {
    "text": (message(1, whole="B"), TextDelta("B")),
    "refusal": (
        [added(1, type="message"), done(1, type="message", content=[{"refusal": "B"}])],
        RefusalDelta("B"),
    ),
    "arguments": (
        [added(1, **FC), done(1, **FC, arguments="B")],
        ToolCallDelta("B"),
    ),
    "custom_input": ([added(1, **CUSTOM), done(1, **CUSTOM, input="B")], ToolCallDelta("B")),
    "summary": (
        [added(1, type="reasoning"), done(1, type="reasoning", summary=[{"text": "B"}])],
        ThinkingDelta("B"),
    ),
}


@pytest.mark.parametrize("first", STREAMED.values(), ids=STREAMED)
@pytest.mark.parametrize(("second", "told"), AT_ONCE.values(), ids=AT_ONCE)
def test_what_was_streamed_is_said_once_and_what_was_not_as_well(
    first: list[Event], second: list[Event], told: ReplyEvent
) -> None:
    said = read([*first, *second, ended()])
    words = [str(getattr(event, "text", getattr(event, "arguments", ""))) for event in said]
    assert "".join(words).replace("\n", "") == "AB"
    assert told in said


def test_words_that_stand_in_place_of_a_stream_are_told() -> None:
    reader = ReplyReader({}, None)
    assert [*reader.read(ServerSentEvent('[{"error": {"code": 401, "message": "No."}}]'))] == []
    with pytest.raises(UpstreamError, match=r"^No\.$") as caught:
        [*reader.close()]
    assert caught.value.status == 401


def test_an_event_may_be_named_by_its_line_alone() -> None:
    reader = ReplyReader({}, None)
    data = json.dumps({"output_index": 0, "delta": "Hi."})
    assert [*reader.read(ServerSentEvent(data, "response.output_text.delta"))] == [TextDelta("Hi.")]
    with pytest.raises(UpstreamError, match=r"^Slow\.$") as caught:
        [*reader.read(ServerSentEvent('{"code": "429", "message": "Slow."}', "error"))]
    assert caught.value.status == 429


def test_a_quotation_may_be_long_but_not_the_whole_of_every_text() -> None:
    cites = [cite("u", 5, 2_000_000), cite("u", 0, 1_000)]
    said = read([*message(0, whole="0123456789" * 1_000, cites=cites), ended()])
    assert [len(event.text) for event in said if isinstance(event, Cited)] == [1_000, 1_000]


def test_a_refusal_in_many_pieces_takes_time_in_proportion() -> None:
    pieces = [delta("refusal", 0, "No. ") for _ in range(50_000)]
    *_, finished = read([added(0, type="message"), *pieces, ended()])
    assert finished == ReplyFinished("refusal", None, "No. " * 50_000)


def test_a_gateways_done_ends_nothing() -> None:
    reader = ReplyReader({}, "here")
    assert [*reader.read(ServerSentEvent("[DONE]"))] == []
    assert not reader.has_all
    with pytest.raises(UpstreamTruncated):
        [*reader.close()]


def test_an_error_of_a_gateway_has_no_type() -> None:
    for error, words in (({"message": "Sorry."}, "Sorry."), ({}, "without an explanation")):
        with pytest.raises(UpstreamError, match=words):
            [*ReplyReader({}, "").read(ServerSentEvent(json.dumps({"error": error})))]


NESTED = {
    "type": "error",
    "error": {"type": "server_error", "code": "server_error", "message": "Sorry."},
}
FLAT = {"type": "error", "code": "server_error", "message": "Sorry.", "param": None}
FAILED = ended("failed", error={"code": "server_error", "message": "Sorry."})
FAILED_EMPTY = ended("failed", error=None)
LIMITED = {
    "type": "error",
    "error": {"type": "too_many_requests", "code": "rate_limit_exceeded", "message": "Slow."},
}

FAILURES: dict[str, tuple[list[Event], int, str]] = {
    "error_then_failed": ([NESTED, FAILED], 500, "Sorry."),
    "flat_error": ([FLAT], 500, "Sorry."),
    "failed_alone": ([FAILED], 500, "Sorry."),
    "failed_without_a_reason_then_error": ([FAILED_EMPTY, LIMITED], 429, "Slow."),
    "failed_without_a_reason": ([FAILED_EMPTY], 502, "Azure failed without saying why."),
    "failed_without_anything": (
        [{"type": "response.failed"}],
        502,
        "Azure failed without saying why.",
    ),
    "after_text": ([*message(0, "Hel"), FAILED], 500, "Sorry."),
    "completed_all_the_same": (
        [FAILED_EMPTY, ended()],
        502,
        "Azure failed without saying why.",
    ),
    "failed_then_another_error": ([FAILED, LIMITED], 500, "Sorry."),
    "completed_with_an_error": (
        [ended(status="completed") | {"response": FAILED["response"]}],
        500,
        "Sorry.",
    ),
    "completed_that_has_failed": (
        [ended() | {"response": {"status": "failed"}}],
        502,
        "Azure failed without saying why.",
    ),
    "incomplete_with_an_error": (
        [ended("incomplete", error={"code": "rate_limit_exceeded", "message": "Slow."})],
        429,
        "Slow.",
    ),
    "failed_that_claims_to_be_complete": (
        [ended("failed") | {"response": {"status": "completed"}}],
        502,
        "Azure failed without saying why.",
    ),
    "cancelled": ([ended("cancelled")], 502, "Azure cancelled its reply."),
    "completed_that_was_cancelled": (
        [ended() | {"response": {"status": "cancelled"}}],
        502,
        "Azure cancelled its reply.",
    ),
    "words_of_a_gateway": ([{"message": "No.", "statusCode": 401}], 401, "No."),
    "detail_of_a_gateway": ([{"detail": "Not here."}], 502, "Not here."),
    "a_call_that_is_never_named": (
        [delta("function_call_arguments", 0, "{}"), ended()],
        502,
        "Azure began a tool call without naming it.",
    ),
    "items_that_are_never_done": (
        [added(index, **FC) for index in range(1_100)],
        502,
        "Azure began more items at once than can be kept in order.",
    ),
}


@pytest.mark.parametrize(("events", "status", "words"), FAILURES.values(), ids=FAILURES)
def test_failures(events: list[Event], status: int, words: str) -> None:
    with pytest.raises(UpstreamError) as caught:
        read(events)
    assert (caught.value.status, caught.value.message) == (status, words)


@pytest.mark.parametrize(
    "events",
    [
        [],
        message(0, "Hel"),
        reasoning(0, "rs_1"),
        [added(0, **FC), added(1, **FC)],
        [{"type": "response.completed"}],  # says nothing about the reply
    ],
)
def test_a_reply_without_a_terminal_event_is_truncated(events: list[Event]) -> None:
    with pytest.raises(UpstreamTruncated):
        read(events)
