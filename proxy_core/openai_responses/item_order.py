"""Output items one after the other, however Azure interleaves their events.

No recording shows interleaved items, and no document rules them out. Events are keyed by
`output_index`, because some gateways change item ids between events.
"""

from collections.abc import Iterator
from typing import Any

from proxy_core.errors import UpstreamError

Payload = dict[str, Any]

# What may wait for the current item to be done.
MOST_ITEMS = 1_000
MOST_CHARACTERS = 64 * 1024 * 1024  # of events, which are far longer than the text in them


class ItemOrder:
    """One item is current, and passes at once; items that begin meanwhile wait until it is done."""

    def __init__(self) -> None:
        self._current: int | None = None
        self._waiting: dict[int, list[tuple[Payload, int]]] = {}
        self._characters = 0  # of all that wait

    def put(self, payload: Payload, size: int) -> Iterator[Payload]:
        """`size`: of the event, in characters."""
        index, begins = payload["output_index"], payload["type"] == "response.output_item.added"
        if begins and self._current is None:
            self._current = index
        if index in self._waiting or (begins and index != self._current):
            self._wait(index, payload, size)
            return
        yield payload
        if index == self._current and payload["type"] == "response.output_item.done":
            self._current = None
            while self._current is None and self._waiting:
                yield from self._advance()

    def flush(self) -> Iterator[Payload]:
        """The events of items that Azure never finished."""
        while self._waiting:
            yield from self._advance()

    def _wait(self, index: int, payload: Payload, size: int) -> None:
        self._waiting.setdefault(index, []).append((payload, size))
        self._characters += size
        if len(self._waiting) > MOST_ITEMS or self._characters > MOST_CHARACTERS:
            raise UpstreamError("Azure began more items at once than can be kept in order.")

    def _advance(self) -> Iterator[Payload]:
        """The first of the items that wait becomes current, for as long as it is not done."""
        self._current = min(self._waiting)
        for payload, size in self._waiting.pop(self._current):
            self._characters -= size
            yield payload
            if payload["type"] == "response.output_item.done":
                self._current = None
