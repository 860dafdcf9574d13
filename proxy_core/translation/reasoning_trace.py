"""Where reasoning stood in a reply, so that it can be put back into a history that lost it.

Cursor's format has no place for Azure's encrypted reasoning. What comes back are the calls, with
their ids: so reasoning is kept by the id of the next call, and put back before that call, or
before the text between.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from proxy_core.conversation import (
    Message,
    Part,
    Reasoning,
    ReplyEvent,
    Text,
    TextDelta,
    ThinkingSealed,
    ToolCall,
    ToolCallStarted,
)


@dataclass(frozen=True, slots=True)
class Trace:
    """The reasoning of a reply up to one call."""

    before_text: tuple[Reasoning, ...]
    before_call: tuple[Reasoning, ...]


class TraceRecorder:
    """Watches one reply and hands over a trace at each call. Create one per request."""

    def __init__(self, keep: Callable[[str, Trace], None]) -> None:
        self._keep = keep
        self._before_text: list[Reasoning] = []
        self._pending: list[Reasoning] = []

    def see(self, event: ReplyEvent) -> None:
        match event:
            case ThinkingSealed(reasoning):
                self._pending.append(reasoning)
            case TextDelta() if self._pending:
                self._before_text += self._pending
                self._pending = []
            case ToolCallStarted(id) if self._pending or self._before_text:
                self._keep(id, Trace(tuple(self._before_text), tuple(self._pending)))
                self._before_text, self._pending = [], []
            case _:
                pass


Recall = Callable[[str], Trace | None]


def restored(messages: Sequence[Message], recall: Recall) -> tuple[Message, ...]:
    """The same history with its reasoning in place again, where `recall` knows it.

    Of two calls with one id, nobody can say which of them the reasoning led to.
    """
    parts = (part for message in messages for part in message.parts)
    times = Counter(part.id for part in parts if isinstance(part, ToolCall))
    once = {id for id, count in times.items() if count == 1}
    return tuple(
        _restore(message, lambda id: recall(id) if id in once else None) for message in messages
    )


def _restore(message: Message, recall: Recall) -> Message:
    if message.role != "assistant" or any(isinstance(p, Reasoning) for p in message.parts):
        return message
    parts: list[Part] = []
    text_at: int | None = None  # where text stands that no call has followed yet
    for part in message.parts:
        if isinstance(part, Text) and text_at is None:
            text_at = len(parts)
        if isinstance(part, ToolCall):
            trace = recall(part.id)
            if trace and text_at is not None:
                parts[text_at:] = _with_reasoning(trace.before_text, parts[text_at:])
            parts += trace.before_call if trace else ()
            text_at = None
        parts.append(part)
    return replace(message, parts=tuple(parts))


def _with_reasoning(reasoning: Sequence[Reasoning], texts: Sequence[Part]) -> Iterator[Part]:
    """The reasoning, then the texts it led to, the first of them in its phase."""
    yield from reasoning
    phase = reasoning[-1].phase if reasoning else None
    for part in texts:
        yield replace(part, phase=phase) if isinstance(part, Text) else part
        phase = None
