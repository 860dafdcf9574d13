"""Output items one after the other, however Azure interleaves their events.

No recording shows interleaved items, and no document rules them out. Events are keyed by
`output_index`, because some gateways change item ids between events.
"""

from collections.abc import Iterator
from typing import Any

Payload = dict[str, Any]


class ItemOrder:
    """One item is current, and passes at once; items that begin meanwhile wait until it is done."""

    def __init__(self) -> None:
        self._current: int | None = None
        self._waiting: dict[int, list[Payload]] = {}

    def put(self, payload: Payload) -> Iterator[Payload]:
        index, begins = payload["output_index"], payload["type"] == "response.output_item.added"
        if begins and self._current is None:
            self._current = index
        if index in self._waiting or (begins and index != self._current):
            self._waiting.setdefault(index, []).append(payload)
        else:
            yield payload
            if index == self._current and payload["type"] == "response.output_item.done":
                self._current = None
                yield from self._advance()

    def flush(self) -> Iterator[Payload]:
        """The events of items that Azure never finished."""
        while self._waiting:
            yield from self._waiting.pop(min(self._waiting))

    def _advance(self) -> Iterator[Payload]:
        if self._waiting:
            for payload in self._waiting.pop(min(self._waiting)):
                yield from self.put(payload)
