"""The plan of one reply: what is said, called, delayed, and where it breaks.

Both APIs' writers turn the same plan into their own events.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

MAX_DELTAS = 200
KEEPALIVE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Thought:
    parts: tuple[str, ...]
    tokens: int
    breaks: bool = False


@dataclass(frozen=True, slots=True)
class Speech:
    deltas: tuple[str, ...]
    refusal: bool = False
    cites: bool = False
    breaks: bool = False

    @property
    def text(self) -> str:
        return "".join(self.deltas)


@dataclass(frozen=True, slots=True)
class ToolCall:
    name: str
    arguments: str
    kind: str = "function"
    breaks: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    query: str


@dataclass(frozen=True, slots=True)
class Silence:
    seconds: float
    keepalive_every: float = KEEPALIVE_SECONDS


@dataclass(frozen=True, slots=True)
class Keepalive:
    pass


Place = Literal["script", "text", "end"]
"""Where a fault can strike: where the script says, in the first text, or after the last event."""

Output = Thought | Speech | ToolCall | Search | Silence | Keepalive


@dataclass(frozen=True, slots=True)
class AskedFault:
    name: str
    after_events: int | None = None
    seconds: float | None = None
    times: int | None = None
    key: str = ""
    """Names the prompt that asked, so that `times` can be counted."""


@dataclass(frozen=True, slots=True)
class Plan:
    outputs: tuple[Output, ...]
    stop: str | None = None
    """length | content_filter, where the reply does not end by itself."""
    gap: float = 0.0
    """Seconds before each delta."""
    fault: AskedFault | None = None

    @property
    def breaks(self) -> bool:
        """Whether the script says where its fault strikes."""
        spoken = (Thought, Speech, ToolCall)
        return any(isinstance(output, spoken) and output.breaks for output in self.outputs)


def say(text: str) -> Speech:
    return Speech(split_text(text))


def split_text(text: str) -> tuple[str, ...]:
    """Deltas: about a word each, more where that would be too many."""
    words = re.findall(r"\s*\S+|\s+$", text)
    size = math.ceil(len(words) / MAX_DELTAS) or 1
    return tuple("".join(words[start : start + size]) for start in range(0, len(words), size))


def split_arguments(text: str) -> Iterator[str]:
    size = max(12, math.ceil(len(text) / MAX_DELTAS))
    for start in range(0, len(text), size):
        yield text[start : start + size]


def tokens_of(text: str) -> int:
    return math.ceil(len(text) / 4)


def tokens_in(output: Output) -> int:
    match output:
        case Thought(_, tokens):
            return tokens
        case Speech():
            return tokens_of(output.text)
        case ToolCall(name, arguments):
            return tokens_of(name) + tokens_of(arguments)
        case _:
            return 0


def fit(plan: Plan, limit: int | None) -> Plan:
    """Cut the reply where its tokens run out."""
    if limit is None:
        return plan
    kept: list[Output] = []
    for output in plan.outputs:
        if (size := tokens_in(output)) > limit:
            kept.extend(_cut(output, limit))
            return replace(plan, outputs=tuple(kept), stop="length")
        kept.append(output)
        limit -= size
    return plan


def _cut(output: Output, limit: int) -> Iterator[Output]:
    match output:
        case Thought():
            yield replace(output, tokens=limit)
        case Speech(deltas) if limit:
            text = output.text[: limit * 4]
            short = deltas if text == output.text else split_text(text)
            yield replace(output, deltas=short)
        case ToolCall(name, arguments) if limit > tokens_of(name):
            yield replace(output, arguments=arguments[: (limit - tokens_of(name)) * 4])
