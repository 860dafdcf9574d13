"""A count is made in a thread, and given up with whoever waited for it."""

import asyncio
from collections.abc import Callable
from threading import Event, current_thread

import pytest

from proxy_core.conversation import Message, Request, Text
from proxy_core.endpoints import counting
from proxy_core.endpoints.counting import Turns, beside_loop, count
from proxy_core.openai.token_count import Measure, count_tokens
from proxy_core.reply.beside_loop import LARGE

REQUEST = Request("m", (Message("user", (Text("a"), Text("b"), Text("c"))),))


def test_it_counts_in_a_thread() -> None:
    threads: set[str] = set()

    def text(text: str) -> int:
        threads.add(current_thread().name)
        return len(text)

    measure = Measure(text, lambda url: 0)
    assert asyncio.run(count(REQUEST, 9, measure)) == count_tokens(REQUEST, Measure(len, len))
    assert current_thread().name not in threads


def test_a_count_that_nobody_waits_for_ends_before_the_next_text() -> None:
    begun, go_on, counted = Event(), Event(), list[str]()

    def text(text: str) -> int:
        counted.append(text)
        begun.set()
        go_on.wait()
        return 1

    async def leave() -> None:
        waiting = asyncio.create_task(count(REQUEST, 9, Measure(text, lambda url: 0)))
        while not begun.is_set():
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        go_on.set()
        await beside_loop(9, lambda: None)  # behind it, in the same thread

    asyncio.run(leave())
    assert counted == ["a"]


def test_a_short_request_does_not_wait_for_a_long_one() -> None:
    go_on = Event()

    async def ask_for_both() -> None:
        long = asyncio.create_task(beside_loop(LARGE + 1, go_on.wait))
        await asyncio.sleep(0)
        await beside_loop(LARGE, lambda: None)
        assert not long.done()
        go_on.set()
        await long

    asyncio.run(ask_for_both())


class Loop(asyncio.AbstractEventLoop):
    """Counts how often it is asked for a turn."""

    def __init__(self, *, has_ended: bool = False) -> None:
        self.turns = 0
        self._has_ended = has_ended

    def call_soon_threadsafe(self, callback: Callable[..., object], *_: object) -> None:  # type: ignore[override]
        self.turns += 1
        if not self._has_ended:
            callback()


@pytest.mark.parametrize(("slice", "turns"), [(-1.0, 3), (60.0, 0)])
def test_the_loop_has_a_turn_after_each_slice(
    slice: float, turns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "SLICE", slice)
    loop = Loop()
    count_tokens(REQUEST, Measure(len, len), Turns(loop).are_over)
    assert loop.turns == turns


def test_a_loop_that_has_ended_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "SLICE", -1.0)
    monkeypatch.setattr(counting, "LONGEST_TURN", 0.0)
    turns = Turns(loop := Loop(has_ended=True))
    assert (turns.are_over(), loop.turns) == (False, 1)
    turns.end()
    assert (turns.are_over(), loop.turns) == (True, 1)
