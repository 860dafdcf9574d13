"""Reply -> ASGI messages: the response that does its request's work inside itself.

https://asgi.readthedocs.io/en/latest/specs/www.html

The worker does not cancel a handler whose client has left, and the host restarts the whole worker
when a handler overstays functionTimeout; a response it merely aborts. So a handler returns at once,
and here a client that leaves cancels everything (docs/decisions/0013).
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

from anyio import CancelScope, create_task_group, move_on_after, sleep_forever
from anyio.abc import TaskGroup
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from proxy_core.reply.client import Reply
from proxy_core.reply.relay import ReplyCutOff

LAST_LISTENING = 2.0  # seconds for a body that nobody wants any more
BODILESS = (204, 304)  # statuses whose replies have no body, and so no length

Body = AsyncGenerator[bytes]


class ProxyResponse(Response):
    """Answers one request. Everything it starts has ended when it returns."""

    def __init__(self, answer: Callable[[Body], Awaitable[Reply]]) -> None:
        super().__init__()
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with create_task_group() as group, aclosing(_receive(receive, group)) as body:
            await _send(await self._answer(body), body, send)
            group.cancel_scope.cancel()


async def _receive(receive: Receive, group: TaskGroup) -> Body:
    """The request's body, as it arrives. Behind it nothing can come but the client's leaving."""
    while (message := await receive())["type"] != "http.disconnect":
        yield message.get("body", b"")
        if not message.get("more_body"):
            group.start_soon(_cancel_on_disconnect, receive, group.cancel_scope)
            return
    group.cancel_scope.cancel()
    await sleep_forever()


async def _cancel_on_disconnect(receive: Receive, scope: CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


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
    with move_on_after(LAST_LISTENING):
        async for _ in body:
            pass
