"""What LOG_BODIES asks for: the four bodies of a request as lines, redacted and bounded.

The client's request, what goes to Azure at each attempt, what Azure answers to it, and what the
client gets: each is written when it has ended, however it did. For the whole process, as its stdout
is. Redaction takes long, so a thread of its own does it and writes all lines meanwhile. While it is
off there is none, and each of the three functions hands back what it was given: no event costs
anything.
"""

from collections.abc import AsyncGenerator, AsyncIterable, Iterable
from contextlib import aclosing
from typing import Literal

from msgspec.structs import replace

from proxy_core.azure.calls import LONGEST_ERROR, AzureCall
from proxy_core.reply import log_lines
from proxy_core.reply.body_redaction import BodyRedaction
from proxy_core.reply.client import Reply
from proxy_core.reply.request_log import RequestLog

Which = Literal["client_request", "azure_request", "azure_reply", "client_reply"]

LONGEST_KEPT = 1024 * 1024  # bytes of a body that are kept until it is written
# What a secret may be that was cut in two: its half would not be known for one.
LONGEST_SECRET = 1024
NOT_LOOKED_AT = "…(too much waits to be written: nothing may be seen of it)"
ROUTES = ("messages", "count_tokens", "cursor", "safeguards")

_redaction: BodyRedaction | None = None


def choose(is_on: bool = False, secrets: Iterable[str] = ()) -> None:
    global _redaction
    _redaction = BodyRedaction(secrets) if is_on else None
    log_lines.write_beside(is_on)


def close() -> None:
    """What waits is written. A body that ends later is written as it ends."""
    log_lines.write_beside(False)


def watch_request(log: RequestLog, body: AsyncIterable[bytes]) -> AsyncIterable[bytes]:
    return _watch(_Body(log, "client_request", _redaction), body) if _redaction else body


def watch_call(log: RequestLog, call: AzureCall) -> AsyncGenerator[bytes]:
    """The chunks of a call. Both its bodies have the number of the attempt."""
    return _watch_call(log, call, _redaction) if _redaction else call.chunks()


def watch_reply(log: RequestLog, reply: Reply) -> Reply:
    """A streamed one is written when it is closed, and so where its client has left."""
    if _redaction is None or log.route not in ROUTES:
        return reply
    body = _Body(log, "client_reply", _redaction)
    if isinstance(reply.body, bytes):
        if log.outcome:  # else a probe or a list
            body.take(reply.body)
            body.write()
        return reply

    def close() -> None:
        reply.close()
        body.write()

    return replace(reply, body=_pass(body, reply.body), close=close)


class _Body:
    """One that is under way. `attempt`: 0 for those of the client."""

    def __init__(
        self, log: RequestLog, which: Which, redaction: BodyRedaction, attempt: int = 0
    ) -> None:
        self._log = log
        self._which = which
        self._redaction = redaction
        self._attempt = attempt
        self._kept = bytearray()
        self._size = 0
        self.is_cut = False  # its end was never seen
        self._is_written = False

    def take(self, piece: bytes) -> None:
        self._size += len(piece)
        self._kept += piece[: LONGEST_KEPT - len(self._kept)]
        self.is_cut = self._size > len(self._kept)

    def write(self) -> None:
        """Once."""
        if self._is_written:
            return
        self._is_written = True
        record = {
            "request_id": self._log.request_id,
            "body": self._which,
            **({"attempt": self._attempt} if self._attempt else {}),
            "bytes": self._size,
        }
        log_lines.write_body(record, self._redact, len(self._kept), NOT_LOOKED_AT)

    def _redact(self) -> str:
        """In another thread."""
        kept = self._kept[:-LONGEST_SECRET] if self.is_cut else self._kept
        try:
            return self._redaction.write(bytes(kept))
        except Exception as defect:
            return (
                f"…({type(defect).__name__}: a defect of the proxy, so nothing may be seen of it)"
            )


async def _watch(body: _Body, pieces: AsyncIterable[bytes]) -> AsyncGenerator[bytes]:
    try:
        async for piece in pieces:
            body.take(piece)
            yield piece
    finally:
        body.write()


async def _pass(body: _Body, pieces: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    async with aclosing(pieces):
        async for piece in pieces:
            body.take(piece)
            yield piece


async def _watch_call(
    log: RequestLog, call: AzureCall, redaction: BodyRedaction
) -> AsyncGenerator[bytes]:
    sent = _Body(log, "azure_request", redaction, log.attempts)
    sent.take(call.body or b"")
    sent.write()
    answer = _Body(log, "azure_reply", redaction, log.attempts)
    try:
        async with aclosing(call.chunks()) as chunks:
            async for chunk in chunks:
                answer.take(chunk)
                yield chunk
    finally:
        if call.refusal:
            answer.take(call.refusal[1])
            answer.is_cut = len(call.refusal[1]) >= LONGEST_ERROR
        answer.write()
