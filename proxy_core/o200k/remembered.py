"""Counts that were made before.

A conversation is sent whole with every turn, so most of its texts have been counted already. What
is kept is a digest and a number, never a text.
"""

from collections.abc import Callable
from hashlib import blake2b

# Shorter texts are counted as fast as they are looked up.
SHORT_TEXT = 200  # characters

MOST_COUNTS = 20_000  # counts; 3 MB


class RememberedCounts:
    """A count function with a memory. Threads may share it."""

    def __init__(self, count: Callable[[str], int], most: int = MOST_COUNTS) -> None:
        self._count = count
        self._most = most
        self._known: dict[bytes, int] = {}

    def __call__(self, text: str) -> int:
        if len(text) < SHORT_TEXT:
            return self._count(text)
        key = blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()
        known = self._known.get(key)
        if known is None:
            known = self._count(text)
            if len(self._known) >= self._most:
                self._known.clear()
            self._known[key] = known
        return known
