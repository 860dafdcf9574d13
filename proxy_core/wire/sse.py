"""Server-sent events: bytes to events and back.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import re
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any

import msgspec

from proxy_core.errors import UpstreamError
from proxy_core.wire.json import to_json

# Bytes of one event, or characters where they are decoded. The longest that Azure has,
# `response.completed`, repeats the request's instructions and tools, and those have come in a body
# of no more.
LONGEST_EVENT = 32 * 1024 * 1024
# What begins with so many characters in so few lines has long events: a pattern looks at each of
# their characters, which takes ten times as long as to look for their ends.
LONG_START, FEW_LINES = 4096, 4
BYTE_ORDER_MARK = "\ufeff"

# One line with its end; before it, a whole event that is one line of data behind its name, if any.
# Nearly all are, and a pattern finds them in a third of the time that their lines would take.
_LINES = re.compile(r"()()(.*+\n)")
_EVENTS = re.compile(r"(?:event: ?+(.++)\n)?+data: ?+(.*+)\n\n|(.*+\n)")
_BEFORE_DATA = re.compile(r"(?:event: ?+(.++)\n)?+data: ?+")


class ServerSentEvent(msgspec.Struct, frozen=True, gc=False):
    data: str
    event: str = ""


class SSEDecoder:
    """Incremental decoder: any split of the same bytes yields the same events.

    Each byte is looked at a fixed number of times, and kept only while its event may grow.
    """

    def __init__(self, longest: int = LONGEST_EVENT) -> None:
        self._longest = longest
        self._tail: BytesIO | None = None  # the last line, as long as it has no end
        self._at_start = True
        self._event = ""
        self._data: list[str] = []
        self._size = 0  # of its data

    def decode(self, chunk: bytes) -> Iterator[ServerSentEvent]:
        tail = self._tail.tell() if self._tail else 0
        may_be_too_long = self._size + tail + len(chunk) > self._longest
        end = chunk.rfind(b"\n") + 1
        text = self._decode(chunk[:end]) if end else ""
        for event, data, line in _LINES.findall(text) if may_be_too_long else _find_events(text):
            if not (line or self._event or self._data):
                yield ServerSentEvent(data, event)
                continue
            if may_be_too_long:
                self._check_size(len(line) - 1)
            if line:
                self._read_field(line[:-1])
            else:  # what has begun with other lines
                self._event = event or self._event
                self._data.append(data)
            if line in ("\n", ""):
                if self._data:
                    yield ServerSentEvent("\n".join(self._data), self._event)
                self._event, self._data, self._size = "", [], 0
        if end < len(chunk):
            self._tail = self._tail or BytesIO()
            self._tail.write(chunk[end:])
            self._check_size(self._tail.tell())

    def flush(self) -> Iterator[ServerSentEvent]:
        """Yield an event that was not followed by a blank line.

        The specification drops it; Azure has ended streams this way, and the
        lost event would be the one that says why the reply stopped.
        """
        yield from self.decode(b"\n\n" if self._tail else b"\n")

    def _decode(self, lines: bytes) -> str:
        if self._tail:
            self._tail.write(lines)
            lines, self._tail = self._tail.getvalue(), None
        # Azure sends LF or CRLF, never a lone CR, so each CR before a LF belongs to the line break.
        text = str(lines, "utf-8", "replace")
        if "\r" in text:
            text = text.replace("\r\n", "\n")
        if self._at_start:
            self._at_start = False
            return text.removeprefix(BYTE_ORDER_MARK)
        return text

    def _read_field(self, line: str) -> None:
        name, _, value = line.partition(":")
        if name == "data":
            self._data.append(value.removeprefix(" "))
            self._size += len(line)
        elif name == "event":
            self._event = value.removeprefix(" ")

    def _check_size(self, more: int) -> None:
        if self._size + more > self._longest:
            raise UpstreamError(f"Azure sent an event of more than {self._longest} bytes.")


def _find_events(text: str) -> Iterable[tuple[str, str, str]]:
    """Name and data of each whole event; all else as lines."""
    if len(text) > LONG_START and text.count("\n", 0, LONG_START) < FEW_LINES:
        return _find_long_events(text)
    return _EVENTS.findall(text)


def _find_long_events(text: str) -> Iterator[tuple[str, str, str]]:
    """The same, without looking at each character."""
    start = 0
    while start < len(text):
        before = _BEFORE_DATA.match(text, start)
        end = text.index("\n", before.end() if before else start)
        if before and text.startswith("\n", end + 1):
            yield before[1] or "", text[before.end() : end], ""
            start = end + 2
        else:
            end = text.index("\n", start)
            yield "", "", text[start : end + 1]
            start = end + 1


def encode_event(data: dict[str, Any], event: str = "") -> bytes:
    prefix = f"event: {event}\n" if event else ""
    return f"{prefix}data: {to_json(data)}\n\n".encode()
