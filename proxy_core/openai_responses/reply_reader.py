"""Responses API stream events -> reply events.

https://platform.openai.com/docs/api-reference/responses-streaming

Rules:
* events of a type this file does not know are ignored; new ones keep coming;
* the end of the stream is a terminal event, never the end of the bytes; what still comes after one
  that completes the reply is not read;
* the response in it says what its items are in the end: what the stream has not said of them is
  said then. A response in one piece is a stream of that event alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from proxy_core.conversation import Origin, ReplyEvent, ReplyFinished, StopReason
from proxy_core.errors import Unreadable, UpstreamTruncated
from proxy_core.openai.delta_run import DeltaRun, begin_run
from proxy_core.openai.errors import read_error_event, read_no_reply
from proxy_core.openai_responses.ending import (
    ENDINGS,
    FAILURES,
    parse_ending,
    read_cut,
    read_failure,
    read_usage,
)
from proxy_core.openai_responses.item_order import ItemOrder
from proxy_core.openai_responses.item_reader import (
    CONTENT_PART_DONE,
    DELTAS,
    ITEM_ADDED,
    ITEM_DONE,
    SUMMARY_PART_ADDED,
    SUMMARY_PART_DONE,
    WHOLES,
    ItemReader,
    find_slot,
)
from proxy_core.openai_responses.output_item import OutputItem
from proxy_core.openai_responses.plain_delta import Rest, read_plain
from proxy_core.openai_responses.whole_response import match_output
from proxy_core.wire.json import parse_json
from proxy_core.wire.sse import ServerSentEvent

# Large or frequent, and without meaning here: not worth parsing.
SKIPPED = frozenset(
    {
        "response.created",
        "response.queued",
        "response.in_progress",
        "response.output_text.annotation.added",
        "response.content_part.added",
        "keepalive",
    }
)

# What is said of an item, and the type that it has then; empty: its own fields tell.
ITEM_EVENTS = {
    **{event: words[0] for event, words in (DELTAS | WHOLES).items()},
    SUMMARY_PART_ADDED: "reasoning",
    SUMMARY_PART_DONE: "reasoning",
    CONTENT_PART_DONE: "",
    ITEM_ADDED: "",
    ITEM_DONE: "",
}


class ReplyReader:
    """Reads one streamed reply. Create one per request.

    `names` gives back the names of tools that had to be changed for the wire; `origin` is where
    reasoning of this reply can be replayed.
    """

    def __init__(self, names: Mapping[str, str], origin: Origin | None) -> None:
        self._items: list[OutputItem] = []
        self._at: dict[int, OutputItem] = {}  # by the index under which Azure speaks of them
        self._order = ItemOrder()
        self._item_reader = ItemReader(names, origin)
        self._run: DeltaRun[Rest] | None = None
        self._failure: Unreadable | None = None
        self._stray: Any = None  # what came instead of an event
        self._finished: ReplyFinished | None = None

    def read_on(self, event: ServerSentEvent) -> ReplyEvent | None:
        """What continues a run of deltas. None: it is read in full."""
        return self._run.read(event) if self._run else None

    def read(self, event: ServerSentEvent) -> Iterable[ReplyEvent]:
        if told := self.read_on(event):
            return (told,)
        self._run = None
        return self._read_in_full(event)

    def _read_in_full(self, event: ServerSentEvent) -> Iterator[ReplyEvent]:
        if self._finished or event.event in SKIPPED:
            return
        if event.data == "[DONE]":  # Azure has none, gateways do
            return
        payload = (parse_ending if event.event in ENDINGS else parse_json)(event.data)
        if not isinstance(payload, dict):
            self._stray = payload
            return
        kind = payload.get("type") or event.event
        if kind in ITEM_EVENTS:
            payload["type"] = kind
            item = self._find_item(payload)
            if item and kind in DELTAS:
                yield from self._read_delta(item, payload, event)
            elif item:
                yield from self._read_item(item, payload, len(event.data))
        elif kind in ENDINGS:
            yield from self._read_ending(kind, payload.get("response"))
        elif kind == "error" or (payload.get("error") is not None and not payload.get("type")):
            raise read_error_event(payload)  # those of gateways have no type
        elif not payload.get("type"):
            self._stray = payload

    @property
    def has_all(self) -> bool:
        """Whether nothing more need come, although the stream may still be open."""
        return self._failure is not None or self._finished is not None

    def close(self) -> Iterator[ReplyEvent]:
        if self._failure:
            raise self._failure
        if self._finished is None:
            raise UpstreamTruncated if self._stray is None else read_no_reply(self._stray)
        yield self._finished

    def _find_item(self, payload: dict[str, Any]) -> OutputItem | None:
        """Whose event this is. Gateways count items otherwise, or not at all."""
        kind, index = payload["type"], payload.get("output_index")
        if not isinstance(index, int):
            index = self._items[-1].index if self._items else 0
        item, type = self._at.get(index), ITEM_EVENTS[kind]
        if item and type and type == item.type:  # by the thousand
            return item
        fields = payload.get("item") if kind in (ITEM_ADDED, ITEM_DONE) else _describe(payload)
        if not isinstance(fields, dict):
            return None
        if item is None or not item.is_meant_by(fields, begins=kind == ITEM_ADDED):
            item = self._at[index] = OutputItem(len(self._items), index)
            self._items.append(item)
        item.learn(fields)
        item.is_done = item.is_done or kind == ITEM_DONE
        return item

    def _read_delta(
        self, item: OutputItem, payload: dict[str, Any], event: ServerSentEvent
    ) -> Iterator[ReplyEvent]:
        told: list[ReplyEvent] = []
        for each in self._read_item(item, payload, len(event.data)):
            told.append(each)
            yield each
        self._run = begin_run(
            read_plain, event, told, lambda _: item.pieces(find_slot(item, payload)).append
        )

    def _read_item(
        self, item: OutputItem, payload: dict[str, Any], size: int
    ) -> Iterator[ReplyEvent]:
        for whose, event in self._order.put(item, payload, size):
            yield from self._item_reader.read(whose, event)

    def _read_ending(self, event: str, response: Any) -> Iterator[ReplyEvent]:
        if not isinstance(response, dict) and event in FAILURES:
            response = {}
        if not isinstance(response, dict):
            return
        failure = read_failure(event, response)
        if isinstance(failure, Unreadable):
            self._failure = failure  # an `error` event that says why may come next
            return
        if failure:
            raise failure
        yield from self._read_output(response.get("output"))
        reason, detail = read_cut(event, response) or self._stop_reason()
        self._finished = ReplyFinished(reason, read_usage(response), detail)

    def _read_output(self, output: Any) -> Iterator[ReplyEvent]:
        whole = [item for item in output or () if isinstance(item, dict)]
        for item, fields in match_output(self._items, whole):
            item.learn(fields)
            yield from self._read_item(item, {"type": ITEM_DONE, "item": fields}, 0)
        for whose, waiting in self._order.flush():
            yield from self._item_reader.read(whose, waiting)
        yield from self._item_reader.end(self._items)

    def _stop_reason(self) -> tuple[StopReason, str | None]:
        if refusal := "".join(self._item_reader.refusal):
            return "refusal", refusal
        return ("tool_calls" if self._item_reader.has_called else "end"), None


def _describe(payload: dict[str, Any]) -> dict[str, Any]:
    """What an event that does not hold its item tells of it."""
    if type := ITEM_EVENTS[payload["type"]]:
        return {"type": type}
    match payload.get("part"):
        case {"type": "reasoning_text"}:
            return {"type": "reasoning"}
        case _:
            return {"type": "message"}
