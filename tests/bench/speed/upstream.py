"""Azure, as fast as it can be: `python -m tests.bench.speed.upstream`; prints its address.

Whatever is posted is answered with a stream; `PUT /mode/DELTAS/MICROSECONDS` says how many deltas
the next ones have, and how far apart. Without a pace the whole reply is one write.
"""

import asyncio
import time

from tests.bench.speed import azure_replies
from tests.bench.speed.azure_replies import HEAD, Format

PUT_DONE = b"HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n"
ROOM = 256 * 1024


class Replies:
    """What is sent from now on."""

    def __init__(self) -> None:
        self.formats = {True: azure_replies.chat(), False: azure_replies.responses()}
        self.deltas, self.gap = 300, 0.0
        self._whole: dict[bool, bytes] = {}
        self.choose(300, 0.0)

    def choose(self, deltas: int, gap: float) -> None:
        self.deltas, self.gap = deltas, gap
        if not gap:
            self._whole = {key: HEAD + one.whole(deltas) for key, one in self.formats.items()}

    def whole(self, *, is_chat: bool) -> bytes:
        return self._whole[is_chat]


class Server(asyncio.BufferedProtocol):
    """One connection. A body is counted, never kept."""

    def __init__(self, replies: Replies) -> None:
        self._replies = replies
        self._buffer = bytearray(ROOM)
        self._head = b""
        self._left = 0  # bytes of the body that have not come
        self._target = b""
        self._loop = asyncio.get_running_loop()
        self._next: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport

    def connection_lost(self, _: Exception | None) -> None:
        if self._next:
            self._next.cancel()

    def get_buffer(self, _: int) -> bytearray:
        return self._buffer

    def buffer_updated(self, size: int) -> None:
        if not self._left:
            size = self._read_head(bytes(memoryview(self._buffer)[:size]))
            if size < 0:
                return
        self._left -= size
        if self._left <= 0:
            self._left = 0
            self._answer()

    def _read_head(self, data: bytes) -> int:
        """How much of the body came with it; -1 while it is not whole."""
        self._head += data
        head, found, rest = self._head.partition(b"\r\n\r\n")
        if not found:
            return -1
        self._head, self._target = b"", head.split(b" ", 2)[1]
        _, named, value = head.lower().partition(b"content-length:")
        self._left = int(value.partition(b"\r\n")[0]) if named else 0
        return len(rest)

    def _answer(self) -> None:
        if self._target.startswith(b"/mode/"):
            deltas, gap = self._target.split(b"/")[2:4]
            self._replies.choose(int(deltas), int(gap) / 1e6)
            self._transport.write(PUT_DONE)
            return
        is_chat = b"/chat/" in self._target
        if self._replies.gap:
            self._begin(self._replies.formats[is_chat])
        else:
            self._transport.write(self._replies.whole(is_chat=is_chat))

    def _begin(self, format: Format) -> None:
        self._transport.write(HEAD + format.opening)
        self._send(format, self._replies.deltas, self._replies.gap, self._loop.time())

    def _send(self, format: Format, left: int, gap: float, due: float) -> None:
        if not left:
            self._transport.write(format.closing)
            return
        self._transport.write(format.stamped(time.monotonic_ns()))
        due += gap
        self._next = self._loop.call_at(due, self._send, format, left - 1, gap, due)


async def serve() -> None:
    replies = Replies()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Server(replies), "127.0.0.1", 0, backlog=2048)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
