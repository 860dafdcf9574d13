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

from tests.host.processes import STREAMS, Server, stand_in_host

REQUESTS = 1000


@pytest.fixture
def victim() -> Iterator[Server]:
    """An untuned worker of one's own."""
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


PER_REQUEST = re.compile(
    r"GET /echo/logged|Received HTTP request|Sending HTTP response|Function name: echo"
)


def logged_per_request(host: Server) -> int:
    httpx.get(f"{host.url}/echo/logged")
    return len(PER_REQUEST.findall(host.output()))


def test_a_request_is_not_logged(streams: Server) -> None:
    assert logged_per_request(streams) == 0


def test_an_untuned_worker_logs_a_request_three_times(victim: Server) -> None:
    assert logged_per_request(victim) == 3


def test_debug_logging_brings_the_workers_logs_back() -> None:
    with stand_in_host(STREAMS, PYTHON_ENABLE_DEBUG_LOGGING="1") as host:
        assert logged_per_request(host) == 3
