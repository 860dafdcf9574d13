"""A function app that shows what passes between client, host and worker.

UNTUNED=1 leaves the worker as it is, to prove that the tests would notice.
"""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import azure.functions as func

from proxy_core.reply.client import JSON_HEADERS, Reply, json_reply
from proxy_core.reply.relay import ReplyCutOff
from proxy_response import Body, ProxyResponse
from web_extension import Request
from worker_tuning import tune

if not os.environ.get("UNTUNED"):
    tune()

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
route = partial(app.route, trigger_arg_name="request")
notes = Path(os.environ.get("NOTES", "."))


def query(request: Request, name: str, default: str = "") -> str:
    values: list[str] = parse_qs(request.scope["query_string"].decode()).get(name, [default])
    return values[0]


def told(status: int = 200, **content: Any) -> Callable[[Body], Awaitable[Reply]]:
    async def answer(body: Body) -> Reply:
        return json_reply(content, status)

    return answer


def streamed(events: AsyncGenerator[bytes]) -> ProxyResponse:
    async def answer(body: Body) -> Reply:
        async for _ in body:
            pass
        return Reply(200, events, {"content-type": "text/event-stream; charset=utf-8"})

    return ProxyResponse(answer)


@route("echo/{*rest}", methods=["GET", "POST", "PUT"])
async def echo(request: Request) -> ProxyResponse:
    async def answer(chunks: Body) -> Reply:
        body = b"".join([chunk async for chunk in chunks])
        return json_reply(
            {
                "method": request.method,
                "path": request.scope["raw_path"].decode(),
                "query": request.scope["query_string"].decode(),
                "headers": request.headers.items(),
                "route_values": dict(request.path_params),
                "body": body[:1000].decode(),
                "size": len(body),
            }
        )

    return ProxyResponse(answer)


@route("echo/{number:int}/exact", methods=["GET"])
async def exact(request: Request) -> ProxyResponse:
    return ProxyResponse(told(function="exact", route_values=dict(request.path_params)))


@route("ticks/{count:int}", methods=["GET"])
async def ticks(request: Request) -> ProxyResponse:
    count, gap = int(request.path_params["count"]), float(query(request, "gap", "0"))
    marker = query(request, "marker")

    async def events() -> AsyncGenerator[bytes]:
        for number in range(count):
            yield f"data: {marker}{number}\n\n".encode()
            await asyncio.sleep(gap)

    return streamed(events())


@route("endless", methods=["GET"])
async def endless(request: Request) -> ProxyResponse:
    """One event (unless ?events=0), then silence. A cancellation touches the file ?note=NAME."""

    async def events() -> AsyncGenerator[bytes]:
        try:
            if query(request, "events") != "0":
                yield b"data: first\n\n"
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            if note := query(request, "note"):
                (notes / note).touch()
            raise

    return streamed(events())


@route("upload", methods=["POST"])
async def upload(request: Request) -> ProxyResponse:
    """Answers when, in seconds from the first, each chunk of the body came."""

    async def answer(body: Body) -> Reply:
        arrivals, size = [], 0
        async for chunk in body:
            arrivals.append(time.monotonic())
            size += len(chunk)
        return json_reply({"size": size, "arrivals": [at - arrivals[0] for at in arrivals]})

    return ProxyResponse(answer)


@route("raises/{when}", methods=["GET"])
async def raises(request: Request) -> ProxyResponse:
    async def events() -> AsyncGenerator[bytes]:
        yield b"data: first\n\n"
        await asyncio.sleep(0.05)
        raise ValueError("in the stream")

    if request.path_params["when"] == "early":
        raise ValueError("before output")
    return streamed(events())


@route("late/{end}", methods=["GET", "HEAD"])
async def late(request: Request) -> ProxyResponse:
    """A reply in one piece that had to begin before its end was known."""

    async def pieces() -> AsyncGenerator[bytes]:
        yield b" "
        await asyncio.sleep(0.05)
        match request.path_params["end"]:
            case "cut-off":
                raise ReplyCutOff
            case "defect":
                raise ValueError("in the reply")
        yield b"{}"

    async def answer(body: Body) -> Reply:
        return Reply(200, pieces(), dict(JSON_HEADERS))

    return ProxyResponse(answer)


@route("{*path}", methods=["GET", "POST", "QUERY"])
async def anything_else(request: Request) -> ProxyResponse:
    return ProxyResponse(told(404, path=request.path_params.get("path", "")))
