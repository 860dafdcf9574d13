"""What is kept of reasoning, for whom, for which call, and for how long."""

import pytest
from msgspec.structs import replace

from proxy_core.conversation import Origin, Reasoning
from proxy_core.translation.reasoning_memory import CallKey, InProcessMemory
from proxy_core.translation.reasoning_trace import Trace

CALL = CallKey("me", "talk", "call_1")


def trace(size: int = 10) -> Trace:
    """`size` is what it takes up, with a call id of one character."""
    origin = Origin("here", "gpt-5.4")
    return Trace((Reasoning("rs", "x" * (size - 4), ("a",), origin),), ())


def key(id: str, owner: str = "me") -> CallKey:
    return CallKey(owner, "talk", id)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def known(memory: InProcessMemory, *ids: str, owner: str = "me") -> list[str]:
    return [id for id in ids if memory.recall(key(id, owner))]


@pytest.mark.parametrize("other", [{"owner": "you"}, {"conversation": "t"}, {"call": "call_2"}])
def test_what_was_kept_comes_back_for_that_call_and_for_no_other(other: dict[str, str]) -> None:
    memory = InProcessMemory(Clock())
    memory.remember(CALL, trace())
    assert memory.recall(CALL) == trace()
    assert memory.recall(replace(CALL, **other)) is None


def test_one_call_id_in_two_conversations() -> None:
    memory = InProcessMemory(Clock())
    calls = [replace(CALL, conversation=name) for name in ("one", "two")]
    for number, call in enumerate(calls, 1):
        memory.remember(call, trace(10 * number))
    assert [memory.recall(call) for call in calls] == [trace(10), trace(20)]


def test_a_call_that_comes_twice_in_one_is_known_no_more() -> None:
    memory = InProcessMemory(Clock())
    for _ in range(3):
        memory.remember(CALL, trace())
        memory.remember(key("b"), trace())
    assert memory.recall(CALL) is None
    memory.remember(key("c"), trace())
    assert known(memory, "b", "c") == ["c"]


def test_the_oldest_go_when_there_are_too_many() -> None:
    memory = InProcessMemory(Clock(), most_entries=2)
    for id in ("a", "b", "c"):
        memory.remember(key(id), trace())
    memory.remember(key("d", "you"), trace())
    assert known(memory, "a", "b", "c") == ["b", "c"]
    assert known(memory, "d", owner="you") == ["d"]


def test_the_oldest_go_when_they_are_too_large() -> None:
    memory = InProcessMemory(Clock(), most_bytes=20)
    for id in ("a", "b", "c"):
        memory.remember(key(id), trace(10))
    assert known(memory, "a", "b", "c") == ["b", "c"]
    memory.remember(key("d"), trace(21))
    assert known(memory, "a", "b", "c", "d") == []
    memory.remember(key("e"), trace(20))
    assert known(memory, "e") == ["e"]


def test_a_call_that_came_twice_takes_up_no_room() -> None:
    memory = InProcessMemory(Clock(), most_bytes=20)
    for id in ("a", "b", "a", "c"):
        memory.remember(key(id), trace(9))
    assert known(memory, "a", "b", "c") == ["b", "c"]


def test_the_owner_who_kept_something_longest_ago_goes_when_there_are_too_many() -> None:
    memory = InProcessMemory(Clock(), most_owners=2)
    for owner, id in (("me", "a"), ("you", "a"), ("me", "b"), ("she", "a")):
        memory.remember(key(id, owner), trace())
    assert [known(memory, "a", "b", owner=owner) for owner in ("me", "you", "she")] == [
        ["a", "b"],
        [],
        ["a"],
    ]


def test_to_ask_keeps_nothing() -> None:
    memory = InProcessMemory(Clock(), most_owners=1)
    memory.remember(CALL, trace())
    assert memory.recall(key("a", "you")) is None
    assert memory.recall(CALL) == trace()


@pytest.mark.parametrize(("age", "expected"), [(60, ["a"]), (60.1, []), (61, [])])
def test_what_is_too_old_is_forgotten(age: float, expected: list[str]) -> None:
    clock = Clock()
    memory = InProcessMemory(clock, longest_age=60)
    memory.remember(key("a"), trace())
    clock.now = age
    assert known(memory, "a") == expected
    memory.remember(key("b"), trace())
    assert known(memory, "a", "b") == [*expected, "b"]


@pytest.mark.parametrize("comes", ["remember", "recall"])
def test_and_leaves_the_memory_when_anybody_comes(comes: str) -> None:
    clock = Clock()
    memory = InProcessMemory(clock, longest_age=60)
    memory.remember(key("a"), trace())
    memory.remember(key("a", "you"), trace())
    clock.now = 40
    memory.remember(key("b"), trace())
    clock.now = 61
    if comes == "remember":
        memory.remember(key("c"), trace())
    else:
        memory.recall(key("c"))
    clock.now = 0  # what is gone does not come back with its time
    assert known(memory, "a", "b") == ["b"]
    assert known(memory, "a", owner="you") == []


def test_the_age_is_looked_at_just_as_well_between_two_sweeps() -> None:
    clock = Clock()
    memory = InProcessMemory(clock, longest_age=100)
    memory.remember(key("a"), trace())
    clock.now = 100
    assert known(memory, "a") == ["a"]
    clock.now = 100.5  # the next sweep is due at 101
    assert known(memory, "a") == []
