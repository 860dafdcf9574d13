from collections.abc import Hashable
from threading import Thread
from typing import Any

import pytest

from proxy_core.wire.memory import Memory


def weigh_little() -> int:
    return 1


def keep(memory: Memory, key: Hashable, size: int = 1, value: Any = "made") -> None:
    for _ in range(2):
        memory.keep(hash(key), key, value, lambda: size)


def find(memory: Memory, key: Hashable) -> Any:
    return memory.find(hash(key), key)


def test_what_is_kept_is_found() -> None:
    memory = Memory()
    made = ["made"]
    keep(memory, "key", value=made)
    assert find(memory, "key") is made
    assert find(memory, "other") is None
    assert len(memory) == 1


def test_what_comes_once_is_not_kept() -> None:
    memory = Memory()
    memory.keep(7, "key", "made", weigh_little)
    assert memory.find(7, "key") is None
    memory.keep(7, "key", "made", weigh_little)
    assert memory.find(7, "key") == "made"


def test_keys_of_one_hash_are_not_mixed_up() -> None:
    memory = Memory()
    for _ in range(2):
        memory.keep(7, "key", "made", weigh_little)
    assert memory.find(7, "other") is None
    memory.keep(7, "other", "made of the other", weigh_little)
    assert memory.find(7, "other") == "made of the other"
    assert memory.find(7, "key") is None


def test_what_nobody_asks_for_is_forgotten() -> None:
    memory = Memory()
    keep(memory, "asked for")
    keep(memory, "left")
    for _ in range(3):
        memory.turn()
        assert find(memory, "asked for") == "made"
    assert find(memory, "left") is None
    memory.turn()
    memory.turn()
    assert len(memory) == 0


@pytest.mark.parametrize("asked", [True, False])
def test_it_holds_no_more_than_it_may(asked: bool) -> None:
    memory = Memory(most=2_000)
    for number in range(1_000):
        keep(memory, number, size=300)
        if asked:
            find(memory, number - 1)
        assert len(memory) <= 8  # on each shelf three, and what has come once
    assert find(memory, 999) == "made"


def test_what_is_larger_than_a_shelf_is_not_kept() -> None:
    memory = Memory(most=2_000)
    keep(memory, "large", size=1_001)
    assert find(memory, "large") is None


def test_threads_may_share_it() -> None:
    memory = Memory(most=6_000)
    wrong: list[Any] = []

    def work() -> None:
        for number in range(2_000):
            found = find(memory, number % 40)
            if found not in (None, number % 40):
                wrong.append(found)
            keep(memory, number % 40, 3, number % 40)

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert len(memory) <= 80  # 40 on each shelf
