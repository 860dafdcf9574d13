"""A count is made in a thread, and given up with whoever waited for it."""

import asyncio
from threading import Event, current_thread

from proxy_core.conversation import Message, Request, Text
from proxy_core.endpoints.counting import count
from proxy_core.openai.token_count import Measure, count_tokens

REQUEST = Request("m", (Message("user", (Text("a"), Text("b"), Text("c"))),))


def test_it_counts_in_a_thread() -> None:
    threads: set[str] = set()

    def text(text: str) -> int:
        threads.add(current_thread().name)
        return len(text)

    measure = Measure(text, lambda url: 0)
    assert asyncio.run(count(REQUEST, measure)) == count_tokens(REQUEST, Measure(len, len))
    assert current_thread().name not in threads


def test_a_count_that_nobody_waits_for_ends_before_the_next_text() -> None:
    begun, go_on, counted = Event(), Event(), list[str]()

    def text(text: str) -> int:
        counted.append(text)
        begun.set()
        go_on.wait()
        return 1

    async def leave() -> None:
        counting = asyncio.create_task(count(REQUEST, Measure(text, lambda url: 0)))
        while not begun.is_set():
            await asyncio.sleep(0)
        counting.cancel()
        await asyncio.wait([counting])
        go_on.set()
        await asyncio.get_running_loop().shutdown_default_executor()

    asyncio.run(leave())
    assert counted == ["a"]
