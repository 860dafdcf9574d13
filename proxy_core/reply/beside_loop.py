"""Work on bodies, so that the event loop goes on serving the others.

A small one takes less than a millisecond, and a large one is worked on in a thread. Of those
between, the loop does one in each of its rounds: it looks for news only once it has done all that
is ready, and forty that came together would make every stream wait for all of them.

While a large one is worked on, Python's collector rests: it would look at tens of thousands of new
objects over and over, with no other thread running, and nearly all of them go by themselves.
"""

import asyncio
import gc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")

SMALL = 16 * 1024  # bytes
LARGE = 256 * 1024

# Few, for they compete with the loop; more than one, so that nobody waits for the slowest body.
_threads = ThreadPoolExecutor(2, "body")

_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


class _Rest:
    """The collector's, until nobody is in it any more. It is for the loop to enter and leave."""

    def __init__(self) -> None:
        self._inside = 0

    def __enter__(self) -> None:
        self._inside += 1
        gc.disable()

    def __exit__(self, *_: object) -> None:
        self._inside -= 1
        if not self._inside:
            gc.enable()


_rest = _Rest()


async def work_on(size: int, work: Callable[[], T]) -> T:
    """What `work` makes of a body of so many bytes."""
    loop = asyncio.get_running_loop()
    if size > LARGE:
        with _rest:
            return await loop.run_in_executor(_threads, work)
    if size > SMALL:
        turn = _turns.setdefault(loop, asyncio.Lock())
        await turn.acquire()
        loop.call_soon(turn.release)  # in the next round
    return work()
