"""The events of items, one item after the other -> reply events.

Rules:
* of what an event holds whole, only what has not been said is said (`output_item.py`);
* a reasoning item is sealed by the `encrypted_content` of its `done` event (the one in `added`
  is shorter), and announced once the next item has said its phase;
* a call begins with its name and its id, which may come last; one that has no id gets one, which
  is the same in every reading;
* citations are read from the `done` event of their message, whose text their indexes count in.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from proxy_core.conversation import (
    Origin,
    Reasoning,
    RefusalDelta,
    ReplyEvent,
    TextDelta,
    ThinkingDelta,
    ThinkingSealed,
    ToolCallDelta,
    ToolCallStarted,
)
from proxy_core.errors import UpstreamError
from proxy_core.openai.arguments import read_arguments
from proxy_core.openai_responses.output_item import (
    ARGUMENTS,
    OutputItem,
    Slot,
    read_part,
    read_parts,
    read_summary,
)
from proxy_core.openai_responses.web_use import read_citations, read_search
from proxy_core.wire.digest import digest

ITEM_ADDED, ITEM_DONE = "response.output_item.added", "response.output_item.done"
SUMMARY_PART_ADDED = "response.reasoning_summary_part.added"
SUMMARY_PART_DONE = "response.reasoning_summary_part.done"
CONTENT_PART_DONE = "response.content_part.done"

# Events with words: the type of their item, the kind of the words, and the fields that hold them
# and say in which part they are.
DELTAS = {
    "response.output_text.delta": ("message", "text", "delta", "content_index"),
    "response.refusal.delta": ("message", "refusal", "delta", "content_index"),
    "response.function_call_arguments.delta": ("function_call", "arguments", "delta", ""),
    "response.custom_tool_call_input.delta": ("custom_tool_call", "arguments", "delta", ""),
    "response.reasoning_summary_text.delta": ("reasoning", "summary", "delta", "summary_index"),
    "response.reasoning_text.delta": ("reasoning", "raw", "delta", "content_index"),
}
WHOLES = {
    "response.output_text.done": ("message", "text", "text", "content_index"),
    "response.refusal.done": ("message", "refusal", "refusal", "content_index"),
    "response.function_call_arguments.done": ("function_call", "arguments", "arguments", ""),
    "response.custom_tool_call_input.done": ("custom_tool_call", "arguments", "input", ""),
    "response.reasoning_summary_text.done": ("reasoning", "summary", "text", "summary_index"),
    "response.reasoning_text.done": ("reasoning", "raw", "text", "content_index"),
}


class ItemReader:
    """Reads the items of one reply. `names` gives back names that were changed for the wire."""

    def __init__(self, names: Mapping[str, str], origin: Origin | None) -> None:
        self.has_called = False
        self.refusal: list[str] = []
        self._names = names
        self._origin = origin
        self._sealed: Reasoning | None = None
        self._latest: OutputItem | None = None  # of those that have begun
        self._message: OutputItem | None = None  # whose text is the last that was seen

    def read(self, item: OutputItem, event: Mapping[str, Any]) -> Iterator[ReplyEvent]:
        kind = event["type"]
        if words := DELTAS.get(kind):
            yield from self._read_delta(item, event, *words[1:])
        elif words := WHOLES.get(kind):
            yield from self._read_whole(item, event, *words[1:])
        elif kind == ITEM_ADDED:
            yield from self._begin(item, event["item"].get("phase"))
        elif kind == ITEM_DONE:
            yield from self._read_done(item, event["item"])
        elif kind == CONTENT_PART_DONE:
            yield from self._read_part(item, event.get("part"), _index(event, "content_index"))
        else:  # of a summary
            item.part = _index(event, "summary_index")
            if kind == SUMMARY_PART_DONE:
                yield from self._read_part(item, event.get("part"), item.part)

    def end(self, items: Iterable[OutputItem]) -> Iterator[ReplyEvent]:
        """No item will say any more."""
        for item in items:
            if item.is_call and not item.is_begun:
                if item.said(ARGUMENTS) and not item.name:
                    raise UpstreamError("Azure began a tool call without naming it.")
                yield from self._begin_unnumbered(item)
        yield from self._release_seal(None)

    def _read_delta(
        self, item: OutputItem, event: Mapping[str, Any], kind: str, field: str, place: str
    ) -> Iterator[ReplyEvent]:
        text = event.get(field)
        if isinstance(text, str):
            if not item.is_begun:
                yield from self._begin(item)
            yield from self._say(item, _slot_of(item, event, kind, place), text)

    def _read_whole(
        self, item: OutputItem, event: Mapping[str, Any], kind: str, field: str, place: str
    ) -> Iterator[ReplyEvent]:
        yield from self._begin(item)
        slot = _slot_of(item, event, kind, place)
        yield from self._say(item, slot, item.rest(slot, read_arguments(event.get(field))))

    def _read_part(self, item: OutputItem, part: Any, index: int) -> Iterator[ReplyEvent]:
        yield from self._begin(item)
        for slot, text in read_part(part, index):
            yield from self._say(item, slot, item.rest(slot, text))

    def _begin(self, item: OutputItem, phase: Any = None) -> Iterator[ReplyEvent]:
        if item.is_begun or item.type == "web_search_call":
            return
        if item.is_call and not (item.call_id and item.name):
            return
        item.is_begun, self._latest = True, item
        yield from self._release_seal(phase)
        if item.type == "reasoning":
            yield ThinkingDelta("")
        elif item.is_call:
            self.has_called, self._message = True, None
            yield ToolCallStarted(item.call_id, self._names.get(item.name, item.name))
            if arguments := item.said(ARGUMENTS):
                yield ToolCallDelta(arguments)

    def _begin_unnumbered(self, item: OutputItem) -> Iterator[ReplyEvent]:
        """What is known of the call by now is all that will be."""
        words = f"{item.number} {item.name} {item.said(ARGUMENTS)}"
        item.call_id = item.call_id or item.id or f"call_{digest(words)}"
        yield from self._begin(item)

    def _say(self, item: OutputItem, slot: Slot, text: str) -> Iterator[ReplyEvent]:
        if not text:
            return
        kind, _ = slot
        is_next_part = item.add(slot, text)
        if kind == "text" or kind == "refusal":
            if kind == "refusal":
                self.refusal.append(text)
            if self._message is not item:
                if self._message:
                    yield TextDelta("\n\n")
                self._message = item
            yield RefusalDelta(text) if kind == "refusal" else TextDelta(text)
        elif kind == "arguments":
            if item.is_begun and self._latest is not item:
                raise UpstreamError("Azure went back to the arguments of an earlier tool call.")
            if item.is_begun:
                yield ToolCallDelta(text)
        else:
            if is_next_part:
                yield ThinkingDelta("\n\n")
            yield ThinkingDelta(text)

    def _read_done(self, item: OutputItem, fields: Mapping[str, Any]) -> Iterator[ReplyEvent]:
        if item.type == "web_search_call":
            yield from self._read_web_use(item, fields)
            return
        yield from self._begin(item, fields.get("phase"))
        for slot, rest in [*item.rests(read_parts(fields))]:
            yield from self._say(item, slot, rest)
        item.finish()
        if item.is_call and item.name:
            yield from self._begin_unnumbered(item)
        elif item.type == "message":
            yield from self._read_citations(item, fields)
        elif item.type == "reasoning" and self._latest is item:
            self._read_seal(item, fields)

    def _read_citations(self, item: OutputItem, fields: Mapping[str, Any]) -> Iterator[ReplyEvent]:
        cited = [*read_citations(fields)]
        yield from cited[item.cited :]
        item.cited = max(item.cited, len(cited))

    def _read_seal(self, item: OutputItem, fields: Mapping[str, Any]) -> None:
        id, content = fields.get("id") or item.id, fields.get("encrypted_content")
        if id and content and isinstance(content, str):
            self._sealed = Reasoning(id, content, read_summary(fields), self._origin)

    def _read_web_use(self, item: OutputItem, fields: Mapping[str, Any]) -> Iterator[ReplyEvent]:
        if item.is_begun:
            return
        item.is_begun, self._latest = True, item
        # Azure would take the reasoning back only with the item it led to, which nobody keeps
        led_here, self._sealed = self._sealed, None
        if search := read_search(fields, item.index):
            self._message = None
            yield search
        elif led_here and led_here.summary:
            yield ThinkingDelta("\n\n")

    def _release_seal(self, phase: Any) -> Iterator[ReplyEvent]:
        sealed, self._sealed = self._sealed, None
        if sealed:
            known = phase if phase in ("commentary", "final_answer") else None
            yield ThinkingSealed(replace(sealed, phase=known))


def _index(event: Mapping[str, Any], field: str) -> int:
    index = event.get(field)
    return index if isinstance(index, int) else 0


def find_slot(item: OutputItem, delta: Mapping[str, Any]) -> Slot:
    _, kind, _, place = DELTAS[delta["type"]]
    return _slot_of(item, delta, kind, place)


def _slot_of(item: OutputItem, event: Mapping[str, Any], kind: str, place: str) -> Slot:
    if kind == "summary" and place not in event:
        return kind, item.part
    return kind, _index(event, place)
