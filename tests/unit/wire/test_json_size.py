"""How much a JSON text holds and how deep a value is, against a reader that counts."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_core.wire import json_size
from proxy_core.wire.json_size import has_more_items, is_deeper

SLICES = [1, 2, 7, json_size._SLICE]


@contextmanager
def slices_of(size: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_size, "_SLICE", size)
        yield


texts = st.text(st.sampled_from('a,[]{}"\\\n\u00e9'), max_size=6)
values = st.recursive(
    st.none() | st.integers(0, 9) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=30,
)


def count(value: Any) -> int:
    """A value, and all that are in it."""
    return 1 + sum(map(count, members(value)))


def depth(value: Any) -> int:
    return isinstance(value, dict | list) + max(map(depth, members(value)), default=0)


def has_empty(value: Any) -> bool:
    return value in ([], {}) or any(map(has_empty, members(value)))


def members(value: Any) -> list[Any]:
    match value:
        case dict():
            return [*value.values()]
        case list():
            return value
        case _:
            return []


@given(values, st.booleans())
def test_items_are_counted_outside_of_strings(value: Any, ascii: bool) -> None:
    text = bytearray(json.dumps(value, ensure_ascii=ascii).encode())
    held = count(value)
    for size in SLICES:
        with slices_of(size):
            if not has_empty(value):  # an empty one has a bracket without a member
                assert not has_more_items(text, held - 1), size
            if held > 1:
                assert has_more_items(text + b" " * 1_000, held - 2), size


MANY = ["1", "[]", "{}", '""', '{"":0}', r'{"\"":0}', r'{"\\":"\\\""}', '"a","b"']
FEW = [f'"{"a," * 50}"', f'"{"[{" * 50}"', r'"\",\",\",\",\","']


@pytest.mark.parametrize(
    ("unit", "is_more"), [*((unit, True) for unit in MANY), *((unit, False) for unit in FEW)]
)
@pytest.mark.parametrize("head", ["", '{"a":'])
@pytest.mark.parametrize("size", SLICES)
def test_a_list_of_many(unit: str, is_more: bool, head: str, size: int) -> None:
    text = f"{head}[{','.join([unit] * (101 if is_more else 20))}]"
    with slices_of(size):
        assert has_more_items(text.encode(), 100) == is_more


@given(values)
def test_depth_is_the_longest_way_down(value: Any) -> None:
    levels = depth(value)
    assert not is_deeper(value, max(1, levels))
    assert levels <= 1 or is_deeper(value, levels - 1)
