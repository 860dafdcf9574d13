"""A thread that makes and writes the lines of the log, in the order in which they were asked for.

For lines that take long to make, or a stdout that is slow to take them: no stream waits for either.
What waits here is bounded; who asks for more is told so, and says it in a line.
"""

import atexit
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Lock, Thread

MOST_WAITING = 8 * 1024 * 1024  # bytes
LAST_WORDS = 10.0  # seconds for the rest when the app ends: so long the most may take

Make = Callable[[], str]


class LineWriter:
    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._jobs: SimpleQueue[tuple[Make, int] | None] = SimpleQueue()
        self._waiting = 0
        self._counting = Lock()
        # Nobody waits for it where stdout takes nothing any more.
        self._thread = Thread(target=self._run, name="log", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def put(self, make: Make, size: int = 0) -> bool:
        """`size`: the bytes that `make` holds on to. False: they found no room; 0 always does."""
        if size and self._waiting + size > MOST_WAITING:
            return False
        self._count(size)
        self._jobs.put((make, size))
        return True

    def close(self) -> None:
        """Nothing may be put afterwards. It may be said twice."""
        atexit.unregister(self.close)
        self._jobs.put(None)
        self._thread.join(LAST_WORDS)

    def _run(self) -> None:
        while job := self._jobs.get():
            make, size = job
            with suppress(Exception):  # a stdout that is gone has nobody who could be told
                self._write(make())
            self._count(-size)

    def _count(self, size: int) -> None:
        with self._counting:
            self._waiting += size
