"""What each check makes of answers that the simulator would not give."""

import json
from typing import Any

import httpx
import pytest

from proxy_core.doctor import Finding
from proxy_core.doctor.lines import merge_lines
from proxy_core.doctor.refusal import judge
from proxy_core.doctor.targets import find_targets
from proxy_core.errors import BadRequest
from proxy_core.settings import Settings
from tests.streams import call, ended, message, reasoning, responses_stream
from tests.unit.doctor.examining import KEY, UNUSUAL, Answer, examine_answers, one, states

ENVIRON = {
    "AZURE_OPENAI_ENDPOINT": "https://my.openai.azure.com",
    "AZURE_OPENAI_API_KEY": KEY,
    "BIG_MODEL": "gpt-5.4",
    "SMALL_MODEL": "gpt-5.4",
    **UNUSUAL,
}
SETTINGS = Settings.from_environ(ENVIRON)
USAGE = {"input_tokens": 10, "output_tokens": 5}


async def look_up(host: str) -> tuple[str, ...]:
    return ("20.0.0.1",)


def reply(*items: list[Any], status: str = "completed", **response: Any) -> bytes:
    events = [event for item in items for event in item]
    return responses_stream(*events, ended(status, usage=USAGE, **response))


def examine_with(answer: bytes | Answer, **environ: str) -> list[Finding]:
    """All replies are the same, or what a function says."""
    respond = answer if callable(answer) else lambda _: httpx.Response(200, content=answer)
    return examine_answers({**ENVIRON, **environ}, respond, "full", look_up=look_up)[0]


def test_a_model_that_does_nothing_it_is_asked_for() -> None:
    found = states(examine_with(reply(message(0, "No."))))
    assert {id for id, state in found.items() if state == "warning"} == {
        "tool",
        "parallel",
        "summary",
        "replay",
        "schema",
        "cache",
        "efforts",  # it takes what it should not have
    }


def test_calls_whose_arguments_are_no_object() -> None:
    odd = reply(call(0, "c", "get_weather", "[1]"), call(1, "d", "get_time", "{"))
    findings = examine_with(odd)
    assert one(findings, "tool").state == "warning"
    assert one(findings, "parallel").detail == "2 calls in one reply"


def test_reasoning_that_led_to_nothing() -> None:
    findings = examine_with(reply(reasoning(0, "rs_1", "Well")))
    assert one(findings, "replay").detail == (
        "The model said nothing that its reasoning could belong to."
    )


def test_a_schema_that_is_half_kept() -> None:
    findings = examine_with(reply(message(0, '{"city": "Oslo"}')))
    assert one(findings, "schema").state == "warning"
    broken = examine_with(reply(message(0, '{"city": "Os')))
    assert one(broken, "schema").state == "warning"


@pytest.mark.parametrize(
    ("reason", "remedy"),
    [("max_output_tokens", "thought for longer"), ("content_filter", "content filter")],
)
def test_a_reply_that_was_stopped(reason: str, remedy: str) -> None:
    stopped = reply(message(0, "1"), status="incomplete", incomplete_details={"reason": reason})
    findings = examine_with(stopped)
    assert one(findings, "stream").state == "warning"
    assert remedy in one(findings, "stream").remedy
    # a limit of a few tokens may be met at once
    assert one(findings, "first").state == ("ok" if "max" in reason else "warning")


def test_a_reply_in_one_piece_though_a_stream_was_asked_for() -> None:
    output = [{"type": "message", "content": [{"type": "output_text", "text": "Hi"}]}]
    whole = {"object": "response", "status": "completed", "output": output, "usage": USAGE}
    findings = examine_with(lambda _: httpx.Response(200, json=whole))
    assert one(findings, "first").state == "ok"
    assert "came in one piece" in one(findings, "stream").detail


@pytest.mark.parametrize(
    ("stream", "says"),
    [
        (b"", "closed the stream"),
        (b"data: null\n\n", "closed the stream"),
        (b'data: {"type": "response.created", "response": {"model": "x"}}\n\n', "closed the st"),
        (b"data: [1]\n\ndata: [DONE]\n\n", "cannot be read"),
        (b"data: {nonsense\n\n", "cannot be read"),
        (b"data: null\n\n" + b"x" * 2_000_000, "longer than what was asked for"),
    ],
)
def test_what_cannot_be_read(stream: bytes, says: str) -> None:
    findings = examine_with(
        lambda _: httpx.Response(200, content=stream, headers={"content-type": "text/event-stream"})
    )
    assert one(findings, "first").state == "failed"
    assert says in one(findings, "first").detail


def asked_effort(request: httpx.Request) -> str:
    return str(json.loads(request.content or b"{}").get("reasoning", {}).get("effort"))


def test_an_effort_that_is_refused_for_another_reason() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if asked_effort(request) == "minimal":
            return httpx.Response(500, json={"error": {"message": "Sorry."}})
        return httpx.Response(200, content=reply(message(0, "No.")))

    assert "Sorry." in one(examine_with(answer), "efforts").detail


def test_a_family_that_has_them_all() -> None:
    findings = examine_with(reply(message(0, "No.")), AZURE_MODEL_FAMILIES="gpt-5.4=gpt-5.6")
    efforts = one(findings, "efforts")
    assert efforts.detail == "It takes minimal, which its family is not known to have."


def test_azure_names_the_model_itself() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if asked_effort(request) == "minimal":
            listed = "Unsupported value: 'x'. Supported values are: 'low', 'medium' and 'high'."
            refusal = {"param": "reasoning.effort", "code": "unsupported_value"}
            return httpx.Response(400, json={"error": {"message": listed, **refusal}})
        return httpx.Response(200, content=reply(message(0, "No."), model="gpt-5-codex-2025"))

    findings = examine_with(answer, BIG_MODEL="prod", SMALL_MODEL="prod")
    assert one(findings, "efforts").settings == ("AZURE_MODEL_FAMILIES=prod=gpt-5-codex-2025",)


def test_what_a_first_refusal_teaches() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if asked_effort(request) != "None":
            refusal = {"param": "reasoning", "code": "unsupported_parameter"}
            said = "Unsupported parameter: 'reasoning' is not supported with this model."
            return httpx.Response(400, json={"error": {"message": said, **refusal}})
        return httpx.Response(200, content=reply(message(0, "No.")))

    first = one(examine_with(answer), "first")
    assert first.state == "warning"
    assert "Unsupported parameter: 'reasoning'" in first.detail
    assert "The proxy leaves it out by itself" in first.remedy


def test_an_unknown_model_that_takes_no_effort() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if asked_effort(request) != "None":
            refusal = {"param": "reasoning.effort", "code": "unsupported_parameter"}
            return httpx.Response(400, json={"error": {"message": "No.", **refusal}})
        return httpx.Response(200, content=reply(message(0, "No.")))

    efforts = one(examine_with(answer, BIG_MODEL="prod", SMALL_MODEL="prod"), "efforts")
    assert (efforts.state, efforts.detail) == ("ok", "none may be sent")


def test_an_endpoint_that_is_an_address() -> None:
    findings = examine_with(reply(), AZURE_OPENAI_ENDPOINT="https://20.0.0.1/v1")
    assert one(findings, "dns").detail == "It is an address already."


def test_what_our_own_writer_refuses() -> None:
    verdict = judge(BadRequest("This cannot be sent."), find_targets(SETTINGS)[0].deployment)
    assert (verdict.state, verdict.detail) == ("failed", "This cannot be sent.")


def test_a_resource_where_nothing_answers_on_either_api() -> None:
    nothing = {"error": {"message": "Resource not found", "code": "404"}}
    findings = examine_with(lambda _: httpx.Response(404, json=nothing))
    assert one(findings, "first").state == "failed"
    assert "Check AZURE_OPENAI_ENDPOINT" in one(findings, "first").remedy


def test_a_limit_that_passes_while_it_is_waited_for() -> None:
    told: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and not told:
            told.append("wait")
            return httpx.Response(429, json={"error": {"message": "Slow down."}})
        return httpx.Response(200, content=reply(message(0, "No.")))

    assert one(examine_with(answer), "first").state == "ok"


def test_a_picture_for_a_model_that_takes_none() -> None:
    found = states(
        examine_with(reply(message(0, "No.")), BIG_MODEL="o3-mini", SMALL_MODEL="o3-mini")
    )
    assert found["image"] == "skipped"


def test_summaries_that_are_not_wanted() -> None:
    findings = examine_with(reply(message(0, "No.")), REASONING_SUMMARY="off")
    assert one(findings, "summary").detail == "REASONING_SUMMARY is off."


def test_the_lines_of_settings_are_merged() -> None:
    lines = ["AZURE_MODEL_FAMILIES=a=x", "AZURE_OPENAI_API=chat", "AZURE_MODEL_FAMILIES=b=y"]
    assert merge_lines(lines, {"c": "z"}, False) == (
        "AZURE_MODEL_FAMILIES=c=z,a=x,b=y",
        "AZURE_OPENAI_API=chat",
    )
    assert merge_lines(lines[1:2], {"c": "z"}, True) == ()
