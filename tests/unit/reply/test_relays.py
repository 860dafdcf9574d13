"""Replies that end because the app does, or because the function may not run longer."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from msgspec.structs import replace

from proxy_core.azure.calls import Azure
from proxy_core.errors import OutOfTime, ShuttingDown
from proxy_core.proxy import Proxy
from proxy_core.reply.client import Reply
from proxy_core.reply.relay import LINGERING, ReplyCutOff
from proxy_core.reply.relays import Relays
from proxy_core.wire.sse import SSEDecoder, encode_event
from tests.arriving import arriving
from tests.exchanges import PLAIN, SETTINGS, make_exchange
from tests.virtual_time import run

ITEM = {"type": "response.output_item.added", "output_index": 0, "item": {"type": "message"}}
DELTA = {"type": "response.output_text.delta", "output_index": 0, "delta": "Hello"}
HELLO = b"".join(encode_event(event, str(event["type"])) for event in (ITEM, DELTA))


class Silent(httpx.AsyncByteStream):
    """Says these bytes after `delay` seconds, then nothing for an hour."""

    def __init__(self, said: bytes, delay: float = 0.0) -> None:
        self._said, self._delay = said, delay
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        await asyncio.sleep(self._delay)
        yield self._said
        await asyncio.sleep(3_600)

    async def aclose(self) -> None:
        self.closed = True


def make_relays(azure: Silent, longest: float | None = None) -> Relays:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=azure))
    return Relays(Azure(SETTINGS, transport), longest)


async def relay(relays: Relays, *, stream: bool = True) -> Reply:
    return await relays.relay(make_exchange(replace(PLAIN, thinking="off", stream=stream)))


async def read(reply: Reply) -> list[tuple[float, str]]:
    """When which event reached the client; pings left out."""
    assert not isinstance(reply.body, bytes)
    decoder, loop = SSEDecoder(), asyncio.get_running_loop()
    arrived = [
        (loop.time(), event.data)
        async for piece in reply.body
        for event in decoder.decode(piece)
        if event.event != "ping"
    ]
    reply.close()
    return arrived


def in_(seconds: float, relays: Relays) -> None:
    asyncio.get_running_loop().call_later(seconds, relays.end_all)


def test_a_stream_ends_with_an_error_before_the_function_is_cut_off() -> None:
    azure = Silent(HELLO)

    async def answer() -> list[tuple[float, str]]:
        return await read(await relay(make_relays(azure, longest=29 * 60)))

    time, event = run(answer())[-1]
    assert time == 29 * 60
    assert json.loads(event)["type"] == "error"
    assert "29 minutes" in event
    assert azure.closed


@pytest.mark.parametrize(
    ("stream", "type"),
    [(True, "text/event-stream; charset=utf-8"), (False, "application/json")],
)
@pytest.mark.parametrize("delay", [0.0, 30.0])
def test_a_reply_says_what_it_is_however_late(stream: bool, type: str, delay: float) -> None:
    completed = {"type": "response.completed", "response": {"usage": {}}}
    whole = HELLO + encode_event(completed, "response.completed")

    async def answer() -> tuple[int, str]:
        reply = await relay(make_relays(Silent(whole, delay)), stream=stream)
        reply.close()
        return reply.status, reply.headers["content-type"]

    assert run(answer()) == (200, type)


def test_a_reply_that_has_not_begun_by_then_is_a_504() -> None:
    async def answer() -> None:
        with pytest.raises(OutOfTime):
            await relay(make_relays(Silent(b""), longest=3))

    run(answer())


def test_a_reply_that_ended_in_time_is_left_alone() -> None:
    completed = {"type": "response.completed", "response": {"usage": {}}}
    whole = HELLO + encode_event(completed, "response.completed")

    async def answer() -> tuple[float, str]:
        reply = await relay(make_relays(Silent(whole), longest=60))
        events = await read(reply)
        await asyncio.sleep(120)
        return events[-1]

    time, event = run(answer())
    assert "message_stop" in event
    assert time == LINGERING  # although Azure keeps the connection open


def test_at_the_apps_end_open_streams_get_an_error_and_azure_is_closed() -> None:
    azure = Silent(HELLO)

    async def answer() -> list[tuple[float, str]]:
        relays = make_relays(azure)
        reply = await relay(relays)
        in_(7, relays)
        return await read(reply)

    time, event = run(answer())[-1]
    assert time == 7
    assert "shutting down" in event
    assert azure.closed


def test_what_arrived_before_is_not_lost() -> None:
    async def answer() -> list[str]:
        relays = make_relays(Silent(HELLO))
        reply = await relay(relays)
        relays.end_all()
        return [event for _, event in await read(reply)]

    events = run(answer())
    assert any("Hello" in event for event in events)
    assert "shutting down" in events[-1]


def test_at_the_apps_end_a_reply_that_has_not_begun_is_a_503_and_so_is_a_new_one() -> None:
    async def answer() -> None:
        relays = make_relays(Silent(b""))
        in_(2, relays)
        with pytest.raises(ShuttingDown) as caught:
            await relay(relays)
        assert caught.value.status == 503
        assert asyncio.get_running_loop().time() == 2
        with pytest.raises(ShuttingDown):
            await relay(relays)

    run(answer())


def test_a_reply_in_one_piece_that_has_begun_is_cut_off() -> None:
    async def answer() -> None:
        relays = make_relays(Silent(HELLO))
        reply = await relay(relays, stream=False)  # white space has begun
        in_(5, relays)
        await read(reply)

    with pytest.raises(ReplyCutOff):
        run(answer())


def test_a_failed_reply_is_not_tried_again_once_the_app_ends() -> None:
    async def answer() -> float:
        relays = make_relays(Silent(b"", delay=3_000))
        in_(30, relays)
        await read(await relay(relays))
        return asyncio.get_running_loop().time()

    assert run(answer()) == 30


def test_the_proxy_ends_them_all() -> None:
    async def answer() -> tuple[int, str]:
        proxy = Proxy(SETTINGS, Azure(SETTINGS, httpx.MockTransport(lambda _: httpx.Response(500))))
        proxy.end_replies()
        body = {
            "model": "gpt-5.4",
            "max_tokens": 9,
            "messages": [{"role": "user", "content": "hi"}],
        }
        headers = {"content-type": "application/json"}
        reply = await proxy.messages(headers, arriving(json.dumps(body).encode()))
        return reply.status, json.loads(bytes(reply.body))["error"]["message"]  # type: ignore[arg-type]

    status, message = run(answer())
    assert status == 503
    assert "shutting down" in message


def test_a_reply_that_must_be_counted_is() -> None:
    ended = {"type": "response.completed", "response": {}}
    azure = Silent(HELLO + encode_event(ended, "response.completed"))

    async def answer() -> Reply:
        request = replace(PLAIN, thinking="off", stream=False, max_output_tokens=1)
        return await make_relays(azure).relay(make_exchange(request))

    body = run(answer()).body
    assert isinstance(body, bytes)
    assert json.loads(body)["content"] == [{"type": "text", "text": "Hello"}]
