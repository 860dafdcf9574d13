"""The only module that talks to Azure's models.

One HTTP client per process, made on the running loop at the first call: its TLS context costs
18 ms. It runs over aiohttp's transport, because httpx's own is the wall (docs/decisions/0010).
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

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
from proxy_core.wire.json import to_json

# Seconds. Models think in silence for many minutes; functionTimeout (30 min) is the outer limit.
# httpx-aiohttp takes `pool` for waiting and connecting together, and knows no limit for writing.
TIMEOUT = httpx.Timeout(None, connect=10, read=25 * 60, pool=30)
LIMITS = httpx.Limits(max_connections=2_000, keepalive_expiry=60)

LONGEST_ERROR = 64 * 1024  # bytes of an error's body that are read
SLOWEST_ERROR = 10.0  # seconds in which it must come

HEADERS = {
    "content-type": "application/json",
    "accept": "text/event-stream",
    "accept-encoding": "identity",
    "user-agent": "azure-gpt-proxy",
}

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
        self._proxies = {} if transport else _find_proxies(settings)
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

    def list_models(self, resource: str) -> "AzureCall":
        """The models that a resource could deploy. It costs nothing, and proves the key."""
        address, credential = self._resources[resource]
        return AzureCall(self._open_client(), credential, address.models_url)

    def knock(self, resource: str) -> "AzureCall":
        """The same without a key: whatever is answered, somebody is there."""
        address, _ = self._resources[resource]
        return AzureCall(self._open_client(), NO_CREDENTIAL, address.models_url)

    async def identify(self, resource: str) -> Identity | None:
        """Whose token a resource is called with; None where it is a key. Raises UpstreamError."""
        proof = await self._resources[resource][1].prove()
        return read_identity(proof.secret) if proof.scope else None

    def is_called_through_a_proxy(self, resource: str) -> bool:
        origin = str(httpx.URL(self._resources[resource][0].base).join("/"))
        return bool(self._proxies.get(origin))

    async def close(self) -> None:
        """For whoever ends before the process does."""
        for _, credential in self._resources.values():
            if isinstance(credential, EntraCredential):
                await credential.close()
        if self._client is not None:
            await self._client.aclose()

    def redact(self, error: UpstreamError) -> UpstreamError:
        """The same error without any key or token, for whatever Azure said behind a 200."""
        for _, credential in self._resources.values():
            redact_error(error, credential.secrets)
        return error

    def _open_client(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(
                headers=HEADERS,
                timeout=TIMEOUT,
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # it takes none
                follow_redirects=False,  # a redirect would carry the key elsewhere
                trust_env=False,  # connections.py and proxies.py read what is to be read
                transport=self._transport or AzureTransport(limits=LIMITS),
                mounts={
                    origin: AzureTransport(limits=LIMITS, proxy=proxy) if proxy else None
                    for origin, proxy in self._proxies.items()
                },
            )
        return self._client


def _find_proxies(settings: Settings) -> dict[str, httpx.Proxy | None]:
    """By the origin of each resource; None where it is called directly."""
    bases = [resource.address.base for resource in settings.resources]
    return {str(httpx.URL(base).join("/")): find_proxy(base) for base in bases}


class AzureCall:
    """One request to Azure, a GET where it has no body. Its chunks can be read once."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        credential: Credential,
        url: str,
        body: bytes | None = None,
        note: Note = lambda _: None,
    ) -> None:
        self._client = client
        self._credential = credential
        self._url = url
        self._body = body
        self._note = note
        self.is_unstreamed = False  # the reply is JSON, not a stream; known with its first chunk
        self.refusal: tuple[int, bytes] | None = None  # status and body of an error, as they came

    async def chunks(self) -> AsyncGenerator[bytes]:
        """The raw reply. Raises UpstreamError when Azure refuses, breaks off or stays silent."""
        is_repeated = False
        while True:
            proof = await self._credential.prove()
            try:
                async with self._send(proof) as (head, rest):
                    if head:
                        yield head
                    async for chunk in rest:
                        yield chunk
                    return
            except UpstreamError as error:
                if is_repeated or not self._credential.learn(proof, error):
                    raise
            is_repeated = True

    @asynccontextmanager
    async def _send(self, proof: Proof) -> AsyncGenerator[tuple[bytes, AsyncIterator[bytes]]]:
        """A success, as far as it has been read to know what it is, and its rest."""
        method = "GET" if self._body is None else "POST"
        request = self._client.build_request(
            method, self._url, content=self._body, headers=proof.headers
        )
        response: httpx.Response | None = None
        try:
            response = await self._client.send(request, stream=True)
            response.request = request = _without_body(request)
            self._note(response.headers)
            chunks = _read_raw(response)
            if not response.is_success or is_encoded(response.headers):
                raise await self._read_error(response, proof, b"", chunks)
            kind, head = await _read_head(chunks, response.headers.get("content-type", ""))
            if kind == "other":
                raise await self._read_error(response, proof, head, chunks)
            self.is_unstreamed = kind == "json"
            self._body = None  # it may be large, and a success take long to be read
            yield head, chunks
        except httpx.ReadTimeout as error:
            raise UpstreamSilent("Azure did not answer in time.") from error
        except (httpx.HTTPError, aiohttp.ClientError, OSError) as error:
            raise _explain(error, was_answered=response is not None) from error
        finally:
            if response is not None:
                await response.aclose()

    async def _read_error(
        self,
        response: httpx.Response,
        proof: Proof,
        head: bytes,
        chunks: AsyncIterator[bytes],
    ) -> UpstreamError:
        """What has come of it in time: it may break off, or never end."""
        body = bytearray(head)
        if not is_encoded(response.headers):
            with suppress(httpx.HTTPError, aiohttp.ClientError, OSError):  # TimeoutError is one
                async with asyncio.timeout(SLOWEST_ERROR):
                    async for chunk in chunks:
                        body += chunk
                        if len(body) >= LONGEST_ERROR:
                            break
        self.refusal = response.status_code, bytes(body[:LONGEST_ERROR])
        read = read_error_body(response.status_code, response.headers, self.refusal[1])
        return redact_error(read, [proof.secret])


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


def _without_body(request: httpx.Request) -> httpx.Request:
    """httpx's response and its stream hold each other, and so the request as well, until Python's
    collector comes by: in an idle process, never.
    """
    return httpx.Request(request.method, request.url)


def _read_raw(response: httpx.Response) -> AsyncIterator[bytes]:
    """Past httpx's own iterators, which unpack and count, at a cost for each piece."""
    assert isinstance(response.stream, httpx.AsyncByteStream)
    return aiter(response.stream)


async def _read_head(chunks: AsyncIterator[bytes], content_type: str) -> tuple[Kind, bytes]:
    """As much of a reply as tells what it is."""
    head = b""
    async for chunk in chunks:
        head += chunk
        if kind := tell_kind(head, content_type):
            return kind, head
        if len(head) > LONGEST_HEAD:
            break
    return (kind_by_type(content_type) if head else "stream"), head
