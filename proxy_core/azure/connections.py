"""The connections to Azure: how they are made, kept, and told apart from those that are spoiled.

Nothing a call needs may queue among the loop's own threads, which are few and anybody's: so names
are looked up in threads of this module, and what the environment says of proxies is read once.
"""

import asyncio
import select
import socket
from asyncio import Transport, get_running_loop
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from typing import Any, cast
from weakref import WeakSet

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver, AbstractStreamWriter, ResolveResult
from httpx_aiohttp import AiohttpTransport
from httpx_aiohttp.transport import map_aiohttp_exceptions

from proxy_core.azure.proxies import is_loopback
from proxy_core.azure.reply_stream import LONGEST_SILENCE, SILENT, ReplyStream

# Seconds. `connect` is for waiting and connecting together; reply_stream.py has the limit of all
# else, because aiohttp would set a timer anew for whatever arrives.
TIMEOUT = aiohttp.ClientTimeout(connect=30, sock_connect=10)

# Azure's outbound addresses forget a connection that is silent for 4 minutes, and a peer that is
# gone says nothing: so the kernel asks, from 60 s of silence on, and gives up after 60 s more.
# https://learn.microsoft.com/azure/load-balancer/load-balancer-tcp-idle-timeout
PROBES = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}

LOOKUPS = ThreadPoolExecutor(4, thread_name_prefix="lookup")

SLICE = 128 * 1024  # bytes


class AzureTransport(AiohttpTransport):
    """aiohttp's transport. It reads no netrc, keeps no cookies and unpacks nothing."""

    def get_client(self) -> aiohttp.ClientSession:
        connector = Connector(
            ssl=self.ssl_context,
            limit=self.limits.max_connections or 0,
            keepalive_timeout=self.limits.keepalive_expiry,
            socket_factory=open_probing_socket,
            resolver=Resolver(),
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,  # or netrc's credentials would go to Azure beside the key
            auto_decompress=False,
            timeout=TIMEOUT,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """As its parent's, of a body of bytes, without making anew what is the same each time."""
        try:
            with map_aiohttp_exceptions():
                async with asyncio.timeout(LONGEST_SILENCE):
                    response = await self._ask(request)
        except TimeoutError as error:  # all others were aiohttp's, and have become httpx's
            raise httpx.ReadTimeout(SILENT) from error
        return httpx.Response(
            response.status,
            headers=response.raw_headers,
            stream=ReplyStream(response),
        )

    async def _ask(self, request: httpx.Request) -> aiohttp.ClientResponse:
        if not isinstance(self.client, aiohttp.ClientSession):
            self.client = self.get_client()
        return await self.client.request(
            request.method,
            str(request.url),
            headers=request.headers.multi_items(),
            data=_pack(next(iter(cast(httpx.ByteStream, request.stream)))),
            allow_redirects=False,
            **self._way,
        )

    @cached_property
    def _way(self) -> dict[str, Any]:
        """The proxy, where there is one."""
        if self.proxy is None:
            return {}
        auth = self.proxy.auth
        return {
            "proxy": str(self.proxy.url),
            "proxy_auth": aiohttp.BasicAuth(*auth) if auth else None,
            "proxy_headers": self.proxy.headers,
        }


def _pack(body: bytes) -> "bytes | LargeBody | None":
    return LargeBody(body) if len(body) > SLICE else body or None


class LargeBody(aiohttp.Payload):
    """Goes out as the connection takes it. Handed over at once it would be copied and encrypted in
    one go, and no stream would move on meanwhile.
    """

    _autoclose = True

    def __init__(self, body: bytes) -> None:
        super().__init__(memoryview(body))
        self._size = len(body)

    async def write(self, writer: AbstractStreamWriter) -> None:
        for at in range(0, len(self._value), SLICE):
            await writer.write(self._value[at : at + SLICE])

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """For what aiohttp does with bodies when it logs or signs requests: not here."""
        return str(self._value, encoding, errors)


class Connector(aiohttp.TCPConnector):
    """Uses a connection again only while it is silent: what came unasked would pass for the answer
    to the next request (https://github.com/aio-libs/aiohttp/issues/13656).
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._used: WeakSet[Any] = WeakSet()

    async def connect(self, *asked: Any, **options: Any) -> aiohttp.connector.Connection:
        while True:
            connection = await super().connect(*asked, **options)
            protocol = connection.protocol
            if protocol is None or protocol not in self._used:
                self._used.add(protocol)
                return connection
            if not (protocol.should_close or is_readable(connection.transport)):
                return connection
            connection.close()


def is_readable(transport: Transport | None) -> bool:
    """Whether bytes wait in the socket, or its end; as httpcore asks before it uses one again."""
    if transport is None:
        return True
    opened: socket.socket | None = transport.get_extra_info("socket")
    if opened is None:
        return False  # it cannot be told
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(opened, select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([opened], [], [], 0)[0])  # Windows


class Resolver(AbstractResolver):
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        # Windows finds no localhost for the other flag while it is in no network.
        flags = 0 if is_loopback(host) else socket.AI_ADDRCONFIG
        look_up = partial(
            socket.getaddrinfo, host, port, family, type=socket.SOCK_STREAM, flags=flags
        )
        found = await get_running_loop().run_in_executor(LOOKUPS, look_up)
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, protocol, _, address in found
        ]

    async def close(self) -> None:
        """The threads serve every resolver, as long as the process lives."""


def open_probing_socket(address: aiohttp.AddrInfoType) -> socket.socket:
    """A socket that notices when the other side is gone."""
    family, kind, protocol, _, _ = address
    opened = socket.socket(family, kind, protocol)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    known = [name for name in PROBES if hasattr(socket, name)]  # not all on every system
    for name in known:
        opened.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), PROBES[name])
    return opened
