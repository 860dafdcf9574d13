"""Failures that can be asked for by name, from faults.json.

An HTTP fault is answered instead of a stream. A stream fault breaks into one, after so many events.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from local.azure_simulator.plan import AskedFault
from local.azure_simulator.refusals import Refusal

Ending = Literal["end", "reset", "hang", "continue"]


@dataclass(frozen=True, slots=True)
class HttpFault:
    name: str
    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)

    def refusal(self) -> Refusal:
        return Refusal(self.status, self.body, self.headers)


@dataclass(frozen=True, slots=True)
class StreamFault:
    name: str
    after_events: int
    responses: list[dict[str, Any]]
    """Events of the Responses API; `response` is laid over the reply as it stands."""
    chat: list[dict[str, Any]]
    headers: dict[str, str] = field(default_factory=dict)
    raw: str = ""
    then: Ending = "end"


Fault = HttpFault | StreamFault


@cache
def faults() -> dict[str, Fault]:
    text = (Path(__file__).parent / "faults.json").read_text(encoding="utf-8")
    table = json.loads(text)
    known: list[Fault] = [HttpFault(**entry) for entry in table["http"]]
    known.extend(StreamFault(**entry) for entry in table["stream"])
    return {fault.name: fault for fault in known}


@dataclass(slots=True)
class ArmedFault:
    asked: AskedFault
    left: int


class FaultQueue:
    """Faults that wait for requests, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._armed: list[ArmedFault] = []
        self._counts: dict[str, int] = {}

    def arm(self, name: str, times: int = 1, after_events: int | None = None) -> None:
        if name not in faults():
            raise ValueError(f"No fault is called {name!r}. Known: {', '.join(faults())}")
        self._armed.append(ArmedFault(AskedFault(name, after_events), times))

    def clear(self) -> None:
        self._armed.clear()
        self._counts.clear()

    def take(self, directive: AskedFault | None) -> AskedFault | None:
        """The fault for this request: one that waits, else the prompt's own."""
        while self._armed:
            armed = self._armed[0]
            armed.left -= 1
            if armed.left <= 0:
                self._armed.pop(0)
            if armed.left >= 0:
                return armed.asked
        if directive is None or directive.times is None:
            return directive
        count = self._counts[directive.key] = self._counts.get(directive.key, 0) + 1
        return directive if count <= directive.times else None

    def waiting(self) -> Iterator[dict[str, Any]]:
        for armed in self._armed:
            after = armed.asked.after_events
            yield {"name": armed.asked.name, "times": armed.left, "after_events": after}
