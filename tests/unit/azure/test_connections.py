"""Real connections to servers on this machine, which do what no well-behaved one does."""

import asyncio
import select
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from aiohttp.http_writer import StreamWriter

from proxy_core.azure.calls import Azure
from proxy_core.azure.connections import SLICE, AzureTransport, LargeBody, Resolver, is_readable
from proxy_core.azure.credentials import Proof
from proxy_core.errors import Unreachable, UpstreamError, UpstreamSilent
from proxy_core.settings import Settings
from tests.virtual_time import run

KEY = "a-secret-key"
NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "NETRC")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def answer(text: str, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(text)}", *headers]
    return "\r\n".join([*lines, "", text]).encode()


class Server:
    """Answers the nth request with what `reply` says, and more when the test wants it to."""

    def __init__(self, reply: Callable[[int], bytes], greeting: bytes = b"") -> None:
        self.requests: list[str] = []
        self.bodies: list[bytes] = []
        self.connections: list[asyncio.StreamWriter] = []
        self.port = 0
        self._reply = reply
        self._greeting = greeting

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.append(writer)
        writer.write(self._greeting)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                text = head.decode()
                length = text.lower().partition("content-length: ")[2].partition("\r\n")[0]
                self.bodies.append(await reader.readexactly(int(length)))
                self.requests.append(text)
                writer.write(self._reply(len(self.requests)))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def serving(server: Server) -> AsyncIterator[Server]:
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        for writer in server.connections:
            writer.close()


@asynccontextmanager
async def azure_at(url: str, **more: str) -> AsyncIterator[Callable[..., Any]]:
    """Asks the deployment once, for its whole reply."""
    environ = {"AZURE_OPENAI_ENDPOINT": url, "AZURE_OPENAI_API_KEY": KEY, **more}
    settings = Settings.from_environ(environ)
    azure = Azure(settings, entra=Tokens())

    async def ask(body: bytes = b"{}") -> bytes:
        call = azure.call(settings.find_deployment("gpt-5.4"), body)
        async with asyncio.timeout(20):
            return b"".join([chunk async for chunk in call.chunks()])

    try:
        yield ask
    finally:
        await azure.close()


@asynccontextmanager
async def azure_behind(server: Server, **more: str) -> AsyncIterator[Callable[..., Any]]:
    async with serving(server), azure_at(f"http://127.0.0.1:{server.port}/v1", **more) as ask:
        yield ask


class Tokens:
    secrets = ("a-token-of-entra",)

    async def prove(self) -> Proof:
        return Proof({"authorization": "Bearer a-token-of-entra"}, "a-token-of-entra")

    def learn(self, refused: Proof, error: UpstreamError) -> bool:
        return False


def test_a_connection_is_used_again() -> None:
    async def ask_thrice() -> int:
        server = Server(lambda n: answer(f"data: {n}\n\n"))
        async with azure_behind(server) as ask:
            assert [await ask() for _ in range(3)] == [b"data: %d\n\n" % n for n in (1, 2, 3)]
        return len(server.connections)

    assert asyncio.run(ask_thrice()) == 1


@pytest.mark.parametrize("size", [1, SLICE, SLICE + 1, 3 * SLICE, 40 * SLICE - 1])
def test_a_body_arrives_as_it_is(size: int) -> None:
    body = (bytes(range(251)) * (size // 251 + 1))[:size]

    async def ask_twice() -> list[bytes]:
        server = Server(lambda n: answer("data: 1\n\n"))
        async with azure_behind(server) as ask:
            assert await ask(body) == await ask(body)
        return server.bodies

    assert asyncio.run(ask_twice()) == [body] * 2


@pytest.mark.parametrize("size", [1, SLICE + 1, 3 * SLICE])
def test_a_large_body_is_handed_over_in_slices(size: int) -> None:
    slices: list[int] = []

    class Writer(StreamWriter):
        def __init__(self) -> None:
            """It has no connection."""

        async def write(self, chunk: Any, **_: Any) -> None:
            slices.append(len(chunk))

    body = LargeBody(b"a" * size)
    asyncio.run(body.write(Writer()))
    assert sum(slices) == body.size == len(body.decode()) == size
    assert max(slices) <= SLICE


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
BEGUN = HEAD + b"9\r\ndata: 1\n\n\r\n"


@pytest.mark.parametrize("said", [b"", HEAD[:20], HEAD, BEGUN, BEGUN + b"9\r\ndata"])
def test_silence_ends_a_call_and_its_connection_alone(
    monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    async def ask_thrice() -> int:
        server = Server(lambda n: said if n == 2 else answer(f"data: {n}\n\n"))
        async with azure_behind(server) as ask:
            assert await ask() == b"data: 1\n\n"
            with monkeypatch.context() as patched:
                for module in ("connections", "reply_stream"):
                    patched.setattr(f"proxy_core.azure.{module}.LONGEST_SILENCE", 0.05)
                with pytest.raises(UpstreamSilent):
                    await ask()
            assert [await ask() for _ in range(2)] == [b"data: 3\n\n", b"data: 4\n\n"]
        return len(server.connections)

    assert asyncio.run(ask_thrice()) == 2


STRAY = answer("data: of somebody else\n\n")
STRAYS = [STRAY, STRAY[:-1], STRAY[:40], STRAY[:1], STRAY * 2, b"\r\n", b"x"]


@pytest.mark.parametrize("stray", STRAYS)
@pytest.mark.parametrize("when", ["in one packet", "still unread", "already read"])
def test_what_came_unasked_reaches_nobody(stray: bytes, when: str) -> None:
    def reply(number: int) -> bytes:
        spoils = when == "in one packet" and number == 1
        return answer(f"data: {number}\n\n") + stray * spoils

    async def ask_thrice() -> list[bytes]:
        server, replies = Server(reply), []
        async with azure_behind(server) as ask:
            for _ in range(3):
                with suppress(UpstreamError):  # it may spoil the answer that it came with
                    replies.append(await ask())
                if when != "in one packet":
                    server.connections[0].write(stray)
                for _ in range(5 * (when == "already read")):
                    await asyncio.sleep(0)
        return replies

    replies = asyncio.run(ask_thrice())
    assert len(replies) >= (2 if when == "in one packet" else 3)
    assert {*replies} <= {b"data: 1\n\n", b"data: 2\n\n", b"data: 3\n\n"}
    assert len({*replies}) == len(replies)


def test_a_server_that_speaks_first_is_not_connected_to_for_ever() -> None:
    async def ask_once() -> int:
        server = Server(lambda n: answer("data: 1\n\n"), STRAY[:1])
        async with azure_behind(server) as ask:
            with pytest.raises(UpstreamError):
                await ask()
        return len(server.connections)

    assert asyncio.run(ask_once()) == 1


@pytest.mark.parametrize("has_poll", [True, False])  # Windows has none
def test_whether_bytes_wait_in_a_socket(monkeypatch: pytest.MonkeyPatch, has_poll: bool) -> None:
    if not has_poll:
        monkeypatch.delattr(select, "poll", raising=False)
    one, other = socket.socketpair()
    transport: Any = SimpleNamespace(get_extra_info=lambda _: one)
    with one, other:
        assert not is_readable(transport)
        other.send(b"x")
        assert is_readable(transport)
        one.recv(1)
        other.close()
        assert is_readable(transport)  # its end
    assert is_readable(None)
    cannot_tell: Any = SimpleNamespace(get_extra_info=lambda _: None)
    assert not is_readable(cannot_tell)


def test_no_cookie_goes_from_one_request_to_the_next() -> None:
    def reply(number: int) -> bytes:
        return answer("data: 1\n\n", "Set-Cookie: whose=of-the-first; Path=/")

    async def ask_twice() -> list[str]:
        server = Server(reply)
        async with serving(server), azure_at(f"http://localhost:{server.port}/v1") as ask:
            await ask()
            await ask()
        return server.requests

    assert not any("cookie" in request.lower() for request in asyncio.run(ask_twice()))


@pytest.mark.parametrize("key", [KEY, ""])
def test_netrc_is_never_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, key: str) -> None:
    (tmp_path / "netrc").write_text("default login somebody password of-somebody")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    async def ask_once() -> str:
        server = Server(lambda _: answer("data: 1\n\n"))
        async with azure_behind(server, AZURE_OPENAI_API_KEY=key) as ask:
            await ask()
        return server.requests[0].lower()

    request = asyncio.run(ask_once())
    assert "basic" not in request
    assert (f"api-key: {KEY}" in request) == bool(key)
    assert ("authorization: bearer a-token-of-entra" in request) == (not key)


@pytest.fixture
def blocked() -> Iterator[ThreadPoolExecutor]:
    """Threads of which none is free."""
    done = threading.Event()
    with ThreadPoolExecutor(1) as executor:
        executor.submit(done.wait, 60)
        yield executor
        done.set()


def test_no_call_waits_behind_what_is_queued_in_the_loops_own_threads(
    blocked: ThreadPoolExecutor,
) -> None:
    async def ask_by_name() -> bytes:
        asyncio.get_running_loop().set_default_executor(blocked)
        server = Server(lambda _: answer("data: 1\n\n"))
        async with serving(server):
            url = f"http://localhost:{server.port}/v1"
            async with azure_at(url) as ask:
                return bytes(await ask())

    async def main() -> bytes:
        try:
            return await ask_by_name()
        finally:
            asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))

    assert asyncio.run(main()) == b"data: 1\n\n"


def test_a_name_that_is_nobodys_is_no_connection() -> None:
    async def ask_once() -> None:
        async with azure_at("http://nobody.invalid/v1") as ask:
            with pytest.raises(Unreachable):
                await ask()

    asyncio.run(ask_once())


def test_closing_a_resolver_leaves_the_threads_to_the_others() -> None:
    async def look_up() -> list[str]:
        await Resolver().close()
        return [found["host"] for found in await Resolver().resolve("127.0.0.1", 80)]

    assert asyncio.run(look_up()) == ["127.0.0.1"]


@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated")  # httpx-aiohttp's own
@pytest.mark.filterwarnings("ignore:The 'proxy_auth' parameter is deprecated")
def test_the_environments_proxy_is_used_and_never_for_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def ask_both() -> tuple[list[str], list[str]]:
        async with (
            serving(Server(lambda _: answer("data: 1\n\n"))) as proxy,
            serving(Server(lambda _: answer("data: 2\n\n"))) as here,
        ):
            monkeypatch.setenv("HTTP_PROXY", f"http://me:word@127.0.0.1:{proxy.port}")
            async with azure_at("http://gateway.invalid/v1") as ask:
                assert await ask() == b"data: 1\n\n"
            async with azure_at(f"http://localhost:{here.port}/v1") as ask:
                assert await ask() == b"data: 2\n\n"
        return proxy.requests, here.requests

    [proxied], [direct] = asyncio.run(ask_both())
    assert proxied.startswith("POST http://gateway.invalid/v1/responses HTTP/1.1")
    assert "proxy-authorization: basic" in proxied.lower()
    assert direct.startswith("POST /v1/responses HTTP/1.1")


def test_waiting_for_a_free_connection_ends_after_half_a_minute() -> None:
    async def ask_two() -> float:
        async with serving(Server(lambda _: b"")) as server:
            url = f"http://127.0.0.1:{server.port}/v1"
            settings = Settings.from_environ(
                {"AZURE_OPENAI_ENDPOINT": url, "AZURE_OPENAI_API_KEY": KEY}
            )
            azure = Azure(settings, AzureTransport(limits=httpx.Limits(max_connections=1)))
            loop, deployment = asyncio.get_running_loop(), settings.find_deployment("gpt-5.4")
            first = asyncio.ensure_future(anext(azure.call(deployment, b"{}").chunks()))
            while not server.requests:
                await asyncio.sleep(0)
            began = loop.time()
            with pytest.raises(Unreachable):
                await anext(azure.call(deployment, b"{}").chunks())
            first.cancel()
            await azure.close()
            return loop.time() - began

    assert run(ask_two()) == pytest.approx(30, abs=1)
