"""Deltas that come one right behind the other and differ in nothing but their words.

Nearly every event is one. What the first of them says has been found out by reading it in full, and
nothing has come since that could change it: so the next one says the same of its own words.
"""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import msgspec

from proxy_core.conversation import (
    RefusalDelta,
    ReplyEvent,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
)
from proxy_core.wire.sse import ServerSentEvent

Rest = TypeVar("Rest")


# The words of an event that is a delta and nothing more, behind whatever else is ever looked at in
# it. None: it may be more than that.
ReadPlain = Callable[[ServerSentEvent], tuple[Rest, str] | None]


class DeltaRun(msgspec.Struct, Generic[Rest]):
    """One run. It ends with the first event that `read` cannot tell."""

    read_plain: ReadPlain[Rest]
    rest: Rest  # of each of the events, beside its words
    says: Callable[[str], ReplyEvent]
    keep: Callable[[str], object]  # in the account of what has been said

    def read(self, event: ServerSentEvent) -> ReplyEvent | None:
        plain = self.read_plain(event)
        if not (plain and plain[1] and plain[0] == self.rest):
            return None
        self.keep(plain[1])
        return self.says(plain[1])


def begin_run(
    read_plain: ReadPlain[Rest],
    first: ServerSentEvent,
    told: Sequence[ReplyEvent],
    find_account: Callable[[Rest], Callable[[str], object]],
) -> DeltaRun[Rest] | None:
    """If its words are all that the first event has told, as it was read in full."""
    match told:
        case [TextDelta(words) | ThinkingDelta(words) | ToolCallDelta(words) as only]:
            plain = None if isinstance(only, RefusalDelta) else read_plain(first)
            if plain and words and plain[1] == words:  # an empty one is in no account
                return DeltaRun(read_plain, plain[0], type(only), find_account(plain[0]))
    return None
