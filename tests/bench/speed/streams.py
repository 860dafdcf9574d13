"""Streams per second, and what the first event of a single one waits."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from tests.bench.speed.arithmetic import median_of
from tests.bench.speed.orders import Answer
from tests.bench.speed.stage import (
    ANTHROPIC_RESPONSES,
    NGINX,
    RELAY,
    ROUTES,
    UPSTREAM_PATH,
    Server,
    Stage,
)
from tests.bench.speed.units import body_unit
from tests.bench.speed.verdicts import Row, at_least, at_most, milliseconds, number

DELTAS = 300
ROUNDS = 3
MANY = 32
FEWER = (1, 8)
TURNS = {1: 24, 8: 8, MANY: 5}  # of each connection
OF_NGINX = at_least(0.25, "x nginx")
FIRST = at_most(12, "x json.loads of the body")


@dataclass(slots=True)
class Rounds:
    """What a server did in each of its turns."""

    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def add(self, answer: Answer) -> None:
        self.rates.append(answer.rate)
        self.cpu.append(answer.cpu_each)

    @property
    def rate(self) -> float:
        return median_of(self.rates)

    @property
    def cpu_each(self) -> float:
        return median_of(self.cpu)


def measure(stage: Stage) -> Iterator[Row]:
    """The relays and the proxy take turns, so that a passing noise meets all of them."""
    stage.pace(DELTAS)
    servers = [*stage.relays(), *(stage.proxy(route) for route in ROUTES)]
    found = {server.name: Rounds() for server in servers}
    for count in range(ROUNDS):
        for server in servers:
            found[server.name].add(_run(stage, server, MANY, f"round {count}"))
    yield _plain("no proxy at all", _run(stage, stage.direct(), MANY))
    for server in servers:
        fewer = " · ".join(f"{_run(stage, server, few).rate:.0f}" for few in FEWER)
        yield _row(server, found, fewer)
    world = _run(stage, stage.proxy(ANTHROPIC_RESPONSES), MANY, "world", world=True)
    yield _plain(f"streams at {MANY}: {ANTHROPIC_RESPONSES.name}, not ASCII", world)


def _row(server: Server, found: dict[str, Rounds], fewer: str) -> Row:
    ours, relay, nginx = found[server.name], found[RELAY], found.get(NGINX)
    parts = [
        f"{ours.rate:.0f} /s (at 1 · 8: {fewer})",
        f"{ours.rate / relay.rate:.2f} x relay",
        f"{milliseconds(ours.cpu_each)} CPU each",
    ]
    if nginx and nginx.cpu_each:
        parts.append(f"{ours.cpu_each / nginx.cpu_each:.1f} x nginx's")
    target = OF_NGINX if _is_ours(server) else None
    ratio = ours.rate / nginx.rate if nginx else None
    return Row(f"streams at {MANY}: {server.name}", ", ".join(parts), ratio, "x nginx", target)


def measure_first_event(stage: Stage) -> Iterator[Row]:
    stage.pace(DELTAS)
    relayed = _first(stage, stage.relay)
    for route in ROUTES:
        unit = body_unit()
        added = _first(stage, stage.proxy(route)) - relayed
        yield Row(
            f"first event added, one stream: {route.name}",
            f"{milliseconds(added)} (relay {milliseconds(relayed)})",
            added / unit,
            target=FIRST,
        )


def _first(stage: Stage, server: Server) -> float:
    orders = [server.order(turns=16, seed=f"first {number}") for number in range(3)]
    return median_of([stage.clients.ask(order).first for order in orders])


def _run(
    stage: Stage, server: Server, count: int, seed: str = "", *, world: bool = False
) -> Answer:
    """Conversations whose first turn was there before go on for some turns.

    A relay is asked the same more often, to be busy for as long.
    """
    rounds = 1 if _is_ours(server) else 5
    first = server.order(connections=count, seed=f"{seed} {count}", world=world)
    stage.clients.ask(first)
    return stage.clients.ask(replace(first, turns=TURNS[count], rounds=rounds))


def _is_ours(server: Server) -> bool:
    return server.path != UPSTREAM_PATH


def _plain(what: str, answer: Answer) -> Row:
    cpu = f", {milliseconds(answer.cpu_each)} CPU each" if answer.cpu else ""
    return Row(what, f"{number(answer.rate)} /s{cpu}")
