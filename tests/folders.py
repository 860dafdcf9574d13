"""A test's file -> the folder of tests/ it is in; asked for every test, so found once a file."""

from functools import cache
from pathlib import Path

HERE = Path(__file__).parent


@cache
def folder_of(file: Path) -> str:
    """The "unit" of tests/unit/wire/test_sse.py."""
    return file.relative_to(HERE).parts[0] if HERE in file.parents else ""


@cache
def is_measured(file: Path) -> bool:
    """Whether what it runs counts as covered. The tracer makes a test two to three times as long.

    What only the others would reach has no test of its own, or is not of the proxy. Between the
    measured ones the tracer leaves the threads that outlive a test: what a pool runs counts where
    it is run without one.
    """
    where = file.relative_to(HERE).parts[:2] if HERE in file.parents else ("",)
    return where[0] not in UNMEASURED and where not in UNMEASURED_UNITS


UNMEASURED = ("property", "faults", "fuzz", "host", "e2e", "browser", "infra")
UNMEASURED_UNITS = [("unit", "local"), ("unit", "azure_simulator"), ("unit", "bench")]
