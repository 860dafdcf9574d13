"""worker_tuning puts right what the worker does wrong, and the worker still does it wrong.

Every test has a twin on the untuned worker. When a twin fails, a new runtime has mended the bug:
retire the repair.
"""

import asyncio
import re
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import aiohttp
import httpx
import pytest

from tests.host.processes import STREAMS, Server, eventually, stand_in_host

REQUESTS = 1000
PAGES = ("/docs", "/redoc", "/openapi.json")
ANSWERED_BY_THE_WORKER = [*(("GET", page) for page in PAGES), ("QUERY", "/x"), ("GET", "/a%0Ab")]


@pytest.fixture
def victim() -> Iterator[Server]:
    """An untuned worker of one's own."""
    with stand_in_host(STREAMS, UNTUNED="1") as host:
        yield host


@pytest.fixture(scope="module")
def hanging() -> Iterator[Server]:
    """An untuned worker in which invocations will hang for ever."""
    with stand_in_host(STREAMS, UNTUNED="1") as host:
        yield host


@pytest.mark.parametrize("name", ["streams", "proxy"])
def test_no_repair_is_skipped(name: str, request: pytest.FixtureRequest) -> None:
    """Each finds what it repairs in the runtime that is deployed. That a skipped one says so is in
    tests/unit/test_worker_tuning.py."""
    host: Server = request.getfixturevalue(name)
    assert "worker_tuning_skipped" not in host.output()


def remembered_after_requests(host: Server) -> Any:
    """How many more invocations the worker remembers once REQUESTS of them have been answered."""

    async def ask(session: aiohttp.ClientSession) -> None:
        for _ in range(REQUESTS // 20):
            async with session.get(f"{host.url}/ticks/1") as response:
                await response.read()

    async def ask_all() -> None:
        async with aiohttp.ClientSession() as session:
            await asyncio.gather(*(ask(session) for _ in range(20)))

    before = host.state()["remembered_invocations"]
    asyncio.run(ask_all())
    return host.state()["remembered_invocations"] - before


def test_answered_invocations_are_forgotten(streams: Server) -> None:
    assert remembered_after_requests(streams) == 0


def test_an_untuned_worker_remembers_every_invocation(untuned: Server) -> None:
    assert remembered_after_requests(untuned) == REQUESTS


def test_failed_invocations_are_forgotten_too(streams: Server) -> None:
    before = streams.state()["remembered_invocations"]
    for when in ("early", "late"):
        with httpx.stream("GET", f"{streams.url}/raises/{when}"):
            pass

    assert streams.state()["remembered_invocations"] == before


@pytest.mark.parametrize(("method", "path"), ANSWERED_BY_THE_WORKER)
def test_every_request_reaches_the_app(streams: Server, method: str, path: str) -> None:
    response = httpx.request(method, streams.url + path)

    assert (response.status_code, response.json()) == (404, {"path": unquote(path[1:])})
    assert eventually(lambda: streams.state()["running_invocations"] == 0, seconds=1)


@pytest.mark.parametrize("page", PAGES)
def test_documentation_pages_are_not_at_the_workers_own_address(streams: Server, page: str) -> None:
    """There is no invocation, so the worker's catch-all refuses; what counts is: no page."""
    response = httpx.get(streams.state()["http_uri"] + page)

    assert response.status_code == 500
    assert response.text == "Internal Server Error"


@pytest.mark.parametrize(("method", "path"), ANSWERED_BY_THE_WORKER)
def test_an_untuned_worker_answers_itself_and_the_invocation_hangs(
    hanging: Server, method: str, path: str
) -> None:
    before = hanging.state()["running_invocations"]
    assert httpx.request(method, hanging.url + path).status_code in (200, 404, 405)
    assert not eventually(lambda: hanging.state()["running_invocations"] == before, seconds=0.3)


def refused_head(host: Server) -> bool:
    """Whether the worker's own web server refuses a head of 32 KB that comes in two reads."""
    address = urlsplit(host.state()["http_uri"])
    assert address.hostname
    assert address.port
    begun = b"GET /echo/x HTTP/1.1\r\nhost: x\r\nx-ms-invocation-id: a-long-head\r\n"
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.settimeout(0.5)
        connection.sendall(begun + b"x-a: " + b"b" * 32_000)
        try:
            return b" 400 " in connection.recv(100)
        except TimeoutError:
            return False


def test_a_long_head_is_read(streams: Server) -> None:
    """By httptools, which requirements.txt brings. h11 would not: there is no repair for that."""
    assert not refused_head(streams)


def test_the_server_header_is_gone(streams: Server) -> None:
    assert "server" not in httpx.get(f"{streams.url}/echo/x").headers


def test_an_untuned_worker_names_uvicorn(untuned: Server) -> None:
    assert httpx.get(f"{untuned.url}/echo/x").headers["server"] == "uvicorn"


PER_REQUEST = re.compile(
    r'"GET /echo/logged|Received HTTP request|Sending HTTP response|Function name: echo'
)


def logged_per_request(host: Server) -> int:
    httpx.get(f"{host.url}/echo/logged")
    return len(PER_REQUEST.findall(host.output()))


def test_a_request_is_not_logged(streams: Server) -> None:
    assert logged_per_request(streams) == 0


def test_an_untuned_worker_logs_a_request_four_times(victim: Server) -> None:
    assert logged_per_request(victim) == 4


def test_debug_logging_brings_the_workers_logs_back() -> None:
    with stand_in_host(STREAMS, PYTHON_ENABLE_DEBUG_LOGGING="1") as host:
        assert logged_per_request(host) == 3
