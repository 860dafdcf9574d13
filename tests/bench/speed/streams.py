"""Streams per second, and what the first event of a single one waits."""

from collections.abc import Iterator
from dataclasses import replace

from tests.bench.speed.arithmetic import median_of
from tests.bench.speed.orders import Answer
from tests.bench.speed.stage import ANTHROPIC_RESPONSES, ROUTES, UPSTREAM_PATH, Server, Stage
from tests.bench.speed.units import body_unit
from tests.bench.speed.verdicts import Row, at_least, at_most, milliseconds, number

DELTAS = 300
ROUNDS = 3
MANY = 32
FEWER = (1, 8)
TURNS = {1: 24, 8: 8, MANY: 5}  # of each connection
OF_NGINX = at_least(0.25, "x nginx")
FIRST = at_most(12, "x json.loads of the body")


def measure(stage: Stage) -> Iterator[Row]:
    """The relays and the proxy take turns, so that a passing noise meets all of them."""
    stage.pace(DELTAS)
    servers = [*stage.relays(), *(stage.proxy(route) for route in ROUTES)]
    rates: dict[str, list[float]] = {server.name: [] for server in servers}
    cpu: dict[str, list[float]] = {server.name: [] for server in servers}
    for number_of_round in range(ROUNDS):
        for server in servers:
            answer = _run(stage, server, MANY, f"round {number_of_round}")
            rates[server.name].append(answer.rate)
            cpu[server.name].append(answer.cpu_each)
    yield _plain("no proxy at all", _run(stage, stage.direct(), MANY))
    nginx, relay = median_of(rates.get("nginx", [])), median_of(rates[stage.relay.name])
    nginx_cpu = median_of(cpu.get("nginx", []))
    for server in servers:
        fewer = " · ".join(f"{_run(stage, server, few).rate:.0f}" for few in FEWER)
        rate, each = median_of(rates[server.name]), median_of(cpu[server.name])
        measured = (
            f"{rate:.0f} /s (at 1 · 8: {fewer}), {rate / relay:.2f} x relay;"
            f" {milliseconds(each)} CPU each, {times(each, nginx_cpu)} nginx's"
        )
        yield Row(
            f"streams at {MANY}: {server.name}",
            measured,
            rate / nginx if nginx else None,
            "x nginx",
            OF_NGINX if _is_ours(server) else None,
        )
    world = _run(stage, stage.proxy(ANTHROPIC_RESPONSES), MANY, "world", world=True)
    yield _plain(f"streams at {MANY}: {ANTHROPIC_RESPONSES.name}, not ASCII", world)


def measure_first_event(stage: Stage) -> Iterator[Row]:
    stage.pace(DELTAS)
    unit = body_unit()
    relayed = _first(stage, stage.relay)
    for route in ROUTES:
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


def times(cost: float, unit: float) -> str:
    return f"{cost / unit:.1f} x" if unit else "not measured x"


def _is_ours(server: Server) -> bool:
    return server.path != UPSTREAM_PATH


def _plain(what: str, answer: Answer) -> Row:
    cpu = f", {milliseconds(answer.cpu_each)} CPU each" if answer.cpu else ""
    return Row(what, f"{number(answer.rate)} /s{cpu}")
