"""Where reasoning stood in a reply, so that it can be put back into a history that lost it.

Cursor's format has no place for Azure's encrypted reasoning. What comes back are the calls: so
reasoning is kept with the next call, and put back before that call, or before the text between.
"""

from collections.abc import Callable, Iterator, Sequence

import msgspec
from msgspec.structs import replace

from proxy_core.conversation import (
    Message,
    Part,
    Reasoning,
    ReplyEvent,
    Text,
    TextDelta,
    ThinkingSealed,
    ToolCall,
    ToolCallDelta,
    ToolCallStarted,
)
from proxy_core.translation.call_digest import digest_of
from proxy_core.wire.known_messages import once


class Trace(msgspec.Struct, frozen=True):
    """The reasoning of a reply up to one call."""

    before_text: tuple[Reasoning, ...]
    before_call: tuple[Reasoning, ...]


class TraceRecorder:
    """Watches one reply and hands over a trace for each call. Create one per request.

    A call without reasoning has an empty one: whoever keeps it knows that it has come.
    """

    def __init__(self, before: str, keep: Callable[[str, Trace], None]) -> None:
        """`before`: a digest of what was said before the reply."""
        self._before = before
        self._keep = keep
        self._before_text: list[Reasoning] = []
        self._pending: list[Reasoning] = []
        self._call: ToolCallStarted | None = None
        self._arguments: list[str] = []
        self._trace = Trace((), ())  # of the call

    def see(self, event: ReplyEvent) -> None:
        match event:
            case ThinkingSealed(reasoning):
                self._pending.append(reasoning)
            case TextDelta() if self._pending:
                self._before_text += self._pending
                self._pending = []
            case ToolCallStarted():
                self.end()
                self._call = event
                self._trace = Trace(tuple(self._before_text), tuple(self._pending))
                self._before_text, self._pending = [], []
            case ToolCallDelta(arguments):
                self._arguments.append(arguments)
            case _:
                pass

    def end(self) -> None:
        """The last call is whole, or never will be."""
        if call := self._call:
            whole = ToolCall(call.id, call.name, "".join(self._arguments))
            self._keep(digest_of(whole, self._before), self._trace)
        self._call, self._arguments = None, []


Recall = Callable[[str], Trace | None]


def restored(
    messages: Sequence[Message], before: Sequence[str], recall: Recall
) -> tuple[Message, ...]:
    """The same history with its reasoning in place again, where `recall` knows it.

    `before`: what was said before each message, as `said_before` tells it.
    """
    return tuple(
        _restore(message, said, recall) for message, said in zip(messages, before, strict=False)
    )


def _restore(message: Message, before: str, recall: Recall) -> Message:
    if message.role != "assistant" or any(isinstance(p, Reasoning) for p in message.parts):
        return message
    calls = once(f"calls {before}", lambda message: _digests(message, before), message)
    known = [recall(call) for call in calls]
    if not any(known):
        return message
    traces, parts = iter(known), list[Part]()
    text_at: int | None = None  # where text stands that no call has followed yet
    for part in message.parts:
        if isinstance(part, Text) and text_at is None:
            text_at = len(parts)
        if isinstance(part, ToolCall):
            trace = next(traces)
            if trace and text_at is not None:
                parts[text_at:] = _with_reasoning(trace.before_text, parts[text_at:])
            parts += trace.before_call if trace else ()
            text_at = None
        parts.append(part)
    return replace(message, parts=tuple(parts))


def _digests(message: Message, before: str) -> tuple[str, ...]:
    return tuple(digest_of(part, before) for part in message.parts if isinstance(part, ToolCall))


def _with_reasoning(reasoning: Sequence[Reasoning], texts: Sequence[Part]) -> Iterator[Part]:
    """The reasoning, then the texts it led to, the first of them in its phase."""
    yield from reasoning
    phase = reasoning[-1].phase if reasoning else None
    for part in texts:
        yield replace(part, phase=phase) if isinstance(part, Text) else part
        phase = None
