"""Interleaved items come out one after the other, and nothing of them is lost."""

import pytest

from proxy_core.openai_responses.item_order import ItemOrder

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
    "never_begun": ("0 0- 1+ 2 1-", "0 0- 1+ 2 1-"),
    "nothing": ("", ""),
}


@pytest.mark.parametrize(("arriving", "leaving"), CASES.values(), ids=CASES)
def test_order(arriving: str, leaving: str) -> None:
    order = ItemOrder()
    ready = [event for word in arriving.split() for event in order.put(read(word), 1)]
    ready += order.flush()
    assert " ".join(event["word"] for event in ready) == leaving


def test_the_current_item_never_waits() -> None:
    order = ItemOrder()
    for word in ("0+", "0", "0", "0-"):
        assert [event["word"] for event in order.put(read(word), 1)] == [word]


def read(word: str) -> dict[str, object]:
    kinds = {"+": "response.output_item.added", "-": "response.output_item.done"}
    type = kinds.get(word[-1], "response.output_text.delta")
    return {"type": type, "output_index": int(word[0]), "word": word}
