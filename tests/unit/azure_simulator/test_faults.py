from typing import Any

import httpx
import pytest

from local.azure_simulator import RunningSimulator, faults
from local.azure_simulator.faults import HttpFault, StreamFault
from tests.unit.azure_simulator.caller import CHAT, RESPONSES, Caller, read_events, user

HTTP = [fault for fault in faults().values() if isinstance(fault, HttpFault)]
STREAM = [fault for fault in faults().values() if isinstance(fault, StreamFault)]
ENDING = [fault.name for fault in STREAM if fault.then in ("end", "continue") and not fault.raw]


def ask(azure: Caller, input: str, stream: bool = True) -> httpx.Response:
    return azure.post(RESPONSES, json={"model": "gpt-5.4", "input": input, "stream": stream})


def ask_chat(azure: Caller, text: str, stream: bool = True) -> httpx.Response:
    body = {"model": "gpt-4.1", "messages": [user(text)], "stream": stream}
    return azure.post(CHAT, json=body)


def types(response: httpx.Response) -> list[str]:
    return [event["type"].removeprefix("response.") for event in read_events(response.text)]


@pytest.mark.parametrize("fault", HTTP, ids=lambda fault: fault.name)
def test_http_faults(azure: Caller, simulator: RunningSimulator, fault: HttpFault) -> None:
    for answer in (
        ask(azure, f"[[error {fault.name}]]"),
        ask_chat(azure, f"[[error {fault.name}]]"),
    ):
        assert answer.status_code == fault.status
        if isinstance(fault.body, dict):
            assert answer.json() == fault.body
        assert {name: answer.headers[name] for name in fault.headers} == fault.headers | (
            {"content-type": answer.headers["content-type"]}
            if "content-type" in fault.headers
            else {}
        )
    assert [record.fault for record in simulator.requests] == [fault.name] * 2


@pytest.mark.parametrize("name", ENDING)
def test_stream_faults_that_end(azure: Caller, name: str) -> None:
    answer = ask(azure, f"[[error {name}]]")
    assert answer.status_code == 200
    if answer.text:
        numbers = [event["sequence_number"] for event in read_events(answer.text)]
        assert numbers == list(range(len(numbers)))
    assert ask_chat(azure, f"[[error {name}]]").status_code == 200


@pytest.mark.parametrize(
    ("name", "endings"),
    [
        ("error_then_failed", ["created", "in_progress", "error", "failed"]),
        ("failed_then_error", ["created", "failed", "error"]),
        ("failed_only", ["created", "in_progress", "failed"]),
        ("overflow_in_stream", ["created", "in_progress", "failed"]),
        ("flat_error", ["created", "in_progress", "error"]),
        ("incomplete_length", ["created", "in_progress", "incomplete"]),
        ("incomplete_content_filter", ["created", "in_progress", "incomplete"]),
        ("truncated", ["created", "in_progress", "output_item.added"]),
    ],
)
def test_shapes_of_failure(azure: Caller, name: str, endings: list[str]) -> None:
    assert types(ask(azure, f"[[error {name}]]")) == endings


def test_details_of_failures(azure: Caller) -> None:
    answer = ask(azure, "[[error failed_then_error]]")
    *_, failed, error = read_events(answer.text)
    assert answer.headers["retry-after"] == "2"
    assert failed["response"]["error"] is None
    assert failed["response"]["id"].startswith("resp_")
    assert error["error"]["code"] == "rate_limit_exceeded"
    *_, flat = read_events(ask(azure, "[[error flat_error]]").text)
    assert flat["message"]
    assert "error" not in flat


def test_faults_in_the_middle_of_text(azure: Caller) -> None:
    seen = types(ask(azure, "[[say one two]] [[error failed_only]]"))
    assert seen[-3:] == ["output_text.delta", "output_text.delta", "failed"]
    seen = types(ask(azure, "[[think a]] [[error failed_only]]"))
    assert seen == ["created", "in_progress", "failed"]  # 5.4 does not think by default
    *_, last, error = read_events(ask_chat(azure, "[[say one two]] [[error failed_only]]").text)
    assert last["choices"][0]["delta"] == {"content": " two"}
    assert error["error"]["code"] == "rate_limit_exceeded"


def test_faults_in_the_middle_of_thoughts(azure: Caller) -> None:
    body = {"model": "gpt-5.4", "input": "[[think a b]] [[error failed_only]]", "stream": True}
    for reasoning in ({"effort": "low"}, {"effort": "low", "summary": "auto"}):
        answer = azure.post(RESPONSES, json={**body, "reasoning": reasoning})
        expected = "reasoning_summary_text.delta" if "summary" in reasoning else "output_item.added"
        assert types(answer)[-2:] == [expected, "failed"]


def test_faults_after_so_many_events(azure: Caller) -> None:
    assert len(types(ask(azure, "[[long 9]] [[error truncated after=7]]"))) == 7
    assert types(ask(azure, "[[say x]] [[error failed_only after=999]]"))[-1] == "failed"
    assert ask(azure, "[[error empty_stream]]").text == ""


def test_faults_that_do_not_end_the_stream(azure: Caller) -> None:
    assert types(ask(azure, "[[error keepalive]]"))[2] == "keepalive"
    assert types(ask(azure, "[[error unknown_event]]"))[2] == "something_new"
    assert types(ask(azure, "[[error keepalive]]"))[-1] == "completed"
    chunks = read_events(ask_chat(azure, "[[error async_filter_annotation]]").text)
    assert "delta" not in chunks[3]["choices"][0]
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"


def test_asynchronous_filter(azure: Caller) -> None:
    answer = ask_chat(azure, "[[say x]] [[error async_filter_block]]")
    chunk = read_events(answer.text)[-1]
    assert chunk["choices"][0]["finish_reason"] == "content_filter"
    assert "delta" not in chunk["choices"][0]
    assert "[DONE]" not in answer.text


def test_broken_connections(azure: Caller, simulator: RunningSimulator) -> None:
    for stream in (True, False):
        with pytest.raises(httpx.RemoteProtocolError):
            ask(azure, "[[say x]] [[error connection_reset]]", stream)
    with pytest.raises(httpx.RemoteProtocolError):
        ask(azure, "[[error truncated]]", stream=False)
    assert simulator.wait_until_idle()


def test_broken_json(azure: Caller) -> None:
    assert ask(azure, "[[error malformed_event]]").text.endswith('"delta": "bro\n\n')


def test_silence_without_end(azure: Caller, simulator: RunningSimulator) -> None:
    body = {"model": "gpt-5.4", "input": "[[error hang]]", "stream": True}
    with azure.stream("POST", RESPONSES, json=body) as response:
        parts = response.iter_text()  # held: httpx hangs up when it is collected
        assert "response.created" in next(parts)
        assert simulator.open_requests == 1
    assert simulator.wait_until_idle()
    assert simulator.requests[0].disconnected


def test_whole_replies_fail_too(azure: Caller) -> None:
    failed = ask(azure, "[[error error_then_failed]]", stream=False).json()
    assert (failed["status"], failed["error"]["code"]) == ("failed", "server_error")
    assert ask(azure, "[[error keepalive]]", stream=False).json()["status"] == "completed"
    assert ask(azure, "[[error flat_error]]", stream=False).json()["code"] == "server_error"
    error = ask_chat(azure, "[[error failed_only]]", stream=False).json()
    assert error["error"]["code"] == "rate_limit_exceeded"


def test_a_fault_may_pass(azure: Caller) -> None:
    script = "[[error rate_limit_short times=2]] [[say fine]]"
    assert [ask(azure, script).status_code for _ in range(4)] == [429, 429, 200, 200]


def test_a_fault_in_a_later_step(azure: Caller) -> None:
    asked = [user("[[say a]] [[next]] [[error server_error]]")]
    assert azure.respond(asked)["status"] == "completed"
    asked += [{"role": "assistant", "content": "a"}, user("go on")]
    azure.refusal(RESPONSES, {"model": "gpt-5.4", "input": asked}, status=500)


def test_unknown_faults(azure: Caller, simulator: RunningSimulator) -> None:
    assert "No fault is called 'x'" in ask(azure, "[[error x]]").text
    with pytest.raises(ValueError, match="No fault is called 'x'"):
        simulator.fail_next("x")


def test_waiting_faults(azure: Caller, simulator: RunningSimulator) -> None:
    simulator.fail_next("server_error", times=2)
    simulator.fail_next("truncated", after_events=1)
    assert [ask(azure, "hi").status_code for _ in range(2)] == [500, 500]
    assert types(ask(azure, "hi")) == ["created"]
    assert types(ask(azure, "hi"))[-1] == "completed"


def test_faults_over_http(azure: Caller) -> None:
    def post(asked: dict[str, Any]) -> int:
        return azure.post("/simulator/faults", json=asked).status_code

    assert post({"name": "unavailable", "times": 1, "after_events": None}) == 204
    listed = azure.get("/simulator/faults").json()
    assert listed["waiting"] == [{"name": "unavailable", "times": 1, "after_events": None}]
    assert listed["known"]["truncated"] == "stream"
    assert ask(azure, "hi").status_code == 503
    assert post({"name": "x"}) == 400
    assert post({"nom": "x"}) == 400
    assert post({"name": "unavailable"}) == 204
    assert azure.delete("/simulator/faults").status_code == 204
    assert ask(azure, "hi").status_code == 200
