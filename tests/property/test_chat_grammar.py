"""Whatever Azure says, the stream for Cursor stays well formed, and the whole reply agrees."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from proxy_core.conversation import (
    Origin,
    Reasoning,
    ReplyEvent,
    ReplyFinished,
    TextDelta,
    ThinkingDelta,
    ThinkingSealed,
    ToolCallDelta,
    ToolCallStarted,
    Usage,
)
from proxy_core.errors import ProxyError, UpstreamError
from proxy_core.openai_chat import ReplyHead, ReplyWriter
from proxy_core.openai_chat.reasoning_display import strip_reasoning
from tests import chat_grammar
from tests.property.strategies import Stream, splits, streams, words
from tests.streams import chat_translator, translate

displays = st.sampled_from(["details", "think", "off"])


@given(streams, displays)
def test_streams_of_azure(stream: Stream, display: Any) -> None:
    api, data = stream
    translator = chat_translator(api, display=display, include_usage=True)
    streamed = chat_grammar.read_stream(translate(translator, data))
    whole = translate(chat_translator(api, display=display, stream=False), data)
    assert json.loads(whole) == streamed


@given(st.data(), streams, displays)
def test_splits_change_nothing(data: st.DataObject, stream: Stream, display: Any) -> None:
    api, azure = stream
    whole = translate(chat_translator(api, display=display), azure)
    pieces = data.draw(splits(azure))
    assert translate(chat_translator(api, display=display), *pieces) == whole


# --- events of the vocabulary -----------------------------------------------

calls = st.lists(words, max_size=3)  # the pieces of one call's arguments
groups = st.lists(
    st.one_of(
        st.builds(TextDelta, words),
        st.builds(ThinkingDelta, words),
        st.just(ThinkingSealed(Reasoning("rs_1", "gAAA", (), Origin("here", "gpt-5.4")))),
        calls,
    ),
    max_size=8,
)
reasons = st.sampled_from(["end", "length", "refusal", "content_filter", "context_window"])
usages = st.none() | st.builds(
    Usage, input_tokens=st.none() | st.integers(0, 90), output_tokens=st.none() | st.integers(0, 90)
)


def flatten(groups: list[Any], reason: Any, usage: Usage | None) -> list[ReplyEvent]:
    events: list[ReplyEvent] = []
    for number, group in enumerate(groups):
        if isinstance(group, list):
            reason = "tool_calls"
            events.append(ToolCallStarted(f"call_{number}", "read"))
            events += (ToolCallDelta(arguments) for arguments in group)
        else:
            events.append(group)
    return [*events, ReplyFinished(reason, usage)]


def write(events: list[ReplyEvent], writer: ReplyWriter) -> bytes:
    return writer.open() + b"".join(map(writer.write, events))


def write_whole(events: list[ReplyEvent], head: ReplyHead) -> Any:
    return json.loads(write(events, ReplyWriter(head, stream=False)))


@given(groups, reasons, usages, displays, st.booleans())
def test_events_of_the_vocabulary(
    groups: list[Any], reason: Any, usage: Usage | None, display: Any, include_usage: bool
) -> None:
    events = flatten(groups, reason, usage)
    head = ReplyHead("c_1", "gpt-high", 5, include_usage, display)
    streamed = chat_grammar.read_stream(write(events, ReplyWriter(head, stream=True)))
    whole = write_whole(events, head)
    assert whole["usage"] == streamed["usage"] or not include_usage
    assert whole | {"usage": None} == streamed | {"usage": None}
    assert bool(streamed["usage"]) == include_usage


@given(groups, displays, st.lists(st.integers(0, 20), max_size=3))
def test_comments_change_nothing(groups: list[Any], display: Any, alive: list[int]) -> None:
    events = flatten(groups, "end", Usage())
    writer = ReplyWriter(ReplyHead("c_1", "gpt-high", 5, display=display), stream=True)
    stream = writer.open()
    for number, event in enumerate(events):
        stream += writer.keep_alive() * (number in alive) + writer.write(event)
    assert chat_grammar.read_stream(stream) | {"usage": None} == write_whole(
        events, ReplyHead("c_1", "gpt-high", 5, display=display)
    ) | {"usage": None}


@given(groups, displays, st.integers(0, 20))
def test_an_error_may_end_it_anywhere(groups: list[Any], display: Any, after: int) -> None:
    error: ProxyError = UpstreamError("Sorry.")
    writer = ReplyWriter(ReplyHead("c_1", "gpt-high", 5, True, display), stream=True)
    events = flatten(groups, "end", None)[:-1][:after]
    completion = chat_grammar.read_stream(write(events, writer) + writer.write_error(error))
    (choice,) = completion["choices"]
    assert choice["finish_reason"] == "stop"
    assert "Azure OpenAI failed: Sorry." in choice["message"]["content"]


@given(groups, st.sampled_from(["details", "think"]))
def test_shown_reasoning_can_be_taken_out_again(groups: list[Any], display: Any) -> None:
    """Nothing is left of it but line breaks."""
    events = flatten(groups, "end", None)
    whole = write_whole(events, ReplyHead("c_1", "gpt-high", 5, display=display))
    left = strip_reasoning(whole["choices"][0]["message"]["content"] or "", display)
    said = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert left.replace("\n", "") == said.replace("\n", "")
