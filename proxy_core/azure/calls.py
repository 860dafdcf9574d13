"""The only module that talks to Azure's models.

One HTTP client per process, made on the running loop at the first call: its TLS context costs
18 ms. It runs over aiohttp's transport, because httpx's own is the wall (docs/decisions/0010).
"""

import socket
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import Any

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from proxy_core.azure.credentials import Credential, EntraCredential, KeyCredential, Proof
from proxy_core.deployments.failover import Failover
from proxy_core.deployments.lessons import Lessons
from proxy_core.deployments.models import Deployment
from proxy_core.errors import Disconnected, Unreachable, UpstreamError, UpstreamSilent
from proxy_core.openai.errors import read_error_body
from proxy_core.settings import Settings
from proxy_core.wire.json import to_json

# Seconds. Models think in silence for many minutes; functionTimeout (30 min) is the outer limit.
# httpx-aiohttp takes `pool` for waiting and connecting together, and knows no limit for writing.
TIMEOUT = httpx.Timeout(None, connect=10, read=25 * 60, pool=30)
LIMITS = httpx.Limits(max_connections=2_000, keepalive_expiry=60)

# Azure's outbound addresses forget a connection that is silent for 4 minutes, and a peer that is
# gone says nothing: so the kernel asks, from 60 s of silence on, and gives up after 60 s more.
# https://learn.microsoft.com/azure/load-balancer/load-balancer-tcp-idle-timeout
PROBES = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}

LONGEST_ERROR = 64 * 1024  # bytes of an error's body that are read

JSON_TYPE = "application/json"
HEADERS = {
    "content-type": JSON_TYPE,
    "accept": "text/event-stream",
    "accept-encoding": "identity",
    "user-agent": "azure-gpt-proxy",
}

NOT_CONNECTED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)

# Takes the place of a stream that was read. httpx's own and its response hold each other, and with
# them the body that was sent, until Python's collector comes by: in an idle process, never.
DRAINED = httpx.ByteStream(b"")

Note = Callable[[Mapping[str, str]], None]


class Azure:
    """The resources, and what this process has learned of them. `note` sees the reply's headers."""

    def __init__(
        self,
        settings: Settings,
        transport: httpx.AsyncBaseTransport | None = None,
        entra: Credential | None = None,
    ) -> None:
        entra = entra or EntraCredential(settings.entra_scope)
        self._resources = {
            resource.address.resource: (
                resource.address,
                KeyCredential(resource.api_key) if resource.api_key else entra,
            )
            for resource in settings.resources
        }
        self._transport = transport
        self._client: httpx.AsyncClient | None = None
        self.lessons = Lessons()
        self.failover = Failover()

    def call(
        self, deployment: Deployment, body: dict[str, Any], note: Note = lambda _: None
    ) -> "AzureCall":
        address, credential = self._resources[deployment.resource]
        url = address.url(deployment.api, deployment.name)
        content = to_json(body).encode()
        return AzureCall(self._open_client(), credential, url, content, note)

    def _open_client(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(
                headers=HEADERS,
                timeout=TIMEOUT,
                follow_redirects=False,  # a redirect would carry the key elsewhere
                transport=self._transport or ProbingTransport(limits=LIMITS),
            )
        return self._client


class ProbingTransport(AiohttpTransport):
    """aiohttp's transport, with sockets that notice when the other side is gone."""

    def get_client(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            ssl=self.ssl_context,
            limit=self.limits.max_connections or 0,
            keepalive_timeout=self.limits.keepalive_expiry,
            socket_factory=open_probing_socket,
        )
        return aiohttp.ClientSession(connector=connector, trust_env=True)  # a proxy's settings


def open_probing_socket(address: aiohttp.AddrInfoType) -> socket.socket:
    family, kind, protocol, _, _ = address
    opened = socket.socket(family, kind, protocol)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    known = [name for name in PROBES if hasattr(socket, name)]  # not all on every system
    for name in known:
        opened.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), PROBES[name])
    return opened


class AzureCall:
    """One request to Azure. Its chunks can be read once."""

    def __init__(
        self, client: httpx.AsyncClient, credential: Credential, url: str, body: bytes, note: Note
    ) -> None:
        self._client = client
        self._credential = credential
        self._url = url
        self._body = body
        self._note = note
        self.is_unstreamed = False  # the reply is JSON, not a stream; known with its first chunk

    async def chunks(self) -> AsyncGenerator[bytes]:
        """The raw reply. Raises UpstreamError when Azure refuses, breaks off or stays silent."""
        proof = await self._credential.prove()
        try:
            async with aclosing(self._send(proof)) as chunks:
                async for chunk in chunks:
                    yield chunk
        except UpstreamError as error:
            if not self._credential.learn(proof, error):
                raise
        else:
            return
        async with aclosing(self._send(await self._credential.prove())) as chunks:
            async for chunk in chunks:
                yield chunk

    async def _send(self, proof: Proof) -> AsyncGenerator[bytes]:
        sending = self._client.stream("POST", self._url, content=self._body, headers=proof.headers)
        response: httpx.Response | None = None
        try:
            async with sending as response:
                self._note(response.headers)
                if not response.is_success:
                    body = await _read_body(response)
                    raise read_error_body(
                        response.status_code, response.headers, body, proof.secret
                    )
                self.is_unstreamed = response.headers.get("content-type", "").startswith(JSON_TYPE)
                async for chunk in response.aiter_bytes():
                    yield chunk
        except httpx.ReadTimeout as error:
            raise UpstreamSilent("Azure did not answer in time.") from error
        except (httpx.HTTPError, aiohttp.ClientError, OSError) as error:
            cause = error.__cause__ or error
            kind = Disconnected if response is None else UpstreamError
            kind = Unreachable if isinstance(cause, NOT_CONNECTED) else kind
            reason = type(cause).__name__  # its text may quote the URL
            raise kind(f"The connection to Azure failed ({reason}).") from error
        finally:
            _let_go(response)


def _let_go(response: httpx.Response | None) -> None:
    """Of the body that was sent."""
    if response is not None:
        response.stream = DRAINED


async def _read_body(response: httpx.Response) -> bytes:
    body = b""
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) >= LONGEST_ERROR:
            break
    return body
