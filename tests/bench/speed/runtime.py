"""The app in the Functions worker against the same app under plain uvicorn (local.host).

The worker is alone in its process: no host before it, as `worker_host` says.
"""

import importlib.util
from collections.abc import Iterator

from tests.bench.speed.arithmetic import median_of, through
from tests.bench.speed.stage import Server, Stage
from tests.bench.speed.verdicts import Row, at_most, microseconds, milliseconds

SHORT, LONG = 3, 300
ROUNDS = 3
TARGET = at_most(1.3, "x plain uvicorn")
STREAMS, GAP = 16, 0.01


def measure(stage: Stage) -> Iterator[Row]:
    if not importlib.util.find_spec("azure_functions_runtime"):
        yield Row("Functions worker", "not installed: from Python 3.13 on", target=TARGET)
        return
    worker, plain = stage.start_worker(), stage.proxy()
    there, here = _burst(stage, worker), _burst(stage, plain)
    small, small_here = _small(stage, worker), _small(stage, plain)
    for what, write, at, at_plain in (
        ("CPU of a request", milliseconds, there[0], here[0]),
        ("CPU of an event in a burst", microseconds, there[1], here[1]),
        ("CPU of a paced event", microseconds, _paced(stage, worker), _paced(stage, plain)),
    ):
        measured = f"{write(at)} (plain uvicorn {write(at_plain)})"
        yield Row(f"Functions worker, {what}", measured, at / at_plain, target=TARGET)
    measured = f"{milliseconds(small)} (plain uvicorn {milliseconds(small_here)})"
    what = "Functions worker, CPU of a small request"
    yield Row(what, measured, small / small_here, "x plain uvicorn")


def _burst(stage: Stage, server: Server) -> tuple[float, float]:
    """CPU seconds of a request of 104 KB, and of an event."""
    lines = []
    for number in range(ROUNDS):
        points = []
        for deltas in (SHORT, LONG):
            stage.pace(deltas)
            order = server.order(connections=4, turns=20, seed=f"runtime {number}")
            points.append((float(deltas), stage.clients.ask(order).cpu_each))
        lines.append(through(*points))
    return median_of([fixed for fixed, _ in lines]), median_of([each for _, each in lines])


def _small(stage: Stage, server: Server) -> float:
    """The worker's own part shows most where the app has little to do."""
    stage.pace(SHORT)
    orders = (
        server.order(kind="plain", size=500, connections=4, turns=40, seed=f"small {number}")
        for number in range(ROUNDS)
    )
    return median_of([stage.clients.ask(order).cpu_each for order in orders])


def _paced(stage: Stage, server: Server) -> float:
    stage.pace(1000, GAP)
    order = server.order(connections=STREAMS, ramp=0.3, warm_up=0.8, seconds=1.5)
    answer = stage.clients.ask(order)
    return answer.cpu / len(answer.waits) if answer.waits else 0.0
