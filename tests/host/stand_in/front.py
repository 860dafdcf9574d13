"""Client -> worker: what the host's YARP does with a request and its answer.

https://github.com/Azure/azure-functions-host, DefaultHttpProxyService

The rules that matter to a streaming app: a body with a Content-Length is read completely before the
function runs; no response header leaves before the first byte of the body; every chunk is passed on
at once; a client that goes closes the connection to the worker.
"""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

import aiohttp
from yarl import URL

from tests.host.stand_in.routes import Match
from tests.host.stand_in.worker import Worker

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[str, str]]

HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "upgrade"}
HOP_BY_HOP |= {"transfer-encoding"}
INVOCATION_ID = "x-ms-invocation-id"
OWN_HEADERS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
CONNECTION_TRIES = 10


class BodyTooLarge(Exception):
    """The host answers 500, not 413 (host#10519)."""


class Front:
    """The host's ASGI side. `GET /admin/stand-in` tells tests what the worker's state is."""

    def __init__(self, worker: Worker, *, body_limit: int, idle_seconds: float) -> None:
        self._worker = worker
        self._body_limit = body_limit
        # The worker closes an idle connection after 5 s: a reused one must be younger.
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=3),
            timeout=aiohttp.ClientTimeout(total=None, sock_read=idle_seconds),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=OWN_HEADERS,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/admin/stand-in":
            return await _answer(send, 200, json.dumps(self._worker.state()).encode())
        match = self._worker.routes.match(scope["method"], scope["raw_path"].decode("latin-1"))
        if match is None:
            return await _answer(send, 404)
        client = Client(receive, send, self._body_limit)
        leaving = asyncio.create_task(client.listen())
        serving = asyncio.create_task(self._serve(scope, client, match))
        await asyncio.wait({leaving, serving}, return_when=asyncio.FIRST_COMPLETED)
        for task in (leaving, serving):
            task.cancel()
        await asyncio.gather(leaving, serving, return_exceptions=True)
        if not serving.cancelled():
            serving.result()

    async def _serve(self, scope: Scope, client: "Client", match: Match) -> None:
        try:
            await self._forward(scope, client, match)
        except BodyTooLarge:
            await client.fail(500)
        except TimeoutError:
            await client.fail(504)
        except aiohttp.ClientError:
            await client.fail(502)

    async def _forward(self, scope: Scope, client: "Client", match: Match) -> None:
        headers = _passed_on((k.decode("latin1"), v.decode("latin1")) for k, v in scope["headers"])
        body: bytes | AsyncIterator[bytes] | None = None
        if any(name == "content-length" for name, _ in headers):
            body = b"".join([chunk async for chunk in client.body()])
        elif (b"transfer-encoding", b"chunked") in scope["headers"]:
            body = client.body()
        invocation_id = str(uuid.uuid4())
        headers = [(name, value) for name, value in headers if name != INVOCATION_ID]
        headers.append((INVOCATION_ID, invocation_id))
        target = scope["raw_path"].decode("latin-1") + _query(scope)
        if not self._worker.http_uri:
            whole = body if isinstance(body, bytes) else b""
            answered = await self._worker.answer(
                invocation_id, match, scope["method"], target, dict(headers), whole
            )
            client.hold(int(answered.status_code), [*answered.headers.items()])
            await client.write(answered.body.bytes)
            return await client.end()
        self._worker.invoke(invocation_id, match, scope["method"], target)
        async with await self._open(scope["method"], target, headers, body) as response:
            client.hold(response.status, _passed_on(response.headers.items()))
            async for chunk in response.content.iter_any():
                await client.write(chunk)
            await client.end()

    async def _open(self, method: str, target: str, headers: Headers, body: Any) -> Any:
        """uvicorn may not listen yet; the host tries ten times, too."""
        url = URL(self._worker.http_uri + target, encoded=True)
        for trial in range(1, CONNECTION_TRIES + 1):
            try:
                return await self._session.request(
                    method, url, headers=headers, data=body, allow_redirects=False
                )
            except aiohttp.ClientConnectorError:
                if trial == CONNECTION_TRIES:
                    raise
                await asyncio.sleep(min(0.05 * trial, 0.25))
        raise AssertionError("unreachable")


class Client:
    """One client's request and the answer to it. Headers are held until there is a body byte."""

    def __init__(self, receive: Receive, send: Send, body_limit: int) -> None:
        self._receive, self._send, self._body_limit = receive, send, body_limit
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue(maxsize=16)
        self._held: MutableMapping[str, Any] | None = None
        self._started = False

    async def listen(self) -> None:
        """Returns when the client has gone."""
        while (message := await self._receive())["type"] != "http.disconnect":
            if message["body"]:
                await self._chunks.put(message["body"])
            if not message.get("more_body"):
                await self._chunks.put(None)

    async def body(self) -> AsyncIterator[bytes]:
        size = 0
        while (chunk := await self._chunks.get()) is not None:
            size += len(chunk)
            if size > self._body_limit:
                raise BodyTooLarge
            yield chunk

    def hold(self, status: int, headers: Headers) -> None:
        encoded = [(name.encode("latin1"), value.encode("latin1")) for name, value in headers]
        self._held = {"type": "http.response.start", "status": status, "headers": encoded}

    async def write(self, chunk: bytes) -> None:
        await self._start()
        await self._send({"type": "http.response.body", "body": chunk, "more_body": True})

    async def end(self) -> None:
        await self._start()
        await self._send({"type": "http.response.body"})

    async def fail(self, status: int) -> None:
        """Before the headers a status; after them nothing but a broken connection is left.

        Returning without the last message is how ASGI breaks it.
        """
        if not self._started:
            await _answer(self._send, status)

    async def _start(self) -> None:
        if self._held and not self._started:
            self._started = True
            await self._send(self._held)


async def _answer(send: Send, status: int, body: bytes = b"") -> None:
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _passed_on(headers: Any) -> Headers:
    return [(name, value) for name, value in headers if name.lower() not in HOP_BY_HOP]


def _query(scope: Scope) -> str:
    return f"?{scope['query_string'].decode()}" if scope["query_string"] else ""
