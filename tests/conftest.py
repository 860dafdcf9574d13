"""Options of the whole suite, its time limits, and what is random in it."""

from collections import Counter
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.daily import SEED, repeat_it

HERE = Path(__file__).parent
# Seconds for one test, with the fixtures it is the first to ask for; elsewhere `timeout` in
# pyproject.toml. They are for what hangs: a loaded machine is several times as slow as an idle one.
LIMITS = dict.fromkeys(("property", "host", "fuzz", "e2e"), 300)

# Few examples, and other ones every day; `--hypothesis-profile=explore`: many. Nothing depends on
# how fast a machine is, or on how lucky a strategy was.
settings.register_profile(
    "project",
    deadline=None,
    max_examples=250,
    database=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
    ],
)
settings.register_profile("explore", parent=settings.get_profile("project"), max_examples=3_000)
settings.register_profile("quick", parent=settings.get_profile("project"), max_examples=10)
settings.load_profile("project")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the expected files of tests/golden anew; review the diff before you keep it",
    )
    parser.addoption(
        "--screenshots",
        action="store_true",
        help="take the pictures of docs/images anew; look at them before you keep them",
    )


@pytest.hookimpl(tryfirst=True)  # before hypothesis reads its option; xdist's workers inherit it
def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("hypothesis_seed", None) is None:
        config.option.hypothesis_seed = str(SEED)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.relative_to(HERE).parts[0] if HERE in item.path.parents else ""
        if folder in LIMITS:
            item.add_marker(pytest.mark.timeout(LIMITS[folder]))


def seconds_by_folder(reports: Iterable[object]) -> str:
    """Largest first; of what ran side by side the sum."""
    seconds: Counter[str] = Counter()
    for report in reports:
        if isinstance(report, pytest.TestReport):
            seconds[folder_of(report.nodeid)] += report.duration
    return ", ".join(f"{folder} {spent:.0f}" for folder, spent in seconds.most_common())


def folder_of(nodeid: str) -> str:
    """The "unit" of "tests/unit/wire/test_sse.py::test_it"."""
    return "/".join(Path(nodeid.partition("::")[0]).parts[1:2])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = chain.from_iterable(terminalreporter.stats.values())
    if "," in (told := seconds_by_folder(reports)):
        terminalreporter.write_line(f"Seconds by folder, all workers together: {told}.")
    if terminalreporter.stats.get("failed"):
        terminalreporter.write_line(repeat_it(SEED))
