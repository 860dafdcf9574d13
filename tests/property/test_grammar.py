"""Whatever Azure says, the Anthropic stream stays well formed, and the whole message agrees."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from proxy_core.anthropic_messages import ReplyHead, ReplyWriter
from proxy_core.conversation import (
    Cited,
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
    WebPage,
    WebSearched,
)
from tests import grammar
from tests.property.strategies import Item, Stream, begun_in_order, items, streams, words
from tests.streams import ended, responses_stream, translate, translator

thinking_modes = st.sampled_from(["off", "hidden", "shown"])
stops = st.lists(st.sampled_from(["a", "ab", "</", "\n\n"]), max_size=2).map(tuple)


@given(streams, thinking_modes, stops)
def test_streams_of_azure(stream: Stream, thinking: Any, stop: tuple[str, ...]) -> None:
    api, data = stream
    request = {"thinking": thinking, "stop": stop}
    streamed = grammar.read_stream(translate(translator(api, **request), data))
    assert streamed["type"] == "message"
    whole = translate(translator(api, **request, stream=False), data)
    assert json.loads(whole) == streamed


@given(st.data(), st.lists(items, min_size=2, max_size=5), thinking_modes)
def test_interleaving_changes_nothing(data: st.DataObject, written: list[Item], mode: Any) -> None:
    lanes = [item(index) for index, item in enumerate(written)]
    in_order = [event for lane in lanes for event in lane]
    replies = [
        grammar.read_stream(
            translate(translator("responses", thinking=mode), responses_stream(*events, ended()))
        )
        for events in (in_order, data.draw(begun_in_order(lanes)))
    ]
    assert replies[0] == replies[1]


origins = st.none() | st.builds(Origin, words, words)
sealed = st.builds(
    ThinkingSealed,
    st.builds(Reasoning, words, words, st.lists(words, max_size=2).map(tuple), origins),
)
calls = st.lists(words, max_size=3)
pages = st.builds(WebPage, words, words)
searches = st.builds(
    WebSearched, st.just(""), words, st.none() | st.lists(pages, max_size=2).map(tuple)
)
groups = st.lists(
    st.one_of(
        st.builds(TextDelta, words),
        st.builds(ThinkingDelta, words),
        sealed,
        calls,
        searches,
        st.builds(Cited, pages, words),
    ),
    max_size=8,
)
usages = st.builds(
    Usage,
    input_tokens=st.none() | st.integers(20, 90),
    cached_tokens=st.integers(0, 10),
    cache_write_tokens=st.integers(0, 10),
    output_tokens=st.none() | st.integers(0, 90),
)


def flatten(groups: list[Any], usage: Usage) -> list[ReplyEvent]:
    events: list[ReplyEvent] = []
    reason: Any = "end"
    for number, group in enumerate(groups):
        if isinstance(group, list):
            reason = "tool_calls"
            events.append(ToolCallStarted(f"call_{number}", "read"))
            events += (ToolCallDelta(arguments) for arguments in group)
        elif isinstance(group, WebSearched):
            events.append(replace(group, id=f"ws_{number}"))
        else:
            events.append(group)
    return [*events, ReplyFinished(reason, usage)]


@given(groups, usages, thinking_modes, st.lists(st.integers(0, 30), max_size=3))
def test_events_of_the_vocabulary(
    groups: list[Any], usage: Usage, thinking: Any, keep_alives: list[int]
) -> None:
    events = flatten(groups, usage)
    head = ReplyHead("msg_1", "claude-sonnet", thinking)
    whole, streamed = ReplyWriter(head, stream=False), ReplyWriter(head, stream=True)
    pieces = [whole.open(), *map(whole.write, events)]
    stream = streamed.open()
    for number, event in enumerate(events):
        if number in keep_alives:
            stream += streamed.keep_alive()
        stream += streamed.write(event)
    assert json.loads(b"".join(pieces)) == grammar.read_stream(stream)
