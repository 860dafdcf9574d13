"""Reply events -> an Anthropic message, streamed or in one piece.

https://docs.anthropic.com/en/api/messages-streaming

A message is a list of content blocks, and at most one block is open at a time: every
delta belongs to the open block, and opening a block closes the one before it. `_open`
and `_close` are the only places where that rule lives.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from proxy_core.anthropic_messages import safety_question
from proxy_core.anthropic_messages.error_writer import write_error_event
from proxy_core.anthropic_messages.message_output import (
    JsonMessage,
    MessageOutput,
    StreamedMessage,
)
from proxy_core.anthropic_messages.signature import UNSEALED, write_signature
from proxy_core.anthropic_messages.web_search import NAME, Searches, write_citation, write_result
from proxy_core.conversation import (
    Cited,
    ReplyEvent,
    ReplyFinished,
    StopReason,
    TextDelta,
    Thinking,
    ThinkingDelta,
    ThinkingSealed,
    ToolCallDelta,
    ToolCallStarted,
    Usage,
    WebSearched,
)
from proxy_core.errors import ProxyError, UpstreamError
from proxy_core.openai.usage import NOTHING_TOLD, ReplyMeter
from proxy_core.wire.json import to_json

TO_STOP_REASON: dict[StopReason, str] = {
    "end": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "stop_sequence": "stop_sequence",
    "refusal": "refusal",
    "content_filter": "refusal",
    "context_window": "model_context_window_exceeded",
}

BlockType = Literal["thinking", "text", "tool_use", "server_tool_use", "web_search_tool_result"]


@dataclass(frozen=True, slots=True)
class ReplyHead:
    """What a reply says before the model has said anything."""

    id: str
    model: str  # the name the client asked for
    thinking: Thinking = "off"
    request_id: str = ""
    # the best estimate there is: when a stream opens, and where Azure tells no number
    input_tokens: Callable[[], int] = int
    safeguard_status: Callable[[], dict[str, Any] | None] = lambda: None  # asked when it ends


class ReplyWriter:
    """Writes one reply. Create one per request."""

    def __init__(self, head: ReplyHead, *, stream: bool) -> None:
        self._head = head
        self._is_streamed = stream
        self._output: MessageOutput = StreamedMessage() if stream else JsonMessage()
        self._block: BlockType | None = None
        self._signature = UNSEALED
        self._index = -1
        self._meter = ReplyMeter(head.input_tokens)
        self._searches = Searches()

    def open(self) -> bytes:
        # a message in one piece has its usage at the end only, and counting may take long
        count = self._head.input_tokens() if self._is_streamed else 0
        return self._output.start(
            {
                "id": self._head.id,
                "type": "message",
                "role": "assistant",
                "model": self._head.model,
                "content": [],
                "stop_reason": None,
                "stop_sequence": None,
                "usage": _write_usage(Usage(), count, 0),
            }
        )

    def write(self, event: ReplyEvent) -> Iterator[bytes]:
        match event:
            case TextDelta(text):
                self._meter.add(text)
                if self._block != "text":
                    yield from self._open("text", text="")
                yield self._output.delta(self._index, "text_delta", "text", text)
            case ToolCallDelta(arguments):
                if self._block != "tool_use":
                    raise UpstreamError("Azure sent arguments that belong to no open tool call.")
                self._meter.add(arguments)
                yield self._output.delta(self._index, "input_json_delta", "partial_json", arguments)
            case ThinkingDelta() | ThinkingSealed():
                if self._head.thinking != "off":
                    yield from self._write_thinking(event)
            case ToolCallStarted(id, name):
                self._meter.begin_item()
                yield from self._write_late_results()
                yield from self._open("tool_use", id=id, name=name, input={})
            case WebSearched():
                yield from self._write_search(event)
            case Cited(page):
                self._searches.cite(page)
                if self._block != "text":
                    yield from self._open("text", text="")
                yield self._output.cite(self._index, write_citation(event))
            case _:  # a ReplyFinished: mypy knows that nothing else is left
                yield from self._write_late_results()
                yield from self._close()
                usage = self._write_usage(event.usage or NOTHING_TOLD)
                yield self._output.finish(self._write_ending(event), usage)

    def _write_usage(self, usage: Usage) -> dict[str, Any]:
        meter = self._meter
        told = _write_usage(usage, meter.input_tokens(usage), meter.output_tokens(usage))
        return told | self._searches.usage()

    def _write_ending(self, event: ReplyFinished) -> dict[str, Any]:
        stopped_at = event.detail if event.stop_reason == "stop_sequence" else None
        ending: dict[str, Any] = {
            "stop_reason": TO_STOP_REASON[event.stop_reason],
            "stop_sequence": stopped_at,
        }
        if ending["stop_reason"] == "refusal":
            ending["stop_details"] = {
                "type": "refusal",
                "category": None,
                "explanation": event.detail,
            }
        if status := self._head.safeguard_status():
            ending["safeguard_results"] = safety_question.write_results(status)
        return ending

    def keep_alive(self) -> bytes:
        """A sign of life while Azure is silent; an empty thinking delta counts for more."""
        if self._block == "thinking":
            return self._output.empty_thinking(self._index)
        return self._output.ping()

    def keep_alive_gap(self, sent: int) -> float:
        """Seconds of silence until the next keep-alive is due, after `sent` of them in a row."""
        output = self._output
        gaps = output.thinking_gaps if self._block == "thinking" else output.ping_gaps
        return gaps[min(sent, len(gaps) - 1)]

    def write_error(self, error: ProxyError) -> bytes:
        return self._output.error(write_error_event(error, self._head.request_id))

    def _write_thinking(self, event: ThinkingDelta | ThinkingSealed) -> Iterator[bytes]:
        if self._block != "thinking":
            yield from self._open("thinking", thinking="", signature="")
        if isinstance(event, ThinkingSealed):
            self._meter.begin_item()
            self._signature = write_signature(event.reasoning)
            yield from self._close()
        elif event.text and self._head.thinking == "shown":
            self._meter.add(event.text)
            yield self._output.delta(self._index, "thinking_delta", "thinking", event.text)

    def _write_search(self, search: WebSearched) -> Iterator[bytes]:
        self._meter.begin_item()
        id = self._searches.begin(search)
        yield from self._open("server_tool_use", id=id, name=NAME, input={})
        query = to_json({"query": search.query})
        yield self._output.delta(self._index, "input_json_delta", "partial_json", query)
        if search.pages != ():
            yield from self._open("web_search_tool_result", **write_result(id, search.pages))

    def _write_late_results(self) -> Iterator[bytes]:
        for result in self._searches.late_results():
            yield from self._open("web_search_tool_result", **result)

    def _open(self, type: BlockType, **fields: Any) -> Iterator[bytes]:
        yield from self._close()
        self._block, self._index = type, self._index + 1
        yield self._output.open_block(self._index, {"type": type, **fields})

    def _close(self) -> Iterator[bytes]:
        if self._block == "thinking":
            signature, self._signature = self._signature, UNSEALED
            yield self._output.delta(self._index, "signature_delta", "signature", signature)
        if self._block:
            self._block = None
            yield self._output.close_block(self._index)


def _write_usage(usage: Usage, input_tokens: int, output_tokens: int) -> dict[str, Any]:
    """Anthropic counts cached input apart from the rest."""
    return {
        "input_tokens": max(0, input_tokens - usage.cached_tokens - usage.cache_write_tokens),
        "cache_creation_input_tokens": usage.cache_write_tokens,
        "cache_read_input_tokens": usage.cached_tokens,
        "output_tokens": output_tokens,
        "output_tokens_details": {"thinking_tokens": usage.reasoning_tokens},
    }
