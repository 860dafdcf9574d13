"""Work grows with the size of what is read, and not with its square: all of it runs on the loop,
and one client's request must not stop the others.

Four times the size may take up to ten times as long; where the square was at work, it takes
sixteen. Where it took longer, the shortest of some runs decides: a busy machine does not matter.
"""

import gc
from collections.abc import Callable, Iterable
from functools import partial
from itertools import chain
from time import thread_time
from typing import Any

import pytest

from proxy_core.conversation import (
    Message,
    Part,
    Reasoning,
    ReplyEvent,
    Request,
    Text,
    TextDelta,
    Tool,
    ToolCall,
    ToolCallDelta,
    ToolCallStarted,
    ToolResult,
)
from proxy_core.cursor.model_ids import read_effort
from proxy_core.deployments.models import Deployment, find_family
from proxy_core.endpoints.body import parse
from proxy_core.openai.function_schema import fit_parameters
from proxy_core.openai.media_size import count_pages
from proxy_core.openai.strict_mode import is_strict
from proxy_core.openai.tool_declaration import declare
from proxy_core.openai_chat.request_writer import write_request as write_chat_request
from proxy_core.openai_responses.item_writer import write_items
from proxy_core.translation.argument_repair import ArgumentRepair, CallRepair
from proxy_core.translation.history import repaired, unique
from proxy_core.translation.stop_sequences import StopSequences
from proxy_core.wire.sse import SSEDecoder

Work = Callable[[], object]
RUNS = 20

HERE = Deployment("gpt-5.4", "responses", find_family("gpt-5.4"), resource="here")
CHAT = Deployment("gpt-4o", "chat", find_family("gpt-4o"))
CALL, RESULT = ToolCall("a", "read", "{}"), ToolResult("a", (Text("1"),))
THOUGHT = Reasoning("rs_1", "gAAA", (), HERE.origin)


def said(*parts: Part) -> Message:
    return Message("assistant", parts)


def histories(n: int) -> dict[str, list[Message]]:
    """The orders in which an id can come often."""
    return {
        "calls of one id in a message": [said(*[CALL] * n)],
        "calls of one id in messages": [said(CALL)] * n,
        "pairs of one id in messages": [said(CALL), Message("user", (RESULT,))] * n,
        "calls of one id, then results": [said(*[CALL] * n), Message("user", (RESULT,) * n)],
        "results of one id, then calls": [Message("user", (RESULT,) * n), said(*[CALL] * n)],
        "ids that look like those made unique": [
            said(*(ToolCall(f"a_{i}", "read", "{}") for i in range(2, n)), *[CALL] * n)
        ],
        "ids of their own": [said(*(ToolCall(f"{i}", "read", "{}") for i in range(n)))],
    }


def schema(n: int, **more: Any) -> dict[str, Any]:
    names = [f"p{i}" for i in range(n)]
    members = {name: {"type": "string"} for name in names}
    return {"type": "object", "properties": members, "required": names[::-1], **more}


def pairs(n: int) -> list[Part]:
    return [CALL, Text("a")] * n


def all_of(events: Iterable[Any]) -> list[Any]:
    return [*events]


def decode(pieces: list[bytes]) -> Work:
    def work() -> object:
        decoder = SSEDecoder()
        return [*chain.from_iterable(map(decoder.decode, pieces)), *decoder.flush()]

    return work


def repair(pieces: list[str]) -> Work:
    def work() -> object:
        call = CallRepair({"pages": ("null", '""')})
        return [*map(call.read, pieces), call.release()]

    return work


def repair_calls(n: int) -> Work:
    """Many calls of a tool with a long schema; each of them counts, but not each with all of it."""
    events: list[ReplyEvent] = [ToolCallStarted("1", "read"), ToolCallDelta("{}")] * n
    repair = ArgumentRepair([Tool("read", "", {"properties": schema(n)["properties"]})])
    return lambda: [all_of(repair.read(event)) for event in events]


def stop(sequences: list[str], deltas: list[str]) -> Work:
    def work() -> object:
        watcher = StopSequences(tuple(sequences))
        return [all_of(watcher.read(TextDelta(delta))) for delta in deltas]

    return work


def name(ids: list[str]) -> Work:
    def work() -> object:
        used: dict[str, int] = {}
        return [unique(id, used) for id in ids]

    return work


def items(*parts: Part) -> Work:
    return lambda: all_of(write_items(said(*parts), HERE))


def pages(data: bytes) -> Work:
    url = "data:application/pdf;base64," + data.decode()
    return lambda: count_pages(url, 10**9)


CASES: dict[str, tuple[int, Callable[[int], Work]]] = {
    **{
        f"history: {order}": (
            600,
            lambda n, order=order: partial(repaired, histories(n)[order]),  # type: ignore[misc]
        )
        for order in histories(0)
    },
    "history: made unique in a reply": (2_500, lambda n: name(["a"] * n)),
    "items: thoughts alone": (2_500, lambda n: items(*[THOUGHT] * n)),
    "items: thoughts before a text": (
        750,
        lambda n: items(*(THOUGHT for _ in range(n)), Text("a")),
    ),
    "items: thoughts after a text": (2_500, lambda n: items(Text("a"), *[THOUGHT] * n)),
    "chat: calls": (
        500,
        lambda n: lambda: write_chat_request(Request("m", (said(*pairs(n)),)), CHAT),
    ),
    "schema: required in another order": (
        750,
        lambda n: lambda: is_strict(schema(n, additionalProperties=False)),
    ),
    "schema: many that are strict": (
        30,
        lambda n: lambda: [is_strict(schema(30, additionalProperties=False)) for _ in range(n)],
    ),
    "schema: completed": (750, lambda n: lambda: fit_parameters(schema(n))),
    "schema: branches": (
        300,
        lambda n: lambda: fit_parameters({"anyOf": [schema(3) for _ in range(n)]}),
    ),
    "schema: forms of one property": (
        300,
        lambda n: (
            lambda: fit_parameters(
                {"anyOf": [{"properties": {"a": {"const": i}}} for i in range(n)]}
            )
        ),
    ),
    "schema: references in a row": (
        300,
        lambda n: (
            lambda: fit_parameters(
                {
                    "$ref": "#/$defs/0",
                    "$defs": {str(i): {"$ref": f"#/$defs/{i + 1}"} for i in range(n)},
                }
            )
        ),
    ),
    "tool: declared": (750, lambda n: lambda: declare(Tool("t", "", schema(n)))),
    "model id: picked often": (5_000, lambda n: lambda: read_effort("-thinking-a" * n + "\n")),
    "model id: letters": (75_000, lambda n: lambda: read_effort("gpt-high" + "a" * n)),
    "stop: a long text": (7_500, lambda n: stop(["ab" * 50], ["a" * n])),
    "stop: many pieces": (750, lambda n: stop(["ab" * 50, "ba" * 50], ["ab"] * n)),
    "stop: many sequences": (750, lambda n: stop([f"{i}." for i in range(n)], ["1"] * 9)),
    "events: a long line in pieces": (600, lambda n: decode([b"data: ", *[b"x" * 4_096] * n])),
    "events: many lines of data": (2_500, lambda n: decode([b"data: x\n" * n])),
    "arguments: a long name": (2_500, lambda n: repair(["{", '"', *"ab" * n])),
    "arguments: a name of escapes": (750, lambda n: repair(['{"', *'\\"' * n])),
    "arguments: a long value": (2_500, lambda n: repair(['{"pages":"', *"ab" * n])),
    "arguments: white space": (2_500, lambda n: repair(['{"pages":', *" " * n])),
    "arguments: brackets": (2_500, lambda n: repair(["[" * n, '{"a":' + "[" * n])),
    "arguments: strings in a list": (2_500, lambda n: repair(['{"a":[' + '"a",' * n])),
    "arguments: calls": (125, repair_calls),
    "pages: none": (75_000, lambda n: pages(b"AAAA" * n)),
    "pages: many": (12_500, lambda n: pages(b"L1R5cGUvUGFnZSAg" * n)),
    "body: halves of characters": (
        750,
        lambda n: lambda: parse(b'{"a":[' + rb'"\ud800x",' * n + b"0]}"),
    ),
    "body: lists side by side": (2_500, lambda n: lambda: parse(b'{"a":[' + b"[]," * n + b"0]}")),
    "body: quotes": (25_000, lambda n: lambda: parse(b'{"a":"' + b'\\"' * n + b'"}')),
}


def elapsed(work: Work) -> float:
    started = thread_time()
    work()
    return thread_time() - started


@pytest.mark.parametrize("case", CASES)
def test_four_times_the_size_takes_about_four_times_as_long(case: str) -> None:
    size, make = CASES[case]
    small, large = make(size), make(4 * size)
    gc.disable()  # its runs fall where they will
    try:
        shortest = [elapsed(small), elapsed(large)]
        for _ in range(RUNS):
            if shortest[1] < 10 * shortest[0]:
                return
            shortest = [min(shortest[0], elapsed(small)), min(shortest[1], elapsed(large))]
    finally:
        gc.enable()
    pytest.fail(f"{shortest[0]:.4f} s, then {shortest[1]:.4f} s")
