"""A reply's bytes as they arrive, and how long Azure may say nothing.

aiohttp would set a timer anew for whatever arrives, which costs as much as reading it. Here one
serves the whole reply: where it rings early, it is set to go on.
"""

import asyncio
from collections.abc import AsyncGenerator

import aiohttp
import httpx
from httpx_aiohttp.transport import map_aiohttp_exceptions

# Seconds. Models think in silence for many minutes; functionTimeout (30 min) is the outer limit.
LONGEST_SILENCE = 25 * 60.0
SILENT = "Azure said nothing for too long."


class ReplyStream(httpx.AsyncByteStream):
    """Of a response whose head has come. Close it, and before it what reads it."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self._waits_since: float | None = None  # for Azure; a slow client takes its own time

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(LONGEST_SILENCE, self._ring)
        read, now = self._response.content.readany, self._loop.time
        try:
            with map_aiohttp_exceptions():
                while True:
                    self._waits_since = now()
                    piece = await read()
                    self._waits_since = None
                    if not piece:
                        return
                    yield piece
                    del piece  # it may be large, and the next one late
        finally:
            self._timer.cancel()

    async def aclose(self) -> None:
        with map_aiohttp_exceptions():
            await self._response.__aexit__(None, None, None)

    def _ring(self) -> None:
        since = self._loop.time() if self._waits_since is None else self._waits_since
        due = since + LONGEST_SILENCE
        if due > self._timer.when():
            self._timer = self._loop.call_at(due, self._ring)
        else:
            self._response.content.set_exception(aiohttp.SocketTimeoutError(SILENT))
