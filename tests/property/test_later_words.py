"""Whatever of a stream is lost on the way, its end makes good, once."""

import json
from collections.abc import Iterable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from proxy_core.translation.upstreams import write_events
from tests import grammar
from tests.property.strategies import Item, items, splits
from tests.streams import Event, ended, responses_stream, translate, translator


def said(message: dict[str, Any]) -> dict[str, Any]:
    """What a reply says, whatever blocks it is in."""
    blocks = message["content"]
    return {
        "text": "".join(block["text"] for block in blocks if block["type"] == "text"),
        "thinking": "".join(block["thinking"] for block in blocks if block["type"] == "thinking"),
        "calls": [block for block in blocks if block["type"] == "tool_use"],
        "seals": [block["signature"] for block in blocks if block["type"] == "thinking"],
        "searches": [block for block in blocks if block["type"].startswith("web_search")],
    }


def in_the_end(lanes: list[list[Event]]) -> Event:
    return ended(output=[lane[-1]["item"] for lane in lanes])


def read(*events: Event) -> dict[str, Any]:
    return said(grammar.read_stream(translate(translator("responses"), responses_stream(*events))))


@given(st.data(), st.lists(items, min_size=1, max_size=4))
def test_what_is_lost_before_the_end_is_said_at_the_end(
    data: st.DataObject, written: list[Item]
) -> None:
    lanes = [item(index) for index, item in enumerate(written)]
    events, ending = [event for lane in lanes for event in lane], in_the_end(lanes)
    kept = events[: data.draw(st.integers(0, len(events)))]
    assert read(*kept, ending) == read(*events, ending)


@given(st.data(), st.lists(items, min_size=1, max_size=4))
def test_a_response_in_one_piece_says_the_same(data: st.DataObject, written: list[Item]) -> None:
    lanes = [item(index) for index, item in enumerate(written)]
    ending = in_the_end(lanes)
    whole = read(*(event for lane in lanes for event in lane), ending)
    body = write_events("responses", json.dumps(ending["response"]).encode())
    reply = translate(translator("responses"), *data.draw(splits(body)))
    assert said(grammar.read_stream(reply)) == whole


@given(st.data(), st.lists(items, min_size=1, max_size=4))
def test_of_each_item_something_may_be_lost(data: st.DataObject, written: list[Item]) -> None:
    """It is said late then, but once. Of the seals those are left that something follows."""
    lanes = [item(index) for index, item in enumerate(written)]
    ending = in_the_end(lanes)
    whole = read(*(event for lane in lanes for event in lane), ending)
    kept = [lane[: data.draw(st.integers(0, len(lane)))] for lane in lanes]
    lossy = read(*(event for lane in kept for event in lane), ending)
    for words in ("text", "thinking"):
        assert in_no_order(lossy[words]) == in_no_order(whole[words])
    for blocks in ("calls", "searches"):
        assert in_no_order(map(json.dumps, lossy[blocks])) == in_no_order(
            map(json.dumps, whole[blocks])
        )


@given(st.data(), st.lists(items, min_size=1, max_size=4))
def test_whatever_is_lost_no_call_is_doubled_and_none_is_lost(
    data: st.DataObject, written: list[Item]
) -> None:
    lanes = [item(index) for index, item in enumerate(written)]
    events, ending = [event for lane in lanes for event in lane], in_the_end(lanes)
    lossy = read(*(event for event in events if data.draw(st.booleans())), ending)
    ids = {call["id"] for call in read(*events, ending)["calls"]}
    assert in_no_order(call["id"] for call in lossy["calls"]) == in_no_order(ids)


def in_no_order(words: Iterable[str]) -> list[str]:
    """Without the lines between two texts, which move with them."""
    return sorted(word for word in words if word != "\n")
