"""json.loads of a body or an event: the unit of most targets, taken in the same run."""

import json
import time
from collections.abc import Callable

from tests.bench.speed import bodies
from tests.bench.speed.arithmetic import median_of
from tests.bench.speed.azure_replies import event_data, responses

ROUNDS = 25


def seconds_of(work: Callable[[], object], times: int = 1, rounds: int = ROUNDS) -> float:
    """CPU seconds for one; what else runs on this core takes no part in it."""
    return median_of([_round(work, times) / times for _ in range(rounds)])


def _round(work: Callable[[], object], times: int) -> float:
    began = time.thread_time()
    for _ in range(times):
        work()
    return time.thread_time() - began


def body_unit(body: bytes | None = None) -> float:
    body = body or bodies.fresh(bodies.ANTHROPIC, "unit")
    return seconds_of(lambda: json.loads(body))


def event_unit() -> float:
    event = event_data(responses())
    return seconds_of(lambda: json.loads(event), times=2000)
