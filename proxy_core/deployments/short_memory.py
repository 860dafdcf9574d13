"""What is remembered for a while, and never without bound. It has no clock: callers say what time
it is.
"""

from collections import OrderedDict
from itertools import islice
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class ShortMemory(Generic[K, V]):
    """The one that was longest not asked for goes first, and so does what is over."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[K, tuple[V, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def put(self, key: K, value: V, until: float, now: float) -> None:
        self._kept[key] = value, until
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        for oldest in [*islice(self._kept, 2)]:  # two for each that comes: so what is over goes
            if self._is_over(oldest, now):
                del self._kept[oldest]

    def get(self, key: K, now: float) -> V | None:
        if key not in self._kept or self._is_over(key, now):
            return None
        self._kept.move_to_end(key)
        return self._kept[key][0]

    def _is_over(self, key: K, now: float) -> bool:
        return self._kept[key][1] <= now
