"""Bytes <-> server-sent events."""

import itertools
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_core.errors import UpstreamError
from proxy_core.wire import sse
from proxy_core.wire.sse import LONGEST_EVENT, ServerSentEvent, SSEDecoder, encode_event

Event = ServerSentEvent

CASES = {
    "data": (b"data: 1\n\n", [Event("1")]),
    "named": (b"event: a\ndata: 1\n\n", [Event("1", "a")]),
    "name_after_data": (b"data: 1\nevent: a\n\n", [Event("1", "a")]),
    "name_is_not_kept": (b"event: a\ndata: 1\n\ndata: 2\n\n", [Event("1", "a"), Event("2")]),
    "several_data_lines": (b"data: 1\ndata: 2\n\n", [Event("1\n2")]),
    "crlf": (b"event: a\r\ndata: 1\r\n\r\ndata: 2\r\n\r\n", [Event("1", "a"), Event("2")]),
    "without_space": (b"event:a\ndata:1\n\n", [Event("1", "a")]),
    "one_space_is_removed": (b"data:  1 \n\n", [Event(" 1 ")]),
    "empty_data": (b"data\n\ndata:\n\n", [Event(""), Event("")]),
    "byte_order_mark": (b"\xef\xbb\xbfdata: 1\n\n", [Event("1")]),
    "mark_only_at_the_start": (b"data: 1\n\n\xef\xbb\xbfdata: 2\n\n", [Event("1")]),
    "comments": (b": hi\n\n:\ndata: 1\n: x\ndata: 2\n\n", [Event("1\n2")]),
    "other_fields": (b"id: 7\nretry: 1\ndata: 1\nnonsense\n\n", [Event("1")]),
    "name_without_data": (b"event: a\n\ndata: 1\n\n", [Event("1")]),
    "blank_lines": (b"\n\n\ndata: 1\n\n\n\n", [Event("1")]),
    "unicode": ("data: €😀\n\n".encode(), [Event("€😀")]),
    "broken_unicode": (b"data: \xe2\x82\n\n", [Event("�")]),
    "no_final_blank_line": (b"data: 1\n\ndata: 2\n", [Event("1"), Event("2")]),
    "no_final_line_break": (b"data: 1\n\nevent: a\r\ndata: 2", [Event("1"), Event("2", "a")]),
    "nothing": (b"", []),
    "mark_alone": (b"\xef\xbb\xbf", []),
    "named_before_a_comment": (b"event: a\n: x\ndata: 1\n\n", [Event("1", "a")]),
    "named_anew": (b"event: a\n: x\nevent: b\ndata: 1\n\n", [Event("1", "b")]),
    "named_nothing": (b"event: a\nevent:\ndata: 1\n\n", [Event("1")]),
    "named_between_its_data": (b"data: 1\nevent: b\ndata: 2\n\n", [Event("1\n2", "b")]),
    "two_spaces": (b"event:  a\ndata:  \n\n", [Event(" ", " a")]),
    "carriage_returns": (b"data: 1\r2\r\ndata: \r\r\n\n", [Event("1\r2\n\r")]),
    "other_line_breaks": ("data: 1\u2028\x0b\x85\n\n".encode(), [Event("1\u2028\x0b\x85")]),
    "mark_behind_a_blank_line": (b"\n\xef\xbb\xbfdata: 1\n\ndata: 2\n\n", [Event("2")]),
}


@pytest.mark.parametrize(("stream", "events"), CASES.values(), ids=CASES)
def test_decoding(stream: bytes, events: list[Event]) -> None:
    assert decode(stream) == events
    assert decode(*(bytes([byte]) for byte in stream)) == events


LINES = [
    "",
    "data:",
    "data: 1",
    "data:  1",
    "event: a",
    "event:a",
    "event:",
    ": x",
    "id: 1",
    "\u2028",
]


@given(st.lists(st.sampled_from(LINES)))
def test_events_with_long_lines_are_found_like_any(lines: list[str]) -> None:
    text = "".join(f"{line}\n" for line in lines)
    assert [*sse._find_long_events(text)] == sse._EVENTS.findall(text)


@pytest.mark.parametrize("size", [1, 10_000, 300_000])
def test_long_events_and_short_ones(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pattern would look at each character of the long ones."""
    searched: list[int] = []
    monkeypatch.setattr(sse, "_EVENTS", SimpleNamespace(findall=watch(sse._EVENTS, searched)))
    long, short = Event("a" * size, "long"), Event("b", "short")
    stream = f"event: long\ndata: {long.data}\n\nevent: short\ndata: b\n\n".encode()
    assert decode(stream * 2) == [long, short] * 2
    assert decode(*(stream[at : at + 4096] for at in range(0, len(stream), 4096))) == [long, short]
    assert max(searched, default=0) < 10_000


def watch(pattern: re.Pattern[str], searched: list[int]) -> Callable[[str], Any]:
    def findall(text: str) -> Any:
        searched.append(len(text))
        return pattern.findall(text)

    return findall


def test_an_event_comes_with_its_blank_line() -> None:
    decoder = SSEDecoder()
    assert [*decoder.decode(b"data: 1\n")] == []
    assert [*decoder.decode(b"\n")] == [Event("1")]
    assert [*decoder.flush()] == []


TOO_LONG = {
    "a line": b"data: 123456789\n",
    "a line without end": b"data: 1234567890",
    "several lines": b"data: 1\ndata: 2\n" * 2,
    "a name": b"event: 12345678\n",
    "a comment": b":" * 17,
}


@pytest.mark.parametrize("stream", TOO_LONG.values(), ids=TOO_LONG)
def test_an_event_that_is_too_long_is_an_error_that_says_so(stream: bytes) -> None:
    for chunks in ([stream], [bytes([byte]) for byte in stream]):
        decoder = SSEDecoder(longest=14)
        with pytest.raises(UpstreamError, match=r"an event of more than 14 bytes"):
            [*itertools.chain(*map(decoder.decode, chunks)), *decoder.flush()]


def test_the_longest_event_is_read_and_the_next_one_begins_anew() -> None:
    stream = b"data: 1\ndata: 2\n\n" * 3 + b"data: 12345678"
    assert decode(*[stream], longest=14) == [*[Event("1\n2")] * 3, Event("12345678")]
    assert decode(*(bytes([byte]) for byte in stream), longest=14) == decode(stream)


def test_encoding() -> None:
    assert encode_event({"a": "é\n"}) == b'data: {"a":"\\u00e9\\n"}\n\n'
    assert encode_event({"type": "x"}, "x") == b'event: x\ndata: {"type":"x"}\n\n'


def decode(*chunks: bytes, longest: int = LONGEST_EVENT) -> list[Event]:
    decoder = SSEDecoder(longest)
    return [event for chunk in chunks for event in decoder.decode(chunk)] + [*decoder.flush()]
