"""A function app that shows what passes between client, host and worker.

UNTUNED=1 leaves the worker as it is, to prove that the tests would notice.
"""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator
from functools import partial
from pathlib import Path

import azure.functions as func
from azurefunctions.extensions.http.fastapi import (
    JSONResponse,
    Request,
    Response,
    StreamingResponse,
)

from proxy_core.reply.client import JSON_HEADERS, Reply
from proxy_core.reply.relay import ReplyCutOff
from proxy_response import Body, ProxyResponse
from worker_tuning import tune

if not os.environ.get("UNTUNED"):
    tune(lambda: None)

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
route = partial(app.route, trigger_arg_name="request")
notes = Path(os.environ.get("NOTES", "."))


@route("echo/{*rest}", methods=["GET", "POST", "PUT"])
async def echo(request: Request) -> Response:
    body = await request.body()
    return JSONResponse(
        {
            "method": request.method,
            "path": request.scope["raw_path"].decode(),
            "query": request.url.query,
            "headers": request.headers.items(),
            "route_values": dict(request.path_params),
            "body": body[:1000].decode(),
            "size": len(body),
        }
    )


@route("echo/{number:int}/exact", methods=["GET"])
async def exact(request: Request) -> Response:
    return JSONResponse({"function": "exact", "route_values": dict(request.path_params)})


@route("ticks/{count:int}", methods=["GET"])
async def ticks(request: Request) -> Response:
    count, gap = int(request.path_params["count"]), float(request.query_params.get("gap", 0))
    marker = request.query_params.get("marker", "")

    async def events() -> AsyncIterator[bytes]:
        for number in range(count):
            yield f"data: {marker}{number}\n\n".encode()
            await asyncio.sleep(gap)

    return StreamingResponse(events(), media_type="text/event-stream")


@route("endless", methods=["GET"])
async def endless(request: Request) -> Response:
    """One event (unless ?events=0), then silence. A cancellation touches the file ?note=NAME."""

    async def events() -> AsyncIterator[bytes]:
        try:
            if request.query_params.get("events") != "0":
                yield b"data: first\n\n"
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            if note := request.query_params.get("note"):
                (notes / note).touch()
            raise

    return StreamingResponse(events(), media_type="text/event-stream")


@route("upload", methods=["POST"])
async def upload(request: Request) -> Response:
    """Answers when, in seconds from the first, each chunk of the body came."""
    arrivals, size = [], 0
    async for chunk in request.stream():
        arrivals.append(time.monotonic())
        size += len(chunk)
    return JSONResponse({"size": size, "arrivals": [at - arrivals[0] for at in arrivals]})


@route("raises/{when}", methods=["GET"])
async def raises(request: Request) -> Response:
    async def events() -> AsyncIterator[bytes]:
        yield b"data: first\n\n"
        await asyncio.sleep(0.05)
        raise ValueError("in the stream")

    if request.path_params["when"] == "early":
        raise ValueError("before output")
    return StreamingResponse(events(), media_type="text/event-stream")


@route("late/{end}", methods=["GET", "HEAD"])
async def late(request: Request) -> Response:
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
async def anything_else(request: Request) -> Response:
    return JSONResponse({"path": request.path_params.get("path", "")}, status_code=404)
