"""json.loads of the 104 KB body and of an event: the units that most targets are stated in.

A core may jump between two speeds many times a second. So a unit is taken on the core, and in the
stretch of time, of what is compared with it: by `clock` beside a server, or between two pieces of
the work itself. A unit from before and after, or from another core, is a unit of something else.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, harmonic_mean
from typing import NamedTuple

from tests.bench.speed import bodies
from tests.bench.speed.arithmetic import median_of
from tests.bench.speed.azure_replies import event_data, responses

BODY = bodies.fresh(bodies.ANTHROPIC, "unit")
EVENT = event_data(responses())
EVENTS = 50  # so that the clock's own reading does not count
EVERY = 0.02  # seconds between two looks of a clock, each of which takes about 1 ms
ROUNDS = 25


class Look(NamedTuple):
    """CPU seconds that the units took at one moment."""

    at: float
    body: float
    event: float


@dataclass(frozen=True, slots=True)
class Units:
    """Of a stretch of time, in seconds."""

    body: float
    event: float


def look() -> Look:
    json.loads(BODY)  # what had the core before has left its own in the caches
    return Look(time.monotonic(), cpu_of(lambda: json.loads(BODY)), event_unit())


def event_unit() -> float:
    json.loads(EVENT)
    return cpu_of(lambda: json.loads(EVENT), EVENTS)


def cpu_of(work: Callable[[], object], times: int = 1) -> float:
    """CPU seconds for one; what else runs on this core takes no part in it."""
    began = time.thread_time()
    for _ in range(times):
        work()
    return (time.thread_time() - began) / times


def between(looks: Sequence[Look], began: float, ended: float, *, paced: bool) -> Units:
    """The mean over that stretch, which may be shorter than the time between two looks.

    Looks come evenly in time. So does work that is paced, and its CPU time rises with the mean.
    Who is asked again as soon as it answered does more in a fast stretch than in a slow one, each
    in proportion to the speed: its CPU time rises with the harmonic mean.
    """
    chosen = [one for one in looks if began - EVERY <= one.at <= ended + EVERY] or looks
    mean = fmean if paced else harmonic_mean
    return Units(mean([one.body for one in chosen]), mean([one.event for one in chosen]))


def in_bodies(body: bytes) -> float:
    """How many units the json.loads of another body is; the two take turns."""
    pairs = ((cpu_of(lambda: json.loads(body)), look().body) for _ in range(ROUNDS))
    return median_of(other / unit for other, unit in pairs)
