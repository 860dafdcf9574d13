"""A memory that keeps at first sight, so that tests need to come but twice."""

from collections.abc import Callable, Hashable
from typing import Any

import pytest

from proxy_core.wire import known_objects, members, pieces
from proxy_core.wire.memory import Memory


class EagerMemory(Memory):
    def keep(self, hash: int, key: Hashable, value: Any, weigh: Callable[[], int]) -> None:
        super().keep(hash, key, value, weigh)
        super().keep(hash, key, value, weigh)


def remember_eagerly(monkeypatch: pytest.MonkeyPatch) -> EagerMemory:
    """By a memory of the test's own."""
    own = EagerMemory()
    for user in (pieces, members, known_objects):
        monkeypatch.setattr(user, "MEMORY", own)
    return own
