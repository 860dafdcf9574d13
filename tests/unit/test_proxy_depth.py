"""Whatever may be read can be written: a body as deep as may be, wherever the depth lies."""

import asyncio
import json
from bisect import bisect_left
from contextlib import suppress
from typing import Any

import httpx
import pytest

from proxy_core.endpoints.body import DEEPEST, parse
from proxy_core.errors import BadRequest
from tests.arriving import arriving
from tests.streams import CHAT
from tests.unit.test_proxy import HEADERS, HELLO, REQUEST
from tests.unit.test_proxy_bodies import make_proxy


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"b":', "}")])
def test_a_body_is_as_deep_as_the_limit_and_no_deeper(opening: str, closing: str) -> None:
    def body(levels: int) -> bytes:
        return f'{{"a":{opening * (levels - 1)}1{closing * (levels - 1)}}}'.encode()

    assert parse(body(DEEPEST))
    with pytest.raises(BadRequest, match=f"more than {DEEPEST} levels"):
        parse(body(DEEPEST + 1))


def nested(levels: int, shape: str) -> Any:
    value: Any = {"type": "string"}
    for _ in range(levels):
        match shape:
            case "list":
                value = [value]
            case "object":
                value = {"a": value}
            case "properties":
                value = {"type": "object", "properties": {"a": value}}
            case "items":
                value = {"type": "array", "items": value}
            case "anyOf":
                value = {"anyOf": [value]}
    return value


def deepest(place: str, shape: str) -> bytes:
    """A body with one value in it, as deep as a body may be."""

    def body(levels: int) -> bytes:
        return json.dumps(put(place, nested(levels, shape))).encode()

    too_deep = bisect_left(range(DEEPEST), True, lo=1, key=lambda levels: not is_read(body(levels)))
    assert is_read(body(too_deep - 1))
    return body(too_deep - 1)


def is_read(body: bytes) -> bool:
    with suppress(BadRequest):
        return bool(parse(body))
    return False


def put(place: str, value: Any) -> dict[str, Any]:
    request = REQUEST | {"stream": False}
    use = {"type": "tool_use", "id": "toolu_1", "name": "read", "input": {"a": value}}
    called = [*request["messages"], {"role": "assistant", "content": [use]}]
    match place:
        case "schema":
            return request | {"tools": [{"name": "read", "input_schema": value}]}
        case "format":
            return request | {"output_config": {"format": {"type": "json_schema", "schema": value}}}
        case "input":
            return request | {"messages": [*called, *request["messages"]]}
        case "content":
            return request | {"messages": [{"role": "user", "content": value}]}
        case _:
            return request | {place: value}


def hello(request: httpx.Request) -> httpx.Response:
    """In the words of the API that is asked."""
    is_chat = request.url.path.endswith("/chat/completions")
    return httpx.Response(200, content=CHAT["text"] if is_chat else HELLO)


@pytest.mark.parametrize("api", ["responses", "chat"])
@pytest.mark.parametrize("shape", ["list", "object", "properties", "items", "anyOf"])
@pytest.mark.parametrize("place", ["schema", "format", "input", "content", "metadata", "unknown"])
def test_the_deepest_body_that_is_read_can_be_written(place: str, shape: str, api: str) -> None:
    async def ask(body: bytes) -> tuple[int, int]:
        proxy = make_proxy(hello, AZURE_OPENAI_API=api)
        replied = await proxy.messages(HEADERS, arriving(body))
        counted = await proxy.count_tokens(HEADERS, arriving(body))
        return replied.status, counted.status

    shallow = json.dumps(put(place, nested(1, shape))).encode()
    statuses = asyncio.run(ask(deepest(place, shape)))
    assert statuses == asyncio.run(ask(shallow))
    assert max(statuses) < 500
