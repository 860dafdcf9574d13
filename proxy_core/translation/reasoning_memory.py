"""Keeps reasoning between the requests of a client whose format cannot carry it.

A miss costs nothing but the reasoning: so the store is small, lives in this process alone, and
each client token has its own. Behind `ReasoningMemory` a shared one can follow.

Reasoning must never get into another conversation. It is kept by all that tells a call apart
(call_digest.py); one that comes twice even so is known no more, because nobody could say which of
them is meant.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

import msgspec

from proxy_core.translation.reasoning_trace import Trace

MOST_OWNERS = 100
MOST_ENTRIES = 10_000  # of each owner
MOST_BYTES = 64 * 1024 * 1024
LONGEST_AGE = 24 * 3600.0  # seconds


class CallKey(msgspec.Struct, frozen=True):
    """A call, as far as its reasoning is concerned."""

    owner: str  # a digest of the client's token
    conversation: str  # a digest as well
    call: str  # and this: what was said before it, its id, its name and its arguments


class ReasoningMemory(Protocol):
    def remember(self, key: CallKey, trace: Trace) -> None: ...
    def recall(self, key: CallKey) -> Trace | None: ...


class _Entry(msgspec.Struct, frozen=True):
    trace: Trace | None  # None: the call has come twice
    size: int  # bytes
    kept_at: float


class _Shelf(msgspec.Struct):
    """What one client has, the oldest first."""

    entries: OrderedDict[CallKey, _Entry] = msgspec.field(default_factory=OrderedDict)
    size: int = 0

    def put(self, key: CallKey, entry: _Entry) -> None:
        self.entries[key] = entry
        self.size += entry.size

    def drop(self, key: CallKey) -> bool:
        entry = self.entries.pop(key, None)
        self.size -= entry.size if entry else 0
        return entry is not None


class InProcessMemory:
    """Bounded in owners, and for each of them in entries, bytes and age; the oldest go first."""

    def __init__(
        self,
        clock: Callable[[], float],  # seconds
        *,
        most_owners: int = MOST_OWNERS,
        most_entries: int = MOST_ENTRIES,
        most_bytes: int = MOST_BYTES,
        longest_age: float = LONGEST_AGE,
    ) -> None:
        self._most_owners = most_owners
        self._most_entries = most_entries
        self._most_bytes = most_bytes
        self._longest_age = longest_age
        self._clock = clock
        self._shelves: OrderedDict[str, _Shelf] = OrderedDict()  # whoever kept last stands last
        self._next_sweep = clock()

    def remember(self, key: CallKey, trace: Trace) -> None:
        shelf = self._shelves.setdefault(key.owner, _Shelf())
        self._shelves.move_to_end(key.owner)
        kept = None if shelf.drop(key) else trace
        shelf.put(key, _Entry(kept, _size(key, kept), self._clock()))
        while len(shelf.entries) > self._most_entries or shelf.size > self._most_bytes:
            shelf.drop(next(iter(shelf.entries)))
        if len(self._shelves) > self._most_owners:
            self._shelves.popitem(last=False)
        self._sweep()

    def recall(self, key: CallKey) -> Trace | None:
        self._sweep()
        shelf = self._shelves.get(key.owner)
        entry = shelf.entries.get(key) if shelf else None
        return entry.trace if entry and not self._is_old(entry) else None

    def _sweep(self) -> None:
        """What is old goes, also that of owners who never come again."""
        if self._clock() < self._next_sweep:
            return
        self._next_sweep = self._clock() + self._longest_age / 100
        for owner, shelf in [*self._shelves.items()]:
            while (key := next(iter(shelf.entries), None)) and self._is_old(shelf.entries[key]):
                shelf.drop(key)
            if not shelf.entries:
                del self._shelves[owner]

    def _is_old(self, entry: _Entry) -> bool:
        return self._clock() - entry.kept_at > self._longest_age


def _size(key: CallKey, trace: Trace | None) -> int:
    pieces = (*trace.before_text, *trace.before_call) if trace else ()
    return len(key.call) + sum(
        len(piece.id) + len(piece.encrypted_content) + sum(map(len, piece.summary))
        for piece in pieces
    )
