from pathlib import Path
from typing import Any

import httpx
import pytest

import local.azure_simulator
from local.azure_simulator import RunningSimulator, faults
from local.azure_simulator.faults import HttpFault, StreamFault
from local.azure_simulator.placeholders import KEY as KEY_PLACEHOLDER
from local.azure_simulator.placeholders import fill
from local.azure_simulator.shapes import SHAPES
from tests.unit.azure_simulator.caller import RESPONSES, Caller, read_events, types, user

HTTP = [fault for fault in faults().values() if isinstance(fault, HttpFault)]
STREAM = [fault for fault in faults().values() if isinstance(fault, StreamFault)]
ENDING = [
    fault.name
    for fault in STREAM
    if fault.then in ("end", "continue")
    and not fault.crlf
    and not any(isinstance(event, str) for event in fault.responses)
]


@pytest.mark.parametrize("fault", HTTP, ids=lambda fault: fault.name)
def test_http_faults(azure: Caller, simulator: RunningSimulator, fault: HttpFault) -> None:
    for answer in (
        azure.ask(f"[[error {fault.name}]]"),
        azure.ask_chat(f"[[error {fault.name}]]"),
    ):
        assert answer.status_code == fault.status
        if isinstance(fault.body, dict):
            assert answer.json() == fill(fault.body, {KEY_PLACEHOLDER: "simulated-key"})
        else:
            assert answer.text == (fault.body or "")
        assert {name: answer.headers[name] for name in fault.headers} == fault.headers | (
            {"content-type": answer.headers["content-type"]}
            if "content-type" in fault.headers
            else {}
        )
    assert [record.fault for record in simulator.requests] == [fault.name] * 2


def test_a_key_that_is_quoted_is_not_recorded(azure: Caller, simulator: RunningSimulator) -> None:
    headers = {"Authorization": "Bearer simulated-token"}
    body = {"model": "gpt-5.4", "input": "[[error key_echoed]]"}
    answer = httpx.post(simulator.url + RESPONSES, json=body, headers=headers)
    assert "provided: simulated-token." in answer.json()["error"]["message"]
    assert "simulated-token" not in azure.get("/simulator/requests").text


def test_errors_that_say_little(azure: Caller) -> None:
    limited = azure.ask("[[error rate_limit_retry_ms]]")
    assert limited.headers["retry-after-ms"] == "1500"
    assert "retry-after" not in limited.headers
    assert azure.ask("[[error bare_text_error]]").text.startswith("upstream connect error")
    assert azure.ask("[[error bad_gateway_html]]").text.startswith("<html>")
    assert azure.ask("[[error empty_error]]").content == b""
    assert set(azure.ask("[[error gateway_unavailable_bare]]").json()) == {"statusCode", "message"}


@pytest.mark.parametrize("name", ENDING)
def test_stream_faults_that_end(azure: Caller, name: str) -> None:
    answer = azure.ask(f"[[error {name}]]")
    assert answer.status_code == 200
    if answer.text:
        events = [event for event in read_events(answer.text) if "type" in event]
        numbers = [event["sequence_number"] for event in events]
        assert numbers == (sorted({*numbers}) if name in SHAPES else list(range(len(events))))
    assert azure.ask_chat(f"[[error {name}]]").status_code == 200


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
    assert types(azure.ask(f"[[error {name}]]")) == endings


def test_details_of_failures(azure: Caller) -> None:
    answer = azure.ask("[[error failed_then_error]]")
    *_, failed, error = read_events(answer.text)
    assert answer.headers["retry-after"] == "2"
    assert failed["response"]["error"] is None
    assert failed["response"]["id"].startswith("resp_")
    assert error["error"]["code"] == "rate_limit_exceeded"
    *_, flat = read_events(azure.ask("[[error flat_error]]").text)
    assert flat["message"]
    assert "error" not in flat


def test_faults_in_the_middle_of_text(azure: Caller) -> None:
    seen = types(azure.ask("[[say one two]] [[error failed_only]]"))
    assert seen[-3:] == ["output_text.delta", "output_text.delta", "failed"]
    seen = types(azure.ask("[[think a]] [[error failed_only]]"))
    assert seen == ["created", "in_progress", "failed"]  # 5.4 does not think by default
    *_, last, error = read_events(azure.ask_chat("[[say one two]] [[error failed_only]]").text)
    assert last["choices"][0]["delta"] == {"content": " two"}
    assert error["error"]["code"] == "rate_limit_exceeded"


def test_faults_in_the_middle_of_thoughts(azure: Caller) -> None:
    body = {"model": "gpt-5.4", "input": "[[think a b]] [[error failed_only]]", "stream": True}
    for reasoning in ({"effort": "low"}, {"effort": "low", "summary": "auto"}):
        answer = azure.post(RESPONSES, json={**body, "reasoning": reasoning})
        expected = "reasoning_summary_text.delta" if "summary" in reasoning else "output_item.added"
        assert types(answer)[-2:] == [expected, "failed"]


def test_faults_after_so_many_events(azure: Caller) -> None:
    assert len(types(azure.ask("[[long 9]] [[error truncated after=7]]"))) == 7
    assert types(azure.ask("[[say x]] [[error failed_only after=999]]"))[-1] == "failed"
    assert azure.ask("[[error empty_stream]]").text == ""


def test_faults_that_do_not_end_the_stream(azure: Caller) -> None:
    assert types(azure.ask("[[error keepalive]]"))[2] == "keepalive"
    assert types(azure.ask("[[error unknown_event]]"))[2] == "something_new"
    assert types(azure.ask("[[error keepalive]]"))[-1] == "completed"
    chunks = read_events(azure.ask_chat("[[error async_filter_annotation]]").text)
    assert "delta" not in chunks[3]["choices"][0]
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"


def test_asynchronous_filter(azure: Caller) -> None:
    answer = azure.ask_chat("[[say x]] [[error async_filter_block]]")
    chunk = read_events(answer.text)[-1]
    assert chunk["choices"][0]["finish_reason"] == "content_filter"
    assert "delta" not in chunk["choices"][0]
    assert "[DONE]" not in answer.text


def test_broken_connections(azure: Caller, simulator: RunningSimulator) -> None:
    for stream in (True, False):
        with pytest.raises(httpx.RemoteProtocolError):
            azure.ask("[[say x]] [[error connection_reset]]", stream)
    with pytest.raises(httpx.RemoteProtocolError):
        azure.ask("[[error truncated]]", stream=False)
    assert simulator.wait_until_idle()


def test_broken_json(azure: Caller) -> None:
    assert azure.ask("[[error malformed_event]]").text.endswith('"delta": "bro\n\n')
    assert azure.ask_chat("[[error malformed_event]]").text.endswith('"content": "bro\n\n')


def test_silence_without_end(azure: Caller, simulator: RunningSimulator) -> None:
    body = {"model": "gpt-5.4", "input": "[[error hang]]", "stream": True}
    with azure.stream("POST", RESPONSES, json=body) as response:
        parts = response.iter_text()  # held: httpx hangs up when it is collected
        assert "response.created" in next(parts)
        assert simulator.open_requests == 1
    assert simulator.wait_until_idle()
    assert simulator.requests[0].disconnected


def test_whole_replies_fail_too(azure: Caller) -> None:
    failed = azure.ask("[[error error_then_failed]]", stream=False).json()
    assert (failed["status"], failed["error"]["code"]) == ("failed", "server_error")
    assert azure.ask("[[error keepalive]]", stream=False).json()["status"] == "completed"
    assert azure.ask("[[error flat_error]]", stream=False).json()["code"] == "server_error"
    error = azure.ask_chat("[[error failed_only]]", stream=False).json()
    assert error["error"]["code"] == "rate_limit_exceeded"


def test_a_fault_may_pass(azure: Caller) -> None:
    script = "[[error rate_limit_short times=2]] [[say fine]]"
    assert [azure.ask(script).status_code for _ in range(4)] == [429, 429, 200, 200]


def test_a_fault_in_a_later_step(azure: Caller) -> None:
    asked = [user("[[say a]] [[next]] [[error server_error]]")]
    assert azure.respond(asked)["status"] == "completed"
    asked += [{"role": "assistant", "content": "a"}, user("go on")]
    azure.refusal(RESPONSES, {"model": "gpt-5.4", "input": asked}, status=500)


def test_the_manual_names_every_fault() -> None:
    manual = (Path(local.azure_simulator.__file__).parent / "README.md").read_text("utf-8")
    assert [name for name in faults() if f"`{name}`" not in manual] == []


def test_unknown_faults(azure: Caller, simulator: RunningSimulator) -> None:
    assert "No fault is called 'x'" in azure.ask("[[error x]]").text
    with pytest.raises(ValueError, match="No fault is called 'x'"):
        simulator.fail_next("x")


def test_waiting_faults(azure: Caller, simulator: RunningSimulator) -> None:
    simulator.fail_next("server_error", times=2)
    simulator.fail_next("truncated", after_events=1)
    assert [azure.ask("hi").status_code for _ in range(2)] == [500, 500]
    assert types(azure.ask("hi")) == ["created"]
    assert types(azure.ask("hi"))[-1] == "completed"


def test_faults_over_http(azure: Caller) -> None:
    def post(asked: dict[str, Any]) -> int:
        return azure.post("/simulator/faults", json=asked).status_code

    assert post({"name": "unavailable", "times": 1, "after_events": None}) == 204
    listed = azure.get("/simulator/faults").json()
    (waiting,) = listed["waiting"]
    assert waiting == {"name": "unavailable", "times": 1, "after_events": None, "seconds": None}
    assert listed["known"]["unavailable"] == "http"
    assert listed["known"]["truncated"] == "stream"
    assert listed["known"]["slow_headers"] == "connection"
    assert listed["known"]["issuer_down"] == "issuer"
    assert azure.ask("hi").status_code == 503
    assert post({"name": "x"}) == 400
    assert post({"nom": "x"}) == 400
    assert post({"name": "unavailable"}) == 204
    assert azure.delete("/simulator/faults").status_code == 204
    assert azure.ask("hi").status_code == 200


@pytest.mark.parametrize("path", ["/openai/v1/models", "/openai/models?api-version=2024-10-21"])
def test_an_http_failure_befalls_the_list_of_models_as_well(
    azure: Caller, simulator: RunningSimulator, path: str
) -> None:
    simulator.fail_next("hang_before_headers")  # for a reply, which it waits for
    simulator.fail_next("network_denied")
    assert [azure.get(path).status_code for _ in range(2)] == [403, 200]
    simulator.clear_faults()


def test_another_site_answers_with_a_page(azure: Caller, simulator: RunningSimulator) -> None:
    simulator.fail_next("web_page")
    answer = azure.ask("hi")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html")
