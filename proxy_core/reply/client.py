"""What a client gets, and in what the kinds of client differ apart from their format."""

import os
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any

import msgspec

from proxy_core import anthropic_messages, openai_chat
from proxy_core.errors import ProxyError
from proxy_core.wire.json import encode_json

JSON_HEADERS = {"content-type": "application/json"}
EVENT_STREAM = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
    "x-accel-buffering": "no",
}


class Reply(msgspec.Struct, frozen=True):
    """What a host sends. A streamed body must be closed, also when it was never begun."""

    status: int
    body: bytes | AsyncGenerator[bytes]
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    close: Callable[[], None] = lambda: None


class Patience(msgspec.Struct, frozen=True):
    """Seconds that a client can be left without a byte, and in which Azure may be asked again."""

    hold: float = 5.0  # for the first event of a stream
    hold_retrying: float = 14.0  # the same once an attempt has failed
    one_piece: float = 20.0  # for the end of a reply in one piece
    retrying: float = 10.0  # from the first failure on


class Client(msgspec.Struct, frozen=True):
    write_error: Callable[[ProxyError, str], dict[str, Any]]
    error_status: Callable[[ProxyError], int]
    error_headers: Callable[[ProxyError], dict[str, str]]
    patience: Patience

    def refuse(self, error: ProxyError, request_id: str) -> Reply:
        envelope = self.write_error(error, request_id)
        return json_reply(envelope, self.error_status(error), self.error_headers(error))


CLAUDE = Client(
    anthropic_messages.write_error,
    anthropic_messages.error_status,
    anthropic_messages.error_headers,
    Patience(),  # these clients try again by themselves
)
CURSOR = Client(
    lambda error, _: openai_chat.write_error(error),
    openai_chat.error_status,
    lambda _: {},
    # comments keep the line open; this client does not try again
    Patience(hold_retrying=5.0, retrying=45.0),
)


def json_reply(body: Any, status: int = 200, headers: Mapping[str, str] = JSON_HEADERS) -> Reply:
    return Reply(status, encode_json(body), {**JSON_HEADERS, **headers})


def new_id(prefix: str) -> str:
    return f"{prefix}_{os.urandom(16).hex()}"
