"""The items of a whole response, each with the account of what the stream has said of it."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from proxy_core.openai_responses.output_item import ARGUMENTS, OutputItem, read_parts

# How an item is recognised, given its arguments: from what is certain to what is likely, for
# gateways leave items out, count them anew and give them other ids. A call that has another id
# is the same only in the same place, or with the same words.
KEYS: tuple[Callable[[OutputItem, str], tuple[Any, ...]], ...] = (
    lambda item, _: (item.type, item.index, item.identity),
    lambda item, _: (item.type, item.identity),
    lambda item, _: (item.type, item.index, item.name),
    lambda item, arguments: (item.type, item.name, arguments),
)

Whole = Mapping[str, Any]


def match_output(
    streamed: Sequence[OutputItem], output: Sequence[Whole]
) -> Iterator[tuple[OutputItem, Whole]]:
    """Each item of the output with its account: a new one where the stream had none."""
    for item in streamed:
        fields = output[item.index] if item.index in range(len(output)) else {}
        if not item.is_known and item.is_meant_by(fields, begins=False):
            item.learn(fields)
    new = [_begin(len(streamed) + place, place, whole) for place, whole in enumerate(output)]
    free = [(item, item.said(ARGUMENTS)) for item in streamed]
    sought = {
        place: (item, read_parts(whole).get(ARGUMENTS, ""))
        for place, (item, whole) in enumerate(zip(new, output, strict=True))
    }
    found: dict[int, OutputItem] = {}
    for key in KEYS:
        shelves: dict[tuple[Any, ...], deque[OutputItem]] = {}
        for known in free:
            shelves.setdefault(key(*known), deque()).append(known[0])
        for place, asked in sought.items():
            if place not in found and (shelf := shelves.get(key(*asked))):
                found[place] = shelf.popleft()
        taken = {item.number for item in found.values()}
        free = [known for known in free if known[0].number not in taken]
    for place, whole in enumerate(output):
        yield found.get(place, new[place]), whole


def _begin(number: int, index: int, fields: Whole) -> OutputItem:
    item = OutputItem(number, index)
    item.learn(fields)
    return item
