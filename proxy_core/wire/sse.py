"""Server-sent events: bytes to events and back.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from proxy_core.wire.json import to_json

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    data: str
    event: str = ""


class SSEDecoder:
    """Incremental decoder: any split of the same bytes yields the same events."""

    def __init__(self) -> None:
        self._tail = b""  # the last, still unterminated line
        self._at_start = True
        self._event = ""
        self._data: list[str] = []

    def decode(self, chunk: bytes) -> Iterator[ServerSentEvent]:
        # Azure sends LF or CRLF, never a lone CR, so a trailing CR belongs to the line break.
        *lines, self._tail = (self._tail + chunk).split(b"\n")
        for line in lines:
            yield from self._decode_line(line)

    def flush(self) -> Iterator[ServerSentEvent]:
        """Yield an event that was not followed by a blank line.

        The specification drops it; Azure has ended streams this way, and the
        lost event would be the one that says why the reply stopped.
        """
        if self._tail:
            tail, self._tail = self._tail, b""
            yield from self._decode_line(tail)
        yield from self._decode_line(b"")

    def _decode_line(self, raw: bytes) -> Iterator[ServerSentEvent]:
        if self._at_start:
            self._at_start = False
            raw = raw.removeprefix(BYTE_ORDER_MARK)
        line = raw.removesuffix(b"\r").decode(errors="replace")
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value)
        elif field == "event":
            self._event = value
        elif not line:
            if self._data:
                yield ServerSentEvent("\n".join(self._data), self._event)
            self._event, self._data = "", []


def encode_event(data: dict[str, Any], event: str = "") -> bytes:
    prefix = f"event: {event}\n" if event else ""
    return f"{prefix}data: {to_json(data)}\n\n".encode()
