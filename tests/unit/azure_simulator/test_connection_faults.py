"""Faults before the status line."""

import httpx
import pytest

from local.azure_simulator import RunningSimulator
from tests.unit.azure_simulator.caller import CHAT, RESPONSES, Caller, types, user

both_ways = pytest.mark.parametrize("stream", [True, False])


def ask_in_vain(azure: Caller, script: str, stream: bool) -> None:
    """Gives up before the status line, if there is none soon."""
    body = {"model": "gpt-5.4", "input": script, "stream": stream}
    with azure.stream("POST", RESPONSES, json=body, timeout=0.05):
        pass


@both_ways
def test_slow_headers(azure: Caller, simulator: RunningSimulator, stream: bool) -> None:
    with pytest.raises(httpx.ReadTimeout):
        ask_in_vain(azure, "[[error slow_headers seconds=60]]", stream)
    assert azure.ask("[[say x]] [[error slow_headers seconds=0.001]]", stream).status_code == 200
    assert simulator.wait_until_idle()
    given_up, served = simulator.requests
    assert (given_up.status, given_up.disconnected, given_up.fault) == (0, True, "slow_headers")
    assert (served.status, served.disconnected) == (200, False)


def test_a_reply_is_whole_after_slow_headers(azure: Caller) -> None:
    answer = azure.ask("[[error slow_headers seconds=0]]")
    assert types(answer)[-1] == "completed"
    assert answer.headers["content-type"].startswith("text/event-stream")


@both_ways
def test_silence_before_headers(azure: Caller, simulator: RunningSimulator, stream: bool) -> None:
    with pytest.raises(httpx.ReadTimeout):
        ask_in_vain(azure, "[[error hang_before_headers]]", stream)
    assert simulator.wait_until_idle()
    (record,) = simulator.requests
    assert (record.status, record.disconnected, record.events) == (0, True, 0)


@both_ways
@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("closed_before_headers", httpx.RemoteProtocolError),
        ("refused_then_reset", httpx.ReadError),
    ],
)
def test_connections_that_end_before_headers(
    azure: Caller, simulator: RunningSimulator, name: str, error: type[Exception], stream: bool
) -> None:
    with pytest.raises(error):
        azure.ask(f"[[error {name}]]", stream)
    with pytest.raises(error):
        azure.ask_chat(f"[[error {name}]]", stream)
    assert simulator.wait_until_idle()
    assert [(record.status, record.fault) for record in simulator.requests] == [(0, name)] * 2
    assert not any(record.disconnected for record in simulator.requests)
    assert azure.ask("hi").status_code == 200


def test_only_its_own_connection_ends(azure: Caller, simulator: RunningSimulator) -> None:
    body = {"model": "gpt-4.1", "messages": [user("[[say x]] [[silent 60]]")], "stream": True}
    with azure.stream("POST", CHAT, json=body) as other:
        parts = other.iter_bytes()  # held: httpx hangs up when it is collected
        next(parts)
        with pytest.raises(httpx.ReadError):
            azure.ask("[[error refused_then_reset]]")
        assert not simulator.requests[0].finished


def test_their_seconds_can_be_asked_for(azure: Caller, simulator: RunningSimulator) -> None:
    simulator.fail_next("refused_then_reset", seconds=60)
    with pytest.raises(httpx.ReadTimeout):
        ask_in_vain(azure, "hi", stream=True)
    asked = {"name": "slow_headers", "seconds": 60}
    assert azure.post("/simulator/faults", json=asked).status_code == 204
    (waiting,) = azure.get("/simulator/faults").json()["waiting"]
    assert (waiting["name"], waiting["seconds"]) == ("slow_headers", 60)
    with pytest.raises(httpx.ReadTimeout):
        ask_in_vain(azure, "hi", stream=True)
