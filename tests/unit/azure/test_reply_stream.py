"""A reply is read as it arrives, and given up where Azure stays silent."""

import asyncio
import tracemalloc
from collections.abc import AsyncGenerator
from contextlib import aclosing
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import httpx
import pytest
from aiohttp.base_protocol import BaseProtocol

from proxy_core.azure.reply_stream import LONGEST_SILENCE, ReplyStream
from tests.virtual_time import run


class Response:
    """aiohttp's, fed by the test. A real StreamReader, whose connection is a stand-in."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        protocol = cast(BaseProtocol, SimpleNamespace(connected=True, resume_reading=self._resume))
        self.content = aiohttp.StreamReader(protocol, 2**16, loop=self.loop)
        self.is_released = False

    def _resume(self, resume_parser: bool = True) -> None:
        pass

    async def __aexit__(self, *_: object) -> None:
        self.is_released = True


def chunks_of(response: Response) -> AsyncGenerator[bytes]:
    stream = ReplyStream(cast(aiohttp.ClientResponse, response))
    return cast(AsyncGenerator[bytes], aiter(stream))


def timers(loop: Any) -> int:
    return sum(not timer.cancelled() for timer in loop._scheduled)


async def ends_at(response: Response, *moments: float) -> tuple[list[bytes], float]:
    """What came at these moments, and when the silence behind them ended the reply."""
    for moment in moments:
        response.loop.call_at(moment, response.content.feed_data, b"%a" % moment)
    came: list[bytes] = []

    async def read() -> None:
        async for chunk in chunks_of(response):
            came.append(chunk)

    with pytest.raises(httpx.ReadTimeout):
        await read()
    return came, response.loop.time()


MOMENTS: list[tuple[float, ...]] = [
    (),
    (1,),
    (LONGEST_SILENCE - 1,),
    (1, 2, 1_000),
    (1_499, 2_998, 4_497),
    (24.638119609,),  # a loop rings up to its clock's resolution too early
]


@pytest.mark.parametrize("moments", MOMENTS)
def test_silence_ends_a_reply_so_long_after_what_came_last(moments: tuple[float, ...]) -> None:
    async def read() -> tuple[list[bytes], float, int]:
        response = Response()
        return *(await ends_at(response, *moments)), timers(response.loop)

    came, ended, left = run(read())
    assert came == [b"%a" % moment for moment in moments]
    assert ended == pytest.approx(max(moments, default=0) + LONGEST_SILENCE)
    assert left == 0


@pytest.mark.parametrize("dawdles", [0, 1, LONGEST_SILENCE, 10 * LONGEST_SILENCE + 1])
def test_a_client_may_be_as_slow_as_it_likes(dawdles: float) -> None:
    """Its time is not Azure's: that begins when more is wanted."""

    async def read() -> float:
        response = Response()
        response.content.feed_data(b"1")
        chunks = chunks_of(response)
        assert await anext(chunks) == b"1"
        await asyncio.sleep(dawdles)
        with pytest.raises(httpx.ReadTimeout):
            await anext(chunks)
        return response.loop.time()

    assert run(read()) == dawdles + LONGEST_SILENCE


def test_what_has_arrived_together_is_read_together() -> None:
    async def read() -> list[bytes]:
        response = Response()
        for piece in (b"a", b"b", bytes(2**15), b"c"):
            response.content.feed_data(piece)
        response.content.feed_eof()
        return [chunk async for chunk in chunks_of(response)]

    assert run(read()) == [b"ab" + bytes(2**15) + b"c"]


@pytest.mark.parametrize("how", ["ended", "failed", "cancelled", "left"])
def test_no_timer_outlives_the_reading(how: str) -> None:
    async def read() -> int:
        response = Response()
        response.content.feed_data(b"1")
        async with aclosing(chunks_of(response)) as chunks:
            await anext(chunks)
            assert timers(response.loop) == 1
            match how:
                case "ended":
                    response.content.feed_eof()
                    assert [chunk async for chunk in chunks] == []
                case "failed":
                    response.content.set_exception(aiohttp.ClientPayloadError("cut off"))
                    with pytest.raises(httpx.ReadError):
                        await anext(chunks)
                case "cancelled":
                    waiting = asyncio.ensure_future(anext(chunks))
                    await asyncio.sleep(0)
                    waiting.cancel()
                    with pytest.raises(asyncio.CancelledError):
                        await waiting
        return timers(response.loop)

    assert run(read()) == 0


def test_what_was_read_is_not_kept_until_more_comes() -> None:
    size = 100_000

    async def read() -> int:
        response = Response()
        response.content.feed_data(bytes(size))
        chunks = chunks_of(response)
        assert len(await anext(chunks)) == size
        waiting = asyncio.ensure_future(anext(chunks))
        await asyncio.sleep(1)
        assert not waiting.done()
        waiting.cancel()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        assert run(read()) < size
    finally:
        tracemalloc.stop()


def test_what_was_never_read_can_be_closed() -> None:
    async def close() -> bool:
        response = Response()
        await ReplyStream(cast(aiohttp.ClientResponse, response)).aclose()
        return response.is_released

    assert run(close())
