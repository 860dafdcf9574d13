"""The Functions worker without a host before it: `python -m tests.bench.speed.worker_host APP`.

On the platform the host announces each request over gRPC and sends it over HTTP. Here clients send
it themselves, and it is announced as it comes, so the process does the worker's work and no other.
"""

import asyncio
import logging
import sys
from pathlib import Path
from typing import Any

from azure_functions_runtime.http_v2 import http_coordinator  # type: ignore[import-untyped]

from tests.host.stand_in.worker import Worker, choose_loop


async def serve(app: Path) -> None:
    worker = await Worker.start(app)
    _announce_what_comes(worker)
    print(worker.http_uri, flush=True)
    await asyncio.Event().wait()


def _announce_what_comes(worker: Worker) -> None:
    receive = http_coordinator.set_http_request

    def announce_and_receive(invocation_id: str, request: Any) -> None:
        path = request.scope["raw_path"].decode("latin-1")
        if match := worker.routes.match(request.method, path):
            worker.invoke(invocation_id, match, request.method, path)
        receive(invocation_id, request)

    http_coordinator.set_http_request = announce_and_receive


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(name)s %(levelname)s %(message)s")
    choose_loop()
    asyncio.run(serve(Path(sys.argv[1]).resolve()))
