"""The reply ends before the first stop sequence, however its text is split into deltas."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from proxy_core.translation.stop_sequences import StopSequences

END = ReplyFinished("end", Usage(output_tokens=9))


def run(sequences: tuple[str, ...], *events: ReplyEvent) -> list[ReplyEvent]:
    stop = StopSequences(sequences)
    return [stopped for event in events for stopped in stop.read(event)]


def reply(sequences: tuple[str, ...], *deltas: str) -> tuple[str, str | None]:
    """The text, and the sequence that ended it."""
    *texts, ending = run(sequences, *map(TextDelta, deltas), END)
    assert isinstance(ending, ReplyFinished)
    assert ending.usage == (None if ending.detail else END.usage)
    assert ending.stop_reason == ("stop_sequence" if ending.detail else "end")
    assert all(isinstance(event, TextDelta) and event.text for event in texts)
    return "".join(event.text for event in texts if isinstance(event, TextDelta)), ending.detail


@pytest.mark.parametrize(
    ("sequences", "deltas", "text", "matched"),
    [
        (("</b>",), ["yes</b> and more"], "yes", "</b>"),
        (("</b>",), ["yes<", "/", "b", ">", "more"], "yes", "</b>"),
        (("</b>",), ["</b>"], "", "</b>"),
        (("</b>",), ["yes</b", "</b>"], "yes</b", "</b>"),
        (("</b>",), ["yes</b"], "yes</b", None),
        (("</b>",), ["a < b"], "a < b", None),
        (("aab",), ["aaa", "ab"], "aa", "aab"),
        (("x", "y"), ["1y2x"], "1", "y"),
        (("abcd", "c"), ["ab", "cd"], "ab", "c"),  # "c" is complete before "abcd" can be
        (("bc", "abc"), ["abc"], "", "abc"),  # both are complete at once: the longer
        (("", "x"), ["1x"], "1", "x"),
    ],
)
def test_a_reply(
    sequences: tuple[str, ...], deltas: list[str], text: str, matched: str | None
) -> None:
    assert reply(sequences, *deltas) == (text, matched)


def test_none_is_looked_for_in_a_refusal() -> None:
    refused = RefusalDelta("no x")
    assert run(("x y",), TextDelta("x"), refused, END) == [TextDelta("x"), refused, END]


def test_what_can_no_longer_match_is_not_held_back() -> None:
    assert run(("stop",), TextDelta("a s")) == [TextDelta("a ")]
    assert run(("stop",), TextDelta("a s"), TextDelta("ta")) == [TextDelta("a "), TextDelta("sta")]


def test_a_match_never_spans_two_blocks() -> None:
    call = ToolCallStarted("call_1", "read")
    events: list[ReplyEvent] = [TextDelta("st"), call, TextDelta("op"), END]
    assert run(("stop",), *events) == events


def test_only_text_is_searched() -> None:
    events: list[ReplyEvent] = [
        ThinkingDelta("stop"),
        ToolCallStarted("1", "stop"),
        ToolCallDelta('"stop"'),
        END,
    ]
    assert run(("stop",), *events) == events


def test_the_match_is_the_end_and_nothing_comes_after_it() -> None:
    rest: list[ReplyEvent] = [
        TextDelta("more"),
        ToolCallStarted("1", "read"),
        ToolCallDelta("{}"),
        ThinkingDelta(""),
    ]
    assert run(("stop",), TextDelta("stop"), *rest, END) == [
        ReplyFinished("stop_sequence", None, "stop")
    ]


@given(
    st.lists(st.text("ab", min_size=1, max_size=3), min_size=1, max_size=3).map(tuple),
    st.text("ab", max_size=12),
    st.sets(st.integers(0, 12)),
)
def test_the_split_never_matters(sequences: tuple[str, ...], text: str, cuts: set[int]) -> None:
    points = sorted({0, len(text)} | {min(cut, len(text)) for cut in cuts})
    pieces = [text[a:b] for a, b in itertools.pairwise(points)]
    written, matched = reply(sequences, *pieces)
    assert (written, matched) == reply(sequences, text)
    assert text.startswith(written + (matched or ""))
    assert not any(sequence in written for sequence in sequences)
