"""Ends a reply at the first stop sequence in its text.

The Responses API has no `stop`, reasoning models refuse it on Chat Completions, and
neither says which sequence matched. So the text is searched here, across the borders
of deltas, and held back only as long as it could still become a match.
"""

from collections.abc import Iterator
from dataclasses import replace

from proxy_core.conversation import ReplyEvent, ReplyFinished, TextDelta


class StopSequences:
    """Watches one reply. Create one per request.

    After the match everything the model still says is dropped; its usage is not, because
    the model was paid for it.
    """

    def __init__(self, sequences: tuple[str, ...]) -> None:
        self._sequences = tuple(filter(None, sequences))
        self._held = ""
        self._matched: str | None = None

    def read(self, event: ReplyEvent) -> Iterator[ReplyEvent]:
        match event:
            case ReplyFinished() if self._matched is not None:
                yield replace(event, stop_reason="stop_sequence", detail=self._matched)
            case _ if self._matched is not None:
                pass
            case TextDelta(text):
                yield from self._search(self._held + text)
            case _:  # a match never spans two blocks
                yield from self._release()
                yield event

    def _search(self, text: str) -> Iterator[ReplyEvent]:
        found = [(text.find(s), s) for s in self._sequences if s in text]
        if found:  # the first to be complete wins, so that it never matters how the text was split
            index, self._matched = min(
                found, key=lambda match: (match[0] + len(match[1]), match[0])
            )
            self._held = ""
        else:
            index = len(text) - self._longest_beginning(text)
            self._held = text[index:]
        if index:
            yield TextDelta(text[:index])

    def _release(self) -> Iterator[ReplyEvent]:
        held, self._held = self._held, ""
        if held:
            yield TextDelta(held)

    def _longest_beginning(self, text: str) -> int:
        """How much of the text's end could be the beginning of a stop sequence."""
        longest = max(map(len, self._sequences)) - 1
        for length in range(min(longest, len(text)), 0, -1):
            if any(s.startswith(text[-length:]) for s in self._sequences):
                return length
        return 0
