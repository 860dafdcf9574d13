"""A deployed app as httpx sees it, with a clock that only its answers move."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx

from local.deployed import Examination, Visitor
from proxy_core.doctor import Finding

URL = "https://app.example.com"
TOKEN = "token-of-the-app"
HEADERS = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
    "request-id": "r",
}
Reply = Callable[[httpx.Request], httpx.Response]


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Paced(httpx.SyncByteStream):
    """Each piece comes as many seconds after the one before."""

    def __init__(self, clock: Clock, pieces: list[bytes], pause: float, ends: bool = True) -> None:
        self._clock, self._pieces, self._pause, self._ends = clock, pieces, pause, ends

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self._clock.now += self._pause
            yield piece
        if not self._ends:
            raise httpx.RemoteProtocolError("cut")


class App:
    """Serves well until told otherwise: `app.replies["GET /v1/models"] = …`."""

    def __init__(self, url: str = URL, token: str = TOKEN) -> None:
        self.clock = Clock()
        self.asked: list[httpx.Request] = []
        self.replies: dict[str, Reply] = {
            "GET /cursor/health": lambda _: said({"status": "ok"}),
            "GET /setup/status": lambda _: said({"problems": [], "warnings": []}),
            "GET /v1/models": lambda _: said({"data": [{"id": "claude-big"}, {"id": "small"}]}),
            "POST /v1/messages/count_tokens": lambda _: said({"input_tokens": 9}),
            "POST /v1/messages": self._claude,
            "GET /cursor/models": lambda _: said({"data": [{"id": "gpt-low"}]}),
            "POST /cursor/chat/completions": self._cursor,
        }
        transport = httpx.MockTransport(self._answer)
        self.visitor = Visitor(url, httpx.Client(transport=transport), token, self.clock)

    def examine(self, quick: bool = False) -> dict[str, Finding]:
        self.examination = Examination(self.visitor, quick)
        found = [*self.examination.examine()]
        return {finding.id: finding for finding in found}

    def stream(
        self, events: list[str], pause: float = 0.1, ends: bool = True, **more: str
    ) -> httpx.Response:
        pieces = [event.encode() for event in events]
        headers = HEADERS | {name.replace("_", "-"): value for name, value in more.items()}
        return httpx.Response(200, headers=headers, stream=Paced(self.clock, pieces, pause, ends))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        self.clock.now += 0.01
        path = request.url.path
        is_public = path == "/cursor/health"
        if not is_public and request.headers.get("authorization") != f"Bearer {TOKEN}":
            reply = self.replies.get("stranger", lambda _: refused(401, "The token is missing."))
            return reply(request)
        return self.replies[f"{request.method} {path}"](request)

    def _claude(self, request: httpx.Request) -> httpx.Response:
        if json.loads(request.content)["stream"]:
            return self.stream(claude_events())
        usage = {"input_tokens": 10, "output_tokens": 2}
        return said({"type": "message", "content": [], "usage": usage})

    def _cursor(self, request: httpx.Request) -> httpx.Response:
        if json.loads(request.content)["stream"]:
            return self.stream(cursor_events())
        usage = {"prompt_tokens": 10, "completion_tokens": 2}
        return said({"choices": [{"message": {"content": "OK"}}], "usage": usage})


def claude_events() -> list[str]:
    deltas = [{"type": "content_block_delta"}] * 60
    usage = {"input_tokens": 20, "output_tokens": 60}
    events: list[Mapping[str, Any]] = [{"type": "message_start"}, *deltas]
    events += [{"type": "message_delta", "usage": usage}, {"type": "message_stop"}]
    return [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events]


def cursor_events() -> list[str]:
    usage = {"prompt_tokens": 20, "completion_tokens": 60}
    chunks = [{"choices": []}] * 60 + [{"choices": [], "usage": usage}]
    return [*(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks), "data: [DONE]\n\n"]


def said(body: object, status: int = 200, **headers: str) -> httpx.Response:
    return httpx.Response(status, json=body, headers=headers)


def refused(status: int, message: str) -> httpx.Response:
    return said({"error": {"message": message}}, status)
