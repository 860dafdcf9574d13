"""Reply events -> an Anthropic message, streamed or in one piece.

https://docs.anthropic.com/en/api/messages-streaming

A message is a list of content blocks, and at most one block is open at a time: every
delta belongs to the open block, and opening a block closes the one before it. `_open`
and `_close` are the only places where that rule lives.
"""

from collections.abc import Callable
from typing import Any, Literal

import msgspec

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


class ReplyHead(msgspec.Struct, frozen=True):
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

    def write(self, event: ReplyEvent) -> bytes:
        match event:
            case TextDelta():
                text = event.text  # taken here: a pattern would take twice as long
                self._meter.add(text)
                opened = b"" if self._block == "text" else self._begin_text()
                return opened + self._output.delta(self._index, "text_delta", "text", text)
            case ToolCallDelta(arguments):
                if self._block != "tool_use":
                    raise UpstreamError("Azure sent arguments that belong to no open tool call.")
                self._meter.add(arguments)
                return self._write_json(arguments)
            case ThinkingDelta() | ThinkingSealed():
                return self._write_thinking(event) if self._head.thinking != "off" else b""
            case ToolCallStarted(id, name):
                self._meter.begin_item()
                late = self._write_late_results()
                return late + self._open("tool_use", id=id, name=name, input={})
            case WebSearched():
                return self._write_search(event)
            case Cited(page):
                self._searches.cite(page)
                opened = self._begin_text()
                return opened + self._output.cite(self._index, write_citation(event))
            case _:  # a ReplyFinished: mypy knows that nothing else is left
                ended = self._write_late_results() + self._close()
                usage = self._write_usage(event.usage or NOTHING_TOLD)
                return ended + self._output.finish(self._write_ending(event), usage)

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

    def _write_thinking(self, event: ThinkingDelta | ThinkingSealed) -> bytes:
        if isinstance(event, ThinkingSealed):
            self._meter.begin_item()
            opened = self._begin_thinking()
            self._signature = write_signature(event.reasoning)
            return opened + self._close()
        shown = event.text if self._head.thinking == "shown" else ""
        self._meter.add(shown)
        opened = self._begin_thinking()
        if not shown:
            return opened
        return opened + self._output.delta(self._index, "thinking_delta", "thinking", shown)

    def _write_search(self, search: WebSearched) -> bytes:
        self._meter.begin_item()
        id = self._searches.begin(search)
        opened = self._open("server_tool_use", id=id, name=NAME, input={})
        asked = opened + self._write_json(to_json({"query": search.query}))
        if search.pages == ():
            return asked
        return asked + self._open("web_search_tool_result", **write_result(id, search.pages))

    def _write_json(self, piece: str) -> bytes:
        return self._output.delta(self._index, "input_json_delta", "partial_json", piece)

    def _write_late_results(self) -> bytes:
        late = self._searches.late_results()
        return b"".join([self._open("web_search_tool_result", **result) for result in late])

    def _begin_text(self) -> bytes:
        return b"" if self._block == "text" else self._open("text", text="")

    def _begin_thinking(self) -> bytes:
        if self._block == "thinking":
            return b""
        return self._open("thinking", thinking="", signature="")

    def _open(self, type: BlockType, **fields: Any) -> bytes:
        closed = self._close()
        self._block, self._index = type, self._index + 1
        return closed + self._output.open_block(self._index, {"type": type, **fields})

    def _close(self) -> bytes:
        sealed = b""
        if self._block == "thinking":
            signature, self._signature = self._signature, UNSEALED
            sealed = self._output.delta(self._index, "signature_delta", "signature", signature)
        if not self._block:
            return b""
        self._block = None
        return sealed + self._output.close_block(self._index)


def _write_usage(usage: Usage, input_tokens: int, output_tokens: int) -> dict[str, Any]:
    """Anthropic counts cached input apart from the rest."""
    return {
        "input_tokens": max(0, input_tokens - usage.cached_tokens - usage.cache_write_tokens),
        "cache_creation_input_tokens": usage.cache_write_tokens,
        "cache_read_input_tokens": usage.cached_tokens,
        "output_tokens": output_tokens,
        "output_tokens_details": {"thinking_tokens": usage.reasoning_tokens},
    }
