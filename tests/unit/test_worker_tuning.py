import asyncio
import json
import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from tests.virtual_time import run
from worker_tuning import COORDINATORS, EXTENSION, GRACE, tune


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
    uvicorn = SimpleNamespace(Config=config, Server=Server)
    return SimpleNamespace(FastAPI=lambda **options: options, uvicorn=uvicorn)


def config(
    app: str, access_log: bool = True, server_header: bool = True, timeout_keep_alive: int = 5
) -> tuple[Any, ...]:
    return app, access_log, server_header, timeout_keep_alive


QUIET = ("azure.functions", "httpx")


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    root = logging.getLogger()
    loggers = [root, *map(logging.getLogger, QUIET)]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.INFO if logger is root else logging.NOTSET)
    yield root
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


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


def test_the_web_application_has_no_pages_of_its_own() -> None:
    web = extension()
    tune(no_replies, {EXTENSION: web})

    assert web.FastAPI() == {"docs_url": None, "redoc_url": None, "openapi_url": None}


def test_the_web_server_has_other_defaults() -> None:
    web = extension()
    tune(no_replies, {EXTENSION: web})

    assert web.uvicorn.Config("app") == ("app", False, False, 75)
    assert issubclass(web.uvicorn.Server, Server)


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


def test_without_a_functions_worker_nothing_is_amiss(capsys: pytest.CaptureFixture[str]) -> None:
    tune(no_replies, {EXTENSION: extension()})

    assert capsys.readouterr().out == ""


OTHER_RUNTIMES = {
    "forget_answered_invocations": {COORDINATORS[0]: SimpleNamespace()},
    "close_documentation_pages": {EXTENSION: SimpleNamespace(uvicorn=extension().uvicorn)},
    "serve_quietly": {
        EXTENSION: SimpleNamespace(
            FastAPI=extension().FastAPI,
            uvicorn=SimpleNamespace(Config=lambda app, timeout_keep_alive: app, Server=Server),
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
