"""An event's cost: inside the process alone, and through the served app when each comes alone.

Inside: the whole proxy between two byte streams, no sockets. The cost of an event is how the CPU
time of a reply rises with its length.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import redirect_stdout
from io import StringIO

import httpx

from proxy_core.azure.calls import Azure
from proxy_core.proxy import Proxy
from proxy_core.settings import Settings
from tests.bench.speed import azure_replies, bodies
from tests.bench.speed.arithmetic import median_of, through
from tests.bench.speed.stage import NGINX, RELAY, ROUTES, Route, Server, Stage
from tests.bench.speed.units import event_unit
from tests.bench.speed.verdicts import Row, at_most, microseconds

LENGTHS = (300, 3000)
ROUNDS = 5
PIECE = 16 * 1024  # bytes of one read while a burst comes
STREAMS, GAP = 16, 0.01
IN_BURST = at_most(1.5, "x json.loads of the event")
ONE_BY_ONE = at_most(3, "x json.loads of the event")
OF_NGINX = at_most(4, "x nginx")
ENVIRON = {
    "AZURE_OPENAI_ENDPOINT": "https://bench.openai.azure.com",
    "AZURE_OPENAI_API_KEY": "nobody-asks-for-it",
    "BIG_MODEL": "gpt-5.4",
    "CURSOR_AZURE_DEPLOYMENT": "gpt-5.4",
    "CURSOR_REASONING_DISPLAY": "off",
}


class FakeAzure:
    """Answers with `deltas`, all at once or one by one."""

    deltas = 0

    def __init__(self, format: azure_replies.Format, *, joined: bool) -> None:
        self._format, self._joined = format, joined

    def answer(self, _: httpx.Request) -> httpx.Response:
        pieces = cut(self._format, self.deltas, joined=self._joined)
        headers = {"content-type": "text/event-stream"}
        return httpx.Response(200, headers=headers, content=_arrive(pieces))


def measure(stage: Stage) -> Iterator[Row]:
    for what, target, joined in (
        ("event in a burst, inside", IN_BURST, True),
        ("event one by one, inside", ONE_BY_ONE, False),
    ):
        alone = asyncio.run(_cost_of_httpx(joined=joined))
        ratio = alone / event_unit()
        yield Row(f"{what}: httpx alone", microseconds(alone), ratio, target.unit)
        for route in ROUTES:
            before = event_unit()
            each = cost_inside(route, joined=joined)
            unit = (before + event_unit()) / 2  # both, to meet the same machine
            yield Row(f"{what}: {route.name}", microseconds(each), each / unit, target=target)


def measure_paced(stage: Stage) -> Iterator[Row]:
    stage.pace(1000, GAP)
    unit = event_unit()
    relays = {relay.name: _paced(stage, relay) for relay in stage.relays()}
    for name, each in relays.items():
        yield Row(f"paced event: {name}", microseconds(each), each / unit, "x json.loads")
    nginx, relay = relays.get(NGINX), relays[RELAY]
    for route in ROUTES:
        each = _paced(stage, stage.proxy(route))
        measured = (
            f"{microseconds(each)} ({each / unit:.1f} x json.loads, {each / relay:.1f} x relay)"
        )
        ratio = each / nginx if nginx else None
        yield Row(f"paced event: {route.name}", measured, ratio, target=OF_NGINX)


def _paced(stage: Stage, server: Server) -> float:
    order = server.order(connections=STREAMS, ramp=0.3, warm_up=0.8, seconds=2.0)
    answer = stage.clients.ask(order)
    return answer.cpu / len(answer.waits) if answer.waits else 0.0


def cost_inside(route: Route, *, joined: bool) -> float:
    """CPU seconds of one event."""
    with redirect_stdout(StringIO()):  # the request log
        return asyncio.run(_cost_inside(route, joined=joined))


async def _cost_inside(route: Route, *, joined: bool) -> float:
    settings = Settings.from_environ({**ENVIRON, "AZURE_OPENAI_API": route.api})
    format = azure_replies.chat() if route.api == "chat" else azure_replies.responses()
    azure = FakeAzure(format, joined=joined)
    proxy = Proxy(settings, Azure(settings, httpx.MockTransport(azure.answer)))
    body = bodies.growing(bodies.DIALECTS[route.dialect], "inside", 1)[0]
    return await _rise(azure, lambda: _cpu_of_reply(proxy, route, body))


async def _cost_of_httpx(*, joined: bool) -> float:
    """Of reading the same pieces and doing nothing with them: what lies beneath the proxy here."""
    azure = FakeAzure(azure_replies.responses(), joined=joined)

    async def read() -> float:
        began = time.process_time()
        async with client.stream("POST", "https://bench.openai.azure.com/") as response:
            async for _ in response.aiter_raw():
                pass
        return time.process_time() - began

    async with httpx.AsyncClient(transport=httpx.MockTransport(azure.answer)) as client:
        return await _rise(azure, read)


async def _rise(azure: FakeAzure, take: Callable[[], Awaitable[float]]) -> float:
    """How CPU seconds rise with each delta."""
    slopes = []
    for _ in range(ROUNDS):
        points = []
        for length in LENGTHS:
            azure.deltas = length
            points.append((float(length), await take()))
        slopes.append(through(*points)[1])
    return median_of(slopes)


async def _cpu_of_reply(proxy: Proxy, route: Route, body: bytes) -> float:
    headers = {"content-type": "application/json"}
    began = time.process_time()
    if route.dialect == "cursor":
        reply = await proxy.cursor(headers, "POST", "v1/chat/completions", _arrive([body]))
    else:
        reply = await proxy.messages(headers, _arrive([body]))
    assert reply.status == 200
    assert not isinstance(reply.body, bytes)
    async for _ in reply.body:
        pass
    reply.close()
    return time.process_time() - began


def cut(format: azure_replies.Format, deltas: int, *, joined: bool) -> list[bytes]:
    """What is read at once: all that a burst has brought, or one event."""
    events = azure_replies.unchunked(format, deltas)
    if not joined:
        return events
    whole = b"".join(events)
    return [whole[start : start + PIECE] for start in range(0, len(whole), PIECE)]


async def _arrive(pieces: list[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
        await asyncio.sleep(0)  # the reader's turn, as when it waits for a socket
