"""python -m tests.host.stand_in --app FOLDER [--port 0]: serves a function app; prints its URL.

With --worker-only the process is the worker and no more, for whoever measures what that costs: the
URL is the worker's own, and a request has to bring an x-ms-invocation-id that none had before.
"""

import argparse
import asyncio
import logging
import os
import socket
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from tests.host.stand_in.front import Front
from tests.host.stand_in.worker import Worker, choose_loop


class UnloggedProtocol(H11Protocol):
    """The worker's uvicorn runs in this process, too: its access log is its own and not ours."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.access_log = False


class FrontServer(uvicorn.Server):
    """Leaves signals to the worker's uvicorn, which has a process to itself in real life."""

    def capture_signals(self) -> AbstractContextManager[None]:
        return nullcontext()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--app", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--idle-seconds", type=float, default=240)
    parser.add_argument("--worker-only", action="store_true")
    arguments = parser.parse_args()
    # As in the real worker: the root logger has its level and a handler before the app is loaded.
    level = logging.DEBUG if os.environ.get("PYTHON_ENABLE_DEBUG_LOGGING") else logging.INFO
    logging.basicConfig(level=level, format="%(name)s %(levelname)s %(message)s")
    choose_loop()
    app = arguments.app.resolve()
    if arguments.worker_only:
        asyncio.run(work(app))
    else:
        asyncio.run(serve(app, arguments.port, arguments.idle_seconds))


async def work(app: Path) -> None:
    worker = await Worker.start(app)
    worker.announce_by_arrival()
    while not await listens(urlsplit(worker.http_uri)):
        await asyncio.sleep(0.01)
    print(worker.http_uri, flush=True)
    await asyncio.Event().wait()


async def listens(url: SplitResult) -> bool:
    try:
        _, writer = await asyncio.open_connection(url.hostname, url.port)
    except OSError:
        return False
    writer.close()
    return True


async def serve(app: Path, port: int, idle_seconds: float) -> None:
    listener = socket.create_server(("127.0.0.1", port))
    worker = await Worker.start(app)
    body_limit = int(os.environ.get("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", "104857600"))
    front = Front(worker, body_limit=body_limit, idle_seconds=idle_seconds)
    server = FrontServer(
        uvicorn.Config(
            front,
            http=UnloggedProtocol,
            lifespan="off",
            log_config=None,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
    )
    # The socket listens already: whoever reads the line can connect.
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    await server.serve(sockets=[listener])


if __name__ == "__main__":
    main()
