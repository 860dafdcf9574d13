"""Hold, then stream: the life of a reply once Azure has been called.

Azure's 200 is not yet success, and once a byte has left the client's status is 200 as well. So the
first event that says anything is awaited for a few seconds: until then a failure becomes a true
HTTP status. After that the reply begins in any case, and is kept alive while Azure is silent.
"""

import asyncio
from collections.abc import AsyncGenerator

from proxy_core.errors import InternalError, ProxyError
from proxy_core.exchange import ReplyTranslator, ReplyWriter
from proxy_core.read_ahead import ReadAhead
from proxy_core.request_log import RequestLog

HOLD = 5.0  # seconds that a streamed reply may wait for its first event
WHOLE_HOLD = 20.0  # seconds that a reply in one piece may wait for its end


class ReplyCutOff(Exception):
    """Ends the connection without a complete body: a JSON reply that began has no other way."""


class Relay:
    """Relays one reply. Close it, whatever happens: that ends the call to Azure."""

    def __init__(
        self,
        chunks: AsyncGenerator[bytes],
        translator: ReplyTranslator,
        writer: ReplyWriter,
        log: RequestLog,
    ) -> None:
        self._ahead = ReadAhead(chunks)
        self._translator = translator
        self._writer = writer
        self._log = log
        self._held = b""

    async def hold(self) -> bytes | None:
        """The whole reply, if it is ready in time and goes out in one piece; else None.

        Raises ProxyError when the reply fails before it has begun.
        """
        translator, loop = self._translator, asyncio.get_running_loop()
        deadline = loop.time() + (HOLD if self._log.stream else WHOLE_HOLD)
        while not (translator.ended or (self._log.stream and translator.has_spoken)):
            chunk = await self._ahead.take(max(0.0, deadline - loop.time()))
            if chunk == b"":
                self._held += translator.open()
                return None
            self._held += self._translate(chunk)
        if translator.error:
            raise translator.error
        return None if self._log.stream else self._held

    async def body(self) -> AsyncGenerator[bytes]:
        """The reply as it arrives, beginning with what was held."""
        try:
            yield self._held or self._writer.keep_alive()  # the headers leave with the first byte
            async for piece in self._rest():
                yield piece
        finally:
            self.end()

    def close(self) -> None:
        """End the call to Azure. Awaits nothing, so that no cancellation can get in its way."""
        self._ahead.close()
        if self._translator.finished:
            self._log.finish(self._translator.finished)

    def end(self) -> None:
        """The reply is out, or its client gone. May be said twice."""
        self.close()
        self._log.write()

    async def _rest(self) -> AsyncGenerator[bytes]:
        translator, loop = self._translator, asyncio.get_running_loop()
        written, kept_alive = loop.time(), 0
        while not translator.ended:
            due = written + self._writer.keep_alive_gap(kept_alive)
            piece = await self._next(due - loop.time())
            if piece is None:
                kept_alive += 1
                piece = self._writer.keep_alive()
            elif piece:
                kept_alive = 0
            if piece:
                written = loop.time()
                yield piece

    async def _next(self, patience: float) -> bytes | None:
        """What the client gets next, which may be nothing yet; None when Azure stays silent."""
        try:
            chunk = await self._ahead.take(max(0.0, patience))
            if chunk == b"":
                return None
            piece = self._translate(chunk)
        except ProxyError as error:
            return self._fail(error)
        except Exception as defect:
            self._log.write_defect(defect)
            return self._fail(InternalError())
        failure = self._translator.error
        return piece + self._fail(failure) if failure else piece

    def _translate(self, chunk: bytes | None) -> bytes:
        return self._translator.close() if chunk is None else self._translator.feed(chunk)

    def _fail(self, error: ProxyError) -> bytes:
        self._log.fail(error)
        event = self._translator.fail(error)
        if not self._log.stream:
            raise ReplyCutOff
        return event
