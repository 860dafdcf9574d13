"""Usage as Azure tells it, and what stands in for it."""

from typing import Any

import pytest

from proxy_core.conversation import Usage
from proxy_core.errors import UpstreamError
from proxy_core.openai.usage import NOTHING_TOLD, ReplyMeter, read_told


@pytest.mark.parametrize(
    ("fields", "count"),
    [
        ({"n": 0}, 0),
        ({"n": 7}, 7),
        ({}, None),
        ({"n": None}, None),
        ({"n": "7"}, None),
        ({"n": 7.5}, None),
        ({"n": True}, None),
        ({"n": -1}, None),
        (None, None),
        ([7], None),
        ("n", None),
    ],
)
def test_a_count_is_told_or_it_is_not(fields: Any, count: int | None) -> None:
    assert read_told(fields, "n") == count


@pytest.mark.parametrize(
    ("said", "tokens"), [([], 0), (["abcd"], 1), (["abcd", "e"], 2), (["", "a"], 1)]
)
def test_four_characters_count_as_a_token(said: list[str], tokens: int) -> None:
    meter = ReplyMeter(lambda: 7)
    for text in said:
        meter.add(text)
    assert meter.output_tokens(NOTHING_TOLD) == tokens
    assert meter.input_tokens(NOTHING_TOLD) == 7


def test_what_is_told_counts_and_is_all_that_is_needed() -> None:
    def count() -> int:
        raise AssertionError

    meter = ReplyMeter(count)
    meter.add("abcdefgh")
    assert meter.input_tokens(Usage(0)) == meter.output_tokens(Usage(output_tokens=0)) == 0
    assert meter.input_tokens(Usage(5, 9)) == 5


def test_a_total_is_never_less_than_the_part_of_it_that_is_told() -> None:
    meter = ReplyMeter(lambda: 7)
    assert meter.input_tokens(Usage(None, 5, 6)) == 11
    assert meter.output_tokens(Usage(output_tokens=None, reasoning_tokens=3)) == 3


def test_a_reply_ends_where_it_is_longer_than_any_models() -> None:
    meter, piece = ReplyMeter(int), "x" * 1024 * 1024
    for _ in range(32):
        meter.add(piece)
    with pytest.raises(UpstreamError, match=r"^Azure's reply is longer than any model's\.$"):
        meter.add("x")


def test_and_where_it_has_more_items() -> None:
    meter = ReplyMeter(int)
    for _ in range(10_000):
        meter.begin_item()
    with pytest.raises(UpstreamError, match=r"^Azure's reply has more than 10,000 items\.$"):
        meter.begin_item()
