"""The only module that talks to the network.

One HTTP client per process, made on the running loop at the first call: its TLS context costs
18 ms. It runs over aiohttp's transport, because httpx's own is the wall (docs/decisions/0010).
"""

from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import httpx
from httpx_aiohttp import HttpxAiohttpClient

from proxy_core.errors import UpstreamError
from proxy_core.lessons import Lessons
from proxy_core.models import Deployment
from proxy_core.openai_errors import read_error_body
from proxy_core.settings import Settings
from proxy_core.wire_json import to_json

# Seconds. Models think in silence for many minutes; functionTimeout (30 min) is the outer limit.
# httpx-aiohttp takes `pool` for waiting and connecting together, and knows no limit for writing.
TIMEOUT = httpx.Timeout(None, connect=10, read=25 * 60, pool=30)
LIMITS = httpx.Limits(max_connections=2_000, keepalive_expiry=60)

LONGEST_ERROR = 64 * 1024  # bytes of an error's body that are read


class Azure:
    def __init__(
        self, settings: Settings, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._settings = settings
        self._transport = transport
        self._client: httpx.AsyncClient | None = None
        self.lessons = Lessons()

    def call(self, deployment: Deployment, body: dict[str, Any]) -> "AzureCall":
        url = self._settings.endpoint.url(deployment.api, deployment.name)
        content = to_json(self.lessons.apply(deployment, body)).encode()
        return AzureCall(self._open_client(), url, content)

    def _open_client(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = HttpxAiohttpClient(
                headers={
                    "api-key": self._settings.api_key,
                    "content-type": "application/json",
                    "accept": "text/event-stream",
                    "accept-encoding": "identity",
                    "user-agent": "azure-gpt-proxy",
                },
                timeout=TIMEOUT,
                limits=LIMITS,
                follow_redirects=False,  # a redirect would carry the key elsewhere
                transport=self._transport,
            )
        return self._client


class AzureCall:
    """One request to Azure. Its chunks can be read once."""

    def __init__(self, client: httpx.AsyncClient, url: str, body: bytes) -> None:
        self._client = client
        self._url = url
        self._body = body
        self.request_id = ""  # Azure's, known once it has answered

    async def chunks(self) -> AsyncGenerator[bytes]:
        """The raw reply. Raises UpstreamError when Azure refuses, breaks off or stays silent."""
        try:
            async with self._client.stream("POST", self._url, content=self._body) as response:
                self.request_id = _request_id(response)
                if not response.is_success:
                    raise read_error_body(
                        response.status_code, response.headers, await _read_body(response)
                    )
                async for chunk in response.aiter_bytes():
                    yield chunk
        except httpx.ReadTimeout as error:
            raise UpstreamError("Azure did not answer in time.", status=504) from error
        except (httpx.HTTPError, aiohttp.ClientError, OSError) as error:
            reason = type(error.__cause__ or error).__name__  # its text may quote the URL
            raise UpstreamError(f"The connection to Azure failed ({reason}).") from error


def _request_id(response: httpx.Response) -> str:
    return response.headers.get("apim-request-id") or response.headers.get("x-request-id") or ""


async def _read_body(response: httpx.Response) -> bytes:
    body = b""
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) >= LONGEST_ERROR:
            break
    return body
