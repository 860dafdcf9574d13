"""Hold, then stream: the life of one reply.

Azure's 200 is not yet success, and once a byte has left the client's status is 200 as well. So the
first event that says anything is awaited for a few seconds: until then a failure becomes a true
HTTP status. After that the reply begins in any case, and is kept alive while Azure is silent.
An attempt that fails before the model has said anything may be followed by another, unseen.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from typing import Literal

from proxy_core.azure.calls import Azure
from proxy_core.errors import InternalError, OutOfTime, ProxyError, UpstreamError
from proxy_core.reply.attempts import Attempts
from proxy_core.reply.exchange import Exchange
from proxy_core.reply.read_ahead import Quiet, ReadAhead
from proxy_core.reply.states import State, follow
from proxy_core.reply.translator import ReplyTranslator

# Seconds in which Azure may end a stream whose last event has come: then its connection serves
# again. A gateway may never end it.
LINGERING = 2.0

READING = (State.HOLDING, State.STREAMING)

Silence = Literal[Quiet.SILENCE]


class ReplyCutOff(Exception):
    """Ends the connection without a complete body: a JSON reply that began has no other way."""


class Relay:
    """Relays one reply. Close it, whatever happens: that ends the call to Azure.

    `states.py` has its states; what each of them opens and closes is in `_become`.
    """

    def __init__(self, azure: Azure, exchange: Exchange) -> None:
        self._azure = azure
        self._exchange = exchange
        self._attempts = Attempts(azure, exchange)
        self._translator = ReplyTranslator(
            exchange.request, self._attempts.deployment, exchange.writer, exchange.recorder
        )
        self._state = State.HOLDING
        self._source = ReadAhead(self._attempts.ask())
        self._lingers_until = float("inf")  # finite once Azure has said all
        self._held = b""
        self._failure: ProxyError | None = None  # what the reply ended with, if it failed
        self._review: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def give_up_after(self, seconds: float) -> None:
        self._timer = _loop().call_later(seconds, self.give_up, OutOfTime(seconds))

    def give_up(self, error: ProxyError) -> None:
        """End the reply with this error, behind what has arrived. What is whole stays whole."""
        match self._state:
            case State.HOLDING | State.STREAMING if self._translator.has_all:
                self._source.close()
            case State.HOLDING | State.STREAMING:
                self._failure = error
                self._become(State.ENDED)
            case State.REVIEWING if self._review:
                self._review.cancel()
            case _:
                pass

    async def hold(self) -> bytes | None:
        """The whole reply, if it is ready in time and goes out in one piece; else None.

        Raises ProxyError when the reply fails before it has begun.
        """
        began, streams = _loop().time(), self._exchange.request.stream
        while self._state is State.HOLDING or not (streams or self._state is State.ENDED):
            limit = self._exchange.hold(is_retrying=self._attempts.failures > 0)
            piece = await self._next(began + limit)
            if piece is Quiet.SILENCE:
                self._held += self._translator.open()
                return None
            self._held += piece
        if self._failure:
            raise self._failure
        return None if streams else self._held

    async def body(self) -> AsyncGenerator[bytes]:
        """The reply as it arrives, beginning with what was held."""
        try:
            # the headers leave with the first byte
            yield self._held or self._exchange.writer.keep_alive()
            self._held = b""
            writer, kept_alive, now = self._exchange.writer, 0, _loop().time
            written = now()
            while self._state is not State.ENDED:
                piece = await self._next(written + writer.keep_alive_gap(kept_alive))
                if piece is Quiet.SILENCE:
                    kept_alive += 1
                    piece = writer.keep_alive()
                elif piece:
                    kept_alive = 0
                if piece:
                    written = now()
                    yield piece
            if self._failure:
                yield self._last_words(self._failure)
        finally:
            self.end()

    def close(self) -> None:
        """Let go of everything. Awaits nothing, so that no cancellation can get in its way."""
        if self._state is not State.ENDED:
            self._become(State.ENDED)

    def end(self) -> None:
        """The reply is out, or its client gone. May be said twice."""
        self.close()
        self._exchange.log.write()

    def _last_words(self, error: ProxyError) -> bytes:
        if not self._exchange.request.stream:
            raise ReplyCutOff
        return self._translator.fail(error)

    async def _next(self, until: float) -> bytes | Silence:
        """What the client gets next, maybe nothing yet; SILENCE when nothing came until then."""
        if self._state is State.REVIEWING:
            return await self._await_review(until - _loop().time())
        lingers_until = self._lingers_until
        try:
            await self._source.wait(min(until, lingers_until))
            arrived = self._source.take()
        except Exception as error:
            if not self._translator.has_all:
                self._fail(error)
                return b""
            arrived = Quiet.END  # of a reply that is whole
        if isinstance(arrived, bytes):
            return self._write(self._translator.feed(arrived))
        if arrived is Quiet.END or lingers_until <= until:
            return self._write(self._translator.end())
        return Quiet.SILENCE

    async def _await_review(self, patience: float) -> bytes | Silence:
        assert self._review, "nothing is reviewed"
        done, _ = await asyncio.wait({self._review}, timeout=patience)
        return self._finish() if done else Quiet.SILENCE

    def _write(self, pieces: Iterator[bytes]) -> bytes:
        """In the client's words what Azure has said, and the step to which that leads."""
        written: list[bytes] = []
        failure: Exception | None = None
        try:
            for piece in pieces:
                written.append(piece)
        except Exception as error:
            failure = error
        translator = self._translator
        if self._state is State.HOLDING and translator.has_spoken:
            self._exchange.log.note_first_word()
            self._become(State.STREAMING)
        if failure:
            self._fail(failure)
        elif translator.finished and self._state is not State.ENDED:
            written.append(self._complete())
        elif translator.has_all:
            self._lingers_until = min(self._lingers_until, _loop().time() + LINGERING)
        return b"".join(written)

    def _complete(self) -> bytes:
        """The reply is whole. Its end is told now, or when its calls have been judged."""
        review = self._exchange.review
        if not (review and review.is_due):
            return self._finish()
        self._become(State.REVIEWING)
        self._review = asyncio.create_task(review.run())
        return b""

    def _finish(self) -> bytes:
        ending = self._translator.finish()
        self._become(State.ENDED)
        return ending

    def _fail(self, error: Exception) -> None:
        """Ask again where nothing has been said and that may help; else this ends the reply."""
        if self._state is State.ENDED:  # given up meanwhile, and for another reason
            return
        if not isinstance(error, ProxyError):
            self._exchange.log.write_defect(error)
            error = InternalError()
        if isinstance(error, UpstreamError):
            self._azure.redact(error)  # also what Azure said behind a 200
            self._exchange.log.fail_attempt(error)
        if self._state is State.HOLDING and isinstance(error, UpstreamError):
            wait = self._attempts.wait_after(error)
            if wait is not None:
                self._ask_again(wait)
                return
            error = self._attempts.verdict(error)
        self._failure = error
        self._become(State.ENDED)

    def _ask_again(self, wait: float) -> None:
        self._source.close()
        self._source = ReadAhead(self._attempts.ask(wait))
        self._lingers_until = float("inf")
        self._translator.restart(self._attempts.deployment)

    def _become(self, state: State) -> None:
        """The one place where the state changes, and with it what is open."""
        if self._state is State.HOLDING:
            self._forget_request()
        self._state = follow(self._state, state)
        if state not in READING:
            self._source.close()
        if state is State.ENDED:
            self._let_go()

    def _forget_request(self) -> None:
        """It may be large, and the reply take long."""
        self._exchange = self._exchange.without_history()
        self._attempts.let_go(self._exchange.request)
        self._translator.let_go(self._exchange.request)

    def _let_go(self) -> None:
        self._exchange.when_ended(self._translator.finished if not self._failure else None)
        if self._timer:
            self._timer.cancel()
        if self._review:
            self._review.cancel()
        if self._failure:
            self._exchange.log.fail(self._failure)
        elif self._translator.finished:
            self._exchange.log.finish(self._translator.finished)


def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()
