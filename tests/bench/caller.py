"""The client of the load: asks for streams, and reads them in every way clients do."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import aiohttp

from tests.bench.replies import Receipt, Script

SMALL_BUFFER = 16 * 1024  # bytes; the kernel's own default would hide a slow reader
SLOW_STEP = 0.05  # seconds between two lines that a slow reader reads

Content = list[dict[str, Any]]
ReadLine = Callable[[bytes, Receipt, float], None]


def read_messages_line(data: bytes, receipt: Receipt, at: float) -> None:
    match json.loads(data):
        case {"type": "content_block_delta", "delta": {"text": str(text)}}:
            receipt.take(text, at)
        case {"type": "message_stop"}:
            receipt.ended = True
        case {"type": "error", "error": {"message": str(message)}}:
            receipt.failure = message


def read_chat_line(data: bytes, receipt: Receipt, at: float) -> None:
    if data.strip() == b"[DONE]":
        receipt.ended = True
        return
    match json.loads(data):
        case {"choices": [{"delta": {"content": str(text)}}]} if text:
            receipt.take(text, at)
        case {"error": {"message": str(message)}}:
            receipt.failure = message


@dataclass(frozen=True, slots=True)
class Dialect:
    path: str
    fields: dict[str, Any]
    read_line: ReadLine

    def body(self, content: str | Content) -> bytes:
        message = {"role": "user", "content": content}
        return json.dumps({**self.fields, "stream": True, "messages": [message]}).encode()


MESSAGES = Dialect(
    "/v1/messages", {"model": "claude-sonnet-5-5", "max_tokens": 8192}, read_messages_line
)
# A model whose window the simulator does not know: it would take an image's letters for tokens.
WINDOWLESS_MESSAGES = replace(MESSAGES, fields={"model": "gpt-5.1", "max_tokens": 8192})
CHAT = Dialect("/cursor/v1/chat/completions", {"model": "gpt-low"}, read_chat_line)


@dataclass(frozen=True, slots=True)
class Order:
    """A request that is ready to go out."""

    script: Script
    dialect: Dialect
    body: bytes


def order(script: Script, dialect: Dialect = MESSAGES, *blocks: dict[str, Any]) -> Order:
    text = {"type": "text", "text": script.prompt}
    return Order(script, dialect, dialect.body([*blocks, text]))


class Caller:
    """`slowly`: for so many seconds it reads a line now and then."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def ask(self, receipt: Receipt, asked: Order, *, slowly: float = 0.0) -> None:
        """Fills the receipt while it reads, so that it is true also when this is cancelled."""
        loop = asyncio.get_running_loop()
        slow_until = loop.time() + slowly
        headers = {"content-type": "application/json"}
        try:
            async with self._session.post(
                asked.dialect.path, data=BytesIO(asked.body), headers=headers
            ) as response:
                if response.status != 200:
                    receipt.failure = f"HTTP {response.status}"
                    return
                async for line in response.content:
                    if line.startswith(b"data: "):
                        asked.dialect.read_line(line[6:], receipt, loop.time())
                    if loop.time() < slow_until:
                        await asyncio.sleep(SLOW_STEP)
        except (aiohttp.ClientError, OSError) as error:
            receipt.failure = type(error).__name__


async def ask_all(
    caller: Caller, orders: list[Order], seconds: float, slowly: float = 0.0
) -> list[Receipt]:
    """All in the same instant. Those that have not ended within the time hang up."""
    now = asyncio.get_running_loop().time()
    receipts = [Receipt(asked.script, now) for asked in orders]
    calls = [
        asyncio.create_task(caller.ask(receipt, asked, slowly=slowly))
        for receipt, asked in zip(receipts, orders, strict=True)
    ]
    _, late = await asyncio.wait(calls, timeout=seconds)
    for call in late:
        call.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    for call in calls:
        if not call.cancelled():
            call.result()
    return receipts


@asynccontextmanager
async def calling(url: str, *, small_buffer: bool = False) -> AsyncIterator[Caller]:
    connector = aiohttp.TCPConnector(
        limit=0,
        force_close=True,  # every stream is a connect of its own
        socket_factory=_make_small_socket if small_buffer else None,
    )
    async with aiohttp.ClientSession(
        url,
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=None),
        read_bufsize=SMALL_BUFFER if small_buffer else 2**16,
    ) as session:
        yield Caller(session)


def _make_small_socket(address: Any) -> socket.socket:
    family, kind, protocol, *_ = address
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
    return made
