import gc
import json
import logging
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

import worker_tuning
from worker_tuning import COORDINATORS, OPEN_FILES, PROCESSES, TURN, tune, warnings


class Coordinator:
    """As in http_v2.py: a response can be taken once."""

    def __init__(self) -> None:
        self._context_references: dict[str, str | None] = {"1": "answer", "2": None}

    def _pop_http_response(self, id: str) -> str:
        response = self._context_references[id]
        if response is None:
            raise ValueError("No http response found")
        return response


QUIET = ("azure.functions", "httpx")


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    root = logging.getLogger()
    loggers = [root, *map(logging.getLogger, QUIET)]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.INFO if logger is root else logging.NOTSET)
    yield root
    gc.unfreeze()
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


pytestmark = pytest.mark.usefixtures("root_logger")


@pytest.mark.parametrize("name", COORDINATORS)
def test_an_answered_invocation_is_forgotten(name: str) -> None:
    coordinator = Coordinator()
    tune({name: SimpleNamespace(http_coordinator=coordinator)})

    assert coordinator._pop_http_response("1") == "answer"
    assert coordinator._context_references == {"2": None}


def test_so_is_one_without_an_answer() -> None:
    coordinator = Coordinator()
    module = SimpleNamespace(http_coordinator=coordinator)
    tune({COORDINATORS[0]: module})

    with pytest.raises(ValueError, match="No http response"):
        coordinator._pop_http_response("2")
    assert coordinator._context_references == {"1": "answer"}


def test_the_collector_is_on_and_passes_over_what_is_loaded() -> None:
    gc.disable()
    tune({})

    assert gc.isenabled()
    assert gc.get_freeze_count() > 10_000


def test_threads_at_work_let_the_loop_have_its_turn() -> None:
    usual = sys.getswitchinterval()
    try:
        tune({})
        assert sys.getswitchinterval() == pytest.approx(TURN)
    finally:
        sys.setswitchinterval(usual)


@pytest.mark.parametrize("name", QUIET)
def test_only_warnings_of_the_worker_and_of_calls_are_logged(name: str) -> None:
    tune({})

    assert logging.getLogger(name).getEffectiveLevel() == logging.WARNING


@pytest.mark.parametrize("name", QUIET)
def test_debug_logging_is_left_alone(root_logger: logging.Logger, name: str) -> None:
    root_logger.setLevel(logging.DEBUG)
    tune({})

    assert logging.getLogger(name).getEffectiveLevel() == logging.DEBUG


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
    tune({})

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
    tune({})

    assert capsys.readouterr().out == ""


def test_a_repair_whose_target_is_gone_is_skipped(capsys: pytest.CaptureFixture[str]) -> None:
    tune({COORDINATORS[0]: SimpleNamespace()})

    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["repair"] == "forget_answered_invocations"


def test_a_coordinator_without_its_references_is_left_alone() -> None:
    coordinator = SimpleNamespace(_pop_http_response=str)
    module = SimpleNamespace(http_coordinator=coordinator)
    tune({COORDINATORS[0]: module})

    assert coordinator._pop_http_response is str
