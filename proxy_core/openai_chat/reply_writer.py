"""Reply events -> a Chat Completion, streamed or in one piece.

https://platform.openai.com/docs/api-reference/chat-streaming

Rules (what Cursor needs, and every OpenAI client takes):
* one id and one model string for all of the reply, the role first, `[DONE]` last;
* tool indexes are dense from 0, by order of appearance; a custom tool's call comes down as a
  function's, its raw text as the arguments;
* reasoning is shown inside the content, in a wrapper that is closed before anything else is said,
  and as `reasoning_content` as well; or there alone, where the display has no wrapper;
* a refusal is content, for Cursor shows nothing else; but where JSON is asked for, it is told apart
  as `refusal`, so that nobody reads it as that;
* a function that is called without arguments gets `{}`: clients parse them.
"""

from collections.abc import Callable, Set
from typing import Any, Literal

import msgspec

from proxy_core.conversation import (
    Cited,
    ReasoningDisplay,
    RefusalDelta,
    ReplyEvent,
    ReplyFinished,
    StopReason,
    TextDelta,
    ThinkingDelta,
    ThinkingSealed,
    ToolCallDelta,
    ToolCallStarted,
    Usage,
    WebSearched,
)
from proxy_core.errors import ProxyError, UpstreamError
from proxy_core.openai.usage import NOTHING_TOLD, ReplyMeter
from proxy_core.openai_chat.completion_output import (
    CompletionOutput,
    JsonCompletion,
    StreamedCompletion,
)
from proxy_core.openai_chat.error_writer import explain
from proxy_core.openai_chat.reasoning_display import CLOSING, OPENING

TO_FINISH_REASON: dict[StopReason, str] = {
    "end": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "stop_sequence": "stop",
    "refusal": "stop",
    "content_filter": "content_filter",
    "context_window": "length",
}

KEEP_ALIVE_GAP = 10.0


class ReplyHead(msgspec.Struct, frozen=True):
    """What every chunk of a reply repeats, and how it is to be written."""

    id: str
    model: str  # the name the client asked for
    created: int  # Unix time, seconds
    include_usage: bool = False
    display: ReasoningDisplay = "details"
    is_structured: bool = False  # whether the content is read as JSON
    custom_tools: Set[str] = frozenset()  # their calls carry free text
    input_tokens: Callable[[], int] = int  # an estimate, asked for at the end where Azure told none


class ReplyWriter:
    """Writes one reply. Create one per request."""

    def __init__(self, head: ReplyHead, *, stream: bool) -> None:
        self._display, self._custom = head.display, head.custom_tools
        self._tells_refusals = head.is_structured
        self._output: CompletionOutput = (
            StreamedCompletion(head.id, head.model, head.created)
            if stream
            else JsonCompletion(head.id, head.model, head.created)
        )
        self._tells_usage = head.include_usage or not stream
        self._meter = ReplyMeter(head.input_tokens)
        self._open: Literal["text", "reasoning"] | None = None  # what the content is in
        self._calls = 0
        self._lacks_arguments = False  # whether the last call has had none yet

    def open(self) -> bytes:
        return self._output.delta(role="assistant", content="")

    def write(self, event: ReplyEvent) -> bytes:
        match event:
            case RefusalDelta(text) if self._tells_refusals:
                self._meter.add(text)
                return self._end_reasoning() + self._output.delta(refusal=text)
            case TextDelta():
                text = event.text  # taken here: a pattern would take twice as long
                self._meter.add(text)
                closing = self._closing() if self._open == "reasoning" else ""
                if text:
                    self._open = "text"
                return self._output.text(closing + text)
            case ToolCallDelta(arguments):
                if not self._calls:
                    raise UpstreamError("Azure sent arguments that belong to no open tool call.")
                self._meter.add(arguments)
                ended = self._end_reasoning()
                return ended + self._write_arguments(arguments) if arguments else ended
            case ThinkingDelta(text):
                return self._write_reasoning(text) if text else b""
            case ThinkingSealed():
                self._meter.begin_item()
                return self._end_reasoning()
            case ToolCallStarted(id, name):
                self._meter.begin_item()
                return self._end_reasoning() + self._end_call() + self._begin_call(id, name)
            case WebSearched() | Cited():
                return b""  # this format has no place for them, and the text links what it cites
            case _:  # a ReplyFinished: mypy knows that nothing else is left
                return self._end_reasoning() + self._end_call() + self._finish(event)

    def keep_alive(self) -> bytes:
        return self._output.sign_of_life()

    def keep_alive_gap(self, sent: int) -> float:
        """Seconds. Cursor gives a silent connection about a minute, and its users less."""
        return KEEP_ALIVE_GAP

    def write_error(self, error: ProxyError) -> bytes:
        """After the first byte Cursor shows content, and nothing else."""
        content = f"{self._closing()}\n\n{explain(error)}"
        return self._output.text(content) + self._output.finish("stop", None)

    def _finish(self, finished: ReplyFinished) -> bytes:
        reason, usage = TO_FINISH_REASON[finished.stop_reason], finished.usage or NOTHING_TOLD
        return self._output.finish(reason, self._write_usage(usage) if self._tells_usage else None)

    def _write_usage(self, usage: Usage) -> dict[str, Any]:
        read, written = self._meter.input_tokens(usage), self._meter.output_tokens(usage)
        return {
            "prompt_tokens": read,
            "completion_tokens": written,
            "total_tokens": read + written,
            "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
            "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        }

    def _write_reasoning(self, text: str) -> bytes:
        self._meter.add(text)
        if not OPENING[self._display]:
            return self._output.delta(reasoning_content=text)
        opening = "" if self._open == "reasoning" else OPENING[self._display]
        if self._open == "text":
            opening = f"\n\n{opening}"  # Markdown knows the tag only at the start of a line
        self._open = "reasoning"
        return self._output.delta(content=opening + text, reasoning_content=text)

    def _end_reasoning(self) -> bytes:
        closing = self._closing()
        return self._output.text(closing) if closing else b""

    def _closing(self) -> str:
        if self._open != "reasoning":
            return ""
        self._open = None
        return CLOSING[self._display]

    def _begin_call(self, id: str, name: str) -> bytes:
        self._calls += 1
        self._lacks_arguments = name not in self._custom
        return self._write_call(id=id, type="function", function={"name": name, "arguments": ""})

    def _end_call(self) -> bytes:
        return self._write_arguments("{}") if self._lacks_arguments else b""

    def _write_arguments(self, arguments: str) -> bytes:
        self._lacks_arguments = False
        return self._write_call(function={"arguments": arguments})

    def _write_call(self, **call: Any) -> bytes:
        return self._output.delta(tool_calls=[{"index": self._calls - 1, **call}])
