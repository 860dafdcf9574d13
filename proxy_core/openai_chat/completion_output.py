"""The two outer forms of a Chat Completion: chunks as they happen, or one JSON object.

Both are told the same things in the same order, so they cannot differ in content.
"""

from collections.abc import Iterator
from typing import Any, Protocol

from proxy_core.wire.json import to_json, to_json_string

KEEP_ALIVE = b": keep-alive\n\n"
DONE = b"data: [DONE]\n\n"
CLOSING = '},"finish_reason":null}]}\n\n'  # of a chunk that does not end the reply


class CompletionOutput(Protocol):
    def text(self, content: str) -> bytes: ...
    def delta(self, **delta: Any) -> bytes: ...
    # without a usage, none is told
    def finish(self, reason: str, usage: dict[str, Any] | None) -> bytes: ...
    def sign_of_life(self) -> bytes: ...


class StreamedCompletion:
    """Server-sent events."""

    def __init__(self, id: str, model: str, created: int) -> None:
        chunk = {"id": id, "object": "chat.completion.chunk", "created": created, "model": model}
        self._beginning = f"data: {to_json(chunk)[:-1]}"  # what every chunk repeats
        self._opening = f'{self._beginning},"choices":[{{"index":0,"delta":{{'

    def text(self, content: str) -> bytes:
        # a template, because words come by the thousand
        return f'{self._opening}"content":{to_json_string(content)}{CLOSING}'.encode()

    def delta(self, **delta: Any) -> bytes:
        told = ",".join([f'"{name}":{_quick_json(value)}' for name, value in delta.items()])
        return f"{self._opening}{told}{CLOSING}".encode()

    def finish(self, reason: str, usage: dict[str, Any] | None) -> bytes:
        choice = {"index": 0, "delta": {}, "finish_reason": reason}
        ending = f'{self._beginning},"choices":[{to_json(choice)}]}}\n\n'.encode()
        if usage:
            ending += f'{self._beginning},"choices":[],"usage":{to_json(usage)}}}\n\n'.encode()
        return ending + DONE

    def sign_of_life(self) -> bytes:
        return KEEP_ALIVE


class JsonCompletion:
    """One JSON object, at the end. Until then only white space, which JSON ignores."""

    def __init__(self, id: str, model: str, created: int) -> None:
        self._head = {"id": id, "object": "chat.completion", "created": created, "model": model}
        self._texts: dict[str, list[str]] = {"content": [], "refusal": [], "reasoning_content": []}
        self._calls: list[dict[str, Any]] = []
        self._arguments: list[list[str]] = []  # of each call

    def text(self, content: str) -> bytes:
        self._texts["content"].append(content)
        return b""

    def delta(self, **delta: Any) -> bytes:
        for name, texts in self._texts.items():
            texts.append(delta.get(name, ""))
        for call in delta.get("tool_calls", ()):
            self._add(call)
        return b""

    def finish(self, reason: str, usage: dict[str, Any] | None) -> bytes:
        told = {name: "".join(texts) or None for name, texts in self._texts.items()}
        message: dict[str, Any] = {"role": "assistant", **told}
        if not message["reasoning_content"]:
            del message["reasoning_content"]
        if self._calls:
            message["tool_calls"] = [*self._write_calls()]
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
        return to_json({**self._head, "choices": [choice], "usage": usage}).encode()

    def sign_of_life(self) -> bytes:
        return b" "

    def _add(self, call: dict[str, Any]) -> None:
        if "id" in call:
            self._calls.append(call)
            self._arguments.append([])
        self._arguments[-1].append(call["function"]["arguments"])

    def _write_calls(self) -> Iterator[dict[str, Any]]:
        for call, pieces in zip(self._calls, self._arguments, strict=True):
            function = {"name": call["function"]["name"], "arguments": "".join(pieces)}
            yield {"id": call["id"], "type": call["type"], "function": function}


def _quick_json(value: Any) -> str:
    return to_json_string(value) if isinstance(value, str) else to_json(value)
