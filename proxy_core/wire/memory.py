"""What was made of a value before, for a value that comes again.

A conversation is sent whole with every turn, so nearly all of it has been read and written before.
What a pure function has made of a value is the same whoever sends it: so all clients share it, and
none can tell. It is shared by all who ask for it, and changed by nobody.

What comes for the first time leaves its hash alone, and is kept when it comes again. There are two
shelves. What is asked for stands on the new one. When that is full, or a while has passed, it
becomes the old one, and what stood there is forgotten. It has no clock: whoever runs the process
says when a while has passed. Threads may share it.
"""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any

MOST_BYTES = 32 * 1024 * 1024  # of both shelves
TOO_LARGE = MOST_BYTES  # the weight of what is not kept

LARGEST = 256 * 1024  # bytes or characters of a piece, or of what is made of one
LEAST = 512  # bytes that are held for the smallest

Entry = tuple[Any, Any, int]  # a key, what was made of it, and its size

_FIRST: Entry = (None, None, 100)  # of what has come once


def weigh(count: int, size: int) -> int:
    """Bytes that are held for so many values, whose texts have that size together."""
    return LEAST * count + size if size <= LARGEST else TOO_LARGE


class Memory:
    """Keys are found by their hash, which is costly enough to be taken by the caller, and once."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most // 2
        self._new: dict[int, Entry] = {}
        self._old: dict[int, Entry] = {}
        self._size = 0  # of what is on the new shelf
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._new) + len(self._old)

    def find(self, hash: int, key: Hashable) -> Any:
        """None: it is not known."""
        entry = self._new.get(hash)
        if entry is None:
            entry = self._old.pop(hash, None)
            if entry is None:
                return None
            self._put(hash, entry)
        return entry[1] if entry[0] == key else None

    def keep(self, hash: int, key: Hashable, value: Any, weigh: Callable[[], int]) -> None:
        """`weigh` tells how many bytes are held for it, once it comes again."""
        is_first = hash not in self._new  # which it would be on, had it been asked for before
        self._put(hash, _FIRST if is_first else (key, value, weigh()))

    def turn(self) -> None:
        """What was not asked for since the last turn is forgotten."""
        self._old, self._new, self._size = self._new, {}, 0

    def _put(self, hash: int, entry: Entry) -> None:
        size = entry[2]
        with self._lock:
            if self._size + size > self._most:
                self.turn()
            if size <= self._most:
                replaced = self._new.get(hash)
                self._new[hash] = entry
                self._size += size - (replaced[2] if replaced else 0)


MEMORY = Memory()  # of this process
