"""The ASGI response behind the worker's web server, over loopback: what a client makes of it."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib.util import find_spec

import httpx
import pytest
import uvicorn

from local.loopback import open_listener
from proxy_core.reply.client import JSON_HEADERS, Reply
from proxy_core.reply.relay import ReplyCutOff
from proxy_response import Body, ProxyResponse, Receive, Scope, Send
from web_extension import CUT_OFF, configure

# The worker takes httptools where it is installed.
PARSERS = ["h11", *(["httptools"] if find_spec("httptools") else [])]

pytestmark = pytest.mark.parametrize("parser", PARSERS)


async def _stream(end: Exception | None) -> AsyncGenerator[bytes]:
    yield b" "
    await asyncio.sleep(0)
    if end:
        raise end
    yield b"{}"


async def answer(path: str, body: Body) -> Reply:
    match path:
        case "/whole":
            return Reply(200, b"{}", dict(JSON_HEADERS))
        case "/nothing":
            return Reply(204, b"")
        case "/streamed":
            return Reply(200, _stream(None), dict(JSON_HEADERS))
        case "/cut-off":
            return Reply(200, _stream(ReplyCutOff()), dict(JSON_HEADERS))
        case "/defect":
            return Reply(200, _stream(RuntimeError("a defect")), dict(JSON_HEADERS))
        case _:
            raise RuntimeError("a defect")


async def serve_response(scope: Scope, receive: Receive, send: Send) -> None:
    await ProxyResponse(lambda body: answer(scope["path"], body))(scope, receive, send)


@asynccontextmanager
async def serving(parser: str) -> AsyncGenerator[httpx.AsyncClient]:
    config = uvicorn.Config(serve_response, http=parser, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    with open_listener("127.0.0.1", 0) as listener:
        running = asyncio.create_task(server.serve(sockets=[listener]))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
            yield client
        server.should_exit = True
        await running


def ask(parser: str, *requests: tuple[str, str]) -> list[httpx.Response | httpx.HTTPError]:
    """What came of requests that followed each other on one connection, where it lasts."""

    async def ask_all() -> list[httpx.Response | httpx.HTTPError]:
        answers: list[httpx.Response | httpx.HTTPError] = []
        async with serving(parser) as client:
            for method, path in requests:
                try:
                    answers.append(await client.request(method, path))
                except httpx.HTTPError as error:
                    answers.append(error)
        return answers

    return asyncio.run(ask_all())


def errors(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """What the server has complained of."""
    return [record for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.fixture
def _silenced(uvicorns_words: None) -> None:
    configure(serve_response)  # for every server of this process


@pytest.mark.usefixtures("_silenced")
def test_a_cut_off_is_a_broken_transfer_and_no_word_of_the_servers(
    parser: str, caplog: pytest.LogCaptureFixture
) -> None:
    cut_off, then = ask(parser, ("POST", "/cut-off"), ("POST", "/whole"))
    assert isinstance(cut_off, httpx.RemoteProtocolError)
    assert isinstance(then, httpx.Response)
    assert errors(caplog) == []


@pytest.mark.usefixtures("uvicorns_words")
def test_it_is_still_this_line_that_has_to_be_silenced(
    parser: str, caplog: pytest.LogCaptureFixture
) -> None:
    ask(parser, ("POST", "/cut-off"))
    assert [(error.msg, error.exc_info) for error in errors(caplog)] == [(CUT_OFF, None)]


@pytest.mark.usefixtures("_silenced")
@pytest.mark.parametrize(("path", "status"), [("/defect", None), ("/early-defect", 500)])
def test_a_defect_is_printed(
    parser: str, path: str, status: int | None, caplog: pytest.LogCaptureFixture
) -> None:
    (came,) = ask(parser, ("POST", path))
    assert getattr(came, "status_code", None) == status
    (error,) = errors(caplog)
    assert "RuntimeError: a defect" in logging.Formatter().format(error)


@pytest.mark.parametrize(
    ("path", "length", "body"),
    [("/whole", "2", b"{}"), ("/streamed", None, b" {}"), ("/nothing", None, b"")],
)
def test_head_is_get_without_the_body(
    parser: str, path: str, length: str | None, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    head, get, then = ask(parser, ("HEAD", path), ("GET", path), ("GET", "/whole"))
    for answer, content in ((head, b""), (get, body), (then, b"{}")):
        assert isinstance(answer, httpx.Response)
        assert answer.content == content
    assert isinstance(head, httpx.Response)
    assert head.headers.get("content-length") == length
    assert errors(caplog) == []
