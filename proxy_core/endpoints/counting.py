"""A request's tokens, counted beside the loop, and only while somebody waits for them."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import monotonic
from typing import TypeVar

from proxy_core.conversation import Request
from proxy_core.openai.token_count import EXACT, Measure, count_tokens
from proxy_core.reply.beside_loop import LARGE

T = TypeVar("T")

# One for each: tiktoken is fastest in the thread that it first ran in, and more of them would take
# the processor from the loop. Two, so that no short request waits for a long one.
_short = ThreadPoolExecutor(1, "count")
_long = ThreadPoolExecutor(1, "long count")

SLICE = 0.001  # seconds of counting; then the loop has its turn
LONGEST_TURN = 1.0  # seconds that the loop is waited for: it may have ended


async def count(request: Request, size: int, measure: Measure = EXACT) -> int:
    """Of a body of so many bytes. Cancelled, it ends the work too, before the next text."""
    turns = Turns(asyncio.get_running_loop())
    try:
        return await beside_loop(size, lambda: count_tokens(request, measure, turns.are_over))
    finally:
        turns.end()


async def beside_loop(size: int, work: Callable[[], T]) -> T:
    """For what counts a body of so many bytes."""
    threads = _long if size > LARGE else _short
    return await asyncio.get_running_loop().run_in_executor(threads, work)


class Turns:
    """A thread and the loop take turns, or a loop with much to do would get half of a processor."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._left = False
        self._turn = Event()
        self._since = monotonic()

    def end(self) -> None:
        self._left = True

    def are_over(self) -> bool:
        """Asked in the thread, before each of its steps."""
        if not self._left and monotonic() - self._since > SLICE:
            self._turn.clear()
            self._loop.call_soon_threadsafe(self._turn.set)
            self._turn.wait(LONGEST_TURN)
            self._since = monotonic()
        return self._left
