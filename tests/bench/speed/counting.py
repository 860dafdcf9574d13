"""count_tokens: how long it takes, and what forty at once make running streams wait."""

from collections.abc import Iterator

from tests.bench.speed.arithmetic import median_of
from tests.bench.speed.large import GAP, among, waits
from tests.bench.speed.stage import Server, Stage
from tests.bench.speed.verdicts import Row, at_most, milliseconds

PATH = "/v1/messages/count_tokens"
AT_ONCE = 40


def measure(stage: Stage) -> Iterator[Row]:
    stage.pace(5000, GAP)
    proxy = stage.proxy()
    _count(stage, proxy, "plain", 500, 1)  # loads the vocabulary
    cases = (
        ("100 KB", "fresh", 0, 9, at_most(10, "ms")),
        ("1 MB", "plain", 1_000_000, 5, at_most(100, "ms")),
        ("a million equal letters", "letters", 1_000_000, 3, at_most(500, "ms")),
    )
    for what, kind, size, turns, target in cases:
        took = _count(stage, proxy, kind, size, turns)
        yield Row(f"count_tokens, {what}", milliseconds(took), took * 1e3, target=target)
    calm = among(stage, proxy, None, seconds=2.0)
    intruder = proxy.order(path=PATH, kind="fresh", connections=AT_ONCE, seed="forty", ramp=0)
    busy = among(stage, proxy, intruder, seconds=4.0)
    added = (busy.longest_wait - calm.wait(50)) * 1e3
    what = f"{AT_ONCE} x 100 KB at once among 50 paced streams: longest wait"
    yield Row(what, waits(busy), added, target=at_most(50, "ms"))


def _count(stage: Stage, server: Server, kind: str, size: int, turns: int) -> float:
    answer = stage.clients.ask(
        server.order(path=PATH, kind=kind, size=size, turns=turns, seed=kind)
    )
    return median_of(answer.totals)
