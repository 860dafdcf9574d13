"""How long a client may take for a request's head, and for all the rest; in virtual time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from socket import AF_UNIX, socket

import pytest

from local.connections import HEAD_TIME, HURRIED, LONGEST, MANY, STEP
from local.host import make_server
from local.trouble import CROWDED
from proxy_response import Receive, Scope, Send
from tests.virtual_time import run

HEAD = b"POST / HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"
IDLE = 5.0  # seconds, uvicorn's timeout_keep_alive
ONE_LINE = "WARNING:  Invalid HTTP request received.\n"


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "s")


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Sends back each piece as it comes, and takes its time to end."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while (message := await receive())["type"] != "http.disconnect":
        more = message["more_body"]
        if not more:
            await asyncio.sleep(10 * HEAD_TIME)
        await send({"type": "http.response.body", "body": message["body"], "more_body": more})
        if not more:
            return


async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers without having read, as who asks for a token does; then listens on."""
    headers = [(b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 401, "headers": headers})
    await send({"type": "http.response.body", "body": b"no", "more_body": True})
    while (message := await receive())["type"] != "http.disconnect" and message["more_body"]:
        pass
    await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def serving(path: str, app: object = echo) -> AsyncIterator[None]:
    with socket(AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(1000)
        server = make_server(app)  # type: ignore[arg-type]
        running = asyncio.create_task(server.serve([listener]))
        try:
            yield
        finally:
            server.should_exit = True
            await running


@asynccontextmanager
async def client(path: str) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_unix_connection(path)
    yield reader, writer
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


async def seconds_until_end(reader: asyncio.StreamReader) -> float:
    began = asyncio.get_running_loop().time()
    with suppress(ConnectionError):
        await reader.read()
    return asyncio.get_running_loop().time() - began


@pytest.mark.parametrize("head", [b"", b"P", HEAD[:-2]])
def test_an_unfinished_head_is_waited_for_so_long(path: str, head: bytes) -> None:
    async def scenario() -> float:
        async with serving(path), client(path) as (reader, writer):
            writer.write(head)
            return await seconds_until_end(reader)

    assert run(scenario()) == pytest.approx(HEAD_TIME, abs=0.2)


def test_nor_does_it_help_to_send_it_bit_by_bit(path: str) -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            for byte in HEAD:
                writer.write(bytes([byte]))
                await asyncio.sleep(1)

    async def scenario() -> float:
        async with serving(path), client(path) as (reader, writer):
            dripping = asyncio.create_task(drip(writer))
            seconds = await seconds_until_end(reader)
            dripping.cancel()
            return seconds

    assert run(scenario()) == pytest.approx(HEAD_TIME, abs=0.2)


def test_the_next_head_on_a_connection_has_the_same_time(path: str) -> None:
    async def scenario() -> float:
        async with serving(path), client(path) as (reader, writer):
            writer.write(HEAD + END)
            await reader.readuntil(b"\r\n\r\n0\r\n\r\n")
            await asyncio.sleep(1)
            writer.write(b"P")
            return await seconds_until_end(reader)

    assert run(scenario()) == pytest.approx(HEAD_TIME, abs=0.2)


def test_a_slow_body_and_a_long_reply_are_not_cut(path: str) -> None:
    async def scenario() -> bytes:
        async with serving(path), client(path) as (reader, writer):
            await asyncio.sleep(HEAD_TIME - 1)
            writer.write(HEAD[:10])
            writer.write(HEAD[10:])
            for _ in range(5):
                writer.write(b"1\r\nx\r\n")
                await asyncio.sleep(2 * HEAD_TIME)
            writer.write(END)
            return await reader.readuntil(b"\r\n0\r\n\r\n")

    assert run(scenario()).count(b"1\r\nx\r\n") == 5


def test_many_unfinished_heads_have_to_hurry(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    async def scenario() -> tuple[list[float], bytes]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(serving(path))
            _, served = await stack.enter_async_context(client(path))
            served.write(HEAD)  # a request under way is no unfinished head
            idle = [await stack.enter_async_context(client(path)) for _ in range(3 * MANY)]
            reader, writer = await stack.enter_async_context(client(path))
            writer.write(HEAD + b"1\r\nx\r\n")
            answer = await reader.readuntil(b"1\r\nx\r\n")
            waits = await asyncio.gather(*(seconds_until_end(reader) for reader, _ in idle))
            return waits, answer

    waits, answer = run(scenario())
    assert capsys.readouterr().err == f"WARNING:  {CROWDED}\n"
    expected = [HURRIED] * 2 * MANY + [HEAD_TIME] * MANY
    assert sorted(waits) == pytest.approx(expected, abs=0.2)
    assert answer.startswith(b"HTTP/1.1 200")


ENDLESS = {
    "target": b"GET /",
    "name of a header": b"GET / HTTP/1.1\r\n",
    "header": b"GET / HTTP/1.1\r\nx: ",
    "size of a chunk": HEAD + b"0",
    "extension of a chunk": HEAD + b"1;a=",
    "trailer": HEAD + b"0\r\nx: ",
}


@pytest.mark.parametrize("name", ENDLESS)
@pytest.mark.parametrize("piece", [1000, 200_000])
def test_what_says_nothing_ends_within_so_many_bytes(path: str, name: str, piece: int) -> None:
    async def scenario() -> tuple[bytes, int]:
        async with serving(path), client(path) as (reader, writer):
            sent = 0
            with suppress(ConnectionError):
                writer.write(ENDLESS[name])
                while not writer.is_closing() and sent < 10 * LONGEST:
                    writer.write(b"0" * piece)
                    sent += piece
                    await writer.drain()
                    await asyncio.sleep(0.01)
            answer = b""
            with suppress(ConnectionError):
                answer = await reader.read()
            return answer, sent

    answer, sent = run(scenario())
    assert answer.count(b"HTTP/1.1") <= 1
    assert not answer.endswith(END)
    assert sent <= LONGEST + STEP + 2 * piece


def test_heads_of_kestrels_size_are_read(path: str) -> None:
    head = b"GET / HTTP/1.1\r\nhost: a\r\nx: " + b"y" * (LONGEST - 1000) + b"\r\n\r\n"

    async def scenario() -> list[bytes]:
        async with serving(path), client(path) as (reader, writer):
            answers = []
            for _ in range(3):
                writer.write(head)
                answers.append(await reader.readuntil(b"0\r\n\r\n"))
            return answers

    assert [answer[:15] for answer in run(scenario())] == [b"HTTP/1.1 200 OK"] * 3


@pytest.mark.parametrize(
    ("version", "hosts", "status"),
    [
        (b"1.1", b"host: a\r\n", b"200 OK"),
        (b"1.1", b"", b"400 Bad Request"),
        (b"1.1", b"host: a\r\nHost: a\r\n", b"400 Bad Request"),
        (b"1.0", b"", b"200 OK"),
        (b"1.0", b"host: a\r\nhost: b\r\n", b"400 Bad Request"),
    ],
)
def test_a_request_names_one_host(path: str, version: bytes, hosts: bytes, status: bytes) -> None:
    async def scenario() -> bytes:
        async with serving(path), client(path) as (reader, writer):
            writer.write(b"GET / HTTP/" + version + b"\r\n" + hosts + b"\r\n")
            return await reader.readline()

    assert run(scenario()) == b"HTTP/1.1 " + status + b"\r\n"


@pytest.mark.parametrize("target", [b"/a/b", b"http://x/a", b"//a", b"/a%2Fb?c=d", b"/a#b"])
def test_a_target_stays_as_it_came(path: str, target: bytes) -> None:
    async def tell_path(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-length", b"%d" % len(scope["raw_path"]))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": scope["raw_path"]})

    async def scenario() -> bytes:
        async with serving(path, tell_path), client(path) as (reader, writer):
            writer.write(b"GET " + target + b" HTTP/1.1\r\nhost: a\r\n\r\n")
            await reader.readuntil(b"\r\n\r\n")
            return await reader.readexactly(len(target))

    assert run(scenario()) == target


def test_who_is_refused_and_neither_goes_on_nor_leaves_is_idle(path: str) -> None:
    upload = HEAD.replace(b"transfer-encoding: chunked", b"content-length: 1000000")

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 401, "headers": []})
        await send({"type": "http.response.body"})

    async def scenario() -> tuple[float, float]:
        async with serving(path, answer), client(path) as (reader, writer):
            writer.write(upload)
            await reader.readuntil(END)
            for _ in range(3):
                await asyncio.sleep(IDLE - 1)
                writer.write(b"x")
            return await seconds_until_end(reader), len(await reader.read())

    assert run(scenario()) == (pytest.approx(IDLE, abs=0.2), 0)


@pytest.mark.parametrize(
    ("app", "first"), [(refuse, b"401 Unauthorized"), (echo, b"200 OK")], ids=["refused", "served"]
)
def test_what_is_no_http_ends_a_reply_that_has_begun(
    path: str,
    app: object,
    first: bytes,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def scenario() -> bytes:
        async with serving(path, app), client(path) as (reader, writer):
            writer.write(HEAD + b"1\r\nx\r\n")
            begun = await reader.readuntil(b"\r\n\r\n")
            writer.write(b"zz\r\n")
            return begun + await reader.read()

    answer = run(scenario())
    assert answer.startswith(b"HTTP/1.1 " + first)
    assert answer.count(b"HTTP/1.1") == 1
    assert not answer.endswith(END)
    assert (capsys.readouterr().err, caplog.records) == (ONE_LINE, [])


def test_what_is_no_http_before_a_reply_is_a_400_and_the_client_has_left(
    path: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    async def answers_late(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        await refuse(scope, receive, send)

    async def scenario() -> bytes:
        async with serving(path, answers_late), client(path) as (reader, writer):
            writer.write(HEAD + b"zz\r\n")
            return await reader.read()

    answer = run(scenario())
    assert answer.startswith(b"HTTP/1.1 400")
    assert (capsys.readouterr().err, caplog.records) == (ONE_LINE, [])
