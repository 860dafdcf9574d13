"""A body whose lists have come before is written like any other."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_core.wire import encoded_body
from proxy_core.wire.encoded_body import BATCH, encode_body
from proxy_core.wire.json import encode_json
from proxy_core.wire.memory import LARGEST, Memory
from tests.eager_memory import remember_eagerly


@pytest.fixture(autouse=True)
def memory(monkeypatch: pytest.MonkeyPatch) -> Memory:
    return remember_eagerly(monkeypatch)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The members that are written, each time they are."""
    members: list[Any] = []
    encode = encoded_body._encode

    def watch(batch: list[Any]) -> bytes:
        members.extend(batch)
        return encode(batch)

    monkeypatch.setattr(encoded_body, "_encode", watch)
    return members


@pytest.mark.parametrize("text", ["a", "\u2028", "\ud83d"])
@pytest.mark.parametrize("count", [0, BATCH, BATCH + 1, 2 * BATCH, 5 * BATCH // 2])
def test_a_body_with_a_long_list_is_written_like_any_other(text: str, count: int) -> None:
    body = {text: [text] * count, "b": [], "c": {"d": [1] * count}, "e": [[2]] * count, "f": None}
    assert encode_body(body) == encode_json(body)


def test_an_empty_body() -> None:
    assert encode_body({}) == b"{}"


def items(count: int) -> list[dict[str, Any]]:
    return [{"text": str(number)} for number in range(count)]


def test_what_has_come_before_is_not_written_again(written: list[Any]) -> None:
    listed = items(3 * BATCH)
    for length in range(2 * BATCH, len(listed) + 1):
        body = {"model": "m", "input": listed[:length]}
        assert encode_body(body) == encode_json(body)
    assert written.count(listed[0]) == 1
    assert written.count(listed[2 * BATCH]) == BATCH  # each time that it had one more beside it


def test_equal_members_are_not_the_same(written: list[Any]) -> None:
    """To Python 1, 1.0 and True are equal."""
    for value in (1, 1.0, True):
        body = {"input": [{"a": value} for _ in range(BATCH + 1)]}
        assert encode_body(body) == encode_json(body)
    assert len(written) == 3 * (BATCH + 1)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=8))
def test_whatever_goes_before(order: list[int]) -> None:
    """Conversations that share members, taken back and grown, in any order."""
    listed = items(3 * BATCH)
    lists = [listed, listed[: BATCH + 3], [*listed[:20], *items(20)], listed[5:]]
    for place in order:
        body = {"input": lists[place], "tools": [*listed], "model": place}
        assert encode_body(body) == encode_json(body)


@pytest.mark.parametrize("size", [LARGEST, LARGEST + 1])
def test_what_is_large_is_not_kept(size: int, written: list[Any]) -> None:
    members = [*items(BATCH - 1), {"text": ""}]
    members[-1]["text"] = "a" * (size - len(encode_json(members)) + 2)
    for _ in range(2):
        encode_body({"input": [*members, {}]})
    assert written.count(members[0]) == (1 if size == LARGEST else 2)
