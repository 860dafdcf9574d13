"""Bodies that come together are worked on so that the loop gets round to all else in between."""

import asyncio
import gc
from threading import Event, current_thread

import pytest

from proxy_core.reply.beside_loop import LARGE, SMALL, work_on

TOGETHER = 10


async def rounds_of(size: int, fails: bool = False) -> list[int]:
    """In which round of the loop each of some bodies was worked on, all asked for at once."""
    now, rounds, loop = 0, list[int](), asyncio.get_running_loop()

    def tick() -> None:
        nonlocal now
        now += 1
        loop.call_soon(tick)

    def work() -> None:
        rounds.append(now)
        if fails:
            raise ValueError

    tick()
    works = (work_on(size, work) for _ in range(TOGETHER))
    await asyncio.gather(*works, return_exceptions=fails)
    return rounds


@pytest.mark.parametrize("size", [SMALL + 1, LARGE])
@pytest.mark.parametrize("fails", [False, True])
def test_in_each_round_one_body_is_worked_on(size: int, fails: bool) -> None:
    rounds = asyncio.run(rounds_of(size, fails))
    assert len(rounds) == len({*rounds}) == TOGETHER


@pytest.mark.parametrize("size", [0, SMALL])
def test_small_bodies_do_not_wait_for_each_other(size: int) -> None:
    assert len({*asyncio.run(rounds_of(size))}) == 1


def test_a_large_body_is_worked_on_in_a_thread() -> None:
    assert asyncio.run(work_on(LARGE, current_thread)) is current_thread()
    assert asyncio.run(work_on(LARGE + 1, current_thread)) is not current_thread()


@pytest.mark.parametrize(("size", "rests"), [(LARGE, False), (LARGE + 1, True)])
def test_the_collector_rests_while_a_large_body_is_worked_on(size: int, rests: bool) -> None:
    assert asyncio.run(work_on(size, gc.isenabled)) is not rests
    assert gc.isenabled()


def test_the_collector_rests_until_the_last_large_body_is_done() -> None:
    def fail() -> None:
        raise ValueError("as it should")

    async def work_on_two() -> None:
        go_on = Event()
        long = asyncio.create_task(work_on(LARGE + 1, go_on.wait))
        await asyncio.sleep(0)
        with pytest.raises(ValueError, match="as it should"):
            await work_on(LARGE + 1, fail)
        assert not gc.isenabled()
        go_on.set()
        await long
        assert gc.isenabled()

    asyncio.run(work_on_two())


def test_whoever_leaves_keeps_nobody_from_his_turn() -> None:
    worked = list[int]()

    async def come_and_go() -> None:
        works = [
            asyncio.create_task(work_on(LARGE, lambda number=number: worked.append(number)))
            for number in range(TOGETHER)
        ]
        await asyncio.sleep(0)
        for work in works[1::2]:
            work.cancel()
        await asyncio.wait(works)

    asyncio.run(come_and_go())
    assert worked == [*range(0, TOGETHER, 2)]
