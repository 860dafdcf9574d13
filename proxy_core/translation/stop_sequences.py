"""Ends a reply at the first stop sequence in its text.

The Responses API has no `stop`, reasoning models refuse it on Chat Completions, and
neither says which sequence matched. So the text is searched here, across the borders
of deltas, and held back only as long as it could still become a match.
"""

from bisect import bisect_left
from collections.abc import Iterator

from proxy_core.conversation import RefusalDelta, ReplyEvent, ReplyFinished, TextDelta


class StopSequences:
    """Watches one reply. Create one per request.

    The match finishes the reply: nobody waits for what the model would still say, nor for Azure's
    own count of it.
    """

    def __init__(self, sequences: tuple[str, ...]) -> None:
        self._sequences = sorted({*filter(None, sequences)})
        self._longest = max(map(len, self._sequences), default=0)
        self._held = ""
        self._matched = False

    def read(self, event: ReplyEvent) -> Iterator[ReplyEvent]:
        match event:
            case _ if self._matched:
                pass
            case TextDelta(text) if not isinstance(event, RefusalDelta):
                yield from self._search(self._held + text)
            case _:  # a match never spans two blocks, and a refusal has none
                yield from self._release()
                yield event

    def _search(self, text: str) -> Iterator[ReplyEvent]:
        found = [(text.find(s), s) for s in self._sequences if s in text]
        if found:  # the first to be complete wins, so that it never matters how the text was split
            index, sequence = min(found, key=lambda match: (match[0] + len(match[1]), match[0]))
            self._matched = True
            yield from _say(text[:index])
            yield ReplyFinished("stop_sequence", None, sequence)
        else:
            index = len(text) - self._longest_beginning(text)
            self._held = text[index:]
            yield from _say(text[:index])

    def _release(self) -> Iterator[ReplyEvent]:
        held, self._held = self._held, ""
        yield from _say(held)

    def _longest_beginning(self, text: str) -> int:
        """How much of the text's end could be the beginning of a stop sequence."""
        for length in range(min(self._longest - 1, len(text)), 0, -1):
            if self._has_beginning(text[-length:]):
                return length
        return 0

    def _has_beginning(self, end: str) -> bool:
        at = bisect_left(self._sequences, end)  # what begins with it is sorted right behind it
        return at < len(self._sequences) and self._sequences[at].startswith(end)


def _say(text: str) -> Iterator[TextDelta]:
    if text:
        yield TextDelta(text)
