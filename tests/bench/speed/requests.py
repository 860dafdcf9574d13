"""Fixed CPU of a request: that of a stream, less what its deltas cost.

`seen`: conversations that grow turn by turn, as clients' do. `fresh`: ones that were never there,
with other texts and other tools.
"""

from collections.abc import Iterator

from tests.bench.speed.arithmetic import median_of, through
from tests.bench.speed.bodies import long_conversation
from tests.bench.speed.stage import ROUTES, Route, Server, Stage
from tests.bench.speed.units import body_unit, event_unit
from tests.bench.speed.verdicts import Row, at_most, microseconds, milliseconds

SHORT, LONG = 3, 300
ROUNDS = 3
CONNECTIONS = 4
TURNS = 10
SIZES = (10_000, 1_000_000)
FRESH = at_most(4, "x json.loads of the body")
SEEN = at_most(2, "x json.loads of the body")


def measure(stage: Stage) -> Iterator[Row]:
    unit, event = body_unit(), event_unit()
    yield Row("json.loads of the 104 KB body", milliseconds(unit))
    yield Row("json.loads of a delta", microseconds(event))
    for relay in stage.relays():
        fixed, each = _grown(stage, relay)
        yield Row(f"fixed CPU of a request: {relay.name}", milliseconds(fixed), fixed / unit, "x")
        yield Row(f"served event in a burst: {relay.name}", microseconds(each), each / event, "x")
    for route in ROUTES:
        yield from _measure_route(stage, route)
    for size in SIZES:
        yield _measure_size(stage, size)


def _measure_route(stage: Stage, route: Route) -> Iterator[Row]:
    """The units are taken before and after, so that they meet the same machine."""
    server = stage.proxy(route)
    unit, event = body_unit(), event_unit()
    seen, each = _grown(stage, server)
    fresh = _never_seen(stage, server) - SHORT * each
    unit, event = (unit + body_unit()) / 2, (event + event_unit()) / 2
    what = "fixed CPU of a request"
    yield Row(f"{what}, fresh: {route.name}", milliseconds(fresh), fresh / unit, target=FRESH)
    yield Row(f"{what}, seen: {route.name}", milliseconds(seen), seen / unit, target=SEEN)
    unit_name = "x json.loads of the event"
    yield Row(f"served event in a burst: {route.name}", microseconds(each), each / event, unit_name)


def _measure_size(stage: Stage, size: int) -> Row:
    """How the cost grows with the conversation."""
    server, body = stage.proxy(), long_conversation("unit", size)
    stage.pace(SHORT)
    order = server.order(kind="long", size=size, turns=8, seed=f"size {size}")
    cpu, unit = stage.clients.ask(order).cpu_each, body_unit(body)
    what = f"CPU of a request of {size // 1000:,} KB of messages, fresh: {server.name}"
    return Row(what, milliseconds(cpu), cpu / unit, "x json.loads of that body")


def _grown(stage: Stage, server: Server) -> tuple[float, float]:
    """CPU seconds of a request whose conversation was seen before, and of each delta."""
    lines = []
    for number in range(ROUNDS):
        seed = f"grown {server.name} {number}"
        stage.pace(SHORT)
        stage.clients.ask(server.order(connections=CONNECTIONS, seed=seed))  # the first turn
        points = []
        for deltas in (SHORT, LONG):
            stage.pace(deltas)
            answer = stage.clients.ask(
                server.order(connections=CONNECTIONS, turns=TURNS, seed=seed)
            )
            points.append((float(deltas), answer.cpu_each))
        lines.append(through(*points))
    return median_of([fixed for fixed, _ in lines]), median_of([each for _, each in lines])


def _never_seen(stage: Stage, server: Server) -> float:
    stage.pace(SHORT)
    orders = (
        server.order(
            connections=CONNECTIONS, turns=TURNS, kind="fresh", seed=f"fresh {server.name} {number}"
        )
        for number in range(ROUNDS)
    )
    return median_of([stage.clients.ask(order).cpu_each for order in orders])
