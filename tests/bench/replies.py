"""What a stream is asked to say, and what came back of it. Pure.

Every delta carries its stream's marker and its own number, so whatever is missing, comes twice or
belongs to another stream shows.
"""

import re
from dataclasses import dataclass

DELTA = re.compile(r"\s*(?P<marker>\D+(?:\d+-)?)(?P<number>\d+)\s*")


@dataclass(frozen=True, slots=True)
class Script:
    """A prompt, and the reply it asks the simulator for: deltas of a marker and a number."""

    marker: str
    deltas: int
    prompt: str
    gap: float = 0.0  # seconds that the simulator waits before each delta


def script(name: str, deltas: int, *, gap: float = 0.0, silence: float = 0.0) -> Script:
    """Up to 200 deltas, which is what the simulator sends word by word; seconds before them."""
    words = " ".join(f"{name}-{number}" for number in range(1, deltas + 1))
    prompt = f"[[slow {gap}]] [[silent {silence}]] [[say {words}]]"
    return Script(f"{name}-", deltas, prompt, gap)


def long_script(deltas: int) -> Script:
    """Any number of deltas, but always the same marker: ask for one at a time."""
    return Script("word", deltas, f"[[long {deltas}]]")


@dataclass(slots=True)
class Receipt:
    """What came back of one stream; the times are the caller's."""

    script: Script
    asked_at: float
    received: int = 0  # deltas of its own, in their order
    repeated: int = 0  # deltas of its own that came again, or too late
    crossed: int = 0  # deltas of another stream
    first_at: float | None = None
    last_at: float = 0.0
    worst_gap: float = 0.0
    ended: bool = False  # the end that the format promises was there
    failure: str = ""
    _next: int = 1

    def take(self, delta: str, at: float) -> None:
        self._note_time(at)
        found = DELTA.fullmatch(delta)
        if not found:
            self.failure = self.failure or "a delta that nobody sent"
        elif found["marker"] != self.script.marker:
            self.crossed += 1
        elif int(found["number"]) < self._next:
            self.repeated += 1
        else:
            self.received += 1
            self._next = int(found["number"]) + 1

    @property
    def lost(self) -> int:
        return self.script.deltas - self.received

    @property
    def whole(self) -> bool:
        strange = self.crossed or self.repeated or self.failure
        return self.ended and not self.lost and not strange

    @property
    def first_after(self) -> float | None:
        """Seconds until the first delta, without those that the simulator was to wait."""
        return None if self.first_at is None else self.first_at - self.asked_at - self.script.gap

    def _note_time(self, at: float) -> None:
        if self.first_at is None:
            self.first_at = at
        else:
            self.worst_gap = max(self.worst_gap, at - self.last_at)
        self.last_at = at
