"""One output item of a reply: what has been said of it, and what its later words add to that.

Azure says an item piece by piece, then whole: in `…done` events of its parts, in its own `done`,
and in the response that ends the stream. Of a whole only what has not been said is missing. What
has been said and differs stays as it is.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from proxy_core.openai.arguments import read_arguments

Slot = tuple[str, int]  # a kind of words, and which part of the item they are in

ARGUMENTS = ("arguments", 0)
CALLS = frozenset({"function_call", "custom_tool_call"})


class OutputItem:
    """The account of one item. `number`: its place among all; `index`: what Azure calls it."""

    def __init__(self, number: int, index: int) -> None:
        self.number = number
        self.index = index
        self.type = ""
        self.id = ""
        self.call_id = ""
        self.name = ""
        self.is_begun = False  # what comes before its words has been said
        self.is_done = False  # its own `done` has arrived
        self.cited = 0  # how many of its citations have been told
        self.part = 0  # of its summary, for events that do not name theirs
        self._said: dict[Slot, list[str]] = {}
        self._is_whole = False

    @property
    def identity(self) -> str:
        return self.call_id or self.id

    @property
    def is_call(self) -> bool:
        return self.type in CALLS

    @property
    def is_known(self) -> bool:
        """Whether an event has told more of it than its words."""
        return bool(self.identity or self.name)

    def learn(self, fields: Mapping[str, Any]) -> None:
        """What was not known of it before; gateways leave it out, or empty, at first."""
        self.type = self.type or read_type(fields)
        self.id = self.id or _name(fields.get("id"))
        self.call_id = self.call_id or _name(fields.get("call_id"))
        self.name = self.name or _name(fields.get("name"))

    def is_meant_by(self, fields: Mapping[str, Any], *, begins: bool) -> bool:
        """Whether an event under the same index is about this item, and not about a next one.

        Some gateways change ids between events; but a new call id is a new call.
        """
        type, call_id = read_type(fields), _name(fields.get("call_id"))
        is_other = type != self.type and not {type, self.type} <= CALLS
        is_other_call = call_id and self.call_id and call_id != self.call_id
        return not (is_other or is_other_call or (begins and self.is_done))

    def add(self, slot: Slot, text: str) -> bool:
        """Note a piece as said. Whether it is the first of its part, behind another part."""
        pieces = self._said.get(slot)
        if pieces is not None:
            pieces.append(text)
            return False
        self._said[slot] = [text]
        return len(self._said) > 1

    def pieces(self, slot: Slot) -> list[str]:
        """Of a part that has begun, to be continued."""
        return self._said[slot]

    def said(self, slot: Slot) -> str:
        return "".join(self._said.get(slot, ()))

    def rest(self, slot: Slot, whole: str) -> str:
        """What has not been said of one part."""
        said = self.said(slot)
        return whole[len(said) :] if whole.startswith(said) and not self._is_whole else ""

    def rests(self, wholes: Mapping[Slot, str]) -> Iterator[tuple[Slot, str]]:
        """What has not been said of all its parts."""
        if self._is_whole:
            return
        said = {slot: self.said(slot) for slot in self._said}
        told, whole = "".join(said.values()), "".join(wholes.values())
        if told == whole:
            return
        if all(wholes.get(slot, "").startswith(text) for slot, text in said.items()):
            yield from ((slot, rest) for slot in wholes if (rest := self.rest(slot, wholes[slot])))
        elif whole.startswith(told):  # the pieces were not told apart as the parts are
            *_, last = wholes
            yield last, whole[len(told) :]

    def finish(self) -> None:
        """All of it has been said, unless its `done` held nothing."""
        self._is_whole = bool(self._said)


def read_type(fields: Mapping[str, Any]) -> str:
    return _name(fields.get("type")) or ("message" if "content" in fields else "")


def read_parts(fields: Mapping[str, Any]) -> dict[Slot, str]:
    """The words of a whole item, by the part they are in."""
    match read_type(fields):
        case "message":
            return dict(_read_content(fields.get("content")))
        case "function_call":
            return {ARGUMENTS: read_arguments(fields.get("arguments"))}
        case "custom_tool_call":
            return {ARGUMENTS: read_arguments(fields.get("input"))}
        case "reasoning":
            return _read_thoughts(fields)
        case _:
            return {}


def read_part(part: Any, index: int) -> Iterator[tuple[Slot, str]]:
    """What one part of an item's content says, if it says anything."""
    match part:
        case str(text):
            yield ("text", index), text
        case {"refusal": str(text)}:
            yield ("refusal", index), text
        case {"type": "summary_text", "text": str(text)}:
            yield ("summary", index), text
        case {"type": "reasoning_text", "text": str(text)}:
            yield ("raw", index), text
        case {"text": str(text)}:
            yield ("text", index), text


def read_summary(fields: Mapping[str, Any]) -> tuple[str, ...]:
    parts = fields.get("summary") or ()
    return tuple(part["text"] for part in parts if isinstance(part.get("text"), str))


def _read_content(content: Any) -> Iterator[tuple[Slot, str]]:
    parts = [content] if isinstance(content, str) else content or ()
    for index, part in enumerate(parts):
        yield from read_part(part, index)


def _read_thoughts(fields: Mapping[str, Any]) -> dict[Slot, str]:
    """The summary and the thoughts themselves; where they say the same, the summary."""
    summary = {("summary", i): text for i, text in enumerate(read_summary(fields))}
    words = _read_content(fields.get("content"))
    raw = {("raw", index): text for (_, index), text in words}
    return summary if [*raw.values()] == [*summary.values()] else summary | raw


def _name(value: Any) -> str:
    return value if isinstance(value, str) else ""
