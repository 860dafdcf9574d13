"""An event's cost: inside the process alone, and through the served app when each comes alone.

Inside: the whole proxy between two byte streams, no sockets. The cost of an event is the CPU time
between two deltas of a reply; the unit takes turns with it, every millisecond or so.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import redirect_stdout
from io import StringIO
from statistics import fmean
from typing import Any

import httpx
from uvicorn.loops.auto import auto_loop_factory

from proxy_core.azure.calls import Azure
from proxy_core.proxy import Proxy
from proxy_core.settings import Settings
from tests.bench.speed import azure_replies, bodies
from tests.bench.speed.arithmetic import Cost, middle_of, times
from tests.bench.speed.stage import NGINX, RELAY, ROUTES, Route, Server, Stage
from tests.bench.speed.units import event_unit
from tests.bench.speed.verdicts import Row, Target, at_most, microseconds

LENGTH = 3000
LAP = 240  # events between two units
ROUNDS = 9
PIECE = 16 * 1024  # bytes of one read while a burst comes
STREAMS, GAP = 16, 0.01
PACED_ROUNDS = 5
IN_BURST = at_most(1.5, "x json.loads of the event", beside=True)
ONE_BY_ONE = at_most(3, "x json.loads of the event", beside=True)
OF_NGINX = at_most(4, "x nginx", beside=True)
ENVIRON = {
    "AZURE_OPENAI_ENDPOINT": "https://bench.openai.azure.com",
    "AZURE_OPENAI_API_KEY": "nobody-asks-for-it",
    "BIG_MODEL": "gpt-5.4",
    "CURSOR_AZURE_DEPLOYMENT": "gpt-5.4",
    "CURSOR_REASONING_DISPLAY": "off",
}


class Laps:
    """CPU time of the work between two turns, and the unit at each of them."""

    def __init__(self) -> None:
        self.work, self.passed = 0.0, 0
        self._units: list[float] = []
        self._place = 0
        self._left = 0.0  # when the last turn was over

    def turn(self, place: int) -> None:
        if self._units:
            self.work += time.process_time() - self._left
            self.passed += place - self._place
        self._units.append(event_unit())
        self._place, self._left = place, time.process_time()

    def cost(self, size: int) -> Cost:
        """Of each event of this size."""
        each = self.work / (self.passed / size)
        return Cost(each, each / fmean(self._units))


class FakeAzure:
    """Answers with many deltas, all at once or one by one."""

    def __init__(self, format: azure_replies.Format, *, joined: bool) -> None:
        self._events = azure_replies.unchunked(format, LENGTH)
        self._joined = joined
        self.size = len(self._events[1])  # of a delta

    def answer(self, _: httpx.Request) -> httpx.Response:
        headers = {"content-type": "text/event-stream"}
        return httpx.Response(200, headers=headers, content=self._reply())

    async def _reply(self) -> AsyncIterator[bytes]:
        """A unit in turns with the deltas, once those before it have left the opening behind."""
        self.laps = Laps()
        lap, place = LAP * self.size, 0
        due, last = len(self._events[0]) + lap, LENGTH * self.size + len(self._events[0])
        async for piece in _arrive(cut(self._events, joined=self._joined)):
            if due <= place <= last:
                self.laps.turn(place)
                due = place + lap
            place += len(piece)
            yield piece


def measure(stage: Stage) -> Iterator[Row]:
    for what, target, joined in (
        ("event in a burst, inside", IN_BURST, True),
        ("event one by one, inside", ONE_BY_ONE, False),
    ):
        alone = _run(_cost_of_httpx(joined=joined))
        yield Row(f"{what}: httpx alone", microseconds(alone.seconds), alone.units, target.unit)
        for route in ROUTES:
            each = cost_inside(route, joined=joined)
            yield Row(
                f"{what}: {route.name}", microseconds(each.seconds), each.units, target=target
            )


def measure_paced(stage: Stage) -> Iterator[Row]:
    """Round by round, as the streams are."""
    stage.pace(1000, GAP)
    routes = [stage.proxy(route) for route in ROUTES]
    servers = [*stage.relays(), *routes]
    rounds = [{one.name: _paced(stage, one) for one in servers} for _ in range(PACED_ROUNDS)]
    found = {one.name: [each[one.name] for each in rounds] for one in servers}
    for server in servers:
        yield _paced_row(server, found, OF_NGINX if server in routes else None)


def _paced_row(server: Server, found: dict[str, list[Cost]], target: Target | None) -> Row:
    costs = found[server.name]
    middle = middle_of(costs)
    measured = (
        f"{microseconds(middle.seconds)} ({middle.units:.1f} x json.loads of the event, "
        f"{_times(costs, found[RELAY]):.1f} x relay)"
    )
    ratio = _times(costs, found[NGINX]) if NGINX in found else None
    return Row(f"paced event: {server.name}", measured, ratio, "x nginx", target)


def _times(ours: Sequence[Cost], theirs: Sequence[Cost]) -> float:
    """By their units: the two were on that core one after the other, so at different speeds."""
    return times((one.units for one in ours), (one.units for one in theirs))


def _paced(stage: Stage, server: Server) -> Cost:
    order = server.order(connections=STREAMS, ramp=0.1, warm_up=0.3, seconds=0.7)
    answer, units = stage.time(order)
    each = answer.cpu / len(answer.waits) if answer.waits else 0.0
    return Cost(each, each / units.event)


def cost_inside(route: Route, *, joined: bool) -> Cost:
    with redirect_stdout(StringIO()):  # the request log
        return _run(_cost_inside(route, joined=joined))


def _run(work: Coroutine[Any, Any, Cost]) -> Cost:
    """On the loop that the app is served on: uvloop where it is installed, as on the platform."""
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        return runner.run(work)


async def _cost_inside(route: Route, *, joined: bool) -> Cost:
    settings = Settings.from_environ({**ENVIRON, "AZURE_OPENAI_API": route.api})
    format = azure_replies.chat() if route.api == "chat" else azure_replies.responses()
    azure = FakeAzure(format, joined=joined)
    proxy = Proxy(settings, Azure(settings, httpx.MockTransport(azure.answer)))
    body = bodies.growing(bodies.DIALECTS[route.dialect], "inside", 1)[0]
    return await _middle(azure, lambda: _read_reply(proxy, route, body))


async def _cost_of_httpx(*, joined: bool) -> Cost:
    """Of reading the same pieces and doing nothing with them: what lies beneath the proxy here."""
    azure = FakeAzure(azure_replies.responses(), joined=joined)

    async def read() -> None:
        async with client.stream("POST", "https://bench.openai.azure.com/") as response:
            async for _ in response.aiter_raw():
                pass

    async with httpx.AsyncClient(transport=httpx.MockTransport(azure.answer)) as client:
        return await _middle(azure, read)


async def _middle(azure: FakeAzure, read: Callable[[], Awaitable[None]]) -> Cost:
    costs = []
    for _ in range(ROUNDS):
        await read()
        costs.append(azure.laps.cost(azure.size))
    return middle_of(costs)


async def _read_reply(proxy: Proxy, route: Route, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    if route.dialect == "cursor":
        reply = await proxy.cursor(headers, "POST", "v1/chat/completions", _arrive([body]))
    else:
        reply = await proxy.messages(headers, _arrive([body]))
    assert reply.status == 200
    assert not isinstance(reply.body, bytes)
    async for _ in reply.body:
        pass
    reply.close()


def cut(events: list[bytes], *, joined: bool) -> list[bytes]:
    """What is read at once: all that a burst has brought, or one event."""
    if not joined:
        return events
    whole = b"".join(events)
    return [whole[start : start + PIECE] for start in range(0, len(whole), PIECE)]


async def _arrive(pieces: list[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
        await asyncio.sleep(0)  # the reader's turn, as when it waits for a socket
