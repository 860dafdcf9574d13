"""Output items one after the other, however Azure interleaves their events.

No recording shows interleaved items, and no document rules them out.
"""

from collections.abc import Iterator
from typing import Any

from proxy_core.errors import UpstreamError
from proxy_core.openai_responses.output_item import OutputItem

ItemEvent = tuple[OutputItem, dict[str, Any]]  # whose it is, and the payload

# What may wait for the current item to be done.
MOST_ITEMS = 1_000
MOST_CHARACTERS = 64 * 1024 * 1024  # of events, which are far longer than the text in them

ITEM_DONE = "response.output_item.done"


class ItemOrder:
    """One item is current, and its events pass at once; those of others wait until it is done.

    Later words about an item that is done wait as well, so that they get into no other.
    """

    def __init__(self) -> None:
        self._current: OutputItem | None = None
        self._done: set[int] = set()  # numbers of items
        self._waiting: dict[OutputItem, list[tuple[dict[str, Any], int]]] = {}
        self._characters = 0  # of all that wait

    def put(self, item: OutputItem, payload: dict[str, Any], size: int) -> Iterator[ItemEvent]:
        """`size`: of the event, in characters."""
        if self._current is None and item.number not in self._done:
            self._current = item
        if self._current not in (None, item):
            self._wait(item, payload, size)
            return
        yield item, payload
        if item is self._current and payload["type"] == ITEM_DONE:
            self._end_current()
            while self._current is None and self._waiting:
                yield from self._advance()

    def flush(self) -> Iterator[ItemEvent]:
        """The events of items that Azure never finished."""
        while self._waiting:
            yield from self._advance()

    def _wait(self, item: OutputItem, payload: dict[str, Any], size: int) -> None:
        self._waiting.setdefault(item, []).append((payload, size))
        self._characters += size
        if len(self._waiting) > MOST_ITEMS or self._characters > MOST_CHARACTERS:
            raise UpstreamError("Azure began more items at once than can be kept in order.")

    def _advance(self) -> Iterator[ItemEvent]:
        """The first of the items that wait becomes current, for as long as it is not done."""
        item = min(self._waiting, key=lambda item: (item.index, item.number))
        self._current = None if item.number in self._done else item
        for payload, size in self._waiting.pop(item):
            self._characters -= size
            yield item, payload
            if payload["type"] == ITEM_DONE:
                self._end_current()

    def _end_current(self) -> None:
        if self._current:
            self._done.add(self._current.number)
            self._current = None
