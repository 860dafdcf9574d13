"""Hold, then stream: the life of a reply once Azure has been asked.

Azure's 200 is not yet success, and once a byte has left the client's status is 200 as well. So the
first event that says anything is awaited for a few seconds: until then a failure becomes a true
HTTP status. After that the reply begins in any case, and is kept alive while Azure is silent.
An attempt that fails before the model has said anything may be followed by another, unseen.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from weakref import WeakSet

from proxy_core.azure.calls import Azure
from proxy_core.conversation import Request
from proxy_core.deployments.models import Deployment
from proxy_core.errors import InternalError, OutOfTime, ProxyError, ShuttingDown, UpstreamError
from proxy_core.reply.attempts import Attempts
from proxy_core.reply.client import EVENT_STREAM, JSON_HEADERS, Client, Patience, Reply
from proxy_core.reply.read_ahead import ReadAhead
from proxy_core.reply.request_log import RequestLog
from proxy_core.reply.translator import Recorder, ReplyTranslator, ReplyWriter, write_reply
from proxy_core.translation.search_policy import declined_search

# Run to its end before the reply ends; what it yields is nothing.
Afterwards = Callable[[], AsyncGenerator[bytes]]


# Seconds in which Azure may end a stream whose last event has come: then its connection serves
# again. A gateway may never end it.
LINGERING = 2.0


class ReplyCutOff(Exception):
    """Ends the connection without a complete body: a JSON reply that began has no other way."""


class Relay:
    """Relays one reply. Close it, whatever happens: that ends the call to Azure."""

    def __init__(
        self,
        attempts: Attempts,
        translator: ReplyTranslator,
        writer: ReplyWriter,
        log: RequestLog,
        patience: Patience,
        afterwards: Afterwards | None = None,
    ) -> None:
        self._attempts = attempts
        self._ahead = ReadAhead(attempts.ask())
        self._translator = translator
        self._writer = writer
        self._log = log
        self._patience = patience
        self._afterwards = afterwards
        self._reads_azure = True  # until the afterwards begin
        self._held = b""
        self._timer: asyncio.TimerHandle | None = None

    def give_up_after(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(seconds, self.give_up, OutOfTime(seconds))

    def give_up(self, error: ProxyError) -> None:
        """End the reply with this error, once what has arrived is out. After its end: nothing."""
        self._ahead.fail(error)

    async def hold(self) -> bytes | None:
        """The whole reply, if it is ready in time and goes out in one piece; else None.

        Raises ProxyError when the reply fails before it has begun.
        """
        translator, loop = self._translator, asyncio.get_running_loop()
        began = loop.time()
        while not (translator.ended or (self._log.stream and translator.has_spoken)):
            piece = await self._next(began + self._hold_limit() - loop.time())
            if piece is None:
                self._held += translator.open()
                return None
            self._held += piece
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
        if self._timer:
            self._timer.cancel()
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
            if translator.error:
                piece += self._fail(translator.error)
            if piece:
                written = loop.time()
                yield piece

    async def _next(self, patience: float) -> bytes | None:
        """What the client gets next, which may be nothing yet; None when Azure stays silent."""
        translator, piece = self._translator, b""
        has_all = self._reads_azure and translator.has_all
        patience = min(patience, LINGERING) if has_all else patience
        try:
            chunk = await self._ahead.take(max(0.0, patience))
            if chunk == b"" and not has_all:
                return None
            if not chunk and self._afterwards:
                self._ahead, self._afterwards = ReadAhead(self._afterwards()), None
                self._reads_azure = False
                return b""
            piece = translator.feed(chunk) if chunk else translator.close()
        except ProxyError as error:
            translator.error = error
        except Exception as defect:
            self._log.write_defect(defect)
            translator.error = InternalError()
        if isinstance(translator.error, UpstreamError) and not translator.has_spoken:
            self._try_again(translator.error)
        return piece

    def _try_again(self, error: UpstreamError) -> None:
        wait = self._attempts.wait_after(error)
        if wait is None:
            self._translator.error = self._attempts.verdict(error)
            return
        self._ahead.close()
        self._ahead = ReadAhead(self._attempts.ask(wait))
        self._translator.restart(self._attempts.deployment)

    def _hold_limit(self) -> float:
        if not self._log.stream:
            return self._patience.whole
        is_retrying = self._attempts.failures > 0
        return self._patience.hold_retrying if is_retrying else self._patience.hold

    def _fail(self, error: ProxyError) -> bytes:
        self._log.fail(error)
        event = self._translator.fail(error)
        if not self._log.stream:
            raise ReplyCutOff
        return event


class Relays:
    """All replies under way. One per process. `longest`: seconds that a reply may take."""

    def __init__(self, azure: Azure, longest: float | None = None) -> None:
        self._azure = azure
        self._longest = longest
        self._open: WeakSet[Relay] = WeakSet()
        self._is_ending = False

    async def relay(
        self,
        client: Client,
        log: RequestLog,
        request: Request,
        deployment: Deployment,
        writer: ReplyWriter,
        recorder: Recorder | None = None,
        afterwards: Afterwards | None = None,
    ) -> Reply:
        """Asks Azure and holds. Raises ProxyError when the reply fails before it has begun."""
        if self._is_ending:
            raise ShuttingDown
        log.deployment, log.api = deployment.name, deployment.api
        headers = EVENT_STREAM if request.stream else JSON_HEADERS
        if declined := declined_search(request, deployment, log.request_id):
            return Reply(200, write_reply(declined, writer), dict(headers))
        budget = client.retry_budget if request.stream else client.whole_retry_budget
        attempts = Attempts(self._azure, request, deployment, log, budget)
        translator = ReplyTranslator(request, attempts.deployment, writer, recorder)
        relay = Relay(attempts, translator, writer, log, client.patience, afterwards)
        self._watch(relay)
        try:
            whole = await relay.hold()
        except BaseException:
            relay.close()
            raise
        if whole is not None:
            relay.close()
            return Reply(200, whole, dict(JSON_HEADERS))
        return Reply(200, relay.body(), dict(headers), relay.end)

    def end_all(self) -> None:
        """The app ends: whoever still waits for a reply is told so."""
        self._is_ending = True
        for relay in list(self._open):
            relay.give_up(ShuttingDown())

    def _watch(self, relay: Relay) -> None:
        self._open.add(relay)
        if self._longest is not None:
            relay.give_up_after(self._longest)
