"""Reply -> ASGI messages: the response that does its request's work inside itself.

https://asgi.readthedocs.io/en/latest/specs/www.html

The worker does not cancel a handler whose client has left, and the host restarts the whole worker
when a handler overstays functionTimeout; a response it merely aborts. So a handler returns at once,
and here a client that leaves cancels everything (docs/decisions/0013).
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from contextlib import aclosing, suppress
from typing import Any, Self

from proxy_core.reply.client import Reply
from proxy_core.reply.relay import ReplyCutOff

LAST_LISTENING = 2.0  # seconds for a body that nobody wants any more
BODILESS = (204, 304)  # statuses whose replies have no body, and so no length

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

Body = AsyncGenerator[bytes]


class ProxyResponse:
    """Answers one request. Nothing that it has started goes on when it returns."""

    def __init__(self, answer: Callable[[Body], Awaitable[Reply]]) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with _Client(receive) as client:
            async with aclosing(client.body()) as body:
                await _send(await self._answer(body), body, send)


class _Client:
    """Who asked. What is done `with` a client is cancelled when it leaves, and is over then."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._has_left = False
        self._listening: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        assert task, "outside a task"
        self._task, self._cancelled_before = task, task.cancelling()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: Any) -> bool:
        if self._listening:
            self._listening.cancel()
        if not self._has_left:
            return False
        others = self._task.uncancel() > self._cancelled_before  # a server that ends
        return kind is asyncio.CancelledError and not others

    async def body(self) -> Body:
        """The request's, as it arrives. Behind it nothing can come but the client's leaving."""
        while (message := await self._receive())["type"] != "http.disconnect":
            yield message.get("body", b"")
            if not message.get("more_body"):
                self._listening = asyncio.create_task(self._listen())
                return
        self._leave()
        await asyncio.Event().wait()

    async def _listen(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._leave()

    def _leave(self) -> None:
        self._has_left = True
        self._task.cancel()


async def _send(reply: Reply, body: Body, send: Send) -> None:
    try:
        await send(_start(reply))
        if isinstance(reply.body, bytes):
            await send(_piece(reply.body))
            await _discard(body)
        else:
            async with aclosing(reply.body) as pieces:
                async for piece in pieces:
                    await send(_piece(piece))
        await send({"type": "http.response.body", "body": b""})
    except ReplyCutOff:
        pass  # a server breaks the connection of a response that returns before its last message
    finally:
        reply.close()


def _start(reply: Reply) -> Message:
    headers = [(name.encode(), value.encode()) for name, value in reply.headers.items()]
    if isinstance(reply.body, bytes) and reply.status not in BODILESS:
        headers.append((b"content-length", b"%d" % len(reply.body)))
    return {"type": "http.response.start", "status": reply.status, "headers": headers}


def _piece(data: bytes) -> Message:
    return {"type": "http.response.body", "body": data, "more_body": True}


async def _discard(body: Body) -> None:
    """Whoever is refused may still be sending; closing now would take the reply from them."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LAST_LISTENING):
            async for _ in body:
                pass
