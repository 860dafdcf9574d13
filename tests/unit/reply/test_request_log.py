import json
import re

import pytest

from proxy_core.conversation import ReplyFinished, Usage
from proxy_core.errors import BadRequest, UpstreamError
from proxy_core.reply.request_log import RequestLog


def written(log: RequestLog, capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    log.write()
    log.write()
    [line] = capsys.readouterr().out.splitlines()
    return dict(json.loads(line))


def test_a_finished_request_reports_what_it_cost(capsys: pytest.CaptureFixture[str]) -> None:
    log = RequestLog("req_1", "messages", model="claude-x", deployment="gpt-5.4")
    log.begin(200)
    log.finish(ReplyFinished("end", Usage(10, 4, 0, 3, 2)))
    line = written(log, capsys)
    for field in ("first_byte_ms", "total_ms"):
        assert isinstance(line.pop(field), int)
    assert re.fullmatch(r"2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(line.pop("time")))
    assert line == {
        "level": "info",
        "request_id": "req_1",
        "client_request_id": "req_1",
        "route": "messages",
        "client": "client",
        "caller": "",
        "model": "claude-x",
        "deployment": "gpt-5.4",
        "api": "",
        "effort": "",
        "stream": False,
        "status": 200,
        "attempts": 0,
        "failovers": 0,
        "resource": 0,
        "azure_request_id": "",
        "azure_x_request_id": "",
        "azure_region": "",
        "first_word_ms": None,
        "stop_reason": "end",
        "input_tokens": 10,
        "cached_tokens": 4,
        "cache_write_tokens": 0,
        "output_tokens": 3,
        "reasoning_tokens": 2,
    }


def test_times_are_since_the_request_came(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([100.0, 100.25, 101.0, 107.0])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    log = RequestLog("req_1", "messages")
    log._started = next(clock)
    log._came = 1_800_000_000.0625
    log.begin(200)
    log.note_first_word()
    log.write()
    line = json.loads(capsys.readouterr().out)
    assert line["time"] == "2027-01-15T08:00:00.062Z"
    assert [line[f"{what}_ms"] for what in ("first_byte", "first_word", "total")] == [
        *(250, 1_000, 7_000)
    ]


def test_tools_that_were_left_out_are_named_by_kind(capsys: pytest.CaptureFixture[str]) -> None:
    kinds = frozenset({"mcp", "file_search", "a\nb", *(f"kind_{n:02}" for n in range(30))})
    line = written(RequestLog("req_1", "cursor", left_out=kinds), capsys)
    assert line["left_out"] == ["?", "file_search", *(f"kind_{n:02}" for n in range(18))]


def test_a_failed_request_names_the_error_but_not_its_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log = RequestLog("req_1", "messages")
    log.fail(UpstreamError("about the prompt", status=429, code="quota"))
    line = written(log, capsys)
    assert (line["error"], line["error_status"], line["error_code"]) == (
        "UpstreamError",
        429,
        "quota",
    )
    assert "prompt" not in str(line)


def test_what_azure_calls_the_request_is_kept_unless_it_is_odd(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log = RequestLog("req_1", "messages")
    log.note_azure({"apim-request-id": "a-1", "x-request-id": "b\nc", "x-ms-region": "East US 2"})
    line = written(log, capsys)
    assert line["azure_request_id"] == "a-1"
    assert line["azure_x_request_id"] == ""
    assert line["azure_region"] == "East US 2"


def test_the_client_is_told_azures_id_where_it_is_known_and_always_the_same() -> None:
    log = RequestLog("req_1", "messages")
    assert RequestLog("req_2", "messages").tell_id() == "req_2"
    log.note_azure({"x-request-id": "b-1"})
    assert log.tell_id() == "b-1"
    log.note_azure({"apim-request-id": "a-2", "x-request-id": "b-2"})
    assert log.tell_id() == "b-1"
    answered = RequestLog("req_3", "messages")
    answered.note_azure({"apim-request-id": "a-3", "x-request-id": "b-3"})
    assert answered.tell_id() == "a-3"


def test_an_error_without_a_code_has_none(capsys: pytest.CaptureFixture[str]) -> None:
    log = RequestLog("req_1", "messages")
    log.fail(BadRequest("no"))
    assert "error_code" not in written(log, capsys)


def test_a_request_that_neither_finished_nor_failed_was_left(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert written(RequestLog("req_1", "messages"), capsys)["error"] == "ClientLeft"


def test_a_defect_is_located_without_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise RuntimeError("the prompt")
    except RuntimeError as defect:
        RequestLog("req_1", "messages").write_defect(defect)
    line = json.loads(capsys.readouterr().out)
    assert line["defect"] == "RuntimeError"
    assert line["at"][0].startswith("test_request_log.py:")
    assert "prompt" not in str(line)


def test_a_reply_that_azure_was_not_waited_for_has_no_numbers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log = RequestLog("req_1", "messages")
    log.finish(ReplyFinished("stop_sequence", None, "stop"))
    line = written(log, capsys)
    assert line["stop_reason"] == "stop_sequence"
    assert "output_tokens" not in line


def test_whoever_else_is_told_is_told_once() -> None:
    told: list[RequestLog] = []
    log = RequestLog("req_1", "messages", also=told.append)
    log.write()
    log.write()
    assert told == [log]


def test_whoever_else_is_told_and_fails_costs_no_reply(capsys: pytest.CaptureFixture[str]) -> None:
    def fail(log: RequestLog) -> None:
        raise KeyError("a prompt")

    RequestLog("req_1", "messages", also=fail).write()
    line, defect = capsys.readouterr().out.splitlines()
    assert json.loads(line)["request_id"] == "req_1"
    assert json.loads(defect)["defect"] == "KeyError"
    assert "a prompt" not in defect


def test_what_is_asked_beside_a_request_is_told_to_the_same_and_of_the_same() -> None:
    told: list[RequestLog] = []
    log = RequestLog("req_1", "messages", traceparent="00-1-2-01", also=told.append)
    beside = log.beside("safeguards", "gpt-5.4-mini", "safety")
    beside.write()
    assert told == [beside]
    assert (beside.request_id, beside.traceparent) == ("req_1", "00-1-2-01")
    assert (beside.route, beside.deployment) == ("safeguards", "gpt-5.4-mini")


def test_a_failure_before_any_attempt_is_no_attempts() -> None:
    log = RequestLog("req_1", "messages")
    log.fail_attempt(UpstreamError("no", status=503))
    assert log.made == []
