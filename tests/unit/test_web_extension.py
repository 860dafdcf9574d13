"""The app's own web extension, as the worker uses it (azure_functions_runtime/http_v2.py)."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from azurefunctions.extensions import base
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

import web_extension
from proxy_core.reply.client import Reply, json_reply
from proxy_response import Body, ProxyResponse
from tests.virtual_time import run
from web_extension import (
    CUT_OFF,
    GRACE,
    IDLE,
    Ending,
    EndingServer,
    Headers,
    Request,
    WebApp,
    WebServer,
    configure,
)

INVOCATION = "x-ms-invocation-id"


# --- what the worker finds ---------------------------------------------------


def test_the_worker_finds_it_by_its_name() -> None:
    assert base.HttpV2FeatureChecker.http_v2_enabled()
    assert base.ModuleTrackerMeta.get_module() == "web_extension"
    assert issubclass(web_extension.WebApp, base.WebApp)
    assert issubclass(web_extension.WebServer, base.WebServer)


def test_functions_are_known_by_what_they_take_and_give() -> None:
    assert base.RequestTrackerMeta.check_type(Request)
    assert base.ResponseTrackerMeta.check_type(ProxyResponse)
    assert not base.RequestTrackerMeta.check_type(dict)
    assert not base.ResponseTrackerMeta.check_type(dict)


# --- a request ---------------------------------------------------------------


def test_headers_are_looked_up_by_lower_case_names_and_the_first_counts() -> None:
    given = [(b"x-a", b"1"), (b"host", "\u00e9".encode("latin-1")), (b"x-a", b"2")]
    headers = Headers(given)
    assert (headers["x-a"], headers.get("x-a"), headers["host"]) == ("1", "1", "\u00e9")
    assert (headers.get("x-b"), headers.get("x-b", "none")) == (None, "none")
    assert "x-b" not in headers
    assert (len(headers), {*headers}) == (2, {"x-a", "host"})
    assert headers.items() == [("x-a", "1"), ("host", "\u00e9"), ("x-a", "2")]


def test_a_requests_path_parameters_are_those_that_the_host_has_found() -> None:
    request = Request({"method": "QUERY", "headers": []})
    assert (request.method, request.path_params) == ("QUERY", {})
    base.RequestTrackerMeta.get_synchronizer().sync_route_params(request, {"path": "a"})
    assert request.path_params == {"path": "a"}


# --- a worker of one's own ---------------------------------------------------


class Worker:
    """What it does with a request, and no more: it waits for its function's response."""

    def __init__(self) -> None:
        self.app = WebApp()
        self.asked: list[tuple[str, str]] = []
        self.answers: Any = told
        self.app.route(self.catch_all)

    async def catch_all(self, request: Request) -> ProxyResponse:
        invocation = request.headers.get(INVOCATION)
        if invocation is None:
            raise ValueError(f"Header {INVOCATION} not found")
        self.asked.append((request.method, request.scope["path"]))
        if isinstance(self.answers, Exception):
            raise self.answers
        return self.answers  # type: ignore[no-any-return]


async def tell(body: Body) -> Reply:
    return json_reply({"size": sum([len(piece) async for piece in body])})


told = ProxyResponse(tell)


@asynccontextmanager
async def serving(worker: Worker) -> AsyncIterator[httpx.AsyncClient]:
    """Over loopback, by WebServer's own server and settings."""
    made: list[uvicorn.Server] = []

    class Noted(EndingServer):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            made.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(web_extension, "EndingServer", Noted)
        running = asyncio.create_task(WebServer("127.0.0.1", 0, worker.app).serve())
        while not (made and made[0].started):
            await asyncio.sleep(0.001)
    port = made[0].servers[0].sockets[0].getsockname()[1]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        yield client
    made[0].should_exit = True
    await running


def ask(worker: Worker, *requests: tuple[str, str], **options: Any) -> list[httpx.Response]:
    async def ask_all() -> list[httpx.Response]:
        async with serving(worker) as client:
            return [await client.request(*request, **options) for request in requests]

    return asyncio.run(ask_all())


ANY: Iterable[tuple[str, str]] = [
    ("GET", "/docs"),
    ("GET", "/openapi.json"),
    ("POST", "/v1/messages"),
    ("QUERY", "/v1/messages"),
    ("PROPFIND", "/"),
    ("TRACE", "/x"),
    ("GET", "/v1/a%0Ab"),
    ("GET", "/%00%7F%C3%A9"),
    ("OPTIONS", "*"),
    ("DELETE", "//"),
]


@pytest.mark.usefixtures("uvicorns_words")
def test_every_request_is_handed_over() -> None:
    worker = Worker()
    answers = ask(worker, *ANY, headers={INVOCATION: "1"}, content=b"abc")
    assert [answer.status_code for answer in answers] == [200] * len([*ANY])
    assert answers[2].json() == {"size": 3}
    assert [method for method, _ in worker.asked] == [method for method, _ in ANY]
    assert "server" not in answers[0].headers


@pytest.mark.usefixtures("uvicorns_words")
@pytest.mark.parametrize("why", ["no invocation", "a failure", "no response"])
def test_a_failure_is_answered_and_printed(why: str, capsys: pytest.CaptureFixture[str]) -> None:
    worker = Worker()
    headers = {} if why == "no invocation" else {INVOCATION: "1"}
    worker.answers = RuntimeError("the function's") if why == "a failure" else None
    failed, then = ask(worker, ("GET", "/x"), ("GET", "/x"), headers=headers)
    assert (failed.status_code, failed.text) == (500, "Internal Server Error")
    assert then.status_code == 500
    assert capsys.readouterr().err.count("Exception in ASGI application") == 2


# --- its server --------------------------------------------------------------


@pytest.mark.usefixtures("uvicorns_words")
def test_the_server_adds_asks_and_logs_nothing_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[uvicorn.Config] = []

    class Noted(EndingServer):
        async def serve(self, sockets: Any = None) -> None:
            made.append(self.config)

    monkeypatch.setattr(web_extension, "EndingServer", Noted)
    asyncio.run(WebServer("127.0.0.1", 1234, Worker().app).serve())
    (config,) = made
    config.load()
    assert (config.host, config.port) == ("127.0.0.1", 1234)
    assert config.http_protocol_class is HttpToolsProtocol
    assert config.ws_protocol_class is None
    assert config.timeout_keep_alive == IDLE
    assert (config.access_log, config.proxy_headers, config.encoded_headers) == (False, False, [])


@pytest.mark.usefixtures("uvicorns_words")
def test_a_planned_end_is_no_error_of_the_servers(caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("uvicorn.error")
    for _ in range(2):
        configure(told, log_config=None)
    for words in (CUT_OFF, "Exception in ASGI application\n"):
        log.error(words)

    assert [record.msg for record in caplog.records] == ["Exception in ASGI application\n"]
    assert len(log.filters) == 1


class Slow(EndingServer):
    """As uvicorn's: `shutdown` waits for the replies under way."""

    lasts = 10.0

    async def _wait_tasks_to_complete(self) -> None:
        await asyncio.sleep(self.lasts)


def end(ending: Ending) -> float:
    async def shut_down() -> float:
        server = Slow(configure(told, log_config=None), ending, GRACE)
        server.config.load()
        server.lifespan = server.config.lifespan_class(server.config)
        server.servers = []
        await server.shutdown()
        return asyncio.get_running_loop().time()

    return run(shut_down())


@pytest.mark.usefixtures("uvicorns_words")
def test_replies_end_before_the_server_and_then_the_rest() -> None:
    told_at: list[tuple[str, float]] = []

    def note(what: str) -> None:
        told_at.append((what, loop_time()))

    def loop_time() -> float:
        try:
            return asyncio.get_running_loop().time()
        except RuntimeError:  # in the thread, which may take a moment
            return -1

    ended = end(Ending(lambda: note("replies"), lambda: note("all")))
    assert told_at == [("replies", GRACE), ("all", -1)]
    assert ended >= Slow.lasts


@pytest.mark.usefixtures("uvicorns_words")
def test_an_app_may_have_nothing_to_end() -> None:
    assert end(Ending()) >= Slow.lasts
