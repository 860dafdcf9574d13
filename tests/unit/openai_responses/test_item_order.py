"""Interleaved items come out one after the other, and nothing of them is lost."""

import pytest

from proxy_core.errors import UpstreamError
from proxy_core.openai_responses.item_order import ItemOrder
from proxy_core.openai_responses.output_item import OutputItem

# `0+ 0 0-` is: item 0 begins, says something, ends
CASES = {
    "in_order": ("0+ 0 0- 1+ 1 1-", "0+ 0 0- 1+ 1 1-"),
    "begun_early": ("0+ 1+ 0 0- 1 1-", "0+ 0 0- 1+ 1 1-"),
    "interleaved": ("0+ 0 1+ 1 0 1 0- 1 1-", "0+ 0 0 0- 1+ 1 1 1 1-"),
    "overtaken": ("0+ 1+ 1 1- 0 0- 2+ 2-", "0+ 0 0- 1+ 1 1- 2+ 2-"),
    "three": ("0+ 2+ 2 1+ 1 2- 0- 1-", "0+ 0- 1+ 1 1- 2+ 2 2-"),
    "all_wait_for_the_first": ("0+ 1+ 1- 2+ 2- 0-", "0+ 0- 1+ 1- 2+ 2-"),
    "never_finished": ("0+ 2+ 2 1+ 1 0", "0+ 0 1+ 1 2+ 2"),
    "begun_twice": ("0+ 1+ 1 1+ 1 0- 1-", "0+ 0- 1+ 1 1+ 1 1-"),
    "begun_twice_at_once": ("0+ 0 0+ 0-", "0+ 0 0+ 0-"),
    "never_begun": ("0 0- 1+ 2 1-", "0 0- 1+ 1- 2"),
    "said_late": ("0+ 0- 0 1+ 0 1- 0", "0+ 0- 0 1+ 1- 0 0"),
    "done_twice": ("0+ 1+ 1- 0- 1- 2+ 0- 2-", "0+ 0- 1+ 1- 1- 2+ 2- 0-"),
    "nothing": ("", ""),
}


@pytest.mark.parametrize(("arriving", "leaving"), CASES.values(), ids=CASES)
def test_order(arriving: str, leaving: str) -> None:
    order, items = ItemOrder(), [OutputItem(number, number) for number in range(3)]
    ready = [
        event
        for word in arriving.split()
        for event in order.put(items[int(word[0])], read(word), 1)
    ]
    ready += order.flush()
    assert " ".join(event["word"] for _, event in ready) == leaving


ITEMS = [OutputItem(number, number) for number in range(1_002)]


def put(order: ItemOrder, word: str, index: int, size: int = 1) -> list[str]:
    ready = order.put(ITEMS[index], read(word), size)
    return [f"{item.index}{event['word'][1:]}" for item, event in ready]


def test_any_number_of_items_may_have_been_finished_meanwhile() -> None:
    order = ItemOrder()
    put(order, "0+", 0)
    for index in range(1, 1_001):
        assert put(order, "1+", index) + put(order, "1-", index) == []
    done = [word for index in range(1, 1_001) for word in (f"{index}+", f"{index}-")]
    assert put(order, "0-", 0) == ["0-", *done]


def test_an_item_is_the_current_one_until_it_is_done_also_when_it_had_to_wait() -> None:
    order = ItemOrder()
    for word in ("0+", "1+", "1", "0-"):
        last = put(order, word, int(word[0]))
    assert last == ["0-", "1+", "1"]
    assert put(order, "2+", 2) == []
    assert put(order, "1", 1) == ["1"]
    assert put(order, "1-", 1) == ["1-", "2+"]


TOO_MUCH = r"^Azure began more items at once than can be kept in order\.$"


def test_items_that_are_never_done() -> None:
    order = ItemOrder()
    for index in range(1_001):  # the first passes, the others wait
        put(order, "0+", index)
    with pytest.raises(UpstreamError, match=TOO_MUCH):
        put(order, "0+", 1_001)


def test_an_item_that_is_too_large_to_wait() -> None:
    order = ItemOrder()
    put(order, "0+", 0)
    put(order, "1+", 1, 32 * 1024 * 1024)
    put(order, "1", 1, 32 * 1024 * 1024)
    with pytest.raises(UpstreamError, match=TOO_MUCH):
        put(order, "1", 1)


def test_what_waits_no_more_counts_no_more() -> None:
    order = ItemOrder()
    for index in range(0, 20, 2):
        put(order, "0+", index)
        put(order, "0+", index + 1, 60 * 1024 * 1024)
        assert put(order, "0-", index) == [f"{index}-", f"{index + 1}+"]
        put(order, "0-", index + 1)


def test_the_current_item_never_waits() -> None:
    order = ItemOrder()
    for word in ("0+", "0", "0", "0-"):
        assert put(order, word, 0) == [word]


def read(word: str) -> dict[str, object]:
    kinds = {"+": "response.output_item.added", "-": "response.output_item.done"}
    type = kinds.get(word[-1], "response.output_text.delta")
    return {"type": type, "word": word}
