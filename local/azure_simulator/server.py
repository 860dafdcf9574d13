"""The simulator on a port of its own, for tests and for `python -m local.azure_simulator`."""

import asyncio
import secrets
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from local.azure_simulator.app import create_app
from local.azure_simulator.request_log import RequestRecord
from local.azure_simulator.simulator import Simulator


@dataclass(frozen=True, slots=True)
class RunningSimulator:
    """A simulator that listens; every method may be called from any thread."""

    url: str
    simulator: Simulator

    @property
    def requests(self) -> list[RequestRecord]:
        return self.simulator.log.records

    @property
    def open_requests(self) -> int:
        return self.simulator.log.open_requests

    def reset(self) -> None:
        self.simulator.reset()

    def fail_next(self, name: str, times: int = 1, after_events: int | None = None) -> None:
        self.simulator.faults.arm(name, times, after_events)

    def wait_until_idle(self, seconds: float = 5.0) -> bool:
        return self.simulator.log.wait_until_idle(seconds)


@contextmanager
def running_simulator(
    port: int = 0,
    *,
    resource: str | None = None,
    key: str = "simulated-key",
    deployments: Mapping[str, str] | None = None,
) -> Iterator[RunningSimulator]:
    """Each is a resource of its own unless `resource` names one."""
    resource = resource or f"simulated-{secrets.token_hex(4)}"
    simulator = Simulator(resource=resource, key=key, deployments=dict(deployments or {}))
    listener = listen("127.0.0.1", port)
    server = make_server(simulator)
    loops: list[asyncio.AbstractEventLoop] = []
    thread = threading.Thread(target=_serve, args=(server, listener, loops), daemon=True)
    thread.start()
    try:
        yield RunningSimulator(url_of(listener), simulator)
    finally:
        server.should_exit = True
        if loops:
            loops[0].call_soon_threadsafe(simulator.hang_up)
        thread.join()
        listener.close()


def make_server(simulator: Simulator) -> uvicorn.Server:
    # Replies that break off are wanted here, so uvicorn's complaints about them are not.
    config = uvicorn.Config(
        create_app(simulator),
        log_level="critical",
        lifespan="off",
        ws="none",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


def listen(host: str, port: int) -> socket.socket:
    # Named, because asyncio switches Nagle's delays off only for sockets that say they are TCP.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(128)  # whoever connects before the server runs is kept waiting, not refused
    return listener


def url_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{host}:{port}"


def _serve(
    server: uvicorn.Server, listener: socket.socket, loops: list[asyncio.AbstractEventLoop]
) -> None:
    async def run() -> None:
        loops.append(asyncio.get_running_loop())
        await server.serve(sockets=[listener])

    asyncio.run(run())
