"""A worker that is asked to end, by the signal that Azure and Docker send."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest

from tests.e2e.servers import App
from tests.grammar import read_events, read_stream
from tests.host.either_host import HOSTS, app_under
from tests.host.processes import Server, eventually

LONGEST_ENDING = 5.0  # seconds; App Service kills the container then

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")


@pytest.fixture(params=HOSTS)
def app(
    request: pytest.FixtureRequest, simulator: Server, tmp_path: Path
) -> Iterator[App | Server]:
    settings = {
        "AZURE_OPENAI_ENDPOINT": f"{simulator.url}/openai/v1",
        "AZURE_OPENAI_API_KEY": "simulated-key",
        "BIG_MODEL": "gpt-5.4",
    }
    with app_under(request.param, tmp_path, **settings) as app:
        yield app


def begin(app: App | Server, silence: float) -> AbstractContextManager[httpx.Response]:
    """A reply of two words, with silence between them; seconds."""
    prompt = f"[[say One]] [[silent {silence}]] [[say Two]]"
    body = {
        "model": "claude-x",
        "max_tokens": 99,
        "stream": True,
        "messages": [{"role": "user", "content": prompt}],
    }
    return httpx.stream("POST", f"{app.url}/v1/messages", json=body)


def test_a_stream_under_way_gets_an_error_and_its_log_line(app: App | Server) -> None:
    with begin(app, 60) as response:
        pieces = response.iter_bytes()
        received = next(pieces)
        os.kill(app.pid, signal.SIGTERM)
        asked = time.monotonic()
        received += b"".join(pieces)

    *_, last = read_events(received)
    assert b"One" in received
    assert last["error"]["type"] == "overloaded_error"
    assert "shutting down" in last["error"]["message"]
    assert time.monotonic() - asked < LONGEST_ENDING
    assert eventually(lambda: '"error": "ShuttingDown"' in app.output(), seconds=1)


def test_a_stream_that_ends_in_time_is_finished(app: App | Server) -> None:
    with begin(app, 0.5) as response:
        pieces = response.iter_bytes()
        received = next(pieces)
        os.kill(app.pid, signal.SIGTERM)
        received += b"".join(pieces)

    assert "Two" in read_stream(received)["content"][0]["text"]


def test_bodies_that_wait_are_written(simulator: Server, tmp_path: Path) -> None:
    """However much is asked to be written at the last moment."""
    settings = {
        "AZURE_OPENAI_ENDPOINT": f"{simulator.url}/openai/v1",
        "AZURE_OPENAI_API_KEY": "simulated-key",
        "BIG_MODEL": "gpt-5.4",
        "LOG_BODIES": "true",
    }
    body = {
        "model": "claude-x",
        "max_tokens": 99,
        "system": "some words " * 30_000,
        "messages": [{"role": "user", "content": "[[say One]]"}],
    }
    with app_under("local", tmp_path, **settings) as app:
        httpx.post(f"{app.url}/v1/messages", json=body).raise_for_status()
        os.kill(app.pid, signal.SIGTERM)
        four = ("client_request", "azure_request", "azure_reply", "client_reply")
        assert eventually(
            lambda: all(f'"body": "{which}"' in app.output() for which in four),
            seconds=LONGEST_ENDING,
        )
