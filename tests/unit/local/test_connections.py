"""How long a client may take for a request's head, and for all the rest; in virtual time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from socket import AF_UNIX, socket

import pytest
from starlette.types import Receive, Scope, Send

from local.connections import HEAD_TIME, HURRIED, MANY
from local.host import make_server
from tests.virtual_time import run

HEAD = b"POST / HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"
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


def test_many_unfinished_heads_have_to_hurry(path: str) -> None:
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
    expected = [HURRIED] * 2 * MANY + [HEAD_TIME] * MANY
    assert sorted(waits) == pytest.approx(expected, abs=0.2)
    assert answer.startswith(b"HTTP/1.1 200")


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
