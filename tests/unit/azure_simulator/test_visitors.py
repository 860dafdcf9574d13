"""Below /simulator/: programs on this machine are answered, web pages are not."""

import json

import httpx
import pytest

from local.azure_simulator import RunningSimulator
from local.azure_simulator.faults import WAITING
from local.azure_simulator.watching import LONGEST_ASK
from tests.unit.azure_simulator.caller import RESPONSES, Caller

LOOKING = [
    ("GET", "health"),
    ("GET", "requests"),
    ("DELETE", "requests"),
    ("GET", "tokens"),
    ("DELETE", "tokens"),
    ("GET", "faults"),
    ("POST", "faults"),
    ("DELETE", "faults"),
    ("GET", "nothing"),
]
FAULT = {"name": "unavailable"}
PAGES = {
    "a site": {"origin": "https://page.example"},
    "a sandboxed frame": {"origin": "null"},
    "a page of another local server": {"origin": "http://localhost:3000"},
    "an image": {"sec-fetch-site": "cross-site"},
    "a page of the same host": {"sec-fetch-site": "same-site"},
    "a rebound name": {"host": "page.example:8087"},
    "a rebound name that looks like ours": {"host": "localhost.page.example"},
    "and one that ends like ours": {"host": "127.0.0.1.nip.example"},
    "a user before the name": {"host": "localhost@page.example"},
    "no name": {"host": ""},
}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(("method", "path"), LOOKING)
def test_a_page_neither_reads_nor_steers(
    azure: Caller, simulator: RunningSimulator, page: str, method: str, path: str
) -> None:
    simulator.fail_next("unavailable")
    asked = {"json": FAULT} if method == "POST" else {}
    answer = azure.request(method, f"/simulator/{path}", headers=PAGES[page], **asked)
    assert answer.status_code == 403
    assert list(answer.json()) == ["error"]
    assert len(list(simulator.simulator.faults.waiting())) == 1


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "127.0.0.1:8087", "127.8.9.1", "[::1]:80"]
)
def test_loopback_names_are_answered(azure: Caller, host: str) -> None:
    assert azure.get("/simulator/health", headers={"host": host}).status_code == 200


def test_an_address_that_somebody_typed_is_answered(azure: Caller) -> None:
    typed = {"sec-fetch-site": "none"}
    assert azure.get("/simulator/requests", headers=typed).status_code == 200


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "json"]
)
def test_only_json_steers(azure: Caller, simulator: RunningSimulator, kind: str) -> None:
    headers = {"content-type": kind} if kind else {}
    content = json.dumps(FAULT).encode()
    answer = azure.post("/simulator/faults", content=content, headers=headers)
    assert answer.status_code == 415
    assert not list(simulator.simulator.faults.waiting())
    with_charset = {"content-type": "Application/JSON; charset=utf-8"}
    assert azure.post("/simulator/faults", content=content, headers=with_charset).is_success


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'"unavailable"',
        b'{"name": "unavailable", "times": "1"}',
        b'{"name": "unavailable", "times": true}',
        b'{"name": "unavailable", "seconds": [1]}',
        b'{"name": "unavailable", "after_events": 0.5}',
        b'{"name": ["unavailable"]}',
        b"[" * LONGEST_ASK,
        b" " * (LONGEST_ASK + 1),
        b"\xff",
    ],
    ids=lambda content: repr(content[:40]),
)
def test_what_is_no_fault_is_refused(azure: Caller, content: bytes) -> None:
    json_type = {"content-type": "application/json"}
    answer = azure.post("/simulator/faults", content=content, headers=json_type)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


def test_so_many_faults_wait_and_no_more(azure: Caller, simulator: RunningSimulator) -> None:
    for _ in range(WAITING):
        simulator.fail_next("unavailable")
    assert azure.post("/simulator/faults", json=FAULT).status_code == 400
    assert azure.ask("hi").status_code == 503
    assert azure.post("/simulator/faults", json=FAULT).status_code == 204


def test_azures_own_paths_take_any_name(simulator: RunningSimulator) -> None:
    """Containers call it by other names; its key speaks for them."""
    headers = {"api-key": "simulated-key", "host": "azure.internal"}
    body = {"model": "gpt-5.4", "input": "hi"}
    assert httpx.post(simulator.url + RESPONSES, json=body, headers=headers).status_code == 200
