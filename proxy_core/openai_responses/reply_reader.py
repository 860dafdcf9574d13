"""Responses API stream events -> reply events.

https://platform.openai.com/docs/api-reference/responses-streaming

Rules:
* events of a type this file does not know are ignored; new ones keep coming;
* the end of the stream is a terminal event, never the end of the bytes; what still comes after one
  that completes the reply is not read;
* a reasoning item is sealed by the `encrypted_content` of its `done` event (the one in `added`
  is shorter), and announced once the next item has said its phase;
* citations are read from the `done` event of their message, whose text their indexes count in.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from proxy_core.conversation import (
    Cited,
    Origin,
    Reasoning,
    ReplyEvent,
    ReplyFinished,
    StopReason,
    TextDelta,
    ThinkingDelta,
    ThinkingSealed,
    ToolCallDelta,
    ToolCallStarted,
    Usage,
    WebPage,
    WebSearched,
)
from proxy_core.errors import UpstreamError, UpstreamTruncated
from proxy_core.openai.errors import describe_filter, read_error_event
from proxy_core.openai.usage import read_told
from proxy_core.openai_responses.item_order import ItemOrder
from proxy_core.wire.sse import ServerSentEvent

# Large or frequent, and without meaning here: not worth parsing.
SKIPPED = frozenset(
    {
        "response.created",
        "response.queued",
        "response.in_progress",
        "response.output_text.done",
        "response.output_text.annotation.added",
        "response.content_part.added",
        "response.content_part.done",
        "response.function_call_arguments.done",
        "response.custom_tool_call_input.done",
        "response.reasoning_summary_text.done",
        "response.reasoning_summary_part.done",
        "response.reasoning_text.done",
        "keepalive",
    }
)

LONGEST_QUOTE = 1_000  # characters of a cited text; Anthropic's own quotes have 150


class ReplyReader:
    """Reads one streamed reply. Create one per request.

    `names` gives back the names of tools that had to be changed for the wire; `origin` is where
    reasoning of this reply can be replayed.
    """

    def __init__(self, names: Mapping[str, str], origin: Origin | None) -> None:
        self._names = names
        self._origin = origin
        self._order = ItemOrder()
        self._sealed: Reasoning | None = None
        self._streamed = False  # whether the current item has sent any delta
        self._item = ""  # type of the last item that the client sees in any case
        self._called_tools = False
        self._refusal: list[str] = []
        self._failed = False
        self._finished: ReplyFinished | None = None

    def read(self, event: ServerSentEvent) -> Iterator[ReplyEvent]:
        if self._finished or event.event in SKIPPED:
            return
        if event.data == "[DONE]":  # Azure has none, gateways do
            return
        payload = json.loads(event.data)
        match payload:
            case {
                "type": "response.completed" | "response.incomplete",
                "response": dict(response),
            }:
                yield from self._read_ending(response)
            case {"type": "response.failed", "response": {"error": dict(error)}}:
                raise read_error_event({"error": error})
            case {"type": "response.failed"}:
                self._failed = True  # an `error` event that says why comes next
            case {"type": "error"}:
                raise read_error_event(payload)
            case {"error": dict()} if "type" not in payload:  # from gateways
                raise read_error_event(payload)
            case {"output_index": int()}:
                for ready in self._order.put(payload, len(event.data)):
                    yield from self._read_item_event(ready)
            case _:
                pass

    @property
    def has_all(self) -> bool:
        """Whether nothing more need come, although the stream may still be open."""
        return self._failed or self._finished is not None

    def close(self) -> Iterator[ReplyEvent]:
        if self._failed:
            raise UpstreamError("Azure failed without saying why.")
        if self._finished is None:
            raise UpstreamTruncated
        yield self._finished

    def _read_item_event(self, payload: dict[str, Any]) -> Iterator[ReplyEvent]:
        match payload:
            case {"type": "response.output_text.delta", "delta": str(text)}:
                self._streamed = True
                yield TextDelta(text)
            case {
                "type": "response.function_call_arguments.delta"
                | "response.custom_tool_call_input.delta",
                "delta": str(arguments),
            }:
                self._streamed = True
                yield ToolCallDelta(arguments)
            case {
                "type": "response.reasoning_summary_text.delta" | "response.reasoning_text.delta",
                "delta": str(text),
            }:
                self._streamed = True
                yield ThinkingDelta(text)
            case {"type": "response.refusal.delta", "delta": str(text)}:
                self._refusal.append(text)
                self._streamed = True
                yield TextDelta(text)
            case {"type": "response.reasoning_summary_part.added", "summary_index": int(index)}:
                if index:
                    yield ThinkingDelta("\n\n")
            case {"type": "response.output_item.added", "item": dict(item)}:
                yield from self._read_added(item)
            case {"type": "response.output_item.done", "item": dict(item)}:
                yield from self._read_done(item, payload["output_index"])

    def _read_added(self, item: dict[str, Any]) -> Iterator[ReplyEvent]:
        if item.get("type") != "web_search_call":
            yield from self._release_seal(item.get("phase"))
        self._streamed = False
        match item:
            case {"type": "reasoning"}:
                yield ThinkingDelta("")
            case {"type": "message"}:
                if self._item == "message":
                    yield TextDelta("\n\n")
                self._item = "message"
            case {
                "type": "function_call" | "custom_tool_call",
                "call_id": str(id),
                "name": str(name),
            }:
                self._item = "function_call"
                self._called_tools = True
                yield ToolCallStarted(id, self._names.get(name, name))

    def _read_done(self, item: dict[str, Any], index: int) -> Iterator[ReplyEvent]:
        """What was not streamed stands here at once; some gateways send it only so."""
        match item:
            case {"type": "reasoning"}:
                yield from self._read_reasoning(item)
            case {"type": "function_call", "arguments": str(arguments)} | {
                "type": "custom_tool_call",
                "input": str(arguments),
            } if not self._streamed:
                yield ToolCallDelta(arguments)
            case {"type": "message", "content": list(parts)}:
                for part in parts:
                    match part:
                        case {"text": str(text)} if not self._streamed:
                            yield TextDelta(text)
                        case {"refusal": str(text)} if not self._streamed:
                            self._refusal.append(text)
                            yield TextDelta(text)
                    yield from _read_citations(part)
            case {"type": "web_search_call"}:
                yield from self._read_web_use(item, index)

    def _read_web_use(self, item: dict[str, Any], index: int) -> Iterator[ReplyEvent]:
        # Azure would take the reasoning back only with the item it led to, which nobody keeps
        led_here, self._sealed = self._sealed, None
        if search := _read_search(item, index):
            self._item = "web_search_call"
            yield search
        elif led_here and led_here.summary:
            yield ThinkingDelta("\n\n")

    def _read_reasoning(self, item: dict[str, Any]) -> Iterator[ReplyEvent]:
        summary = tuple(str(part["text"]) for part in item.get("summary") or ())
        if summary and not self._streamed:
            yield ThinkingDelta("\n\n".join(summary))
        match item:
            case {"id": str(id), "encrypted_content": str(content)}:
                self._sealed = Reasoning(id, content, summary, self._origin)

    def _read_ending(self, response: dict[str, Any]) -> Iterator[ReplyEvent]:
        for waiting in self._order.flush():
            yield from self._read_item_event(waiting)
        yield from self._release_seal(None)
        reason, detail = self._stop_reason(response)
        self._finished = ReplyFinished(reason, _read_usage(response), detail)

    def _release_seal(self, phase: Any) -> Iterator[ReplyEvent]:
        sealed, self._sealed = self._sealed, None
        if sealed:
            known = phase if phase in ("commentary", "final_answer") else None
            yield ThinkingSealed(replace(sealed, phase=known))

    def _stop_reason(self, response: dict[str, Any]) -> tuple[StopReason, str | None]:
        match response.get("incomplete_details"):
            case {"reason": "content_filter"}:
                return "content_filter", describe_filter(response.get("content_filters"))
            case {"reason": "max_output_tokens"} if _window_is_full(response):
                return "context_window", None
            case {"reason": str()}:
                return "length", None
        if self._refusal:
            return "refusal", "".join(self._refusal)
        return ("tool_calls" if self._called_tools else "end"), None


def _window_is_full(response: dict[str, Any]) -> bool:
    """Cut although a tenth of the room asked for is left: the context window was the limit."""
    match response:
        case {"max_output_tokens": int(limit), "usage": {"output_tokens": int(written)}}:
            return written < 0.9 * limit
        case _:
            return False


def _read_search(item: dict[str, Any], index: int) -> WebSearched | None:
    """Pages that the model opens or looks through are no searches, and are not billed as such."""
    action = item.get("action") or {}
    if action.get("type", "search") != "search":
        return None
    query = action.get("query") or ", ".join(action.get("queries") or ())
    pages = tuple(
        WebPage(source["url"], str(source.get("title") or ""))
        for source in action.get("sources") or ()
        if isinstance(source.get("url"), str)  # some sources are no pages
    )
    failed = item.get("status") == "failed"
    return WebSearched(str(item.get("id") or index), str(query), None if failed else pages)


def _read_citations(part: dict[str, Any]) -> Iterator[Cited]:
    for annotation in part.get("annotations") or ():
        match annotation:
            case {"type": "url_citation", "url": str(url)}:
                page = WebPage(url, str(annotation.get("title") or ""))
                yield Cited(page, _cited_text(part, annotation))


def _cited_text(part: dict[str, Any], place: dict[str, Any]) -> str:
    match part, place:
        case {"text": str(text)}, {"start_index": int(start), "end_index": int(end)}:
            return text[start : min(end, start + LONGEST_QUOTE)]
        case _:
            return ""


def _read_usage(response: dict[str, Any]) -> Usage | None:
    usage = response.get("usage")
    if not (isinstance(usage, dict) and usage):
        return None
    read, written = usage.get("input_tokens_details"), usage.get("output_tokens_details")
    return Usage(
        input_tokens=read_told(usage, "input_tokens"),
        cached_tokens=read_told(read, "cached_tokens") or 0,
        cache_write_tokens=read_told(read, "cache_write_tokens") or 0,
        output_tokens=read_told(usage, "output_tokens"),
        reasoning_tokens=read_told(written, "reasoning_tokens") or 0,
    )
