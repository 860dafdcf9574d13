"""What one streamed event costs, in units of `json.loads` of it: `python -m tests.bench.events`.

Measured within this process, by its CPU time, as the best of some rounds; a unit is measured beside
each figure. `burst`: the events come in reads of 16 KB, as from a model that is faster than the
network. `one by one`: each in a read, and in a turn of the loop, of its own.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import httpx

from proxy_core import anthropic_messages, openai_chat
from proxy_core.azure.calls import Azure
from proxy_core.deployments.models import Deployment, UpstreamApi
from proxy_core.reply.exchange import Exchange
from proxy_core.reply.relay import Relay
from proxy_core.reply.request_log import RequestLog
from proxy_core.reply.translator import ReplyTranslator, ReplyWriter
from proxy_core.translation.reasoning_trace import TraceRecorder
from tests.exchanges import PLAIN, SETTINGS, make_exchange

EVENTS = 3_000
ROUNDS = 7
READ = 16 * 1024  # bytes of a burst that come at once

WORD = "reply" + "." * 3


@dataclass(frozen=True, slots=True)
class Case:
    client: str
    api: UpstreamApi

    @property
    def name(self) -> str:
        return f"{self.client} over {self.api}"


CASES = [Case("Anthropic", "responses"), Case("Anthropic", "chat"), Case("Cursor", "responses")]


def responses_event(number: int) -> dict[str, object]:
    return {
        "type": "response.output_text.delta",
        "sequence_number": number,
        "item_id": "msg_0ca3f598125653cf01693c1f2ba6408195b1f9ddd95d7d331c",
        "output_index": 0,
        "content_index": 0,
        "delta": f" word {number}",
        "logprobs": [],
        "obfuscation": "XEawhxAKIS",
    }


def chat_event(number: int) -> dict[str, object]:
    harmless = {"filtered": False, "severity": "safe"}
    kinds = ("hate", "protected_material_code", "self_harm", "sexual", "violence")
    return {
        "choices": [
            {
                "content_filter_results": dict.fromkeys(kinds, harmless),
                "delta": {"content": f" word {number}"},
                "finish_reason": None,
                "index": 0,
                "logprobs": None,
            }
        ],
        "created": 1781043300,
        "id": "chatcmpl-C0a3f598125653cf01693c1f2ba64",
        "model": "gpt-5.4-2026-03-05",
        "obfuscation": "XEawhxAKIS",
        "object": "chat.completion.chunk",
        "system_fingerprint": "fp_7334c29da0",
        "usage": None,
    }


def frame(event: dict[str, object]) -> bytes:
    name = f"event: {event['type']}\n" if "type" in event else ""
    return f"{name}data: {json.dumps(event, separators=(',', ':'))}\n\n".encode()


BEGINNING: dict[UpstreamApi, bytes] = {
    "responses": frame(
        {
            "type": "response.output_item.added",
            "output_index": 0,
            "item": {"type": "message", "id": "msg_1", "content": []},
        }
    )
    + frame(responses_event(0)),
    "chat": frame(chat_event(0)),
}
ENDING: dict[UpstreamApi, bytes] = {
    "responses": frame({"type": "response.completed", "response": {"status": "completed"}}),
    "chat": frame({"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": {"a": 1}}),
}


def make_frames(api: UpstreamApi) -> list[bytes]:
    make = responses_event if api == "responses" else chat_event
    return [frame(make(number)) for number in range(1, EVENTS + 1)]


def in_reads(frames: list[bytes]) -> list[bytes]:
    stream = b"".join(frames)
    return [stream[at : at + READ] for at in range(0, len(stream), READ)]


def make_writer(case: Case) -> ReplyWriter:
    if case.client == "Cursor":
        head = openai_chat.ReplyHead("chatcmpl_0123456789abcdef", "gpt-5.4", 1781043300)
        return openai_chat.ReplyWriter(head, stream=True)
    return anthropic_messages.ReplyWriter(
        anthropic_messages.ReplyHead(id="msg_1", model="claude-sonnet-5-5", thinking="shown"),
        stream=True,
    )


def make_recorder(case: Case) -> TraceRecorder | None:
    return TraceRecorder("", lambda *_: None) if case.client == "Cursor" else None


REQUEST = replace(PLAIN, stream=True)


def deployment(api: UpstreamApi) -> Deployment:
    return replace(make_exchange(REQUEST).deployment, api=api)


# --- what is measured: seconds of CPU for all events --------------------------


def loads(case: Case) -> float:
    payloads = [one.partition(b"data: ")[2].decode() for one in make_frames(case.api)]
    began = time.process_time()
    for payload in payloads:
        json.loads(payload)
    return time.process_time() - began


def translates(case: Case, reads: Iterable[bytes]) -> float:
    translator = ReplyTranslator(
        REQUEST, deployment(case.api), make_writer(case), make_recorder(case)
    )
    size = sum(len(piece) for piece in translator.feed(BEGINNING[case.api]))
    began = time.process_time()
    for read in reads:
        size += len(b"".join(translator.feed(read)))
    spent = time.process_time() - began
    assert size > EVENTS * len(WORD)
    return spent


class Source(httpx.AsyncByteStream):
    """Each read in a turn of the loop of its own."""

    def __init__(self, *reads: bytes) -> None:
        self._reads = reads

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for read in self._reads:
            await turn()
            yield read


async def turn() -> None:
    """As a socket does it: the future is done in one turn, and who awaits it goes on in another."""
    loop = asyncio.get_running_loop()
    arrived = loop.create_future()
    loop.call_soon(arrived.set_result, None)
    await arrived


def relays(case: Case, reads: list[bytes]) -> float:
    async def relay() -> float:
        stream = Source(BEGINNING[case.api], *reads, ENDING[case.api])
        azure = Azure(SETTINGS, httpx.MockTransport(lambda _: httpx.Response(200, stream=stream)))
        exchange = Exchange(
            REQUEST,
            deployment(case.api),
            make_writer(case),
            RequestLog("req_1", "bench"),
            make_exchange(REQUEST).patience,
            make_recorder(case),
        )
        relay = Relay(azure, exchange)
        await relay.hold()
        began, size = time.process_time(), 0
        async for piece in relay.body():
            size += len(piece)
        assert size > EVENTS * len(WORD)
        return time.process_time() - began

    return asyncio.run(relay())


async def _turns() -> float:
    began = time.process_time()
    for _ in range(EVENTS):
        await turn()
    return time.process_time() - began


MEASURES: dict[str, Callable[[Case, list[bytes]], float]] = {
    "translated, burst": lambda case, frames: translates(case, in_reads(frames)),
    "translated, one by one": translates,
    "relayed, burst": lambda case, frames: relays(case, in_reads(frames)),
    "relayed, one by one": relays,
}


def measure(case: Case) -> Iterator[tuple[str, float, float]]:
    """Name, microseconds an event, and the same in units of `json.loads`."""
    frames = make_frames(case.api)
    for name, spend in MEASURES.items():
        rounds = [(loads(case), spend(case, frames)) for _ in range(ROUNDS)]
        unit, spent = (min(values) for values in zip(*rounds, strict=True))
        yield name, spent / EVENTS * 1e6, spent / unit


def main() -> None:
    turns = min(asyncio.run(_turns()) for _ in range(ROUNDS))
    print(f"a turn of the loop: {turns / EVENTS * 1e6:.2f} us")
    for case in CASES:
        unit = min(loads(case) for _ in range(ROUNDS)) / EVENTS * 1e6
        print(f"{case.name}: json.loads of an event takes {unit:.2f} us")
        for name, microseconds, ratio in measure(case):
            print(f"  {name:24} {microseconds:6.2f} us  {ratio:5.2f} x")


if __name__ == "__main__":
    main()
