"""Which process runs on which core, and what CPU time it has used.

What is measured has a core to itself where there are two; all else shares the others.
"""

import os
import time
from collections.abc import Iterable

from tests.bench.vitals import MEASURED, Vitals

CLOCK_OF_PROCESS = (
    2  # CPUCLOCK_SCHED, https://man7.org/linux/man-pages/man3/clock_getcpuclockid.3.html
)


def split_cores() -> tuple[set[int], set[int]]:
    """The core of what is measured, and those of all else; both empty where nothing can be said."""
    if not hasattr(os, "sched_getaffinity"):
        return set(), set()
    first, *others = sorted(os.sched_getaffinity(0))
    return ({first}, set(others)) if others else (set(), set())


def pin(pid: int, cores: Iterable[int]) -> None:
    """Right after the start: threads that come later inherit it."""
    if chosen := set(cores):
        os.sched_setaffinity(pid, chosen)


def cpu_seconds(pid: int) -> float:
    """Of all its threads, also of those that have ended."""
    if not MEASURED:
        return 0.0
    try:
        return time.clock_gettime((~pid << 3) | CLOCK_OF_PROCESS)
    except OSError:  # a sandbox without these clocks: to 10 ms
        return Vitals(pid).cpu_seconds()
