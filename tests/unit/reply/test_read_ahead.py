import asyncio
from collections.abc import AsyncGenerator

import pytest

from proxy_core.reply.read_ahead import LIMIT, Quiet, ReadAhead
from tests.virtual_time import run


async def source(*chunks: bytes, error: Exception | None = None) -> AsyncGenerator[bytes]:
    for chunk in chunks:
        yield chunk
    if error:
        raise error


async def take(ahead: ReadAhead, patience: float) -> bytes | Quiet:
    await ahead.wait(asyncio.get_running_loop().time() + patience)
    return ahead.take()


async def silent() -> AsyncGenerator[bytes]:
    await asyncio.sleep(3_600)
    yield b"late"


async def silent_after(*chunks: bytes) -> AsyncGenerator[bytes]:
    for chunk in chunks:
        yield chunk
    await asyncio.sleep(3_600)


def test_joins_what_is_ready_and_says_when_that_was_all() -> None:
    async def read() -> list[bytes | Quiet]:
        ahead = ReadAhead(source(b"a", b"b", b"c"))
        return [await take(ahead, 1), await take(ahead, 1), await take(ahead, 1)]

    assert run(read()) == [b"abc", Quiet.END, Quiet.END]


def test_silence_is_reported_after_the_patience_and_ends_nothing() -> None:
    async def read() -> list[bytes | float | Quiet]:
        ahead = ReadAhead(silent())
        loop = asyncio.get_running_loop()
        first, waited = await take(ahead, 20), loop.time()
        return [first, waited, await take(ahead, 4_000), loop.time()]

    assert run(read()) == [Quiet.SILENCE, 20, b"late", 3_600]


def test_an_error_comes_after_everything_before_it() -> None:
    async def read() -> bytes | Quiet:
        ahead = ReadAhead(source(b"a", error=OSError("gone")))
        first = await take(ahead, 1)
        with pytest.raises(OSError, match="gone"):
            await take(ahead, 1)
        return first

    assert run(read()) == b"a"


@pytest.mark.parametrize("size", [LIMIT // 4, LIMIT // 4 + 1, LIMIT, LIMIT + 1])
def test_reads_no_further_ahead_than_the_limit(size: int) -> None:
    produced = 0

    async def endless() -> AsyncGenerator[bytes]:
        nonlocal produced
        while True:
            produced += size
            yield bytes(size)

    async def read() -> tuple[int, int]:
        ahead = ReadAhead(endless())
        await asyncio.sleep(60)
        before = produced
        await take(ahead, 1)
        await asyncio.sleep(60)
        ahead.close()
        return before, produced

    at_once = size * -(-LIMIT // size)
    assert run(read()) == (at_once, 2 * at_once)


def test_closing_cleans_up_the_source_in_its_own_task() -> None:
    cleaned: list[str] = []

    async def careful() -> AsyncGenerator[bytes]:
        try:
            yield b"a"
            await asyncio.sleep(3_600)
        finally:
            await asyncio.sleep(0.1)  # a clean-up that awaits is not cut short
            cleaned.append("done")

    async def read() -> None:
        ahead = ReadAhead(careful())
        await take(ahead, 1)
        ahead.close()
        await asyncio.sleep(1)

    run(read())
    assert cleaned == ["done"]


def test_what_was_read_before_the_closing_can_still_be_taken() -> None:
    async def read() -> list[bytes | Quiet]:
        ahead = ReadAhead(silent_after(b"a"))
        await asyncio.sleep(1)
        ahead.close()
        return [await take(ahead, 1), await take(ahead, 1)]

    assert run(read()) == [b"a", Quiet.END]


def test_a_wait_notices_the_closing_at_once() -> None:
    async def read() -> tuple[bytes | Quiet, float]:
        ahead, loop = ReadAhead(silent()), asyncio.get_running_loop()
        loop.call_later(2, ahead.close)
        return await take(ahead, 100), loop.time()

    assert run(read()) == (Quiet.END, 2)


def test_each_wait_has_its_own_patience() -> None:
    async def at(*moments: float) -> AsyncGenerator[bytes]:
        for moment in moments:
            await asyncio.sleep(moment - asyncio.get_running_loop().time())
            yield b"a"

    async def read() -> list[tuple[bytes | Quiet, float]]:
        ahead, loop = ReadAhead(at(5, 30, 40, 3_600)), asyncio.get_running_loop()
        patience = (10, 20, 100, 90, 5, 7)
        taken = [(await take(ahead, each), loop.time()) for each in patience]
        ahead.close()
        return taken

    silence = Quiet.SILENCE
    assert run(read()) == [
        (b"a", 5), (silence, 25), (b"a", 30), (b"a", 40), (silence, 45), (silence, 52)
    ]  # fmt: skip


def test_a_cancelled_wait_loses_nothing() -> None:
    async def read() -> bytes | Quiet:
        ahead = ReadAhead(silent())
        wait = asyncio.create_task(take(ahead, 5))
        await asyncio.sleep(1)
        wait.cancel()
        return await take(ahead, 4_000)

    assert run(read()) == b"late"
