"""The only module that talks to Azure's models.

Each process has one httpx transport, and one more for each HTTP proxy, made on the running loop
at the first call: its TLS context costs 18 ms. It is aiohttp's, because httpx's own is the wall,
and it is asked directly: what `AsyncClient` puts before it (cookies, redirects, authentication,
decoding) is not wanted here, and costs as much as the call (docs/decisions/0010).
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from functools import lru_cache
from typing import cast

import aiohttp
import httpx

from proxy_core.azure.connections import AzureTransport
from proxy_core.azure.credentials import (
    NO_CREDENTIAL,
    Credential,
    EntraCredential,
    Identity,
    KeyCredential,
    Proof,
    read_identity,
)
from proxy_core.azure.host_names import NO_SUCH_NAME
from proxy_core.azure.name_lookup import unknown_host
from proxy_core.azure.proxies import find_proxy
from proxy_core.azure.reply_kind import LONGEST_HEAD, Kind, kind_by_type, tell_kind
from proxy_core.deployments.failover import Failover
from proxy_core.deployments.lessons import Lessons
from proxy_core.deployments.models import Deployment
from proxy_core.errors import Disconnected, Unreachable, UpstreamError, UpstreamSilent
from proxy_core.openai.errors import is_encoded, read_error_body
from proxy_core.openai.redaction import redact_error
from proxy_core.settings import Settings

LIMITS = httpx.Limits(max_connections=2_000, keepalive_expiry=60)

LONGEST_ERROR = 64 * 1024  # bytes of an error's body that are read
SLOWEST_ERROR = 10.0  # seconds in which it must come

HEADERS = {
    "content-type": "application/json",
    "accept": "text/event-stream",
    "accept-encoding": "identity",
    "user-agent": "azure-gpt-proxy",
}

DIRECTLY = ""

Note = Callable[[int, Mapping[str, str]], None]


class Azure:
    """The resources, and what this process has learned of them.

    `note` sees the status and the headers of each reply.
    """

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
        self._proxies = {} if transport else _find_proxies(settings)
        # those over a proxy by their resource
        self._transports = {DIRECTLY: transport} if transport else {}
        self.lessons = Lessons()
        self.failover = Failover()

    def call(
        self, deployment: Deployment, body: bytes, note: Note = lambda *_: None
    ) -> "AzureCall":
        address, credential = self._resources[deployment.resource]
        url = address.url(deployment.api, deployment.name)
        transport = self._open(deployment.resource)
        return AzureCall(transport, credential, url, body, note)

    def list_models(self, resource: str) -> "AzureCall":
        """The models that a resource could deploy. It costs nothing, and proves the key."""
        address, credential = self._resources[resource]
        return AzureCall(self._open(resource), credential, address.models_url)

    def knock(self, resource: str) -> "AzureCall":
        """The same without a key: whatever is answered, somebody is there."""
        address, _ = self._resources[resource]
        return AzureCall(self._open(resource), NO_CREDENTIAL, address.models_url)

    async def identify(self, resource: str) -> Identity | None:
        """Whose token a resource is called with; None where it is a key. Raises UpstreamError."""
        proof = await self._resources[resource][1].prove()
        return read_identity(proof.secret) if proof.scope else None

    def is_called_through_a_proxy(self, resource: str) -> bool:
        return bool(self._proxies.get(resource))

    async def close(self) -> None:
        """For whoever ends before the process does."""
        for _, credential in self._resources.values():
            if isinstance(credential, EntraCredential):
                await credential.close()
        for transport in self._transports.values():
            await transport.aclose()

    def redact(self, error: UpstreamError) -> UpstreamError:
        """The same error without any key or token, for whatever Azure said behind a 200."""
        for _, credential in self._resources.values():
            redact_error(error, credential.secrets)
        return error

    def _open(self, resource: str) -> httpx.AsyncBaseTransport:
        proxy = self._proxies.get(resource)
        way = resource if proxy else DIRECTLY
        if way not in self._transports:
            self._transports[way] = AzureTransport(limits=LIMITS, proxy=proxy)
        return self._transports[way]


def _find_proxies(settings: Settings) -> dict[str, httpx.Proxy | None]:
    """By the name of each resource; None where it is called directly."""
    addresses = [resource.address for resource in settings.resources]
    return {address.resource: find_proxy(address.base) for address in addresses}


_read_url = lru_cache(100)(httpx.URL)


class AzureCall:
    """One request to Azure, a GET where it has no body. Its chunks can be read once."""

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        credential: Credential,
        url: str,
        body: bytes | None = None,
        note: Note = lambda *_: None,
    ) -> None:
        self._transport = transport
        self._credential = credential
        self._url = url
        self.body = body
        self._note = note
        self.is_unstreamed = False  # the reply is JSON, not a stream; known with its first chunk
        self.refusal: tuple[int, bytes] | None = None  # status and body of an error, as they came

    async def chunks(self) -> AsyncGenerator[bytes]:
        """The raw reply. Raises UpstreamError when Azure refuses, breaks off or stays silent."""
        is_repeated = False
        while True:
            proof = await self._credential.prove()
            try:
                async with self._send(proof) as (held, rest):
                    while held:
                        yield held.pop()
                    async for chunk in rest:
                        yield chunk
                        del chunk  # or it is kept until the next one comes
                    return
            except UpstreamError as error:
                if is_repeated or not self._credential.learn(proof, error):
                    raise
            is_repeated = True

    @asynccontextmanager
    async def _send(self, proof: Proof) -> AsyncGenerator[tuple[list[bytes], AsyncIterator[bytes]]]:
        """A success, as far as it has been read to know what it is, and its rest.

        The former is handed over: kept here, it would be for as long as the reply takes.
        """
        answer: _Answer | None = None
        try:
            answer = await self._ask(proof)
            self._note(answer.status, answer.headers)
            if not 200 <= answer.status < 300 or is_encoded(answer.headers):
                raise await self._read_error(answer, proof)
            kind, held = await _read_head(answer.chunks, answer.headers.get("content-type", ""))
            if kind == "other":
                raise await self._read_error(answer, proof, b"".join(held))
            self.is_unstreamed = kind == "json"
            self.body = None  # it may be large, and a success take long to be read
            yield held, answer.chunks
        except httpx.ReadTimeout as error:
            raise UpstreamSilent("Azure did not answer in time.") from error
        except (httpx.HTTPError, aiohttp.ClientError, OSError) as error:
            raise _explain(error, was_answered=answer is not None) from error
        finally:
            if answer:
                await answer.close()

    async def _ask(self, proof: Proof) -> "_Answer":
        request = httpx.Request(
            "GET" if self.body is None else "POST",
            _read_url(self._url),
            headers=HEADERS | proof.headers,
            stream=httpx.ByteStream(self.body or b""),  # `content` would be looked at, and copied
        )
        return _Answer(await self._transport.handle_async_request(request))

    async def _read_error(
        self, answer: "_Answer", proof: Proof, head: bytes = b""
    ) -> UpstreamError:
        """What has come of it in time: it may break off, or never end."""
        body = bytearray(head)
        if not is_encoded(answer.headers):
            with suppress(httpx.HTTPError, aiohttp.ClientError, OSError):  # TimeoutError is one
                async with asyncio.timeout(SLOWEST_ERROR):
                    async for chunk in answer.chunks:
                        body += chunk
                        if len(body) >= LONGEST_ERROR:
                            break
        self.refusal = answer.status, bytes(body[:LONGEST_ERROR])
        read = read_error_body(answer.status, answer.headers, self.refusal[1])
        return redact_error(read, [proof.secret])


class _Answer:
    """A response without its request, and so without the body that was sent."""

    def __init__(self, response: httpx.Response) -> None:
        assert isinstance(response.stream, httpx.AsyncByteStream)
        self.status = response.status_code
        self.headers = response.headers
        self.chunks = cast(AsyncGenerator[bytes], aiter(response.stream))
        self._stream = response.stream

    async def close(self) -> None:
        try:
            await self.chunks.aclose()
        finally:
            await self._stream.aclose()


def _explain(error: Exception, *, was_answered: bool) -> UpstreamError:
    """Of its text nothing is said: it may quote the URL."""
    match error.__cause__ or error:
        case aiohttp.ClientConnectorDNSError(host=host, os_error=OSError(errno=reason)) if (
            reason in NO_SUCH_NAME  # of others the resolver may know more in a moment
        ):
            return unknown_host(host)
        case aiohttp.ClientConnectorCertificateError(host=host):
            return Unreachable(f"The certificate of {host} is not trusted.", code="certificate")
        case aiohttp.ClientConnectorError() | aiohttp.ConnectionTimeoutError() as cause:
            kind: type[UpstreamError] = Unreachable
        case cause:
            kind = UpstreamError if was_answered else Disconnected
    return kind(f"The connection to Azure failed ({type(cause).__name__}).")


async def _read_head(chunks: AsyncIterator[bytes], content_type: str) -> tuple[Kind, list[bytes]]:
    """As much of a reply as tells what it is."""
    head = b""
    async for chunk in chunks:
        head += chunk
        if kind := tell_kind(head, content_type):
            return kind, [head]
        if len(head) > LONGEST_HEAD:
            break
    return (kind_by_type(content_type), [head]) if head else ("stream", [])
