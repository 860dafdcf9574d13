"""What is asked of the worker, phase by phase, and what counts as a problem.

Every phase has a time limit of its own. What has not come by then is lost.
"""

import asyncio
import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.bench.caller import (
    CHAT,
    MESSAGES,
    WINDOWLESS_MESSAGES,
    Dialect,
    Order,
    ask_all,
    calling,
    order,
)
from tests.bench.figures import KB, MB, Outcome, Usage
from tests.bench.processes import Simulator, Worker
from tests.bench.replies import Receipt, long_script, script
from tests.e2e.files import make_png

PACE = 1.0  # seconds between the deltas of one of many streams
MOST_PER_STREAM = 200 * KB  # memory of an open stream whose request is small
FAST_PACE = 0.1
MOST_DELAY = 1.0  # seconds that a fast stream may be late because of a slow one
STALL = 6.0  # seconds in which the slow reader reads next to nothing
LONGEST_REPLY = 120_000  # deltas; 33 MB as Azure writes them, 25 MB as a client reads them
MOST_SLOW_GROWTH = 16 * MB  # memory while a slow reader is served
HANG_UP = 1.0  # seconds until Azure must know that a client has gone
LONG = 256 * KB  # bytes of a request that holds a conversation
MOST_PER_LONG = 6 * LONG  # memory of an open stream with such a request
LARGE = 10 * MB  # bytes of a request that holds a picture, or very much text


@dataclass(frozen=True, slots=True)
class Stage:
    simulator: Simulator
    worker: Worker
    size: int  # how many streams are many


class Meter:
    """Knows what a phase has cost once its block is left."""

    usage: Usage


@asynccontextmanager
async def metered(stage: Stage) -> AsyncIterator[Meter]:
    vitals, meter, most_open = stage.worker.vitals, Meter(), [0]
    await stage.simulator.forget()
    vitals.forget_peak()
    before, cpu = vitals.memory(), vitals.cpu_seconds()
    watching = asyncio.create_task(_watch(stage.simulator, most_open))
    try:
        yield meter
    finally:
        watching.cancel()
    spent = vitals.cpu_seconds() - cpu
    meter.usage = Usage(before, vitals.peak_memory(), spent, most_open[0])


async def _watch(simulator: Simulator, most_open: list[int]) -> None:
    while True:
        most_open[0] = max(most_open[0], await simulator.open_requests())
        await asyncio.sleep(0.2)


async def many_streams(stage: Stage) -> Outcome:
    """All open at the same moment; every fifth is Cursor's."""
    orders = [
        order(script(f"s{number:04}", 15, gap=PACE), _mixed(number)) for number in range(stage.size)
    ]
    async with metered(stage) as meter, calling(stage.worker.url) as caller:
        receipts = await ask_all(caller, orders, seconds=45)
    outcome = Outcome(f"{stage.size} streams", receipts, meter.usage)
    outcome.expect_whole()
    _expect_together(outcome, MOST_PER_STREAM)
    return outcome


async def long_requests(stage: Stage) -> Outcome:
    """Open streams whose requests hold a conversation, as Claude Code's do."""
    text = {"type": "text", "text": _words(LONG)}
    orders = [
        order(script(f"c{number:03}", 8, gap=PACE), MESSAGES, text)
        for number in range(stage.size // 5)
    ]
    async with metered(stage) as meter, calling(stage.worker.url) as caller:
        receipts = await ask_all(caller, orders, seconds=30)
    outcome = Outcome("256 KB bodies", receipts, meter.usage)
    outcome.expect_whole()
    _expect_together(outcome, MOST_PER_LONG)
    return outcome


def _expect_together(outcome: Outcome, limit: int) -> None:
    together, asked = outcome.usage.most_open, len(outcome.receipts)
    each = outcome.usage.growth // asked
    outcome.notes.append(f"{together} open at once")
    outcome.note_memory(f"{each // KB} KB more for each")
    outcome.expect(together == asked, f"{together} of {asked} were open at once")
    outcome.expect(each <= limit, f"{each // KB} KB for each open stream (limit {limit // KB} KB)")


async def slow_reader(stage: Stage) -> Outcome:
    """One reader of the longest reply stops, among fifty that read a fast one."""
    async with calling(stage.worker.url) as caller:
        alone = await ask_all(caller, _fast_orders("a", 30), seconds=15)
        async with metered(stage) as meter:
            slow = asyncio.create_task(_read_slowly(stage))
            sent = asyncio.create_task(_sent_by_the_end_of_the_stall(stage))
            fast = await ask_all(caller, _fast_orders("f", 120), seconds=30)
            receipts = [*alone, *fast, *await slow]
    outcome = Outcome("slow reader", receipts, meter.usage)
    outcome.expect_whole()
    _expect_not_delayed(outcome, _worst_gap(alone), _worst_gap(fast))
    growth, limit = meter.usage.growth, MOST_SLOW_GROWTH
    outcome.note_memory(f"memory + {growth / MB:.1f} MB")
    outcome.expect(growth <= limit, f"memory + {growth // MB} MB (limit {limit // MB} MB)")
    outcome.notes.append(f"Azure had sent {await sent} of {LONGEST_REPLY} deltas when it read on")
    outcome.expect(sent.result() < LONGEST_REPLY, "Azure was not slowed down")
    return outcome


def _expect_not_delayed(outcome: Outcome, usual: float, beside: float) -> None:
    outcome.notes.append(f"the fast ones' worst gap {beside:.2f} s, without it {usual:.2f} s")
    outcome.expect(beside <= usual + MOST_DELAY, f"it delayed the fast streams to {beside:.2f} s")


async def _read_slowly(stage: Stage) -> list[Receipt]:
    asked = order(long_script(LONGEST_REPLY), CHAT)  # this body sets no limit of tokens
    async with calling(stage.worker.url, small_buffer=True) as caller:
        return await ask_all(caller, [asked], seconds=40, slowly=STALL)


async def _sent_by_the_end_of_the_stall(stage: Stage) -> int:
    await asyncio.sleep(STALL)
    return await stage.simulator.most_events()


async def bursts(stage: Stage) -> Outcome:
    """Connects in the same instant, five times."""
    receipts: list[Receipt] = []
    async with metered(stage) as meter, calling(stage.worker.url) as caller:
        for burst in range(5):
            orders = [
                order(script(f"b{burst}{number:03}", 3), _mixed(number))
                for number in range(stage.size // 5)
            ]
            receipts += await ask_all(caller, orders, seconds=15)
    outcome = Outcome("bursts", receipts, meter.usage)
    outcome.expect_whole()
    return outcome


async def leavers(stage: Stage) -> Outcome:
    """Clients that leave in the same instant: half in the middle, half before the first event."""
    each = stage.size // 10
    orders = [order(script(f"g{n:03}", 100, gap=0.2), _mixed(n)) for n in range(each)]
    orders += [order(script(f"h{n:03}", 3, silence=30), _mixed(n)) for n in range(each)]
    async with metered(stage) as meter:
        async with calling(stage.worker.url) as caller:
            receipts = await ask_all(caller, orders, seconds=3)
        lasted = await _until_closed(stage.simulator)
    outcome = Outcome("leavers", receipts, meter.usage, left=True)
    together = meter.usage.most_open
    outcome.notes += [f"{together} open when they left", f"Azure hung up on in {lasted:.2f} s"]
    outcome.expect(together == len(orders), f"{together} of {len(orders)} were open")
    outcome.expect(all(r.received for r in receipts[:each]), "some had nothing to leave")
    failures = {receipt.failure for receipt in receipts if receipt.failure}
    outcome.expect(not failures, f"before they left: {', '.join(failures)}")
    outcome.expect(not outcome.count("crossed"), f"{outcome.count('crossed')} deltas crossed")
    outcome.expect(lasted <= HANG_UP, f"Azure was still open after {lasted:.2f} s")
    return outcome


async def _until_closed(simulator: Simulator) -> float:
    """Seconds; after five it is given up."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while await simulator.open_requests() and loop.time() < began + 5:
        await asyncio.sleep(0.02)
    return loop.time() - began


async def large_bodies(stage: Stage) -> Outcome:
    """Eight requests of 10 MB at once, three times: pictures, and very long texts."""
    picture, text = _picture(), {"type": "text", "text": _words(LARGE)}
    receipts: list[Receipt] = []
    async with metered(stage) as meter, calling(stage.worker.url) as caller:
        for turn in range(3):
            orders = [
                order(
                    script(f"l{turn}{number}", 5),
                    WINDOWLESS_MESSAGES,
                    text if number % 4 == 0 else picture,
                )
                for number in range(8)
            ]
            receipts += await ask_all(caller, orders, seconds=30)
    outcome = Outcome("10 MB bodies", receipts, meter.usage)
    outcome.expect_whole()
    outcome.note_memory(f"memory + {meter.usage.growth // MB} MB")
    return outcome


def _picture() -> dict[str, object]:
    data = base64.b64encode(make_png().ljust(LARGE * 3 // 4, b"\0")).decode()
    source = {"type": "base64", "media_type": "image/png", "data": data}
    return {"type": "image", "source": source}


def _words(size: int) -> str:
    return ("lorem ipsum dolor sit amet " * (size // 27 + 1))[:size]


def _mixed(number: int) -> Dialect:
    return CHAT if number % 5 == 0 else MESSAGES


def _fast_orders(prefix: str, deltas: int) -> list[Order]:
    return [
        order(script(f"{prefix}{number:02}", deltas, gap=FAST_PACE), _mixed(number))
        for number in range(50)
    ]


def _worst_gap(receipts: Sequence[Receipt]) -> float:
    return max(receipt.worst_gap for receipt in receipts)
