"""What is planned or a client's doing is no traceback; what is a defect still is one."""

import asyncio
import errno
import logging
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from anyio import create_task_group

from local.host import make_server
from local.loopback import open_listener
from local.trouble import QUIET, FewWords, is_news
from proxy_response import Receive, Scope, Send
from tests.virtual_time import run
from web_extension import ASGIApp

ROOT = Path(__file__).parents[3]


class Defect(Exception):
    pass


def raising(*errors: BaseException, begun: bool = True) -> ASGIApp:
    """An app that raises, inside a group where there are several, as anyio does for one as well."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if begun:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b" ", "more_body": True})
        async with create_task_group() as group:
            for error in errors[1:]:
                group.start_soon(throw, error)
            raise errors[0]

    return app


async def throw(error: BaseException) -> None:
    raise error


def ask(app: ASGIApp) -> bytes:
    """The bytes that come back."""

    async def scenario() -> bytes:
        with open_listener("127.0.0.1", 0) as listener:
            server = make_server(app)
            running = asyncio.create_task(server.serve([listener]))
            reader, writer = await asyncio.open_connection(*listener.getsockname())
            writer.write(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
            answer = await reader.read()
            writer.close()
            server.should_exit = True
            await running
        return answer

    return asyncio.run(asyncio.wait_for(scenario(), 20))


@pytest.mark.parametrize("errors", [[Defect()], [ValueError(), Defect()]], ids=len)
def test_a_defect_is_told_with_its_place(
    errors: list[BaseException], capfd: pytest.CaptureFixture[str]
) -> None:
    assert not ask(raising(*errors)).endswith(b"0\r\n\r\n")
    said = capfd.readouterr().err
    assert "Exception in ASGI application" in said
    assert "test_trouble.py" in said
    assert "Defect" in said


def test_a_defect_before_the_reply_is_a_500(capfd: pytest.CaptureFixture[str]) -> None:
    assert ask(raising(Defect(), begun=False)).startswith(b"HTTP/1.1 500")
    assert "Defect" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("error", "is_told"),
    [
        (asyncio.CancelledError("Task cancelled, timeout graceful shutdown exceeded"), False),
        (ExceptionGroup("", [ValueError()]), True),
        (ValueError("x"), True),
        (None, True),
    ],
    ids=repr,
)
def test_what_is_worth_a_line(error: BaseException | None, is_told: bool) -> None:
    info = (type(error), error, None) if error else None
    record = logging.makeLogRecord({"msg": "Exception in ASGI application\n", "exc_info": info})
    assert is_news(record) is is_told


def out_of(number: int) -> dict[str, object]:
    with socket.socket() as listener:
        return {"message": "", "exception": OSError(number, "too many"), "socket": listener}


def hear(scenario: Callable[[asyncio.AbstractEventLoop, FewWords], object]) -> None:
    async def called() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(handler := FewWords(logging.getLogger(__name__)))
        scenario(loop, handler)
        await asyncio.sleep(QUIET)
        scenario(loop, handler)

    run(called())


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM])
def test_no_more_open_files_is_a_line_now_and_then(
    number: int, caplog: pytest.LogCaptureFixture
) -> None:
    def accept(loop: asyncio.AbstractEventLoop, handler: FewWords) -> None:
        for _ in range(2048):
            loop.call_exception_handler(out_of(number))  # type: ignore[arg-type]

    hear(accept)
    assert len(caplog.records) == 2
    assert "New connections have to wait" in caplog.text
    assert "Traceback" not in caplog.text


def test_a_server_that_ends_while_it_waits_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def end(loop: asyncio.AbstractEventLoop, handler: FewWords) -> None:
        closed = socket.socket()
        closed.close()
        loop.call_soon(loop._start_serving, asyncio.Protocol, closed)  # type: ignore[attr-defined]

    hear(end)
    assert caplog.records == []


def test_any_other_trouble_of_the_loop_is_told_in_full(caplog: pytest.LogCaptureFixture) -> None:
    def fail(loop: asyncio.AbstractEventLoop, handler: FewWords) -> None:
        loop.call_exception_handler(out_of(errno.EBADF))  # type: ignore[arg-type]
        loop.call_soon(lambda: 1 / 0)

    hear(fail)
    assert [record.name for record in caplog.records] == ["asyncio"] * 4
    assert "ZeroDivisionError" in caplog.text
