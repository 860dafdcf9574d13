"""What both hosts' requests leave in the log: lines as docs/observability.md has them, or none."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.contract.test_log_lines import documented
from tests.e2e.servers import TOKEN, App
from tests.host.either_host import HOSTS, app_under, simulated
from tests.host.processes import START_SECONDS, Server, eventually

KEY = {"authorization": f"Bearer {TOKEN}"}
ASKED = {
    "model": "claude-opus-4-5",
    "max_tokens": 99,
    "stream": True,
    "messages": [{"role": "user", "content": "hi"}],
}


@dataclass(frozen=True)
class Running:
    app: App | Server
    client: httpx.Client

    def lines(self) -> list[dict[str, Any]]:
        """Of requests, with the fields that only they have."""
        begun = (line for line in self.app.output().splitlines() if line.startswith("{"))
        return [line for line in map(json.loads, begun) if "route" in line]


@pytest.fixture(scope="module", params=HOSTS)
def running(
    request: pytest.FixtureRequest, simulator: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    settings = {**simulated(simulator), "ANTHROPIC_AUTH_TOKEN": TOKEN}
    with (
        app_under(request.param, tmp_path_factory.mktemp("app"), **settings) as app,
        httpx.Client(base_url=app.url) as client,
    ):
        yield Running(app, client)


PROBES = {
    "an always-ready instance's": ("GET", "/robots933456.txt", {}, 404),
    "a load balancer's": ("HEAD", "/", {}, 200),
    "the page": ("GET", "/setup", {}, 200),
    "the health": ("GET", "/cursor/health", {}, 200),
    "Claude Code's": ("HEAD", "/api/hello", {}, 200),
    "the models": ("GET", "/v1/models", KEY, 200),
    "Cursor's models": ("GET", "/cursor/v1/models", KEY, 200),
    "a preflight": ("OPTIONS", "/cursor/chat/completions", {}, 204),
    "the status": ("GET", "/setup/status", KEY, 200),
}


def test_probes_leave_no_line_and_requests_the_documented_one(running: Running) -> None:
    """The request comes last: when its line is there, those of the probes would be."""
    for name, (method, path, headers, status) in PROBES.items():
        assert running.client.request(method, path, headers=headers).status_code == status, name
    assert running.client.post("/v1/messages", headers=KEY, json=ASKED).status_code == 200
    assert eventually(running.lines, seconds=START_SECONDS)
    (line,) = running.lines()
    fields = documented("A request")
    assert {name for name, when in fields.items() if when == "always"} <= {*line} <= {*fields}
    assert (line["route"], line["status"], line["client"]) == ("messages", 200, "client")
    assert len(line["caller"]) == 12
    assert line["first_word_ms"] is not None
