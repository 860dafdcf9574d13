"""Streams per second, and what the first event of a single one waits."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from operator import attrgetter
from typing import NamedTuple

from tests.bench.speed.arithmetic import Cost, median_of, middle_of, times
from tests.bench.speed.orders import Answer, Order
from tests.bench.speed.stage import (
    ANTHROPIC_RESPONSES,
    NGINX,
    RELAY,
    ROUTES,
    UPSTREAM_PATH,
    Server,
    Stage,
)
from tests.bench.speed.verdicts import Row, at_least, at_most, milliseconds, number

DELTAS = 300
ROUNDS = 3
FIRST_ROUNDS = 9
MANY = 32
FEWER = (1, 8)
TURNS = {1: 24, 8: 8, MANY: 5}  # of each connection
OF_NGINX = at_least(0.25, "x nginx")
FIRST = at_most(12, "x json.loads of the body")


class Round(NamedTuple):
    """What a server did in one of its turns."""

    rate: float
    cpu: float  # of each stream
    unit: float  # while it did so

    @property
    def rate_in_units(self) -> float:
        """Streams in the time of a unit."""
        return self.rate * self.unit

    @property
    def cpu_in_units(self) -> float:
        return self.cpu / self.unit


Rounds = list[Round]


def measure(stage: Stage) -> Iterator[Row]:
    """The relays and the proxy take turns, so that a passing noise meets all of them."""
    stage.pace(DELTAS)
    servers = [*stage.relays(), *(stage.proxy(route) for route in ROUTES)]
    found: dict[str, Rounds] = {server.name: [] for server in servers}
    for count in range(ROUNDS):
        for server in servers:
            found[server.name].append(_round(stage, server, f"round {count}"))
    yield _plain("no proxy at all", _run(stage, stage.direct(), MANY))
    for server in servers:
        fewer = " · ".join(f"{_run(stage, server, few).rate:.0f}" for few in FEWER)
        yield _row(server, found, fewer)
    world = _run(stage, stage.proxy(ANTHROPIC_RESPONSES), MANY, "world", world=True)
    yield _plain(f"streams at {MANY}: {ANTHROPIC_RESPONSES.name}, not ASCII", world)


def _round(stage: Stage, server: Server, seed: str) -> Round:
    answer, units = stage.time(_warm(stage, server, MANY, seed))
    return Round(answer.rate, answer.cpu_each, units.body)


def _row(server: Server, found: dict[str, Rounds], fewer: str) -> Row:
    ours, nginx = found[server.name], found.get(NGINX)
    parts = [
        f"{median_of(one.rate for one in ours):.0f} /s (at 1 · 8: {fewer})",
        f"{_times(ours, found[RELAY], _RATE):.2f} x relay",
        f"{milliseconds(median_of(one.cpu for one in ours))} CPU each",
    ]
    if nginx:
        parts.append(f"{_times(ours, nginx, _CPU):.1f} x nginx's")
    target = OF_NGINX if _is_ours(server) else None
    ratio = _times(ours, nginx, _RATE) if nginx else None
    return Row(f"streams at {MANY}: {server.name}", ", ".join(parts), ratio, "x nginx", target)


_RATE, _CPU = attrgetter("rate_in_units"), attrgetter("cpu_in_units")


def _times(ours: Rounds, theirs: Rounds, figure: Callable[[Round], float]) -> float:
    """Round by round, each at the speed that its core had."""
    return times(map(figure, ours), map(figure, theirs))


def measure_first_event(stage: Stage) -> Iterator[Row]:
    """In units while it waited: much of the wait is the server's work, one request at a time."""
    stage.pace(DELTAS)
    servers = [stage.relay, *(stage.proxy(route) for route in ROUTES)]
    rounds = [
        {one.name: _first(stage, one, f"first {number}") for one in servers}
        for number in range(FIRST_ROUNDS)
    ]
    relay, *ours = ([each[one.name] for each in rounds] for one in servers)
    for route, costs in zip(ROUTES, ours, strict=True):
        pairs = list(zip(costs, relay, strict=True))
        added = median_of(one.seconds - other.seconds for one, other in pairs)
        yield Row(
            f"first event added, one stream: {route.name}",
            f"{milliseconds(added)} (relay {milliseconds(middle_of(relay).seconds)})",
            median_of(one.units - other.units for one, other in pairs),
            target=FIRST,
        )


def _first(stage: Stage, server: Server, seed: str) -> Cost:
    answer, units = stage.time(server.order(turns=16, seed=seed))
    return Cost(answer.first, answer.first / units.body)


def _run(
    stage: Stage, server: Server, count: int, seed: str = "", *, world: bool = False
) -> Answer:
    return stage.clients.ask(_warm(stage, server, count, seed, world=world))


def _warm(stage: Stage, server: Server, count: int, seed: str, *, world: bool = False) -> Order:
    """Conversations whose first turn was there before go on for some turns.

    A relay is asked the same more often, to be busy for as long.
    """
    rounds = 1 if _is_ours(server) else 5
    first = server.order(connections=count, seed=f"{seed} {count}", world=world)
    stage.clients.ask(first)
    return replace(first, turns=TURNS[count], rounds=rounds)


def _is_ours(server: Server) -> bool:
    return server.path != UPSTREAM_PATH


def _plain(what: str, answer: Answer) -> Row:
    cpu = f", {milliseconds(answer.cpu_each)} CPU each" if answer.cpu else ""
    return Row(what, f"{number(answer.rate)} /s{cpu}")
