"""Requests through the whole proxy against a fake Azure -> the spans that tell of them."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from proxy_core.azure.calls import Azure
from proxy_core.proxy import Proxy
from proxy_core.settings import Settings
from proxy_core.telemetry.sending import Sending
from proxy_core.wire.sse import encode_event
from tests import virtual_time
from tests.arriving import JSON, arriving

TOKEN, KEY = "the-proxys-token", "the-azure-key"
ENVIRON = {
    "AZURE_OPENAI_ENDPOINT": "https://one.openai.azure.com",
    "AZURE_OPENAI_API_KEY": KEY,
    "ANTHROPIC_AUTH_TOKEN": TOKEN,
    "BIG_MODEL": "gpt-5.4",
    "SMALL_MODEL": "gpt-5.4-mini",
    "CURSOR_AZURE_DEPLOYMENT": "gpt-5.4",
}
FALLBACK = {
    "AZURE_OPENAI_FALLBACK_ENDPOINT": "https://two.openai.azure.com:8443",
    "AZURE_OPENAI_FALLBACK_API_KEY": "the-other-key",
}
PROMPT, ANSWER = "an unmistakable prompt", "an unmistakable answer"
Client = Literal["messages", "cursor"]
Answer = httpx.Response | Exception


@dataclass(frozen=True)
class Asked:
    """`leaves`: the client goes after the first piece of the reply."""

    client: Client = "messages"
    stream: bool = True
    leaves: bool = False
    prompt: str = PROMPT
    headers: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)


class Pieces(httpx.AsyncByteStream):
    """A stream that comes in pieces, and may never end."""

    def __init__(self, *pieces: bytes, ends: bool = True) -> None:
        self._pieces, self._ends = pieces, ends

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece
            await asyncio.sleep(1)
        await asyncio.sleep(0 if self._ends else 3600)


def responses(*events: dict[str, Any]) -> bytes:
    return b"".join(encode_event(event, event["type"]) for event in events)


def spoken(text: str = ANSWER) -> tuple[dict[str, Any], dict[str, Any]]:
    added = {"type": "response.output_item.added", "output_index": 0, "item": {"type": "message"}}
    return added, {"type": "response.output_text.delta", "output_index": 0, "delta": text}


COMPLETED = {
    "type": "response.completed",
    "response": {
        "usage": {
            "input_tokens": 20,
            "output_tokens": 9,
            "input_tokens_details": {"cached_tokens": 8},
            "output_tokens_details": {"reasoning_tokens": 4},
        }
    },
}
CHAT_USAGE = {
    "prompt_tokens": 20,
    "completion_tokens": 9,
    "prompt_tokens_details": {"cached_tokens": 8},
    "completion_tokens_details": {"reasoning_tokens": 4},
}
CHAT = b"".join(
    encode_event({"object": "chat.completion.chunk", **chunk})
    for chunk in (
        {"choices": [{"index": 0, "delta": {"content": ANSWER}}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "length"}]},
        {"choices": [], "usage": CHAT_USAGE},
    )
)


HELLO = responses(*spoken(), COMPLETED)


def reply(content: bytes | Pieces = HELLO) -> httpx.Response:
    stream = Pieces(content) if isinstance(content, bytes) else content
    return httpx.Response(200, headers={"apim-request-id": "azures-id"}, stream=stream)


def _fresh(answer: httpx.Response) -> httpx.Response:
    """A response is read once."""
    return httpx.Response(answer.status_code, headers=answer.headers, stream=answer.stream)


def refusal(status: int, code: str = "", message: str = "Azure's own words") -> httpx.Response:
    error = {"code": code, "message": f"{message}, with {PROMPT} and {KEY}"}
    return httpx.Response(status, json={"error": error})


def spans_of(asked: Asked, answers: Sequence[Answer]) -> list[ReadableSpan]:
    """In the order in which they began; the request's first."""
    settings = Settings.from_environ({**ENVIRON, **asked.environ})
    exporter, left = InMemorySpanExporter(), iter(answers)
    sending = Sending(settings, {}, [exporter])

    def answer(_: httpx.Request) -> httpx.Response:
        given = next(left)
        if isinstance(given, Exception):
            raise given
        return _fresh(given)

    azure = Azure(settings, httpx.MockTransport(answer))
    virtual_time.run(_ask(Proxy(settings, azure, also=sending.write), asked))
    sending.close()
    return sorted(exporter.get_finished_spans(), key=lambda span: span.name == "POST")


async def _ask(proxy: Proxy, asked: Asked) -> None:
    headers = {"x-api-key": TOKEN, **JSON, **asked.headers}
    content = {
        "model": "claude-opus-5-5",
        "max_tokens": 99,
        "stream": asked.stream,
        "messages": [{"role": "user", "content": asked.prompt}],
        **asked.more,
    }
    body = arriving(json.dumps(content).encode())
    if asked.client == "messages":
        answer = await proxy.messages(headers, body)
    else:
        answer = await proxy.cursor(headers, "POST", "chat/completions", body)
    if isinstance(answer.body, bytes):
        return
    async for _ in answer.body:
        if asked.leaves:
            break
    await answer.body.aclose()
    answer.close()
