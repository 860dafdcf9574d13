"""The project's own function app, under the real runtime, with the simulator as Azure."""

import asyncio
import json
import time
from collections.abc import Iterable, Iterator
from typing import Any

import aiohttp
import httpx
import pytest

from tests.host.processes import Server, eventually

STREAMS_AT_ONCE = 200
REQUESTS = 100


def request(prompt: str, *, stream: bool = True) -> dict[str, Any]:
    return {
        "model": "claude-sonnet-4-5",
        "max_tokens": 256,
        "stream": stream,
        "messages": [{"role": "user", "content": prompt}],
    }


def events(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


def text(body: str) -> str:
    deltas = [event.get("delta", {}) for event in events(body.splitlines())]
    return "".join(delta.get("text", "") for delta in deltas)


def test_health(proxy: Server) -> None:
    assert httpx.get(f"{proxy.url}/cursor/health").status_code == 200


def test_events_arrive_one_by_one(proxy: Server) -> None:
    arrivals = []
    body = request("[[slow 0.4]] [[say one two three four five six]]")
    with httpx.stream("POST", f"{proxy.url}/v1/messages", json=body) as response:
        for event in events(response.iter_lines()):
            if event.get("delta", {}).get("type") == "text_delta":
                arrivals.append(time.monotonic())

    # Sent over 2 seconds. A busy machine delays some of them; a buffer would join them all.
    assert len(arrivals) == 6
    assert arrivals[-1] - arrivals[0] > 1, arrivals


def test_a_whole_reply(proxy: Server) -> None:
    body = request("[[say hello there]]", stream=False)
    reply = httpx.post(f"{proxy.url}/v1/messages", json=body)

    assert reply.status_code == 200
    assert [block["text"] for block in reply.json()["content"]] == ["hello there"]


def test_many_streams_at_once_stay_apart(proxy: Server) -> None:
    async def ask(session: aiohttp.ClientSession, marker: str) -> str:
        body = request(f"[[slow 0.01]] [[say {marker} has this and no other reply {marker}]]")
        async with session.post(f"{proxy.url}/v1/messages", json=body) as response:
            return text(await response.text())

    async def ask_all() -> list[str]:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as session:
            return await asyncio.gather(
                *(ask(session, f"stream-{number}") for number in range(STREAMS_AT_ONCE))
            )

    assert asyncio.run(ask_all()) == [
        f"stream-{number} has this and no other reply stream-{number}"
        for number in range(STREAMS_AT_ONCE)
    ]


def test_a_client_that_leaves_hangs_up_on_azure(proxy: Server, simulator: Server) -> None:
    body = request("[[slow 0.1]] [[long 200]] leaving in the stream")
    with httpx.stream("POST", f"{proxy.url}/v1/messages", json=body) as response:
        next(response.iter_raw())

    assert eventually(lambda: hung_up(simulator, "leaving in the stream"), seconds=1.0)


def test_so_does_one_that_leaves_before_the_first_byte(proxy: Server, simulator: Server) -> None:
    body = request("[[silent 60]] leaving early")
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{proxy.url}/v1/messages", json=body, timeout=0.5)

    assert eventually(lambda: hung_up(simulator, "leaving early"), seconds=1.0)


def hung_up(simulator: Server, marker: str) -> bool:
    calls = httpx.get(f"{simulator.url}/simulator/requests").json()["requests"]
    return any(marker in json.dumps(call["body"]) and call["disconnected"] for call in calls)


def test_an_error_before_output_is_anthropics(proxy: Server) -> None:
    headers = {"content-type": "application/json"}
    reply = httpx.post(f"{proxy.url}/v1/messages", content=b"not json", headers=headers)

    assert reply.status_code == 400
    assert reply.json()["type"] == "error"
    assert reply.json()["error"]["type"] == "invalid_request_error"


def test_an_error_in_the_stream_is_an_event(proxy: Server) -> None:
    body = request("[[slow 0.05]] [[say so far so good]] [[error flat_error]]")
    reply = httpx.post(f"{proxy.url}/v1/messages", json=body)

    assert reply.status_code == 200
    assert text(reply.text)
    assert list(events(reply.text.splitlines()))[-1]["type"] == "error"


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/v1/docs", "/v1/nothing"])
def test_there_is_nothing_else(proxy: Server, path: str) -> None:
    assert httpx.get(proxy.url + path).status_code == 404


def test_the_worker_is_tuned(proxy: Server) -> None:
    before = proxy.state()["remembered_invocations"]
    with httpx.Client() as client:
        for _ in range(REQUESTS):
            response = client.get(f"{proxy.url}/cursor/health")

    assert proxy.state()["remembered_invocations"] == before
    assert "server" not in response.headers
    assert "swagger" not in httpx.get(proxy.state()["http_uri"] + "/docs").text.lower()
