"""The setup page under both hosts: its address, its files, what it shows, and the checks."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.e2e.servers import TOKEN
from tests.host.either_host import HOSTS, app_under, simulated
from tests.host.processes import Server

KEY = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module", params=HOSTS)
def client(
    request: pytest.FixtureRequest, simulator: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    settings = {**simulated(simulator), "ANTHROPIC_AUTH_TOKEN": TOKEN}
    with (
        app_under(request.param, tmp_path_factory.mktemp("app"), **settings) as app,
        httpx.Client(base_url=app.url) as client,
    ):
        yield client


def events(reply: httpx.Response) -> list[tuple[str, Any]]:
    blocks = [block.splitlines() for block in reply.text.split("\n\n") if block]
    return [
        (name.removeprefix("event: "), json.loads(data.removeprefix("data: ")))
        for name, data in blocks
    ]


@pytest.mark.parametrize("path", ["/", "/setup", "/setup/"])
def test_the_page(client: httpx.Client, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "It is up." in page.text
    head = client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == page.headers["etag"]


@pytest.mark.parametrize("path", ["/setup/page.js", "/setup/style.css", "/setup/setup/icon.svg"])
def test_its_files(client: httpx.Client, path: str) -> None:
    file = client.get(path)
    assert file.status_code == 200
    again = client.get(path, headers={"if-none-match": file.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(("path", "allowed"), [("/setup/status", "GET"), ("/setup/checks", "POST")])
def test_other_methods(client: httpx.Client, path: str, allowed: str) -> None:
    reply = client.put(path, headers=KEY, json={})
    assert (reply.status_code, reply.headers["allow"]) == (405, allowed)
    assert client.put(path, json={}).status_code == 401


def test_the_root_answers_to_readers_only(client: httpx.Client) -> None:
    assert client.post("/", json={}).status_code == 404
    assert client.get("/nothing").status_code == 404


def test_what_is_configured(client: httpx.Client) -> None:
    assert client.get("/setup/access").json()["needs_token"] is True
    assert client.get("/setup/status").status_code == 401
    status = client.get("/setup/status", headers=KEY)
    assert status.json()["deployments"][0]["name"] == "gpt-5.4"
    assert TOKEN not in status.text
    assert "simulated-key" not in status.text


def test_a_run_of_checks(client: httpx.Client) -> None:
    for _ in range(2):
        reply = client.post("/setup/checks", headers=KEY, json={"depth": "first"})
        names = [name for name, _ in events(reply)]
        assert (names[0], {*names[1:-1]}, names[-1]) == ("plan", {"finding"}, "end")
