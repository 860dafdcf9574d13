"""The simulator on a port of its own, for tests and for `python -m local.azure_simulator`."""

import asyncio
import secrets
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from local.azure_simulator.app import create_app
from local.azure_simulator.connection import OpenProtocol
from local.azure_simulator.request_log import RequestRecord
from local.azure_simulator.simulator import Simulator
from local.azure_simulator.tokens import AUDIENCES, LIFETIME, IssuedToken, TokenIssuer
from local.trouble import QuietServer


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

    @property
    def tokens_issued(self) -> list[IssuedToken]:
        return list(self.simulator.tokens.issued)

    @property
    def identity_environment(self) -> dict[str, str]:
        """The environment of an app whose tokens this simulator issues."""
        header = self.simulator.identity_header
        return {"IDENTITY_ENDPOINT": f"{self.url}/msi/token", "IDENTITY_HEADER": header}

    def reset(self) -> None:
        self.simulator.reset()

    def fail_next(
        self,
        name: str,
        times: int = 1,
        after_events: int | None = None,
        seconds: float | None = None,
    ) -> None:
        self.simulator.faults.arm(name, times, after_events, seconds)

    def clear_faults(self) -> None:
        """Nothing fails any more, but what a prompt asks for."""
        self.simulator.faults.clear()

    def revoke_tokens(self) -> None:
        """From now on the tokens issued so far are refused, although they have not expired."""
        self.simulator.tokens.revoke()

    def wait_until_idle(self, seconds: float = 5.0) -> bool:
        return self.simulator.log.wait_until_idle(seconds)


@contextmanager
def running_simulator(
    port: int = 0,
    *,
    resource: str | None = None,
    key: str = "simulated-key",
    deployments: Mapping[str, str] | None = None,
    takes_keys: bool = True,
    audiences: Sequence[str] = AUDIENCES,
    token_lifetime: int = LIFETIME,
    certificate: Path | None = None,
) -> Iterator[RunningSimulator]:
    """Each is a resource of its own unless `resource` names one.

    `certificate`: a PEM file that holds its private key as well; then it speaks TLS.
    """
    simulator = Simulator(
        resource=resource or f"simulated-{secrets.token_hex(4)}",
        key=key,
        deployments=dict(deployments or {}),
        takes_keys=takes_keys,
        audiences=tuple(audiences),
        tokens=TokenIssuer(token_lifetime),
    )
    listener = listen("127.0.0.1", port)
    server = make_server(simulator, certificate)
    loops: list[asyncio.AbstractEventLoop] = []
    thread = threading.Thread(target=_serve, args=(server, listener, loops), daemon=True)
    thread.start()
    try:
        yield RunningSimulator(url_of(listener, certificate), simulator)
    finally:
        server.should_exit = True
        if loops:
            loops[0].call_soon_threadsafe(simulator.hang_up)
        thread.join()
        listener.close()


def make_server(simulator: Simulator, certificate: Path | None = None) -> uvicorn.Server:
    # Replies that break off are wanted here, so uvicorn's complaints about them are not.
    config = uvicorn.Config(
        create_app(simulator),
        http=OpenProtocol,
        log_level="critical",
        lifespan="off",
        ws="none",
        access_log=False,
        timeout_graceful_shutdown=1,
        ssl_certfile=certificate,
    )
    return QuietServer(config)


def listen(host: str, port: int) -> socket.socket:
    # Named, because asyncio switches Nagle's delays off only for sockets that say they are TCP.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(128)  # whoever connects before the server runs is kept waiting, not refused
    return listener


def url_of(listener: socket.socket, certificate: Path | None = None) -> str:
    host, port = listener.getsockname()[:2]
    return f"http{'s' if certificate else ''}://{host}:{port}"


def _serve(
    server: uvicorn.Server, listener: socket.socket, loops: list[asyncio.AbstractEventLoop]
) -> None:
    async def run() -> None:
        loops.append(asyncio.get_running_loop())
        await server.serve(sockets=[listener])

    asyncio.run(run())
