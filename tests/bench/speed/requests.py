"""Fixed CPU of a request: that of a stream, less what its deltas cost.

`seen`: conversations that grow turn by turn, as clients' do. `fresh`: ones that were never there,
with other texts and other tools.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from tests.bench.speed.arithmetic import Cost, middle_of, through
from tests.bench.speed.bodies import long_conversation
from tests.bench.speed.stage import ROUTES, Route, Server, Stage
from tests.bench.speed.units import Units, in_bodies
from tests.bench.speed.verdicts import Row, Target, at_most, microseconds, milliseconds

SHORT, LONG = 3, 300
ROUNDS = 5
CONNECTIONS = 4
TURNS = 10
SIZES = (10_000, 1_000_000)
FRESH = at_most(4, "x json.loads of the body", beside=True)
SEEN = at_most(2, "x json.loads of the body", beside=True)


class Point(NamedTuple):
    """What a stream of so many deltas took."""

    deltas: int
    cpu: float
    units: Units

    @property
    def bodies(self) -> float:
        return self.cpu / self.units.body

    @property
    def events(self) -> float:
        return self.cpu / self.units.event


def measure(stage: Stage) -> Iterator[Row]:
    for relay in stage.relays():
        fixed, each = _grown(stage, relay)
        yield _fixed_row(relay.name, fixed)
        yield _event_row(relay.name, each)
    for route in ROUTES:
        yield from _measure_route(stage, route)
    for size in SIZES:
        yield _measure_size(stage, size)


def _measure_route(stage: Stage, route: Route) -> Iterator[Row]:
    server = stage.proxy(route)
    seen, each = _grown(stage, server)
    yield _fixed_row(f"fresh: {route.name}", _never_seen(stage, server, each), FRESH)
    yield _fixed_row(f"seen: {route.name}", seen, SEEN)
    yield _event_row(route.name, each)


def _fixed_row(what: str, cost: Cost, target: Target | None = None) -> Row:
    what = f"fixed CPU of a request, {what}"
    return Row(what, milliseconds(cost.seconds), cost.units, SEEN.unit, target)


def _event_row(name: str, cost: Cost) -> Row:
    unit = "x json.loads of the event"
    return Row(f"served event in a burst: {name}", microseconds(cost.seconds), cost.units, unit)


def _measure_size(stage: Stage, size: int) -> Row:
    """How the cost grows with the conversation."""
    server, times = stage.proxy(), in_bodies(long_conversation("unit", size))
    stage.pace(SHORT)
    costs = []
    for number in range(ROUNDS):
        seed = f"size {size} {number}"
        answer, units = stage.time(server.order(kind="long", size=size, turns=4, seed=seed))
        costs.append(Cost(answer.cpu_each, answer.cpu_each / units.body / times))
    cost = middle_of(costs)
    what = f"CPU of a request of {size // 1000:,} KB of messages, fresh: {server.name}"
    return Row(what, milliseconds(cost.seconds), cost.units, "x json.loads of that body")


def _grown(stage: Stage, server: Server) -> tuple[Cost, Cost]:
    """Of a request whose conversation was seen before, and of each delta."""
    fixed, each = [], []
    for number in range(ROUNDS):
        seed = f"grown {server.name} {number}"
        stage.pace(SHORT)
        stage.clients.ask(server.order(connections=CONNECTIONS, seed=seed))  # the first turn
        points = []
        for deltas in (SHORT, LONG):
            stage.pace(deltas)
            order = server.order(connections=CONNECTIONS, turns=TURNS, seed=seed)
            answer, units = stage.time(order)
            points.append(Point(deltas, answer.cpu_each, units))
        at_once, rise = fixed_and_rise(points)
        fixed.append(at_once)
        each.append(rise)
    return middle_of(fixed), middle_of(each)


def fixed_and_rise(points: Iterable[Point]) -> tuple[Cost, Cost]:
    """Of a request in bodies, and of a delta in events, each point by the units it met."""
    points = list(points)

    def line(height: Callable[[Point], float]) -> tuple[float, float]:
        return through(*((float(point.deltas), height(point)) for point in points))

    seconds = line(lambda point: point.cpu)
    by_bodies, by_events = line(lambda point: point.bodies), line(lambda point: point.events)
    return Cost(seconds[0], by_bodies[0]), Cost(seconds[1], by_events[1])


def _never_seen(stage: Stage, server: Server, each: Cost) -> Cost:
    stage.pace(SHORT)
    costs = []
    for number in range(ROUNDS):
        seed = f"fresh {server.name} {number}"
        order = server.order(connections=CONNECTIONS, turns=TURNS, kind="fresh", seed=seed)
        answer, units = stage.time(order)
        fixed = answer.cpu_each - SHORT * each.seconds
        costs.append(Cost(fixed, fixed / units.body))
    return middle_of(costs)
