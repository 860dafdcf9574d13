"""Chat Completions chunks -> reply events.

https://platform.openai.com/docs/api-reference/chat-streaming

Azure's own: a first chunk without choices (prompt_filter_results), a last one with the usage,
and from its asynchronous filter chunks whose choice has no delta. `finish_reason` is not the end:
usage follows it. With both, or [DONE], the reply is complete, and of what still comes nothing but
a usage is read: some models tell one in every chunk, and all of it only in the last.

A choice may hold a whole `message`: alone where a completion comes in one piece, and behind the
deltas from some servers. Of that, only what has not been said is said.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from proxy_core.conversation import (
    Origin,
    RefusalDelta,
    ReplyEvent,
    ReplyFinished,
    StopReason,
    TextDelta,
    ThinkingDelta,
    Usage,
)
from proxy_core.errors import UpstreamTruncated
from proxy_core.openai.delta_run import DeltaRun, begin_run
from proxy_core.openai.errors import describe_filter, read_error_event, read_no_reply
from proxy_core.openai.usage import read_told
from proxy_core.openai_chat.call_order import CallOrder
from proxy_core.openai_chat.plain_chunk import Rest, read_plain
from proxy_core.openai_chat.reply_content import Kind, Words, read_words
from proxy_core.wire.digest import digest
from proxy_core.wire.json import parse_json
from proxy_core.wire.sse import ServerSentEvent

FROM_FINISH_REASON: dict[str, StopReason] = {
    "stop": "end",
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
}

TO_EVENT: dict[Kind, type[TextDelta | ThinkingDelta]] = {
    "reasoning": ThinkingDelta,
    "text": TextDelta,
    "refusal": RefusalDelta,
}

Fields = Mapping[str, Any]


class ReplyReader:
    """Reads one streamed reply. Create one per request.

    `names` gives back the names of tools that had to be changed for the wire. `origin` goes
    unused: this API never hands out reasoning that could be replayed.
    """

    def __init__(self, names: Mapping[str, str], origin: Origin | None = None) -> None:
        self._calls = CallOrder(names, self._make_id)
        self._said: dict[Kind, list[str]] = {"reasoning": [], "text": [], "refusal": []}
        self._run: DeltaRun[Rest] | None = None
        self._id = ""  # of the completion
        self._stop_reason: StopReason | None = None
        self._detail: str | None = None
        self._usage: Usage | None = None
        self._stray: Any = None  # what came instead of a chunk
        self.has_all = False  # nothing more need come, although the stream may still be open

    def read_on(self, event: ServerSentEvent) -> ReplyEvent | None:
        """What continues a run of deltas. None: it is read in full."""
        return self._run.read(event) if self._run else None

    def read(self, event: ServerSentEvent) -> Iterable[ReplyEvent]:
        if told := self.read_on(event):
            return (told,)
        self._run = None
        return self._read_in_full(event)

    def _read_in_full(self, event: ServerSentEvent) -> Iterator[ReplyEvent]:
        if self.has_all:
            self._read_late(event.data)
            return
        if event.data == "[DONE]":
            self.has_all = True
            yield from self._calls.flush()
            return
        chunk = parse_json(event.data)
        if not isinstance(chunk, dict):
            self._stray = chunk
            return
        if chunk.get("error") or event.event == "error":
            raise read_error_event(chunk)
        if "choices" not in chunk and "usage" not in chunk:
            self._stray = chunk
            return
        self._id = chunk.get("id") or self._id
        usage = chunk.get("usage")
        said: list[ReplyEvent] = []
        for choice in chunk.get("choices") or ():
            for each in self._read_choice(choice, chunk.get("object") == "chat.completion"):
                said.append(each)
                yield each
            usage = usage or choice.get("usage")  # where some servers put it
        self._run = begin_run(read_plain, event, said, self._account)
        if told := _read_usage(usage):
            self._usage = told
            self.has_all = self._stop_reason is not None
        if self.has_all:
            yield from self._calls.flush()

    def _read_late(self, data: str) -> None:
        with suppress(ValueError, RecursionError):
            match parse_json(data):
                case {"usage": dict(usage)}:
                    self._usage = _read_usage(usage) or self._usage

    def close(self) -> Iterator[ReplyEvent]:
        """Finish the reply. Usage arrives after finish_reason, so this waits for the end."""
        if self._stop_reason is None:
            raise UpstreamTruncated if self._stray is None else read_no_reply(self._stray)
        yield from self._calls.flush()
        match self._stop_reason:
            case "end" if self._said["refusal"]:
                yield ReplyFinished("refusal", self._usage, "".join(self._said["refusal"]))
            case "end" if self._calls.has_called:  # some models say stop beside their calls
                yield ReplyFinished("tool_calls", self._usage)
            case "tool_calls" if not self._calls.has_called:
                yield ReplyFinished("end", self._usage)
            case reason:
                yield ReplyFinished(reason, self._usage, self._detail)

    def _read_choice(self, choice: Fields, is_whole: bool) -> Iterator[ReplyEvent]:
        reason = choice.get("finish_reason")
        if delta := choice.get("delta"):
            yield from self._read_delta(delta)
        if message := choice.get("message"):
            yield from self._read_message(message, is_whole or bool(reason))
        if choice.get("error") or reason == "error":
            raise read_error_event({"error": choice.get("error") or {}})
        if reason:
            self._stop_reason = FROM_FINISH_REASON.get(reason, "end")
            if reason == "content_filter":
                self._detail = describe_filter(choice.get("content_filter_results"))

    def _read_delta(self, delta: Fields) -> Iterator[ReplyEvent]:
        for kind, text in read_words(delta):
            yield from self._say(kind, text)
        if calls := _find_calls(delta):
            yield from self._calls.read_pieces(calls)

    def _read_message(self, message: Fields, is_whole: bool) -> Iterator[ReplyEvent]:
        if not is_whole:  # some servers call their deltas so
            yield from self._read_delta(message)
            return
        for kind, text in self._missing([*read_words(message)]):
            yield from self._say(kind, text)
        yield from self._calls.read_whole(_find_calls(message))

    def _missing(self, words: Sequence[Words]) -> Iterator[Words]:
        """Of a whole message, what has not been said. What differs stays as it was said."""
        left: dict[Kind, int] = {}  # characters of each kind that have been
        for kind, pieces in self._said.items():
            said, whole = "".join(pieces), "".join(text for of, text in words if of == kind)
            left[kind] = len(said if whole.startswith(said) else whole)
        for kind, text in words:
            if rest := text[left[kind] :]:
                yield kind, rest
            left[kind] = max(0, left[kind] - len(text))

    def _say(self, kind: Kind, text: str) -> Iterable[ReplyEvent]:
        self._said[kind].append(text)
        return self._calls.say(TO_EVENT[kind](text), len(text))

    def _account(self, rest: Rest) -> Callable[[str], object]:
        """Where the words of a run are noted as said."""
        match rest:
            case (_, _, int(index)):
                return self._calls.pieces(index).append
            case (_, _, kind):
                return self._said[kind].append

    def _make_id(self, number: int, name: str) -> str:
        return f"call_{digest(f'{self._id} {number} {name}')}"


def _find_calls(delta: Fields) -> Any:
    """Also the one call of the form that `tools` have replaced."""
    function = delta.get("function_call")
    return delta.get("tool_calls") or ([{"function": function, "index": 0}] if function else ())


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
