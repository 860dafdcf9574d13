"""One task reads, another writes.

Reading in a task of its own joins what is ready into one write, gives keep-alives a place (a wait
that ends in silence), and keeps a cancelled wait from cancelling the read. The buffer is bounded,
so a slow client slows Azure down instead of filling memory.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from contextlib import aclosing
from enum import Enum

LIMIT = 256 * 1024  # bytes read ahead of the client


class Quiet(Enum):
    """Why nothing was taken."""

    SILENCE = "nothing has come yet"
    END = "nothing will come any more"


class ReadAhead:
    """Reads a source to its end. Create it on the running loop, and close it."""

    def __init__(self, source: AsyncGenerator[bytes]) -> None:
        self._ready: list[bytes] = []
        self._size = 0
        self._error: Exception | None = None
        self._ended = False
        self._loop = asyncio.get_running_loop()
        self._wait: asyncio.Future[None] | None = None  # for news
        self._silent_at = 0.0  # when that wait ends in any case
        self._timer: asyncio.TimerHandle | None = None  # rings then, or before
        self._room = asyncio.Event()
        self._task = asyncio.create_task(self._read(source))

    def wait(self, until: float) -> Awaitable[None]:
        """For anything to take, but no longer than until then, by the loop's clock."""
        self._wait = self._loop.create_future()
        if self._ready or self._ended:
            self._wake()
        else:
            self._ring_at(until)
        return self._wait

    def take(self) -> bytes | Quiet:
        """All that has arrived; SILENCE if nothing has.

        Raises what the source raised, once everything before it has been taken.
        """
        if self._ready:
            chunk = b"".join(self._ready)
            self._ready.clear()
            if self._size >= LIMIT:
                self._room.set()
            self._size = 0
            return chunk
        if self._error:
            raise self._error
        return Quiet.END if self._ended else Quiet.SILENCE

    def close(self) -> None:
        """End the reading: what has arrived can still be taken, and behind it is the end.

        The task cleans up by itself, untouched by the caller's own end.
        """
        self._task.cancel()
        self._end()

    def _end(self) -> None:
        self._ended = True
        if self._timer:
            self._timer.cancel()
        self._wake()

    def _wake(self) -> None:
        if self._wait and not self._wait.done():
            self._wait.set_result(None)

    def _ring_at(self, moment: float) -> None:
        """A timer for each wait would cost as much as the wait: one that rings early goes on."""
        self._silent_at = moment
        if self._timer is None or self._timer.when() > moment:
            self._set_timer()

    def _set_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._silent_at, self._ring)

    def _ring(self) -> None:
        timer, self._timer = self._timer, None
        if timer and timer.when() < self._silent_at:
            self._set_timer()
        else:
            self._wake()

    async def _read(self, source: AsyncGenerator[bytes]) -> None:
        try:
            async with aclosing(source):
                async for chunk in source:
                    self._ready.append(chunk)
                    self._size += len(chunk)
                    del chunk  # or it is kept until the next one comes
                    self._wake()
                    if self._size >= LIMIT:
                        self._room.clear()
                        await self._room.wait()
        except Exception as error:
            self._error = error
        finally:
            self._end()
