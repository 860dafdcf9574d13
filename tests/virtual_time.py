"""An event loop whose clock jumps to the next timer, so that minutes of silence take no time.

Unix sockets may be used where both ends are on the same loop: what one end has sent is there for
the other at once (over TCP it would not be), and only when nothing has arrived does time move on.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class JumpingSelector(selectors.DefaultSelector):
    """Waits for nothing but threads: `now` is how long it would have waited, in seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.threads = 0  # at work; each of them wakes the loop when it is done

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout == 0:
            return super().select(timeout)
        if self.threads:
            return super().select(None)
        if ready := super().select(0):
            return ready
        self.now = round(self.now + timeout, 9)  # the loop's own resolution
        return []


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Whenever nothing can run, time moves on to the next thing that is due."""

    def __init__(self) -> None:
        self._jumping = JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> "asyncio.Future[Any]":
        """What a thread does takes no time."""
        done: asyncio.Future[Any] = super().run_in_executor(executor, func, *args)
        self._jumping.threads += 1
        done.add_done_callback(self._end_thread)
        return done

    def _end_thread(self, _: object) -> None:
        self._jumping.threads -= 1

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        await super().shutdown_default_executor()  # threads live in real time: no time-out


def run(main: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)
