"""What is remembered for a while."""

from proxy_core.deployments.short_memory import ShortMemory


def test_what_was_longest_not_asked_for_goes_first() -> None:
    memory: ShortMemory[str, int] = ShortMemory(2)
    memory.put("a", 1, 9.0, 0.0)
    memory.put("b", 2, 9.0, 0.0)
    assert memory.get("a", 0.0) == 1
    memory.put("c", 3, 9.0, 0.0)
    assert [memory.get(key, 0.0) for key in "abc"] == [1, None, 3]
    memory.put("a", 4, 9.0, 0.0)
    memory.put("d", 5, 9.0, 0.0)
    assert [memory.get(key, 0.0) for key in "acd"] == [4, None, 5]


def test_what_is_over_is_neither_told_nor_kept() -> None:
    memory: ShortMemory[str, int] = ShortMemory(9)
    memory.put("a", 1, 2.0, 0.0)
    assert (memory.get("a", 1.9), memory.get("a", 2.0)) == (1, None)
    memory.put("b", 2, 4.0, 2.0)
    assert len(memory) == 1
    memory.put("d", 4, 4.0, 2.0)
    memory.put("e", 5, 9.0, 4.0)  # what is over goes sooner than others come
    assert len(memory) == 1
    memory.put("c", 3, 2.0, 3.0)  # over at once
    assert memory.get("c", 3.0) is None
