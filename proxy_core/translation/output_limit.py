"""Ends a reply at the client's own limit, where Azure had to be asked for more.

Azure refuses less than 16 tokens, and where a model reasons unasked it is given room for that. So
what it says beyond the limit is cut off here, counted as the model counts it. A limit of 0, which
asks for nothing but that the prompt is cached, lets nothing pass.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from proxy_core.conversation import (
    ReplyEvent,
    ReplyFinished,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    ToolCallStarted,
    Usage,
)
from proxy_core.o200k import count_text, find_cut, first_tokens

# Events behind the limit: as many as Azure's least limit lets come, for its end tells the usage.
PATIENCE = 16

# Characters that wait for a place where no token spans, so that none is counted twice.
UNSETTLED = 256

NEAR = 1_024  # tokens


def is_near(limit: int | None) -> bool:
    """Whether the vocabulary is needed soon: a reply comes to a far limit late, if ever."""
    return limit is not None and 0 < limit < NEAR


class OutputLimit:
    """Watches one reply. Create one per attempt."""

    def __init__(self, most: int, *, counts_thinking: bool) -> None:
        self._most = most
        self._counts_thinking = counts_thinking
        self._left = most  # tokens
        self._said: list[str] = []  # of the same kind, and not yet taken from what is left
        self._size = 0  # of that, in bytes: it never has more tokens
        self._kind: type[ReplyEvent] | None = None
        self._is_full = most == 0
        self._patience = PATIENCE

    def read(self, event: ReplyEvent) -> Iterator[ReplyEvent]:
        if self._is_full:
            yield from self._await_end(event)
            return
        match event:
            case TextDelta(text) | ToolCallDelta(text):
                yield from self._say(event, text)
            case ThinkingDelta(text) if self._counts_thinking:
                yield from self._say(event, text)
            case ToolCallStarted(name=name):
                yield from self._say(event, name)
            case _:
                yield event

    def _say(self, event: ReplyEvent, text: str) -> Iterator[ReplyEvent]:
        if type(event) is not self._kind:
            self._settle(len("".join(self._said)))
            self._kind = type(event)
        self._said.append(text)
        self._size += len(_bytes(text))
        if self._size <= self._left:
            yield event
            return
        said = "".join(self._said)
        kept, _ = first_tokens(said, self._left)
        if kept != said:
            self._is_full = True
            yield from _shortened(event, text[: max(0, len(text) - len(said) + len(kept))])
            return
        if len(said) >= 2 * UNSETTLED:
            self._settle(find_cut(said, len(said) - UNSETTLED, UNSETTLED))
        yield event

    def _settle(self, end: int) -> None:
        """Take from what is left what has been said up to there."""
        said = "".join(self._said)
        self._left -= count_text(said[:end])
        self._said, self._size = [said[end:]], len(_bytes(said[end:]))

    def _await_end(self, event: ReplyEvent) -> Iterator[ReplyEvent]:
        match event:
            case ReplyFinished("refusal" | "content_filter"):
                yield event
            case ReplyFinished():
                yield replace(event, stop_reason="length", detail=None)
            case _ if self._patience == 0:
                yield ReplyFinished("length", Usage(None, output_tokens=self._most))
            case _:
                self._patience -= 1


def _shortened(event: ReplyEvent, beginning: str) -> Iterator[ReplyEvent]:
    match event:
        case TextDelta() if beginning:
            yield type(event)(beginning)
        case ThinkingDelta() if beginning:
            yield ThinkingDelta(beginning)
        case ToolCallDelta() if beginning:
            yield ToolCallDelta(beginning)
        case _:
            pass  # half the name of a tool is none


def _bytes(text: str) -> bytes:
    return text.encode(errors="replace")
