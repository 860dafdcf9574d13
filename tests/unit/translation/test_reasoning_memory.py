import pytest

from proxy_core.conversation import Origin, Reasoning
from proxy_core.translation.reasoning_memory import InProcessMemory
from proxy_core.translation.reasoning_trace import Trace


def trace(size: int = 10) -> Trace:
    return Trace((), (Reasoning("rs", "x" * (size - 3), ("a",), Origin("here", "gpt-5.4")),))


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_what_was_kept_comes_back_to_its_owner_and_to_nobody_else() -> None:
    memory = InProcessMemory(Clock())
    memory.remember("me", "call_1", trace())
    assert memory.recall("me", "call_1") == trace()
    assert memory.recall("you", "call_1") is None
    assert memory.recall("me", "call_2") is None


def known(memory: InProcessMemory, *ids: str, owner: str = "me") -> list[str]:
    return [id for id in ids if memory.recall(owner, id)]


def test_the_oldest_go_when_there_are_too_many() -> None:
    memory = InProcessMemory(Clock(), most_entries=2)
    for id in ("a", "b", "c"):
        memory.remember("me", id, trace())
    memory.remember("you", "d", trace())
    assert known(memory, "a", "b", "c") == ["b", "c"]
    assert known(memory, "d", owner="you") == ["d"]


def test_the_oldest_go_when_they_are_too_large() -> None:
    memory = InProcessMemory(Clock(), most_bytes=25)
    for id in ("a", "b", "c"):
        memory.remember("me", id, trace(10))
    assert known(memory, "a", "b", "c") == ["b", "c"]
    memory.remember("me", "d", trace(26))
    assert known(memory, "a", "b", "c", "d") == []


def test_an_entry_kept_again_counts_once() -> None:
    memory = InProcessMemory(Clock(), most_bytes=25)
    for id in ("a", "b", "a"):
        memory.remember("me", id, trace(10))
    assert known(memory, "a", "b") == ["a", "b"]


@pytest.mark.parametrize(("age", "expected"), [(60, ["a"]), (61, [])])
def test_what_is_too_old_is_forgotten(age: float, expected: list[str]) -> None:
    clock = Clock()
    memory = InProcessMemory(clock, longest_age=60)
    memory.remember("me", "a", trace())
    clock.now = age
    assert known(memory, "a") == expected
    memory.remember("me", "b", trace())
    assert known(memory, "a", "b") == [*expected, "b"]
