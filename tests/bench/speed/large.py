"""What a huge request makes fifty running streams wait, one event each 20 ms."""

import time
from collections.abc import Iterator

from tests.bench.speed.orders import Answer, Order
from tests.bench.speed.stage import Server, Stage
from tests.bench.speed.verdicts import Row, at_most, milliseconds

MB = 1_000_000
STREAMS, GAP = 50, 0.02
BEFORE = 1.5  # seconds, in which the running streams begin
LONGEST = at_most(30, "ms")


def measure(stage: Stage) -> Iterator[Row]:
    stage.pace(5000, GAP)
    relay, proxy = stage.relay, stage.proxy()
    calm = among(stage, proxy, None, seconds=2.5)
    yield Row("50 paced streams alone", waits(calm))
    relayed = _beside(stage, relay, 3 * MB, 3, 5)
    yield Row("3 MB request among them: plain relay", waits(relayed))
    three = _beside(stage, proxy, 3 * MB, 3, 5)
    added = (three.longest_wait - calm.wait(50)) * 1e3
    yield Row("3 MB request among them: longest wait", waits(three), added, target=LONGEST)
    thirty = _beside(stage, proxy, 30 * MB, 1, 9)
    added = (thirty.longest_wait - calm.wait(50)) * 1e3
    yield Row("30 MB request among them: longest wait", waits(thirty), added, "ms")


def _beside(stage: Stage, server: Server, size: int, count: int, seconds: float) -> Answer:
    intruder = server.order(
        kind="long",
        size=size,
        connections=count,
        ramp=0.8 * count,
        seconds=seconds / 2,
        seed=f"{size}",
    )
    return among(stage, server, intruder, seconds=seconds)


def among(stage: Stage, server: Server, intruder: Order | None, *, seconds: float) -> Answer:
    """What the running streams met while the intruder was there."""
    running = server.order(
        connections=STREAMS, kind="plain", size=500, ramp=0.8, warm_up=0.4, seconds=seconds
    )
    stage.clients.begin(running)
    if intruder:
        time.sleep(BEFORE)
        stage.intruder.ask(intruder)
    return stage.clients.finish()


def waits(answer: Answer) -> str:
    p50, p99 = milliseconds(answer.wait(50)), milliseconds(answer.wait(99))
    return f"p50 {p50}, p99 {p99}, longest {milliseconds(answer.longest_wait)}"
