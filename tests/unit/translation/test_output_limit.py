"""Nothing beyond the client's limit reaches it, and what is told of the cost stays Azure's."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_core.conversation import (
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
)
from proxy_core.o200k import count_text, encoding
from proxy_core.translation.output_limit import NEAR, PATIENCE, OutputLimit, is_near

USAGE = Usage(900, cached_tokens=800, output_tokens=16)
END = ReplyFinished("end", USAGE)
CUT = ReplyFinished("length", USAGE)
SEALED = ThinkingSealed(Reasoning("rs", "gAAA", (), Origin("r", "f")))
READ = ToolCallStarted("1", "read")


def run(most: int, *events: ReplyEvent, thinking: bool = False) -> list[ReplyEvent]:
    limit = OutputLimit(most, counts_thinking=thinking)
    return [passed for event in events for passed in limit.read(event)]


@pytest.mark.parametrize(
    ("most", "deltas", "passed", "ending"),
    [
        (0, ["Hello"], [], CUT),
        (0, [], [], CUT),
        (1, ["Hello"], ["Hello"], END),
        (1, ["Hello there."], ["Hello"], CUT),
        (1, ["Hello", " there."], ["Hello"], CUT),
        (1, ["Hel", "lo", " there."], ["Hel", "lo"], CUT),
        (2, ["Hello", " there", "."], ["Hello", " there"], CUT),
        (2, ["Hello", " there"], ["Hello", " there"], END),
        (3, ["Hello there, all of you"], ["Hello there,"], CUT),
        (15, ["a b c"], ["a b c"], END),
        (1, ["\U0001fae8\U0001fae8"], [], CUT),  # several tokens: half a character is none
    ],
)
def test_a_text(most: int, deltas: list[str], passed: list[str], ending: ReplyFinished) -> None:
    assert run(most, *map(TextDelta, deltas), END) == [*map(TextDelta, passed), ending]


def test_what_is_reasoned_counts_where_the_client_takes_it_for_output() -> None:
    events = [ThinkingDelta(""), ThinkingDelta("One two"), SEALED, TextDelta("Three four")]
    assert run(3, *events, END, thinking=True) == [*events[:3], TextDelta("Three"), CUT]
    assert run(1, *events, END, thinking=True) == [events[0], ThinkingDelta("One"), CUT]
    assert run(2, *events, END) == [*events, END]


def test_calls_count_with_their_names() -> None:
    events = [TextDelta("One"), READ, ToolCallDelta('{"path":'), ToolCallDelta('"a"}')]
    assert run(20, *events, END) == [*events, END]
    assert run(4, *events, END) == [*events[:2], ToolCallDelta('{"path'), CUT]
    assert run(2, *events, END) == [*events[:2], CUT]
    assert run(1, *events, END) == [TextDelta("One"), CUT]
    assert run(3, READ, ToolCallDelta('{"path":"a"}'), END)[1:] == [ToolCallDelta('{"path'), CUT]


@pytest.mark.parametrize("reason", ["refusal", "content_filter"])
def test_a_refusal_stays_one(reason: StopReason) -> None:
    refused = ReplyFinished(reason, USAGE, "No.")
    assert run(0, refused) == [refused]
    assert run(1, RefusalDelta("I won't"), refused) == [RefusalDelta("I"), refused]


@pytest.mark.parametrize("reason", ["tool_calls", "stop_sequence", "context_window", "length"])
def test_any_other_end_is_that_of_the_limit(reason: StopReason) -> None:
    assert run(1, TextDelta("a b"), ReplyFinished(reason, USAGE, "x")) == [TextDelta("a"), CUT]


def test_azures_end_is_not_waited_for_without_end() -> None:
    beyond = [TextDelta(" more")] * PATIENCE
    assert run(1, TextDelta("One"), *beyond, END) == [TextDelta("One"), CUT]
    told = ReplyFinished("length", Usage(None, output_tokens=1))
    assert run(1, TextDelta("One"), *beyond, *beyond[:2], END)[:2] == [TextDelta("One"), told]


words = st.lists(st.sampled_from(["word", " of", " the", "\n", "ä", "日本", "  ", "=" * 9]))


@given(words.map("".join), st.integers(1, 40), st.integers(1, 9))
def test_what_passes_is_a_beginning_within_the_limit(text: str, most: int, size: int) -> None:
    pieces = [TextDelta(text[at : at + size]) for at in range(0, len(text), size)]
    *said, ending = run(most, *pieces, END)
    passed = "".join(event.text for event in said if isinstance(event, TextDelta))
    assert text.startswith(passed)
    assert count_text(passed) <= most
    assert (ending == END) == (passed == text)


@pytest.mark.parametrize("most", [100, 1_000, 2_999])
@pytest.mark.parametrize(
    "text", ["The rain in Spain. " * 600, "日本語の文章" * 1_200, "ab" * 9_000]
)
def test_a_long_text_in_azures_own_pieces_is_cut_where_azure_would(text: str, most: int) -> None:
    tokens = encoding().encode_ordinary(text)
    pieces = [encoding().decode([token]) for token in tokens]
    if "".join(pieces) != text:
        pieces = [*text]
    *said, ending = run(most, *map(TextDelta, pieces), END)
    passed = "".join(event.text for event in said if isinstance(event, TextDelta))
    assert text.startswith(passed)
    assert most * 0.98 <= min(count_text(passed), most) <= most
    assert isinstance(ending, ReplyFinished)
    assert ending.stop_reason == ("length" if passed != text else "end")


@pytest.mark.parametrize(
    ("limit", "near"), [(None, False), (0, False), (1, True), (NEAR - 1, True), (NEAR, False)]
)
def test_a_near_limit(limit: Any, near: bool) -> None:
    assert is_near(limit) == near
