import asyncio
import json
from collections.abc import AsyncIterator, Callable

import aiohttp
import httpx
import pytest

from proxy_core.azure import LONGEST_ERROR, Azure
from proxy_core.errors import UpstreamError
from proxy_core.models import Deployment, find_family
from proxy_core.settings import Settings

KEY = "a-secret-key"
ENVIRON = {"AZURE_OPENAI_ENDPOINT": "my.openai.azure.com", "AZURE_OPENAI_API_KEY": KEY}
DEPLOYMENT = Deployment("gpt-5.4", "responses", find_family("gpt-5.4"))

Answer = Callable[[httpx.Request], httpx.Response]


def ask(answer: Answer, environ: dict[str, str] = ENVIRON) -> bytes:
    async def read() -> bytes:
        azure = Azure(Settings.from_environ(environ), httpx.MockTransport(answer))
        call = azure.call(DEPLOYMENT, {"input": "hi"})
        return b"".join([chunk async for chunk in call.chunks()])

    return asyncio.run(read())


def test_sends_the_body_with_the_key_to_the_deployments_url() -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, content=b"data: 1\n\n")

    assert ask(answer) == b"data: 1\n\n"
    [request] = sent
    assert str(request.url) == "https://my.openai.azure.com/openai/v1/responses"
    assert request.headers["api-key"] == KEY
    assert json.loads(request.content) == {"input": "hi"}


def test_one_client_serves_all_calls_and_azures_request_id_is_kept() -> None:
    async def read() -> list[str]:
        answer = httpx.Response(200, headers={"apim-request-id": "abc"}, content=b"")
        transport = httpx.MockTransport(lambda _: answer)
        azure = Azure(Settings.from_environ(ENVIRON), transport)
        calls = [azure.call(DEPLOYMENT, {}) for _ in range(2)]
        assert calls[0]._client is calls[1]._client
        for call in calls:
            assert [chunk async for chunk in call.chunks()] == []
        return [call.request_id for call in calls]

    assert asyncio.run(read()) == ["abc", "abc"]


def test_a_refusal_keeps_its_status_message_and_wait() -> None:
    body = {"error": {"code": "429", "message": "slow down"}}
    headers = {"retry-after": "7", "x-request-id": "abc"}
    with pytest.raises(UpstreamError, match="slow down") as caught:
        ask(lambda _: httpx.Response(429, headers=headers, json=body))
    error = caught.value
    assert (error.status, error.code, error.retry_after, error.request_id) == (429, "429", 7, "abc")


def test_a_redirect_is_not_followed_because_the_key_would_go_with_it() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(307, headers={"location": "https://elsewhere.example/"})

    with pytest.raises(UpstreamError) as caught:
        ask(answer)
    assert caught.value.status == 307
    assert asked == ["my.openai.azure.com"]


def test_an_endless_error_page_is_not_read_to_its_end() -> None:
    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            for _ in range(LONGEST_ERROR):
                yield bytes(LONGEST_ERROR // 2)

    with pytest.raises(UpstreamError, match="status 500"):
        ask(lambda _: httpx.Response(500, stream=Endless()))


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (httpx.ReadTimeout("slow"), 504),
        (httpx.ConnectError("no route"), 502),
        (aiohttp.ClientError("odd"), 502),
        (OSError("reset"), 502),
    ],
)
def test_a_failing_connection_is_an_upstream_error_without_secrets(
    failure: Exception, status: int
) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise failure

    with pytest.raises(UpstreamError) as caught:
        ask(fail)
    assert caught.value.status == status
    assert "my.openai.azure.com" not in caught.value.message
    assert KEY not in caught.value.message


def test_the_real_transport_is_aiohttps() -> None:
    async def open_client() -> str:
        azure = Azure(Settings.from_environ(ENVIRON))
        client = azure.call(DEPLOYMENT, {})._client
        try:
            return type(client._transport).__module__
        finally:
            await client.aclose()

    assert asyncio.run(open_client()).startswith("httpx_aiohttp")
