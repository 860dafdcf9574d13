"""Chat Completions chunks -> reply events.

https://platform.openai.com/docs/api-reference/chat-streaming

Azure's own: a first chunk without choices (prompt_filter_results), a last one with the usage,
and from its asynchronous filter chunks whose choice has no delta. `finish_reason` is not the end:
usage follows it. With both, or [DONE], the reply is complete, and of what still comes nothing but
a usage is read: some models tell one in every chunk, and all of it only in the last.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from proxy_core.conversation import (
    Origin,
    ReplyEvent,
    ReplyFinished,
    StopReason,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    ToolCallStarted,
    Usage,
)
from proxy_core.errors import UpstreamError, UpstreamTruncated
from proxy_core.openai.errors import describe_filter, read_error_event
from proxy_core.openai.usage import read_told
from proxy_core.wire.json import read_count, read_string
from proxy_core.wire.sse import ServerSentEvent

FROM_FINISH_REASON: dict[str, StopReason] = {
    "stop": "end",
    "length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
}


class ReplyReader:
    """Reads one streamed reply. Create one per request.

    `names` gives back the names of tools that had to be changed for the wire. `origin` goes
    unused: this API never hands out reasoning that could be replayed.
    """

    def __init__(self, names: Mapping[str, str], origin: Origin | None = None) -> None:
        self._names = names
        self._call: int | None = None  # index of the call whose arguments are arriving
        self._stop_reason: StopReason | None = None
        self._detail: str | None = None
        self._refusal: list[str] = []
        self._usage: Usage | None = None
        self.has_all = False  # nothing more need come, although the stream may still be open

    def read(self, event: ServerSentEvent) -> Iterator[ReplyEvent]:
        if self.has_all:
            self._read_late(event.data)
            return
        if event.data == "[DONE]":
            self.has_all = True
            return
        chunk = json.loads(event.data)
        if chunk.get("error"):
            raise read_error_event(chunk)
        for choice in chunk.get("choices") or ():
            yield from self._read_delta(choice.get("delta") or {})
            if reason := choice.get("finish_reason"):
                self._stop_reason = FROM_FINISH_REASON.get(reason, "end")
                if reason == "content_filter":
                    self._detail = describe_filter(choice.get("content_filter_results"))
        if usage := _read_usage(chunk.get("usage")):
            self._usage = usage
            self.has_all = self._stop_reason is not None

    def _read_late(self, data: str) -> None:
        with suppress(ValueError, RecursionError):
            match json.loads(data):
                case {"usage": dict(usage)}:
                    self._usage = _read_usage(usage) or self._usage

    def close(self) -> Iterator[ReplyEvent]:
        """Finish the reply. Usage arrives after finish_reason, so this waits for the end."""
        match self._stop_reason:
            case None:
                raise UpstreamTruncated
            case "end" if self._refusal:
                yield ReplyFinished("refusal", self._usage, "".join(self._refusal))
            case "end" if self._call is not None:  # some models say stop beside their calls
                yield ReplyFinished("tool_calls", self._usage)
            case "tool_calls" if self._call is None:
                yield ReplyFinished("end", self._usage)
            case reason:
                yield ReplyFinished(reason, self._usage, self._detail)

    def _read_delta(self, delta: dict[str, Any]) -> Iterator[ReplyEvent]:
        if thinking := read_string(delta, "reasoning_content"):
            yield ThinkingDelta(thinking)
        if text := read_string(delta, "content"):
            yield TextDelta(text)
        if refusal := read_string(delta, "refusal"):
            self._refusal.append(refusal)
            yield TextDelta(refusal)
        for call in delta.get("tool_calls") or ():
            yield from self._read_call(call)

    def _read_call(self, call: dict[str, Any]) -> Iterator[ReplyEvent]:
        index, function = read_count(call, "index"), call.get("function") or {}
        if self._call is None or index > self._call:
            self._call = index
            id, name = read_string(call, "id"), read_string(function, "name")
            if not (id and name):
                raise UpstreamError("Azure began a tool call without naming it.")
            yield ToolCallStarted(id, self._names.get(name, name))
        elif index < self._call:
            raise UpstreamError("Azure went back to the arguments of an earlier tool call.")
        if arguments := read_string(function, "arguments"):
            yield ToolCallDelta(arguments)


def _read_usage(usage: Any) -> Usage | None:
    if not (isinstance(usage, dict) and usage):
        return None
    read, written = usage.get("prompt_tokens_details"), usage.get("completion_tokens_details")
    reasoning = read_told(written, "reasoning_tokens") or read_told(usage, "reasoning_tokens")
    return Usage(
        input_tokens=read_told(usage, "prompt_tokens"),
        cached_tokens=read_told(read, "cached_tokens") or 0,
        output_tokens=read_told(usage, "completion_tokens"),
        reasoning_tokens=reasoning or 0,
    )
