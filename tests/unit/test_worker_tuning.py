import asyncio
import gc
import json
import logging
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from azurefunctions.extensions.http.fastapi import Request, Response
from fastapi import FastAPI

import worker_tuning
from tests.virtual_time import run
from worker_tuning import (
    COORDINATORS,
    CUT_OFF,
    EXTENSION,
    GRACE,
    OPEN_FILES,
    PROCESSES,
    TURN,
    tune,
    warnings,
)


class Coordinator:
    """As in http_v2.py: a response can be taken once."""

    def __init__(self) -> None:
        self._context_references: dict[str, str | None] = {"1": "answer", "2": None}

    def _pop_http_response(self, id: str) -> str:
        response = self._context_references[id]
        if response is None:
            raise ValueError("No http response found")
        return response


def no_replies() -> None:
    pass


class Server:
    """As uvicorn's: `shutdown` waits for the replies under way."""

    def __init__(self) -> None:
        self.asked_with: list[str] = []

    async def shutdown(self, sockets: str) -> None:
        self.asked_with.append(sockets)
        await asyncio.sleep(10)


def extension() -> SimpleNamespace:
    return SimpleNamespace(FastAPI=FastAPI, uvicorn=SimpleNamespace(Config=config, Server=Server))


def config(
    app: str,
    access_log: bool = True,
    server_header: bool = True,
    timeout_keep_alive: int = 5,
) -> tuple[Any, ...]:
    return app, access_log, server_header, timeout_keep_alive


QUIET = ("azure.functions", "httpx")
SERVER_ERRORS = logging.getLogger("uvicorn.error")


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    root = logging.getLogger()
    loggers = [root, *map(logging.getLogger, QUIET)]
    levels, filters = [logger.level for logger in loggers], [*SERVER_ERRORS.filters]
    for logger in loggers:
        logger.setLevel(logging.INFO if logger is root else logging.NOTSET)
    yield root
    gc.unfreeze()
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)
    SERVER_ERRORS.filters[:] = filters


pytestmark = pytest.mark.usefixtures("root_logger")


@pytest.mark.parametrize("name", COORDINATORS)
def test_an_answered_invocation_is_forgotten(name: str) -> None:
    coordinator = Coordinator()
    tune(no_replies, {EXTENSION: extension(), name: SimpleNamespace(http_coordinator=coordinator)})

    assert coordinator._pop_http_response("1") == "answer"
    assert coordinator._context_references == {"2": None}


def test_so_is_one_without_an_answer() -> None:
    coordinator = Coordinator()
    module = SimpleNamespace(http_coordinator=coordinator)
    tune(no_replies, {EXTENSION: extension(), COORDINATORS[0]: module})

    with pytest.raises(ValueError, match="No http response"):
        coordinator._pop_http_response("2")
    assert coordinator._context_references == {"1": "answer"}


def answers(web: SimpleNamespace, *requests: tuple[str, str]) -> list[tuple[int, str]]:
    """Of a web application made as the extension makes it (web.py, `WebApp`)."""
    app = web.FastAPI()

    @app.api_route("/{path:path}", methods=["GET"])  # type: ignore[untyped-decorator]
    async def catch_all(request: Request) -> Response:
        request.path_params.clear()  # as `RequestSynchronizer` does, in place
        request.path_params.update({"from": "the host"})
        return Response(f"{request.method} {request.scope['path']} {request.path_params['from']}")

    async def ask_all() -> list[tuple[int, str]]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://worker") as client:
            replies = [await client.request(method, path) for method, path in requests]
        return [(reply.status_code, reply.text) for reply in replies]

    return asyncio.run(ask_all())


ANSWERED_BY_ITSELF = [
    ("GET", "/docs"),
    ("GET", "/docs/oauth2-redirect"),
    ("GET", "/redoc"),
    ("GET", "/openapi.json"),
    ("QUERY", "/v1/messages"),
    ("FOO", "/"),
    ("GET", "/v1/a%0Ab"),
]


def test_the_web_application_answers_nothing_by_itself() -> None:
    web = extension()
    tune(no_replies, {EXTENSION: web})

    given = [(200, f"{method} {unquote(path)} the host") for method, path in ANSWERED_BY_ITSELF]
    assert answers(web, *ANSWERED_BY_ITSELF) == given


def test_an_untuned_one_does_each_time() -> None:
    for _, text in answers(extension(), *ANSWERED_BY_ITSELF):
        assert "the host" not in text


def test_the_web_server_has_other_defaults() -> None:
    web = extension()
    tune(no_replies, {EXTENSION: web})

    assert web.uvicorn.Config("app") == ("app", False, False, 75)
    assert issubclass(web.uvicorn.Server, Server)


def test_the_collector_is_on_and_passes_over_what_is_loaded() -> None:
    gc.disable()
    tune(no_replies, {EXTENSION: extension()})

    assert gc.isenabled()
    assert gc.get_freeze_count() > 10_000


def test_threads_at_work_let_the_loop_have_its_turn() -> None:
    usual = sys.getswitchinterval()
    try:
        tune(no_replies, {EXTENSION: extension()})
        assert sys.getswitchinterval() == pytest.approx(TURN)
    finally:
        sys.setswitchinterval(usual)


def test_what_is_to_be_done_at_the_end_is_done_after_the_replies() -> None:
    web, told = extension(), list[str]()

    async def shut_down() -> None:
        tune(
            lambda: told.append("replies"),
            {EXTENSION: web},
            when_ended=lambda: told.append("all"),
        )
        await web.uvicorn.Server().shutdown("sockets")

    run(shut_down())
    assert told == ["replies", "all"]


def test_replies_end_before_the_server_does() -> None:
    web, ended = extension(), list[float]()

    async def shut_down() -> tuple[list[str], float]:
        loop = asyncio.get_running_loop()
        tune(lambda: ended.append(loop.time()), {EXTENSION: web})
        server = web.uvicorn.Server()
        await server.shutdown("sockets")
        return server.asked_with, loop.time()

    assert run(shut_down()) == (["sockets"], 10)
    assert ended == [GRACE]


@pytest.mark.parametrize("name", QUIET)
def test_only_warnings_of_the_worker_and_of_calls_are_logged(name: str) -> None:
    tune(no_replies, {EXTENSION: extension()})

    assert logging.getLogger(name).getEffectiveLevel() == logging.WARNING


@pytest.mark.parametrize("name", QUIET)
def test_debug_logging_is_left_alone(root_logger: logging.Logger, name: str) -> None:
    root_logger.setLevel(logging.DEBUG)
    tune(no_replies, {EXTENSION: extension()})

    assert logging.getLogger(name).getEffectiveLevel() == logging.DEBUG


@pytest.mark.usefixtures("uvicorns_words")
def test_a_planned_end_is_no_error_of_the_servers(caplog: pytest.LogCaptureFixture) -> None:
    tune(no_replies, {EXTENSION: extension()})
    for words in (CUT_OFF, "Exception in ASGI application\n"):
        SERVER_ERRORS.error(words)

    assert [record.msg for record in caplog.records] == ["Exception in ASGI application\n"]


@pytest.mark.parametrize(
    ("platform", "has_it", "given_back"),
    [("linux", True, True), ("linux", False, False), ("darwin", True, False)],
    ids=["glibc", "musl", "macOS"],
)
def test_glibc_is_told_to_give_large_blocks_back(
    platform: str, has_it: bool, given_back: bool
) -> None:
    told: list[tuple[int, int]] = []
    libc = SimpleNamespace(**{"mallopt": lambda *values: told.append(values)} if has_it else {})
    worker_tuning._lower_mmap_threshold(platform, lambda name: libc)

    assert told == ([(-3, 1024 * 1024)] if given_back else [])


ENDLESS = -1


@pytest.mark.parametrize(
    ("given", "raised"),
    [
        ((256, ENDLESS), (OPEN_FILES, ENDLESS)),
        ((1024, 1_048_576), (OPEN_FILES, 1_048_576)),
        ((1024, 4096), (4096, 4096)),
        ((4096, 4096), None),
        ((20_000, 20_000), None),
        ((ENDLESS, ENDLESS), None),
    ],
)
def test_more_files_may_be_open(given: tuple[int, int], raised: tuple[int, int] | None) -> None:
    limits: list[tuple[str, tuple[int, int]]] = []
    resource = SimpleNamespace(
        RLIMIT_NOFILE="files",
        RLIM_INFINITY=ENDLESS,
        getrlimit={"files": given}.get,
        setrlimit=lambda *limit: limits.append(limit),
    )
    worker_tuning._raise_file_limit(resource)

    assert limits == ([("files", raised)] if raised else [])


def test_both_are_asked_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    libc = SimpleNamespace(mallopt=lambda *values: told.append(values))
    resource = SimpleNamespace(
        RLIMIT_NOFILE="files",
        RLIM_INFINITY=ENDLESS,
        getrlimit={"files": (256, ENDLESS)}.get,
        setrlimit=lambda *limit: told.append(limit),
    )
    monkeypatch.setattr(worker_tuning, "sys", SimpleNamespace(platform="linux"))
    monkeypatch.setattr(worker_tuning, "ctypes", SimpleNamespace(CDLL=lambda name: libc))
    monkeypatch.setitem(sys.modules, "resource", resource)
    tune(no_replies, {EXTENSION: extension()})

    assert told == [(-3, 1024 * 1024), ("files", (OPEN_FILES, ENDLESS))]


@pytest.mark.parametrize(
    ("count", "warned"),
    [("2", True), (" 10 ", True), ("1", False), ("0", False), ("", False), ("two", False)],
)
def test_more_than_one_process_is_warned_of(count: str, warned: bool) -> None:
    told = [*warnings({PROCESSES: count})]
    assert [message.partition(":")[0] for message in told] == (
        [f"{PROCESSES} is {count.strip()}"] if warned else []
    )


def test_without_the_setting_there_is_one() -> None:
    assert [*warnings({})] == []


def test_without_a_functions_worker_nothing_is_amiss(capsys: pytest.CaptureFixture[str]) -> None:
    tune(no_replies, {EXTENSION: extension()})

    assert capsys.readouterr().out == ""


OTHER_RUNTIMES = {
    "forget_answered_invocations": {COORDINATORS[0]: SimpleNamespace()},
    "hand_over_every_request": {EXTENSION: SimpleNamespace(uvicorn=extension().uvicorn)},
    "serve_quietly": {
        EXTENSION: SimpleNamespace(
            FastAPI=FastAPI,
            uvicorn=SimpleNamespace(
                Config=lambda app, timeout_keep_alive: app,
                Server=Server,
            ),
        )
    },
}


@pytest.mark.parametrize("repair", OTHER_RUNTIMES)
def test_a_repair_whose_target_is_gone_is_skipped(
    repair: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tune(no_replies, {EXTENSION: extension()} | OTHER_RUNTIMES[repair])

    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["repair"] == repair


def test_a_coordinator_without_its_references_is_left_alone() -> None:
    coordinator = SimpleNamespace(_pop_http_response=str)
    module = SimpleNamespace(http_coordinator=coordinator)
    tune(no_replies, {EXTENSION: extension(), COORDINATORS[0]: module})

    assert coordinator._pop_http_response is str
