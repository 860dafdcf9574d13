"""Azure resources on the test's own loop: real connections, in virtual time."""

import socket
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import httpx

from local.azure_simulator.server import RunningSimulator, make_server
from local.azure_simulator.simulator import Simulator
from proxy_core.azure.connections import TIMEOUT, AzureTransport


class LocalTransport(AzureTransport):
    def get_client(self) -> aiohttp.ClientSession:
        assert self.uds
        return aiohttp.ClientSession(connector=aiohttp.UnixConnector(self.uds), timeout=TIMEOUT)


@dataclass(frozen=True, slots=True)
class AzureHere(RunningSimulator):
    transport: LocalTransport


class Network(httpx.AsyncBaseTransport):
    """Leads to the resources, by their host names."""

    def __init__(self, *resources: AzureHere) -> None:
        self._transports = {httpx.URL(here.url).host: here.transport for here in resources}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._transports[request.url.host].handle_async_request(request)


@asynccontextmanager
async def azure_here(
    resource: str, deployments: Mapping[str, str] | None = None
) -> AsyncIterator[AzureHere]:
    """Named as its host is. Over a Unix socket: see tests/virtual_time.py."""
    simulator = Simulator(resource=resource, deployments=deployments or {})
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "azure")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        server = make_server(simulator)
        server.config.load()
        server.lifespan = server.config.lifespan_class(server.config)
        await server.startup(sockets=[listener])  # `serve` would look around ten times a second
        transport = LocalTransport(uds=path, verify=False)  # no TLS: no authorities are read
        try:
            yield AzureHere(f"http://{resource}.example", simulator, transport)
        finally:
            await transport.aclose()
            simulator.hang_up()
            await server.shutdown(sockets=[listener])
