"""Steps of a reply -> the connection, in their time; a client that leaves ends the work at once."""

import asyncio
from collections.abc import Iterable, Mapping

from starlette.types import Receive, Scope, Send

from local.azure_simulator.connection import drop
from local.azure_simulator.reply_stream import NoReply, Pause, Step
from local.azure_simulator.request_log import RequestRecord


class Delivery:
    """Delivers one reply. `tasks` holds the work while it lasts, so that a shutdown can end it."""

    def __init__(
        self,
        steps: Iterable[Step],
        headers: Mapping[str, str],
        record: RequestRecord,
        tasks: set[asyncio.Task[None]],
    ) -> None:
        self._steps = steps
        self._headers = headers
        self._record = record
        self._tasks = tasks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        writing = asyncio.create_task(self._write(scope, send))
        leaving = asyncio.create_task(wait_until_gone(receive))
        self._tasks.add(writing)
        try:
            await asyncio.wait({writing, leaving}, return_when=asyncio.FIRST_COMPLETED)
            self._record.disconnected = not writing.done()
        finally:
            self._tasks.discard(writing)
            writing.cancel()
            leaving.cancel()
            await asyncio.gather(writing, leaving, return_exceptions=True)
        if not writing.cancelled():
            writing.result()

    async def _write(self, scope: Scope, send: Send) -> None:
        for step in self._steps:
            match step:
                case Pause(seconds):
                    await asyncio.sleep(seconds)
                case NoReply("hang"):
                    await asyncio.Event().wait()
                case NoReply("close" | "reset" as then):
                    return drop(scope, then)  # uvicorn makes up a reply, but it goes nowhere
                case "reset":
                    return await self._start(send)  # the server closes a body that has no end
                case "hang":
                    await self._start(send)
                    await asyncio.Event().wait()
                case bytes():
                    await self._send(step, send)
        await self._start(send)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send(self, content: bytes, send: Send) -> None:
        await self._start(send)
        await send({"type": "http.response.body", "body": content, "more_body": True})
        self._record.events += 1
        await asyncio.sleep(0)  # the loop must get to see a client that leaves

    async def _start(self, send: Send) -> None:
        if self._record.status:
            return
        self._record.status = 200
        headers = [(name.encode(), value.encode()) for name, value in self._headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": headers})


async def wait_until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
