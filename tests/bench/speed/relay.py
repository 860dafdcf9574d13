"""A relay that converts nothing: `python -m tests.bench.speed.relay PORT_OF_UPSTREAM`.

Each client's connection has one to the upstream, and bytes go from one to the other.
"""

import asyncio
import sys

ROOM = 256 * 1024


class End(asyncio.BufferedProtocol):
    """One of two ends; what it reads, the other writes."""

    other: "End | None" = None
    transport: asyncio.Transport

    def __init__(self) -> None:
        self._buffer = bytearray(ROOM)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport

    def connection_lost(self, _: Exception | None) -> None:
        if self.other:
            self.other.transport.close()

    def get_buffer(self, _: int) -> bytearray:
        return self._buffer

    def buffer_updated(self, size: int) -> None:
        if self.other:
            self.other.transport.write(bytes(memoryview(self._buffer)[:size]))

    def pause_writing(self) -> None:
        if self.other:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other and not self.other.transport.is_closing():
            self.other.transport.resume_reading()


class Front(End):
    """The client's end: reads nothing until there is somebody to tell."""

    def __init__(self, upstream: int) -> None:
        super().__init__()
        self._upstream = upstream

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        transport.pause_reading()
        self._joining = asyncio.create_task(self._join())

    async def _join(self) -> None:
        loop = asyncio.get_running_loop()
        _, back = await loop.create_connection(End, "127.0.0.1", self._upstream)
        self.other, back.other = back, self
        self.transport.resume_reading()


async def serve(upstream: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Front(upstream), "127.0.0.1", 0, backlog=2048)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
