"""A strict checker for Chat Completions streams, because the official SDKs accept broken ones.

https://platform.openai.com/docs/api-reference/chat-streaming

It shares no code with the proxy: it takes the bytes apart itself, and puts the completion together
itself. `read_stream` raises AssertionError at the first chunk that breaks a rule:

* every chunk has the same id, model and creation time;
* the role comes first and once, exactly one finish_reason ends the choice, `[DONE]` the stream;
* the usage follows the finish_reason, in a chunk without choices;
* the indexes of tool calls count 0, 1, 2, ...; a call starts with id, name and empty arguments;
* arguments continue the call that was started last; the ids of calls are unique;
* shown reasoning stands in a wrapper, word for word as in `reasoning_content`; the wrapper begins a
  paragraph, and is closed before anything else is said.
"""

import json
from typing import Any

Chunk = dict[str, Any]

WRAPPERS = {
    "<details><summary>Thinking</summary>\n\n": "\n\n</details>\n\n",
    "<think>\n": "\n</think>\n\n",
}
FINISH_REASONS = ("stop", "length", "tool_calls", "content_filter")


def read_chunks(stream: bytes) -> list[Chunk]:
    """The chunks between comments, without the `[DONE]` that must be last."""
    *events, end = stream.decode().split("\n\n")
    assert end == "", f"the stream breaks off inside an event: {end!r}"
    assert events[-1:] == ["data: [DONE]"], f"the stream ends with {events[-1:]}"
    return [_read_chunk(event) for event in events[:-1] if not event.startswith(":")]


def _read_chunk(event: str) -> Chunk:
    assert event.startswith("data: ")
    assert "\n" not in event
    chunk: Chunk = json.loads(event.removeprefix("data: "))
    return chunk


def read_stream(stream: bytes) -> Chunk:
    """The completion that a well-formed stream says, as if it had not been streamed.

    Its `usage` is None when there was no such chunk.
    """
    grammar = Grammar()
    for chunk in read_chunks(stream):
        grammar.see(chunk)
    return grammar.completion()


class Grammar:
    """Reads one stream."""

    def __init__(self) -> None:
        self._head: Chunk | None = None
        self._role = False
        self._texts: dict[str, str] = {"content": "", "reasoning_content": ""}
        self._calls: list[dict[str, Any]] = []
        self._closing = ""  # what must be said first, while the wrapper is open
        self._finish_reason: str | None = None
        self._usage: dict[str, Any] | None = None

    def see(self, chunk: Chunk) -> None:
        choices = chunk.pop("choices")
        usage = chunk.pop("usage", None)
        assert chunk.pop("object") == "chat.completion.chunk"
        assert chunk.keys() == {"id", "created", "model"}
        assert self._head in (None, chunk), "another id, model or creation time"
        assert self._usage is None, "a chunk after the usage"
        self._head = chunk
        match choices:
            case []:
                self._see_usage(usage)
            case [{"index": 0, "delta": dict(delta), "finish_reason": reason}]:
                assert usage is None
                self._see_choice(delta, reason)
            case _:
                raise AssertionError(f"not one choice: {choices}")

    def completion(self) -> Chunk:
        assert self._head is not None, "nothing was said"
        assert self._finish_reason, "no finish_reason"
        content, reasoning = (text or None for text in self._texts.values())
        message: dict[str, Any] = {"role": "assistant", "content": content, "refusal": None}
        if reasoning:
            message["reasoning_content"] = reasoning
        if self._calls:
            message["tool_calls"] = self._calls
        choice = {
            "index": 0,
            "message": message,
            "logprobs": None,
            "finish_reason": self._finish_reason,
        }
        head = {**self._head, "object": "chat.completion"}
        return {**head, "choices": [choice], "usage": self._usage}

    def _see_usage(self, usage: dict[str, Any]) -> None:
        assert self._finish_reason, "usage before the finish_reason"
        read, written = usage["prompt_tokens"], usage["completion_tokens"]
        assert usage["total_tokens"] == read + written
        assert min(read, written) >= 0
        self._usage = usage

    def _see_choice(self, delta: dict[str, Any], reason: str | None) -> None:
        assert not self._finish_reason, "a delta after the finish_reason"
        if reason:
            assert reason in FINISH_REASONS
            assert not delta, "a finish_reason beside a delta"
            assert self._role, "a finish_reason before the role"
            assert not self._closing, "an end inside the wrapper of reasoning"
            assert self._calls or reason != "tool_calls"
            self._finish_reason = reason
        elif "role" in delta:
            assert delta == {"role": "assistant", "content": ""}
            assert not self._role, "a second role"
            self._role = True
        else:
            assert self._role, "a delta before the role"
            self._see_delta(delta)

    def _see_delta(self, delta: dict[str, Any]) -> None:
        match delta:
            case {"tool_calls": [call], **rest} if not rest:
                assert not self._closing, "a tool call inside the wrapper of reasoning"
                self._see_call(**call)
            case {"reasoning_content": str(thought), **rest}:
                assert thought
                self._texts["reasoning_content"] += thought
                self._see_shown(thought, **rest)
            case {"content": str(text), **rest} if not rest:
                assert text.startswith(self._closing), "text inside the wrapper of reasoning"
                self._closing = ""
                self._texts["content"] += text
            case _:
                raise AssertionError(f"unknown delta {delta}")

    def _see_shown(self, thought: str, *, content: str = "") -> None:
        """Reasoning may also stay out of the content; then no wrapper is open."""
        if self._closing:
            assert content == thought, "not word for word"
        elif content:
            openings = [o for o in WRAPPERS if content.removeprefix("\n\n") == o + thought]
            assert openings, f"no wrapper opens: {content!r}"
            self._closing = WRAPPERS[openings[0]]
            paragraphs = (self._texts["content"] + content).removesuffix(thought)
            assert paragraphs.removesuffix(openings[0])[-2:] in ("", "\n\n")
        self._texts["content"] += content

    def _see_call(self, *, index: int, function: dict[str, str], **start: str) -> None:
        if start:
            assert index == len(self._calls), "the indexes of calls are not dense"
            assert start.keys() == {"id", "type"}
            assert start["type"] == "function"
            assert all(call["id"] != start["id"] for call in self._calls), "the same id twice"
            assert function.keys() == {"name", "arguments"}
            assert function["arguments"] == ""
            self._calls.append({**start, "function": function})
        else:
            assert index == len(self._calls) - 1, "arguments of a call that is not the last"
            assert function.keys() == {"arguments"}
            self._calls[-1]["function"]["arguments"] += function["arguments"]
