"""Azure Functions entry point: HTTP in, HTTP out. Everything else is in proxy_core."""

import json
import os
from collections.abc import Awaitable, Callable
from functools import partial

import azure.functions as func
from anyio import CancelScope, create_task_group
from azurefunctions.extensions.http.fastapi import Request, Response
from starlette.responses import Response as StarletteResponse
from starlette.types import Receive, Scope, Send

import worker_tuning
from proxy_core.azure import Azure
from proxy_core.client import Reply
from proxy_core.proxy import Proxy
from proxy_core.settings import Settings

worker_tuning.tune()

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
settings = Settings.from_environ(os.environ)
proxy = Proxy(settings, Azure(settings))

for warning in settings.warnings:
    print(json.dumps({"level": "warning", "message": warning}), flush=True)

route = partial(app.route, trigger_arg_name="request")
POST = [func.HttpMethod.POST]


class ProxyResponse(StarletteResponse):
    """Answers inside the response itself, where a client that leaves cancels everything.

    The worker does not cancel a handler whose client has left, and the host restarts the whole
    worker when a handler overstays functionTimeout; a response it merely aborts.
    """

    def __init__(self, answer: Callable[[], Awaitable[Reply]]) -> None:
        super().__init__()
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with create_task_group() as group:
            group.start_soon(_cancel_on_disconnect, receive, group.cancel_scope)
            await _send(await self._answer(), send)
            group.cancel_scope.cancel()


async def _cancel_on_disconnect(receive: Receive, scope: CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


async def _send(reply: Reply, send: Send) -> None:
    headers = [(name.encode(), value.encode()) for name, value in reply.headers.items()]
    try:
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        if isinstance(reply.body, bytes):
            await send({"type": "http.response.body", "body": reply.body})
            return
        async for piece in reply.body:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        reply.close()


@route("v1/messages", methods=POST)
async def messages(request: Request) -> Response:
    body = await request.body()
    return ProxyResponse(lambda: proxy.messages(request.headers, body))


@route("v1/messages/count_tokens", methods=POST)
async def count_tokens(request: Request) -> Response:
    body = await request.body()
    return ProxyResponse(lambda: proxy.count_tokens(request.headers, body))


@route("v1/{*path}", methods=list(func.HttpMethod))
async def other(request: Request) -> Response:
    path = request.path_params.get("path", "")
    return ProxyResponse(lambda: proxy.other(request.headers, request.method, path))


@route("api/hello", methods=[func.HttpMethod.GET, func.HttpMethod.HEAD])
async def hello(request: Request) -> Response:
    """Claude Code's probe at its start."""
    return ProxyResponse(lambda: proxy.other(request.headers, request.method, ""))


@route("cursor/{*path}", methods=list(func.HttpMethod))
async def cursor(request: Request) -> Response:
    body, path = await request.body(), request.path_params.get("path", "")
    return ProxyResponse(lambda: proxy.cursor(request.headers, request.method, path, body))


@route("cursor/health", methods=[func.HttpMethod.GET])
async def health(request: Request) -> Response:
    return Response(b'{"status":"ok"}', media_type="application/json")
