"""Keeps reasoning between the requests of a client whose format cannot carry it.

A miss costs nothing but the reasoning: so the store is small, lives in this process alone, and
each client token has its own. Behind `ReasoningMemory` a shared one can follow.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from proxy_core.translation.reasoning_trace import Trace

MOST_ENTRIES = 10_000
MOST_BYTES = 64 * 1024 * 1024
LONGEST_AGE = 24 * 3600.0  # seconds


class ReasoningMemory(Protocol):
    def remember(self, owner: str, call_id: str, trace: Trace) -> None: ...
    def recall(self, owner: str, call_id: str) -> Trace | None: ...


@dataclass(frozen=True, slots=True)
class _Entry:
    trace: Trace
    size: int  # bytes
    kept_at: float


@dataclass(slots=True)
class _Shelf:
    """What one client has, the oldest first."""

    entries: OrderedDict[str, _Entry] = field(default_factory=OrderedDict)
    size: int = 0

    def put(self, call_id: str, entry: _Entry) -> None:
        self.drop(call_id)
        self.entries[call_id] = entry
        self.size += entry.size

    def drop(self, call_id: str) -> None:
        if entry := self.entries.pop(call_id, None):
            self.size -= entry.size


class InProcessMemory:
    """Bounded in entries, bytes and age, for each owner; the oldest go first."""

    def __init__(
        self,
        clock: Callable[[], float],  # seconds
        *,
        most_entries: int = MOST_ENTRIES,
        most_bytes: int = MOST_BYTES,
        longest_age: float = LONGEST_AGE,
    ) -> None:
        self._most_entries = most_entries
        self._most_bytes = most_bytes
        self._longest_age = longest_age
        self._clock = clock
        self._shelves: defaultdict[str, _Shelf] = defaultdict(_Shelf)

    def remember(self, owner: str, call_id: str, trace: Trace) -> None:
        shelf = self._shelves[owner]
        shelf.put(call_id, _Entry(trace, _size(trace), self._clock()))
        while self._is_over(shelf):
            shelf.drop(next(iter(shelf.entries)))

    def recall(self, owner: str, call_id: str) -> Trace | None:
        entry = self._shelves[owner].entries.get(call_id)
        return entry.trace if entry and not self._is_old(entry) else None

    def _is_over(self, shelf: _Shelf) -> bool:
        oldest = next(iter(shelf.entries.values()), None)
        return oldest is not None and (
            len(shelf.entries) > self._most_entries
            or shelf.size > self._most_bytes
            or self._is_old(oldest)
        )

    def _is_old(self, entry: _Entry) -> bool:
        return self._clock() - entry.kept_at > self._longest_age


def _size(trace: Trace) -> int:
    return sum(
        len(reasoning.id) + len(reasoning.encrypted_content) + sum(map(len, reasoning.summary))
        for reasoning in (*trace.before_text, *trace.before_call)
    )
