import json
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_core.wire import fields, members, pieces
from proxy_core.wire.members import LARGEST, STEP, Members, split_list
from proxy_core.wire.pieces import MOST_READINGS, Piece, Unusual, remembered
from tests.eager_memory import EagerMemory, remember_eagerly

read: list[int] = []  # what the reader below has been given

JAVASCRIPT, PYTHON, ODD = (",", ":"), (", ", ": "), (" , ", ":")


@pytest.fixture(autouse=True)
def memory(monkeypatch: pytest.MonkeyPatch) -> EagerMemory:
    read.clear()
    return remember_eagerly(monkeypatch)


@remembered
def tell(member: dict[str, Any], path: str, ending: str = "") -> str:
    read.append(member["n"])
    return f"{member['n']}{ending}"


@remembered
def double(member: dict[str, Any], path: str) -> int:
    number: int = member["n"]
    return 2 * number


def write(numbers: list[int], spacing: tuple[str, str] = JAVASCRIPT) -> bytes:
    listed = [{"n": number} for number in numbers]
    return json.dumps(listed, separators=spacing).encode()


def come(numbers: list[int], spacing: tuple[str, str] = JAVASCRIPT) -> Members:
    raw = write(numbers, spacing)
    listed = split_list(raw)
    listed.keep(raw)
    return listed


def told(numbers: list[int], spacing: tuple[str, str] = JAVASCRIPT) -> list[str]:
    return fields.read_each(come(numbers, spacing), "", tell)


def count_pieces(numbers: list[int], monkeypatch: pytest.MonkeyPatch) -> int:
    """How many of its members are looked at one by one when it comes again."""
    looked_at = list[bytes]()

    def look_at(raw: bytes) -> Any:
        looked_at.append(raw)
        return memory.find(hash(raw), raw)

    memory = pieces.MEMORY
    with monkeypatch.context() as patch:
        patch.setattr(
            pieces, "MEMORY", SimpleNamespace(find=lambda _, raw: look_at(raw), keep=memory.keep)
        )
        assert told(numbers) == [*map(str, numbers)]
    return len(looked_at)


@pytest.mark.parametrize("spacing", [JAVASCRIPT, PYTHON, ODD])
def test_each_member_is_read_once(spacing: tuple[str, str]) -> None:
    for length in range(1, 5 * STEP):
        assert told([*range(length)], spacing) == [*map(str, range(length))]
    assert read == [*range(5 * STEP - 1)]


def test_what_has_come_before_is_not_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = [count_pieces([*range(length)], monkeypatch) for length in range(1, 100)]
    assert max(counts[2 * STEP :]) <= STEP + 1
    assert counts[0] == 1


def test_a_list_that_goes_back_or_another_way(monkeypatch: pytest.MonkeyPatch) -> None:
    long = [*range(40)]
    for _ in range(3):
        told(long)
    assert count_pieces(long, monkeypatch) == 0
    assert count_pieces(long[:10], monkeypatch) == 0
    assert count_pieces([*long[:30], 7, 8], monkeypatch) == 2
    assert count_pieces([0, 2, 1], monkeypatch) == 2
    assert count_pieces([1, *long], monkeypatch) == 41


def test_a_reading_that_was_not_asked_for_before() -> None:
    numbers = [*range(2 * STEP)]
    for _ in range(3):
        told(numbers)
    listed = come([*numbers, 99])
    assert fields.read_each(listed, "", double) == [*(2 * number for number in numbers), 198]


def test_a_reading_that_only_some_of_them_have_had() -> None:
    numbers = [*range(3 * STEP)]
    for length in (STEP, STEP, 3 * STEP, 3 * STEP, 3 * STEP):
        listed = come(numbers[:length])
        assert listed.read(tell) == [*map(str, numbers[:length])]
    assert listed.read(double) == [2 * number for number in numbers]


def test_readings_are_few() -> None:
    numbers = [*range(STEP)]
    for _ in range(3):
        come(numbers)
    for number in range(3 * MOST_READINGS):
        assert come(numbers).read(tell, str(number))[1] == f"1{number}"
    assert len(come(numbers)._beginning.known) <= MOST_READINGS


def test_what_is_too_long_is_not_known_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "LARGEST", len(write([*range(STEP)])) - 2)
    for _ in range(3):
        told([*range(STEP)])
    assert count_pieces([*range(STEP)], monkeypatch) == STEP
    assert LARGEST > 1_000_000


def test_a_member_that_is_no_object() -> None:
    for raw in (b"[1]", b'[{"n":1},[]]'):
        with pytest.raises(Unusual):
            split_list(raw)


def test_none_at_all() -> None:
    assert len(split_list(b"[]")) == 0


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.integers(1, 30))
def test_slices_are_those_of_a_list(known: int, start: int, end: int, length: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        remember_eagerly(patch)
        patch.setattr(members, "STEP", 1)
        for _ in range(3):
            told([*range(known)] or [0])
        listed, numbers = come([*range(length)]), [*range(length)]
        for part in (slice(start, end), slice(start, None), slice(None, end)):
            assert told_of(listed[part]) == [*map(str, numbers[part])]
        assert told_of(listed) == [tell(piece, "") for piece in listed] == [*map(str, numbers)]


def told_of(listed: Members | list[Piece]) -> list[str]:
    return fields.read_each(listed, "", tell)


@given(st.lists(st.lists(st.integers(0, 3), max_size=12), max_size=12))
def test_whatever_has_come_before(lists: list[list[int]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        remember_eagerly(patch)
        patch.setattr(members, "STEP", 2)
        for numbers in lists:
            assert told([0, *numbers]) == [*map(str, [0, *numbers])]


def test_it_is_forgotten_as_all_else(memory: EagerMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = [*range(STEP)]
    for _ in range(3):
        told(numbers)
    memory.turn()
    memory.turn()
    assert count_pieces(numbers, monkeypatch) == STEP
