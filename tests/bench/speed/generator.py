"""The clients: `python -m tests.bench.speed.generator`. An order on each line, an answer for each.

Raw sockets under asyncio; a reply is looked at no more than is needed to know that it is whole,
when its first text came, and how long each event was under way that carries the time it left.
"""

import asyncio
import re
import sys
import time
from collections.abc import Iterator
from itertools import cycle

from tests.bench.speed import bodies
from tests.bench.speed.azure_replies import STAMP, STAMP_DIGITS
from tests.bench.speed.cores import cpu_seconds
from tests.bench.speed.orders import Answer, Order

ROOM = 512 * 1024
LONGEST = 90.0  # seconds for one order
ENDING = b"0\r\n\r\n"
# In the first event with text; a search for several at once would take longer than the stream.
FIRST_TEXTS = {
    bodies.ANTHROPIC.path: b"content_block_delta",
    bodies.CURSOR.path: b'"content":" ',
}
RELAYED_TEXT = b"output_text.delta"
STAMPED = re.compile(STAMP + rb"(\d{%d})" % STAMP_DIGITS)
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Client(asyncio.BufferedProtocol):
    """One connection, which asks again as soon as it is answered."""

    def __init__(self, order: Order, supply: Iterator[bytes], answer: Answer) -> None:
        self._order, self._supply, self._answer = order, supply, answer
        self._text = FIRST_TEXTS.get(order.path, RELAYED_TEXT)
        self._buffer = bytearray(ROOM)
        self._tail = b""
        self._asked = self._first = 0.0
        self._left: int | None = None  # of a reply whose length is known
        self._count = 0
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport
        self.ask()

    def connection_lost(self, _: Exception | None) -> None:
        if not self.ended.done():
            self._answer.failures.append("the connection was closed")
            self.ended.set_result(None)

    def ask(self) -> None:
        body = next(self._supply, None)
        if body is None:
            self.ended.set_result(None)
            self._transport.close()
            return
        self._tail, self._first, self._left = b"", 0.0, None
        self._count += 1
        head = (
            f"POST {self._order.path} HTTP/1.1\r\nhost: 127.0.0.1:{self._order.port}\r\n"
            "content-type: application/json\r\nx-api-key: anything\r\n"
            "anthropic-version: 2023-06-01\r\naccept: text/event-stream\r\n"
            f"x-ms-invocation-id: {id(self):x}-{self._count}\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        self._asked = time.monotonic()
        self._transport.write(head.encode() + body)

    def leave(self) -> None:
        self.ended.cancel()
        self._transport.abort()

    def get_buffer(self, _: int) -> bytearray:
        return self._buffer

    def buffer_updated(self, size: int) -> None:
        now = time.monotonic()
        data = bytes(memoryview(self._buffer)[:size])
        if not self._tail:
            self._read_head(data)
        if not self._first and self._text in data:
            self._first = now
        if STAMP in data:
            self._note_waits(data, now)
        self._tail = (self._tail + data)[-len(ENDING) :] if size < len(ENDING) else data[-5:]
        if self._left is not None:
            self._left -= size
        if self._left == 0 or (self._left is None and self._tail == ENDING):
            self._take(now)

    def _note_waits(self, data: bytes, now: float) -> None:
        for stamp in STAMPED.findall(data):
            self._answer.waits.append((now, now - int(stamp) / 1e9))

    def _read_head(self, data: bytes) -> None:
        head, _, _ = data.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            self._answer.failures.append(head[:40].decode("latin-1"))
        if length := LENGTH.search(head):
            self._left = int(length[1]) + len(head) + 4

    def _take(self, now: float) -> None:
        self._answer.streams += 1
        self._answer.totals.append(now - self._asked)
        if self._first:
            self._answer.firsts.append(self._first - self._asked)
        self.ask()


class Meter:
    """What has happened since `begin`."""

    def __init__(self, order: Order, answer: Answer) -> None:
        self._pid, self._answer = order.measured, answer
        self.begin()

    def begin(self) -> None:
        self._began, self._streams = time.monotonic(), self._answer.streams
        self._cpu = cpu_seconds(self._pid) if self._pid else 0.0
        self._known = len(self._answer.totals), len(self._answer.firsts), len(self._answer.waits)

    def end(self) -> None:
        answer = self._answer
        answer.cpu = cpu_seconds(self._pid) - self._cpu if self._pid else 0.0
        answer.began, answer.elapsed = self._began, time.monotonic() - self._began
        answer.streams -= self._streams
        for name, known in zip(("totals", "firsts", "waits"), self._known, strict=True):
            setattr(answer, name, getattr(answer, name)[known:])


async def fill(order: Order) -> Answer:
    """The bodies are made before the clock starts."""
    answer = Answer()
    made = [order.bodies_of(number) for number in range(order.connections)]
    supplies = [cycle(each) if order.seconds else iter(each) for each in made]
    meter = Meter(order, answer)
    async with asyncio.timeout(LONGEST):
        clients = [await _connect(order, supply, answer) for supply in supplies]
        if order.seconds:
            await asyncio.sleep(order.warm_up)
            meter.begin()
            await asyncio.sleep(order.seconds)
            meter.end()
            for client in clients:
                client.leave()
        else:
            await asyncio.gather(*(client.ended for client in clients))
            meter.end()
    return answer


async def _connect(order: Order, supply: Iterator[bytes], answer: Answer) -> Client:
    if order.ramp:
        await asyncio.sleep(order.ramp / order.connections)
    loop = asyncio.get_running_loop()
    _, client = await loop.create_connection(
        lambda: Client(order, supply, answer), "127.0.0.1", order.port
    )
    return client


def main() -> None:
    for line in sys.stdin:
        try:
            answer = asyncio.run(fill(Order.read(line)))
        except TimeoutError:
            answer = Answer(failures=[f"not answered within {LONGEST:.0f} s"])
        print(answer.line(), flush=True)


if __name__ == "__main__":
    main()
