"""Failures that can be asked for by name, from faults.json."""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from local.azure_simulator.plan import AskedFault, Place
from local.azure_simulator.refusals import Refusal

Ending = Literal["end", "reset", "hang", "continue"]
WAITING = 1000  # faults that may wait for requests
COUNTED = 10_000  # prompts whose faults are counted


@dataclass(frozen=True, slots=True)
class HttpFault:
    """Answered instead of a reply."""

    name: str
    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)

    def refusal(self) -> Refusal:
        return Refusal(self.status, self.body, self.headers)


@dataclass(frozen=True, slots=True)
class IssuerFault:
    """Answered instead of a token."""

    name: str
    status: int = 500
    body: Any = None
    hangs: bool = False
    """Whether there is no answer at all."""

    def refusal(self) -> Refusal:
        return Refusal(self.status, self.body)


@dataclass(frozen=True, slots=True)
class ConnectionFault:
    """Comes before the status line: silence, then the reply or none at all."""

    name: str
    then: Literal["reply", "hang", "close", "reset"]
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class StreamFault:
    """Breaks into a stream."""

    name: str
    at: int | Place
    """After so many events, or a place."""
    responses: list[dict[str, Any] | str]
    """Events of the Responses API; `response` is laid over the reply as it stands. A string is sent
    as it is, and what json calls \\udcNN is the byte NN."""
    chat: list[dict[str, Any] | str]
    headers: dict[str, str] = field(default_factory=dict)
    then: Ending = "end"
    crlf: bool = False
    """Whether the whole stream's lines end so."""
    shape: str = ""
    """Of the whole stream, by its name in shapes.py."""


Fault = HttpFault | IssuerFault | ConnectionFault | StreamFault
SECTIONS: dict[str, type[Fault]] = {
    "http": HttpFault,
    "issuer": IssuerFault,
    "connection": ConnectionFault,
    "stream": StreamFault,
}


@cache
def faults() -> dict[str, Fault]:
    text = (Path(__file__).parent / "faults.json").read_text(encoding="utf-8")
    table = json.loads(text)
    known = (kind(**entry) for section, kind in SECTIONS.items() for entry in table[section])
    return {fault.name: fault for fault in known}


def section_of(fault: Fault) -> str:
    return next(section for section, kind in SECTIONS.items() if isinstance(fault, kind))


@dataclass(slots=True)
class ArmedFault:
    asked: AskedFault
    left: int


class FaultQueue:
    """Faults that wait for requests, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._armed: list[ArmedFault] = []
        self._counts: OrderedDict[bytes, int] = OrderedDict()

    def arm(
        self,
        name: str,
        times: int = 1,
        after_events: int | None = None,
        seconds: float | None = None,
    ) -> None:
        if name not in faults():
            raise ValueError(f"No fault is called {name!r}. Known: {', '.join(faults())}")
        if len(self._armed) >= WAITING:
            raise ValueError(f"{WAITING} faults wait already.")
        self._armed.append(ArmedFault(AskedFault(name, after_events, seconds), times))

    def clear(self) -> None:
        self._armed.clear()
        self._counts.clear()

    def take(self, directive: AskedFault | None) -> AskedFault | None:
        """The fault for this request: one that waits, else the prompt's own."""
        if asked := self._take_armed(lambda fault: not isinstance(fault, IssuerFault)):
            return asked
        if directive is None or directive.times is None:
            return directive
        return directive if self._count(directive.key) <= directive.times else None

    def take_for_issuer(self) -> IssuerFault | None:
        """The fault for this request for a token."""
        asked = self._take_armed(lambda fault: isinstance(fault, IssuerFault))
        fault = faults()[asked.name] if asked else None
        return fault if isinstance(fault, IssuerFault) else None

    def take_refusal(self) -> Refusal | None:
        """The one for this request of the list of models, which nothing else can befall."""
        asked = self._take_armed(lambda fault: isinstance(fault, HttpFault))
        fault = faults()[asked.name] if asked else None
        return fault.refusal() if isinstance(fault, HttpFault) else None

    def waiting(self) -> Iterator[dict[str, Any]]:
        for armed in self._armed:
            asked = armed.asked
            options = {"after_events": asked.after_events, "seconds": asked.seconds}
            yield {"name": asked.name, "times": armed.left, **options}

    def _count(self, prompt: str) -> int:
        """How often this prompt has asked."""
        key = hashlib.sha256(prompt.encode(errors="surrogatepass")).digest()
        self._counts[key] = self._counts.get(key, 0) + 1
        self._counts.move_to_end(key)
        if len(self._counts) > COUNTED:
            self._counts.popitem(last=False)
        return self._counts[key]

    def _take_armed(self, fits: Callable[[Fault], bool]) -> AskedFault | None:
        for armed in list(self._armed):
            if not fits(faults()[armed.asked.name]):
                continue
            armed.left -= 1
            if armed.left <= 0:
                self._armed.remove(armed)
            if armed.left >= 0:
                return armed.asked
        return None
