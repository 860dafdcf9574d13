import asyncio
import gc
import json
import socket
import ssl
import tracemalloc
import weakref
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, nullcontext

import aiohttp
import httpx
import pytest
from aiohttp.client_reqrep import ConnectionKey

from proxy_core.azure.calls import LONGEST_ERROR, SLOWEST_ERROR, Azure, Note
from proxy_core.azure.connections import PROBES, open_probing_socket
from proxy_core.azure.credentials import Credential, Proof
from proxy_core.errors import (
    Disconnected,
    SettingsError,
    Unreachable,
    UpstreamError,
    UpstreamSilent,
)
from proxy_core.settings import Settings
from tests.virtual_time import run

KEY = "a-secret-key"
ENVIRON = {"AZURE_OPENAI_ENDPOINT": "my.openai.azure.com", "AZURE_OPENAI_API_KEY": KEY}

Answer = Callable[[httpx.Request], httpx.Response]


def ask(
    answer: Answer,
    environ: dict[str, str] = ENVIRON,
    entra: Credential | None = None,
    note: Note = lambda *_: None,
) -> bytes:
    async def read() -> bytes:
        settings = Settings.from_environ(environ)
        azure = Azure(settings, httpx.MockTransport(answer), entra)
        call = azure.call(settings.find_deployment("gpt-5.4"), b'{"input":"hi"}', note)
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


def test_each_resource_is_called_with_its_own_key_over_one_client() -> None:
    sent: list[tuple[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append((request.url.host, request.headers["api-key"]))
        return httpx.Response(200, content=b"")

    async def call_both() -> None:
        settings = Settings.from_environ(
            {
                **ENVIRON,
                "AZURE_OPENAI_FALLBACK_ENDPOINT": "other.openai.azure.com",
                "AZURE_OPENAI_FALLBACK_API_KEY": "another-key",
            }
        )
        azure = Azure(settings, httpx.MockTransport(answer))
        first = settings.find_deployment("gpt-5.4")
        calls = [azure.call(place, b"{}") for place in (first, *first.elsewhere)]
        assert calls[0]._transport is calls[1]._transport
        for call in calls:
            assert [chunk async for chunk in call.chunks()] == []

    asyncio.run(call_both())
    assert sent == [("my.openai.azure.com", KEY), ("other.openai.azure.com", "another-key")]


@pytest.mark.parametrize("status", [200, 500])
def test_status_and_headers_of_every_answer_are_noted(status: int) -> None:
    noted: list[tuple[int, str]] = []
    answer = httpx.Response(status, headers={"x-ms-region": "East US"}, content=b"")
    with pytest.raises(UpstreamError) if status == 500 else nullcontext():
        ask(lambda _: answer, note=lambda *seen: noted.append((seen[0], seen[1]["x-ms-region"])))
    assert noted == [(status, "East US")]


class Tokens:
    """Stands for Entra ID: a second token is to be had once the first was refused."""

    def __init__(self, *tokens: str) -> None:
        self._tokens = list(tokens)
        self.secrets = tokens

    async def prove(self) -> Proof:
        token = self._tokens[0]
        return Proof({"authorization": f"Bearer {token}"}, token)

    def learn(self, refused: Proof, error: UpstreamError) -> bool:
        assert refused.secret == self._tokens.pop(0)
        return bool(self._tokens)


def only_good_tokens(request: httpx.Request) -> httpx.Response:
    assert "api-key" not in request.headers
    if request.headers["authorization"] == "Bearer a-good-token":
        return httpx.Response(200, content=b"data: 1\n\n")
    return httpx.Response(401, json={"message": "no: a-bad-token"})


WITHOUT_KEY = {**ENVIRON, "AZURE_OPENAI_API_KEY": ""}


def test_without_a_key_a_token_is_sent_and_another_where_it_is_refused() -> None:
    assert ask(only_good_tokens, WITHOUT_KEY, Tokens("a-good-token")) == b"data: 1\n\n"
    assert (
        ask(only_good_tokens, WITHOUT_KEY, Tokens("a-bad-token", "a-good-token")) == b"data: 1\n\n"
    )
    with pytest.raises(UpstreamError) as caught:
        ask(only_good_tokens, WITHOUT_KEY, Tokens("a-bad-token", "a-bad-token"))
    assert caught.value.status == 401
    assert "a-bad-token" not in caught.value.message


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
    assert (caught.value.status, caught.value.code) == (502, "redirect")
    assert asked == ["my.openai.azure.com"]


def test_an_endless_error_page_is_not_read_to_its_end() -> None:
    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            for _ in range(LONGEST_ERROR):
                yield bytes(LONGEST_ERROR // 2)

    with pytest.raises(UpstreamError, match="answered 500"):
        ask(lambda _: httpx.Response(500, stream=Endless()))


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("failure", "kind", "status"),
    [
        (httpx.ReadTimeout("slow"), UpstreamSilent, 504),
        (caused(httpx.ConnectTimeout("slow"), aiohttp.ConnectionTimeoutError()), Unreachable, 502),
        # httpx-aiohttp calls it so when a connection that was kept turns out to be closed
        (caused(httpx.ConnectTimeout(""), aiohttp.ServerDisconnectedError()), Disconnected, 502),
        (httpx.ReadError("reset"), Disconnected, 502),
        (aiohttp.ClientError("odd"), Disconnected, 502),
        (OSError("reset"), Disconnected, 502),
    ],
)
def test_a_failing_connection_is_an_upstream_error_without_secrets(
    failure: Exception, kind: type[UpstreamError], status: int
) -> None:
    with pytest.raises(UpstreamError) as caught:
        ask(lambda _: raised(failure))
    assert (type(caught.value), caught.value.status) == (kind, status)
    assert "my.openai.azure.com" not in caught.value.message
    assert KEY not in caught.value.message


def not_resolved(reason: int) -> Exception:
    """As aiohttp says that a name cannot be resolved."""
    key = ConnectionKey("my-typo.invalid", 443, True, True, None, None, None)
    cause = aiohttp.ClientConnectorDNSError(key, socket.gaierror(reason, "No."))
    return caused(httpx.ConnectError("No."), cause)


@pytest.mark.parametrize("reason", [socket.EAI_NONAME, 11001])
def test_a_host_that_does_not_exist_is_named_and_not_asked_again(reason: int) -> None:
    with pytest.raises(
        Unreachable, match=r"There is no host of the name my-typo\.invalid"
    ) as caught:
        ask(lambda _: raised(not_resolved(reason)))
    assert (caught.value.code, caught.value.may_pass) == ("unknown_host", False)


def test_a_resolver_that_cannot_say_may_know_more_later() -> None:
    with pytest.raises(Unreachable) as caught:
        ask(lambda _: raised(not_resolved(socket.EAI_AGAIN)))
    assert caught.value.may_pass


def test_a_certificate_that_is_not_trusted_is_not_asked_for_again() -> None:
    key = ConnectionKey("my-gateway", 443, True, True, None, None, None)
    cause = aiohttp.ClientConnectorCertificateError(key, ssl.SSLCertVerificationError())
    with pytest.raises(Unreachable, match="The certificate of my-gateway is not") as caught:
        ask(lambda _: raised(caused(httpx.ConnectError("No."), cause)))
    assert (caught.value.code, caught.value.may_pass) == ("certificate", False)


def raised(error: Exception) -> httpx.Response:
    raise error


def test_nobody_there_is_told_apart_from_a_broken_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    async def call() -> None:
        azure = Azure(
            settings := Settings.from_environ(
                {
                    "AZURE_OPENAI_ENDPOINT": f"http://127.0.0.1:{port}/v1",
                    "AZURE_OPENAI_API_KEY": "k",
                }
            )
        )
        call = azure.call(settings.find_deployment("gpt-5.4"), b"{}")
        try:
            with pytest.raises(Unreachable):
                [chunk async for chunk in call.chunks()]
        finally:
            await azure.close()

    asyncio.run(call())


def test_sockets_notice_when_the_other_side_is_gone() -> None:
    address = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", 1))
    with open_probing_socket(address) as opened:
        assert opened.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        for name, value in PROBES.items():
            if hasattr(socket, name):
                assert opened.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) == value


def test_the_body_that_was_sent_is_let_go_of_once_azure_speaks() -> None:
    """A stream may last for many minutes, and a body be of many megabytes."""
    sent: list[weakref.ref[httpx.Request]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(weakref.ref(request))
        return httpx.Response(200, stream=Body(b"data: 1\n\n", b"data: 2\n\n"))

    async def read() -> None:
        settings = Settings.from_environ(ENVIRON)
        call = Azure(settings, httpx.MockTransport(answer)).call(
            settings.find_deployment("gpt-5.4"), b'{"input":"hi"}'
        )
        async with aclosing(call.chunks()) as chunks:
            assert await anext(chunks) == b"data: 1\n\n"
            assert sent[0]() is None  # not even the collector is needed
            assert call.body is None
            assert await anext(chunks) == b"data: 2\n\n"

    gc.disable()
    try:
        asyncio.run(read())
    finally:
        gc.enable()


def test_a_reply_that_breaks_off_is_told_apart_from_a_connection_that_was_closed() -> None:
    class Breaking(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"data: "
            raise OSError("reset")

    with pytest.raises(UpstreamError) as caught:
        ask(lambda _: httpx.Response(200, stream=Breaking()))
    assert type(caught.value) is UpstreamError


class Body(httpx.AsyncByteStream):
    """Comes in these pieces, and then as `end` says."""

    def __init__(self, *pieces: bytes, end: Exception | None = None, endless: bool = False) -> None:
        self._pieces = pieces
        self._end = end
        self._endless = endless

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece
        if self._endless:
            await asyncio.sleep(3_600)
        if self._end:
            raise self._end


NO = b'{"error": {"message": "No.", "code": "c"}}'


@pytest.mark.parametrize("body", [Body(NO, endless=True), Body(NO, end=OSError("reset"))])
def test_of_an_error_that_never_ends_or_breaks_off_it_is_told_what_came(body: Body) -> None:
    async def refused() -> tuple[int, str, str, float]:
        azure = Azure(
            settings := Settings.from_environ(ENVIRON),
            httpx.MockTransport(lambda _: httpx.Response(404, stream=body)),
        )
        with pytest.raises(UpstreamError) as caught:
            [chunk async for chunk in azure.call(settings.find_deployment("gpt"), b"{}").chunks()]
        error = caught.value
        return error.status, error.message, error.code, asyncio.get_running_loop().time()

    *told, seconds = run(refused())
    assert told == [404, "No.", "c"]
    assert seconds <= SLOWEST_ERROR


def ask_whole(response: httpx.Response) -> tuple[bytes, bool]:
    """The reply, and whether it is in one piece."""

    async def read() -> tuple[bytes, bool]:
        settings = Settings.from_environ(ENVIRON)
        azure = Azure(settings, httpx.MockTransport(lambda _: response))
        call = azure.call(settings.find_deployment("gpt-5.4"), b"{}")
        return b"".join([chunk async for chunk in call.chunks()]), call.is_unstreamed

    return run(read())


@pytest.mark.parametrize(
    ("pieces", "content_type", "is_unstreamed"),
    [
        ((b"data: 1\n\n",), "text/event-stream", False),
        ((b"\n", b"da", b"ta: 1\n\n"), "Application/JSON", False),
        ((b"event: x\n",), "text/html", False),
        ((b" ", b'{"a"', b": 1}"), "text/event-stream", True),
        ((b'{"a": 1}',), "", True),
        ((b" " * 70_000, b'{"a": 1}'), "APPLICATION/JSON; charset=utf-8", True),
        ((b"\n" * 70_000, b"data: 1\n\n"), "", False),
        ((b"dat",), "text/event-stream", False),
        ((), "text/html", False),
    ],
)
def test_what_a_reply_is(pieces: tuple[bytes, ...], content_type: str, is_unstreamed: bool) -> None:
    response = httpx.Response(200, headers={"content-type": content_type}, stream=Body(*pieces))
    assert ask_whole(response) == (b"".join(pieces), is_unstreamed)


@pytest.mark.parametrize(
    ("pieces", "content_type", "says"),
    [
        ((b"<html><title>Sign", b" in</title>"), "text/html", "an HTML page: Sign in."),
        ((b"<html>",), "text/event-stream", "an HTML page."),
        ((b"<html>",), "application/json", "an HTML page."),
        ((b"no healthy ", b"upstream"), "text/plain", "no healthy upstream"),
        ((f"wrong key: {KEY}".encode(),), "text/plain", "wrong key: …"),
        ((b"\x00\x01",), "application/octet-stream", "with no reply of a model."),
    ],
)
def test_what_is_no_reply(pieces: tuple[bytes, ...], content_type: str, says: str) -> None:
    response = httpx.Response(200, headers={"content-type": content_type}, stream=Body(*pieces))
    with pytest.raises(UpstreamError) as caught:
        ask_whole(response)
    assert caught.value.status == 502
    assert says in caught.value.message


@pytest.mark.parametrize("status", [200, 500])
def test_what_is_compressed_is_refused_and_not_even_read(status: int) -> None:
    body = Body(end=AssertionError("it was read"))
    response = httpx.Response(status, headers={"content-encoding": "gzip"}, stream=body)
    with pytest.raises(UpstreamError, match="in an encoding that was not asked for") as caught:
        ask_whole(response)
    assert caught.value.status == (502 if status == 200 else 500)


def test_what_azure_says_behind_a_200_can_be_redacted() -> None:
    environ = {
        **ENVIRON,
        "AZURE_OPENAI_FALLBACK_ENDPOINT": "other.openai.azure.com,third.openai.azure.com",
        "AZURE_OPENAI_FALLBACK_API_KEY": "another-key,third-key-of-all",
    }
    azure = Azure(Settings.from_environ(environ))
    error = azure.redact(UpstreamError(f"{KEY} and another-key", code="third-key-of-all"))
    assert (error.message, error.code) == ("… and …", "…")


def test_the_tokens_of_entra_are_secrets_too() -> None:
    environ = {**WITHOUT_KEY}
    azure = Azure(Settings.from_environ(environ), entra=Tokens("a-good-token"))
    assert azure.redact(UpstreamError("no: a-good-token")).message == "no: …"


def test_a_proxy_that_cannot_be_used_ends_start_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://p:1080")
    with pytest.raises(SettingsError, match=r"The proxy for my\.openai\.azure\.com"):
        Azure(Settings.from_environ(ENVIRON))


def test_the_list_of_models_is_asked_for_with_the_key_and_knocked_at_without() -> None:
    sent: list[tuple[str, str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append((request.method, str(request.url), request.headers.get("api-key", "")))
        return httpx.Response(200, json={"data": []})

    async def ask_both() -> None:
        settings = Settings.from_environ(ENVIRON)
        azure = Azure(settings, httpx.MockTransport(answer))
        resource = settings.resources[0].address.resource
        for call in (azure.list_models(resource), azure.knock(resource)):
            assert b"".join([chunk async for chunk in call.chunks()]) == b'{"data":[]}'
            assert call.refusal is None
        assert await azure.identify(resource) is None
        await azure.close()

    asyncio.run(ask_both())
    url = "https://my.openai.azure.com/openai/v1/models"
    assert sent == [("GET", url, KEY), ("GET", url, "")]


def test_a_credential_that_was_never_asked_is_closed_too() -> None:
    async def close() -> None:
        await Azure(Settings.from_environ(WITHOUT_KEY)).close()

    asyncio.run(close())


def test_what_was_read_to_know_the_reply_is_not_kept_while_it_lasts() -> None:
    size = 1_000_000

    async def begin() -> int:
        class Lasting(httpx.AsyncByteStream):
            async def __aiter__(self) -> AsyncIterator[bytes]:
                yield b"data: " + b"x" * size
                yield b"\n\n"

        settings = Settings.from_environ(ENVIRON)
        transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=Lasting()))
        call = Azure(settings, transport).call(settings.find_deployment("gpt-5.4"), b"{}")
        async with aclosing(call.chunks()) as chunks:
            assert len(await anext(chunks)) > size
            assert await anext(chunks) == b"\n\n"
            return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        assert asyncio.run(begin()) < size
    finally:
        tracemalloc.stop()
