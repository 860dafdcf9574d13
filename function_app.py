"""Azure Functions entry point: HTTP in, HTTP out. Everything else is in proxy_core."""

import json
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from functools import partial
from pathlib import Path

import azure.functions as func
from anyio import CancelScope, create_task_group, move_on_after, sleep_forever
from anyio.abc import TaskGroup
from azurefunctions.extensions.http.fastapi import Request, Response
from starlette.responses import Response as StarletteResponse
from starlette.types import Message, Receive, Scope, Send

import worker_tuning
from proxy_core.azure.calls import Azure
from proxy_core.proxy import Proxy
from proxy_core.reply.client import Reply
from proxy_core.settings import FUNCTION_TIMEOUT, Settings

host = json.loads(Path(__file__).with_name("host.json").read_text(encoding="utf-8"))
settings = Settings.from_environ({FUNCTION_TIMEOUT: host.get("functionTimeout", ""), **os.environ})
proxy = Proxy(settings, Azure(settings))
worker_tuning.tune(proxy.end_replies)
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

for warning in settings.warnings:
    print(json.dumps({"level": "warning", "message": warning}), flush=True)

route = partial(app.route, trigger_arg_name="request")
POST = [func.HttpMethod.POST]
LAST_LISTENING = 2.0  # seconds for a body that nobody wants any more

Body = AsyncGenerator[bytes]


class ProxyResponse(StarletteResponse):
    """Answers inside the response itself, where a client that leaves cancels everything.

    The worker does not cancel a handler whose client has left, and the host restarts the whole
    worker when a handler overstays functionTimeout; a response it merely aborts.
    """

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
            await send({"type": "http.response.body", "body": reply.body, "more_body": True})
            await _discard(body)
        else:
            async for piece in reply.body:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        reply.close()


def _start(reply: Reply) -> Message:
    headers = [(name.encode(), value.encode()) for name, value in reply.headers.items()]
    if isinstance(reply.body, bytes) and reply.status != 204:
        headers.append((b"content-length", b"%d" % len(reply.body)))
    return {"type": "http.response.start", "status": reply.status, "headers": headers}


async def _discard(body: Body) -> None:
    """Whoever is refused may still be sending; closing now would take the reply from them."""
    with move_on_after(LAST_LISTENING):
        async for _ in body:
            pass


@route("v1/messages", methods=POST)
async def messages(request: Request) -> Response:
    return ProxyResponse(partial(proxy.messages, request.headers))


@route("v1/messages/count_tokens", methods=POST)
async def count_tokens(request: Request) -> Response:
    return ProxyResponse(partial(proxy.count_tokens, request.headers))


@route("v1/{*path}", methods=list(func.HttpMethod))
async def other(request: Request) -> Response:
    path = request.path_params.get("path", "")
    return ProxyResponse(lambda _: proxy.other(request.headers, request.method, path))


@route("api/hello", methods=[func.HttpMethod.GET, func.HttpMethod.HEAD])
async def hello(request: Request) -> Response:
    """Claude Code's probe at its start."""
    return ProxyResponse(lambda _: proxy.other(request.headers, request.method, ""))


@route("cursor/{*path}", methods=list(func.HttpMethod))
async def cursor(request: Request) -> Response:
    path = request.path_params.get("path", "")
    return ProxyResponse(partial(proxy.cursor, request.headers, request.method, path))


@route("cursor/health", methods=[func.HttpMethod.GET])
async def health(request: Request) -> Response:
    return Response(b'{"status":"ok"}', media_type="application/json")
