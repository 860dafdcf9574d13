"""What clients ask a deployed app, and what they can read of its answer.

https://docs.anthropic.com/en/api/messages-streaming
https://platform.openai.com/docs/api-reference/chat/streaming

The two dialects differ in paths, bodies, envelopes and in how a stream ends; that is here, once.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from local.deployed.strangers import read_json
from local.deployed.visitor import Answer
from proxy_core.doctor import bodies
from proxy_core.errors import ProxyError
from proxy_core.wire.sse import SSEDecoder

Body = dict[str, Any]
SMALL = "Say OK."
COUNTING = "Count from 1 to 60, one number a line and nothing else."


@dataclass(frozen=True)
class Dialect:
    group: str
    id: str
    models: str  # paths
    messages: str
    write: Callable[[str, str, bool], Body]  # model, text, whether as a stream
    ends: Callable[[Body | None], bool]  # None: [DONE]
    count: Callable[[Body], int]  # tokens


def _ask_claude(model: str, text: str, stream: bool) -> Body:
    return {**bodies.say(model, text), "stream": stream}


def _ask_cursor(model: str, text: str, stream: bool) -> Body:
    body: Body = {"model": model, "messages": [{"role": "user", "content": text}], "stream": stream}
    return {**body, "stream_options": {"include_usage": True}} if stream else body


def _count_claude(event: Body) -> int:
    return _sum(event.get("usage"), "input_tokens", "output_tokens")


def _count_cursor(event: Body) -> int:
    return _sum(event.get("usage"), "prompt_tokens", "completion_tokens")


def _sum(usage: object, *names: str) -> int:
    numbers = [usage.get(name) for name in names] if isinstance(usage, dict) else []
    return sum(number for number in numbers if isinstance(number, int))


CLAUDE = Dialect(
    "Claude Code (/v1)",
    "claude",
    "/v1/models",
    "/v1/messages",
    _ask_claude,
    lambda event: event is not None and event.get("type") == "message_stop",
    _count_claude,
)
CURSOR = Dialect(
    "Cursor (/cursor)",
    "cursor",
    "/cursor/models",
    "/cursor/chat/completions",
    _ask_cursor,
    lambda event: event is None,
    _count_cursor,
)


@dataclass(frozen=True)
class Stream:
    """The events that arrived: when each was complete, and what it held."""

    times: tuple[float, ...]
    is_whole: bool
    error: str
    tokens: int


def read_stream(answer: Answer, dialect: Dialect) -> Stream:
    times: list[float] = []
    whole, error, tokens = False, "", 0
    for at, event in _events(answer):
        times.append(at)
        whole = whole or dialect.ends(event)
        if event:
            error = error or error_message(event)
            tokens = dialect.count(event) or tokens
    return Stream(tuple(times), whole and not answer.broken, error, tokens)


def _events(answer: Answer) -> Iterator[tuple[float, Body | None]]:
    decoder = SSEDecoder()
    with suppress(ProxyError):
        for piece in answer.pieces:
            for event in decoder.decode(piece.data):
                yield piece.at, None if event.data == "[DONE]" else _object(event.data)


def _object(text: str) -> Body:
    with suppress(ValueError, RecursionError):
        value = json.loads(text)
        return value if isinstance(value, dict) else {}
    return {}


def is_reply(body: object) -> bool:
    """Whether it is one, in either dialect."""
    match body:
        case {"type": "message", "content": list()} | {"choices": [{"message": dict()}]}:
            return True
        case _:
            return False


def error_message(body: object) -> str:
    """Of the app's envelope, which both dialects share in this; empty for what is none."""
    match body:
        case {"error": {"message": str(message)}}:
            return message
        case _:
            return ""


def model_ids(body: object) -> list[str]:
    match body:
        case {"data": [*models]}:
            return [model["id"] for model in models if isinstance(model, dict) and "id" in model]
        case _:
            return []


def said(answer: Answer) -> str:
    """What the app itself refuses with; empty where it is somebody else's answer."""
    return error_message(read_json(answer.body))
