"""Server-sent events: bytes to events and back.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from proxy_core.errors import UpstreamError
from proxy_core.wire.json import to_json

# Bytes of one event. The longest that Azure has, `response.completed`, repeats the request's
# instructions and tools, and those have come in a body of no more.
LONGEST_EVENT = 32 * 1024 * 1024
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    data: str
    event: str = ""


class SSEDecoder:
    """Incremental decoder: any split of the same bytes yields the same events.

    Each byte is looked at a fixed number of times, and kept only while its event may grow.
    """

    def __init__(self, longest: int = LONGEST_EVENT) -> None:
        self._longest = longest
        self._tail = bytearray()  # the last, still unterminated line
        self._at_start = True
        self._event = ""
        self._data: list[str] = []
        self._size = 0  # of its lines, in bytes

    def decode(self, chunk: bytes) -> Iterator[ServerSentEvent]:
        # Azure sends LF or CRLF, never a lone CR, so a trailing CR belongs to the line break.
        *lines, tail = chunk.split(b"\n")
        if lines and self._tail:
            lines[0] = bytes(self._tail + lines[0])
            self._tail.clear()
        for line in lines:
            if line and line != b"\r":
                self._read_line(line)
            elif event := self._end_event():
                yield event
        if tail:
            self._tail += tail
            self._check_size(len(self._tail))

    def flush(self) -> Iterator[ServerSentEvent]:
        """Yield an event that was not followed by a blank line.

        The specification drops it; Azure has ended streams this way, and the
        lost event would be the one that says why the reply stopped.
        """
        yield from self.decode(b"\n\n" if self._tail else b"\n")

    def _read_line(self, raw: bytes) -> None:
        self._check_size(len(raw))
        if self._at_start:
            self._at_start = False
            raw = raw.removeprefix(BYTE_ORDER_MARK)
        field, _, value = raw.removesuffix(b"\r").decode(errors="replace").partition(":")
        if field == "data":
            self._data.append(value.removeprefix(" "))
            self._size += len(raw)
        elif field == "event":
            self._event = value.removeprefix(" ")

    def _end_event(self) -> ServerSentEvent | None:
        event = ServerSentEvent("\n".join(self._data), self._event) if self._data else None
        self._event, self._data, self._size, self._at_start = "", [], 0, False
        return event

    def _check_size(self, more: int) -> None:
        if self._size + more > self._longest:
            raise UpstreamError(f"Azure sent an event of more than {self._longest} bytes.")


def encode_event(data: dict[str, Any], event: str = "") -> bytes:
    prefix = f"event: {event}\n" if event else ""
    return f"{prefix}data: {to_json(data)}\n\n".encode()
