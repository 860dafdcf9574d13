"""Memory of the app alone in its process: at rest, of each open stream, after many requests."""

import time
from collections.abc import Iterator

from tests.bench.figures import KB, MB
from tests.bench.speed.stage import Server, Stage
from tests.bench.speed.verdicts import Row, at_most
from tests.bench.vitals import MEASURED

COUNTING = "/v1/messages/count_tokens"
OPEN = 200
LASTS = 8.0  # seconds that the streams are open behind their first delta
RAMP = 2.0
REQUESTS, ALL_REQUESTS = 3_000, 20_000
CONNECTIONS = 8
AT_REST = at_most(90, "MB")
EACH = at_most(50, "KB")
FLAT = at_most(4, "MB more")


def measure(stage: Stage) -> Iterator[Row]:
    if not MEASURED:
        yield Row("memory at rest", "not measured: this is not Linux", target=AT_REST)
        return
    app = stage.start_app()
    time.sleep(0.5)
    rest = app.vitals.memory() / MB
    yield Row("memory at rest, no vocabulary yet", f"{rest:.1f} MB", rest, target=AT_REST)
    yield _open_streams(stage, app, "small requests", 500)
    yield _open_streams(stage, stage.start_app(), "256 KB requests", 256 * KB)
    yield _flat(stage, app)


def _open_streams(stage: Stage, app: Server, what: str, size: int) -> Row:
    """Each has said its first word; then all are silent. The vocabulary is there before."""
    stage.pace(1)
    stage.clients.ask(app.order(path=COUNTING, kind="plain", size=500))
    stage.clients.ask(app.order(kind="plain", size=size, turns=10, seed="warm"))
    stage.pace(1, LASTS)
    before, files = app.vitals.memory(), app.vitals.open_files()
    stage.clients.begin(app.order(kind="plain", size=size, connections=OPEN, ramp=RAMP))
    deadline = time.monotonic() + 20
    while app.vitals.open_files() < files + 2 * OPEN - 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1.0)
    together, grown = app.vitals.open_files() - files, app.vitals.memory() - before
    stage.clients.finish()
    each = grown / OPEN / KB
    measured = f"{each:.0f} KB ({together // 2 + together % 2} open)"
    return Row(f"memory of an open stream, {what}", measured, each, target=EACH)


def _flat(stage: Stage, app: Server) -> Row:
    """The second half adds nothing to what the first has filled."""
    half = (ALL_REQUESTS if stage.full else REQUESTS) // 2
    stage.pace(3)
    sizes = []
    for seed in ("first half", "second half"):
        turns = half // CONNECTIONS
        order = app.order(kind="plain", size=500, connections=CONNECTIONS, turns=turns, seed=seed)
        stage.clients.ask(order)
        sizes.append(app.vitals.memory() / MB)
    first, second = sizes
    measured = f"{first:.1f} MB, then {second:.1f} MB"
    what = f"memory after {2 * half:,} requests, against half of them"
    return Row(what, measured, second - first, target=FLAT)
