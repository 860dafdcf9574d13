"""worker_tuning puts right what the worker does wrong, and the worker still does it wrong.

Every test has a twin on the untuned worker. When a twin fails, a new runtime has mended the bug:
retire the repair.
"""

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import aiohttp
import httpx
import pytest

from tests.host.processes import STREAMS, Server, eventually, stand_in_host

REQUESTS = 1000
PAGES = ("/docs", "/redoc", "/openapi.json")


@pytest.fixture
def victim() -> Iterator[Server]:
    """An untuned worker of one's own: an invocation will hang in it for ever."""
    with stand_in_host(STREAMS, UNTUNED="1") as host:
        yield host


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


@pytest.mark.parametrize("page", PAGES)
def test_documentation_pages_reach_the_app(streams: Server, page: str) -> None:
    response = httpx.get(streams.url + page)

    assert (response.status_code, response.json()) == (404, {"path": page.removeprefix("/")})
    assert eventually(lambda: streams.state()["running_invocations"] == 0, seconds=1)


@pytest.mark.parametrize("page", PAGES)
def test_documentation_pages_are_not_at_the_workers_own_address(streams: Server, page: str) -> None:
    """There is no invocation, so the worker's catch-all refuses; what counts is: no page."""
    response = httpx.get(streams.state()["http_uri"] + page)

    assert response.status_code == 500
    assert response.text == "Internal Server Error"


@pytest.mark.parametrize("page", PAGES)
def test_an_untuned_worker_answers_itself_and_the_invocation_hangs(
    victim: Server, page: str
) -> None:
    assert httpx.get(victim.url + page).status_code == 200
    assert not eventually(lambda: victim.state()["running_invocations"] == 0, seconds=0.3)


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
