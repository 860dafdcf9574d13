"""The tokens that a reply cost: as Azure tells them, and estimated where it does not.

Azure tells nothing to whoever does not wait for the end, and some models and gateways never do.
"""

from collections.abc import Callable
from typing import Any

from proxy_core.conversation import Usage
from proxy_core.errors import UpstreamError

CHARACTERS_PER_TOKEN = 4
MOST_ITEMS = 10_000  # calls, searches and pieces of reasoning of one reply
LONGEST_REPLY = 32 * 1024 * 1024  # characters; the longest of a model's are about 1 % of it

NOTHING_TOLD = Usage(None, output_tokens=None)


def read_told(fields: Any, name: str) -> int | None:
    """A number of tokens. None: it is not told, or what stands there is none."""
    match fields:
        case {**told} if type(count := told.get(name)) is int and count >= 0:
            return count
        case _:
            return None


class ReplyMeter:
    """Measures what one reply says, which stands in for what Azure does not tell.

    Create one per reply. Raises UpstreamError for one that is larger than any model's.
    """

    def __init__(self, count_input: Callable[[], int]) -> None:
        self._count_input = count_input
        self._said = 0  # characters
        self._items = 0

    def begin_item(self) -> None:
        self._items += 1
        if self._items > MOST_ITEMS:
            raise UpstreamError(f"Azure's reply has more than {MOST_ITEMS:,} items.")

    def add(self, text: str) -> None:
        self._said += len(text)
        if self._said > LONGEST_REPLY:
            raise UpstreamError("Azure's reply is longer than any model's.")

    def input_tokens(self, usage: Usage) -> int:
        if usage.input_tokens is not None:
            return usage.input_tokens
        return max(self._count_input(), usage.cached_tokens + usage.cache_write_tokens)

    def output_tokens(self, usage: Usage) -> int:
        if usage.output_tokens is not None:
            return usage.output_tokens
        return max(-(-self._said // CHARACTERS_PER_TOKEN), usage.reasoning_tokens)
