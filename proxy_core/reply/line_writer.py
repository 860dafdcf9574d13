"""A thread that makes and writes the lines of the log, in the order in which they were asked for.

For lines that take long to make, or a stdout that is slow to take them: no stream waits for either.
What waits here is bounded, and so is the time at the end: where either is short, a shorter line
stands for a long one.
"""

import atexit
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Lock, Thread

MOST_WAITING = 8 * 1024 * 1024  # bytes
LAST_WORDS = 1.5  # seconds for what waits when the app ends, before the shorter lines are taken
HURRY = 0.5  # seconds for those

Make = Callable[[], str]


class LineWriter:
    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._jobs: SimpleQueue[tuple[Make, Make, int] | None] = SimpleQueue()
        self._waiting = 0
        self._counting = Lock()
        self._is_in_hurry = False
        # Nobody waits for it where stdout takes nothing any more.
        self._thread = Thread(target=self._run, name="log", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def put(self, line: str) -> None:
        self._jobs.put((lambda: line, lambda: line, 0))

    def put_long(self, make: Make, shorter: Make, size: int) -> None:
        """`size`: the bytes that `make` holds on to. `shorter` is made at once."""
        if self._waiting + size > MOST_WAITING:
            make, size = shorter, 0
        self._count(size)
        self._jobs.put((make, shorter, size))

    def close(self) -> None:
        """Nothing may be put afterwards. It may be said twice."""
        atexit.unregister(self.close)
        self._jobs.put(None)
        self._thread.join(LAST_WORDS)
        self._is_in_hurry = True
        self._thread.join(HURRY)

    def _run(self) -> None:
        while job := self._jobs.get():
            make, shorter, size = job
            with suppress(Exception):  # a stdout that is gone has nobody who could be told
                self._write(shorter() if self._is_in_hurry else make())
            self._count(-size)

    def _count(self, size: int) -> None:
        with self._counting:
            self._waiting += size
