"""Claude Code's question about tool uses, through the whole proxy, in virtual time."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from proxy_core.azure.calls import Azure
from proxy_core.conversation import Message, Request, Text
from proxy_core.proxy import Proxy
from proxy_core.reply.request_log import RequestLog
from proxy_core.safeguards.review import LONGEST_REVIEW, Review
from proxy_core.settings import Settings
from proxy_core.wire.sse import encode_event
from tests.arriving import JSON, arriving
from tests.grammar import read_stream
from tests.virtual_time import run

SLOWEST = LONGEST_REVIEW.one_piece
TOKEN = "a-token-of-mine"
HEADERS = {"x-api-key": TOKEN, **JSON}
ENVIRON = {
    "AZURE_OPENAI_ENDPOINT": "https://my.openai.azure.com",
    "AZURE_OPENAI_API_KEY": "key",
    "BIG_MODEL": "gpt-5.4",
    "SAFEGUARDS_MODEL": "gpt-5.4-mini",
    "ANTHROPIC_AUTH_TOKEN": TOKEN,
}
REQUEST: dict[str, Any] = {
    "model": "claude-opus-5-5",
    "max_tokens": 99,
    "stream": True,
    "messages": [{"role": "user", "content": "List the files."}],
    "tools": [{"name": "Bash", "input_schema": {"type": "object"}}],
    "safeguards": [{"type": "dangerous_tool_use", "classifier_context": {"mode": "auto"}}],
}


def stream(*events: dict[str, Any]) -> bytes:
    return b"".join(encode_event(event, event["type"]) for event in events)


def item(**fields: Any) -> list[dict[str, Any]]:
    return [
        {"type": f"response.output_item.{state}", "output_index": 0, "item": fields}
        for state in ("added", "done")
    ]


COMPLETED = {"type": "response.completed", "response": {"usage": {"output_tokens": 3}}}
CALL = stream(*item(type="function_call", call_id="call_1", name="Bash", arguments="{}"), COMPLETED)
HELLO = stream(*item(type="message", content=[{"text": "Hello"}]), COMPLETED)


def verdict(outcome: str) -> bytes:
    verdicts = [{"id": "call_1", "outcome": outcome, "explanation": "It may."}]
    text = json.dumps({"verdicts": verdicts})
    return stream(*item(type="message", content=[{"text": text}]), COMPLETED)


class Late(httpx.AsyncByteStream):
    def __init__(self, seconds: float, content: bytes) -> None:
        self._seconds, self._content = seconds, content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        await asyncio.sleep(self._seconds)
        yield self._content


Judge = httpx.Response | Callable[[httpx.Request], httpx.Response] | None


def ask(
    judge: Judge,
    reply: bytes = CALL,
    request: dict[str, Any] = REQUEST,
    environ: dict[str, str] = ENVIRON,
) -> dict[str, Any]:
    """The message that the client gets. Without a judge none may be asked."""

    def azure(asked: httpx.Request) -> httpx.Response:
        if json.loads(asked.content)["model"] == "gpt-5.4":
            return httpx.Response(200, content=reply)
        assert judge, "the judge was asked"
        return judge if isinstance(judge, httpx.Response) else judge(asked)

    async def collect() -> bytes:
        settings = Settings.from_environ(environ)
        proxy = Proxy(settings, Azure(settings, httpx.MockTransport(azure)))
        answer = await proxy.messages(HEADERS, arriving(json.dumps(request).encode()))
        if isinstance(answer.body, bytes):
            return answer.body
        return b"".join([piece async for piece in answer.body])

    body = run(collect())
    return read_stream(body) if request["stream"] else dict(json.loads(body))


def status(message: dict[str, Any]) -> Any:
    [result] = message["safeguard_results"]
    assert result["type"] == "dangerous_tool_use"
    return result["status"]


@pytest.mark.parametrize("streamed", [True, False])
def test_a_verdict_is_reported(streamed: bool) -> None:
    judge = httpx.Response(200, content=verdict("not_flagged"))
    assert status(ask(judge, request=REQUEST | {"stream": streamed})) == {
        "type": "available",
        "tool_uses": {"call_1": {"type": "evaluated", "outcome": "not_flagged"}},
    }


def test_a_flag_says_why() -> None:
    told = status(ask(httpx.Response(200, content=verdict("flagged"))))
    assert told["tool_uses"]["call_1"]["explanation"] == "It may."


NOT_EVALUATED = {"type": "available", "tool_uses": {}}


@pytest.mark.parametrize(
    "judge",
    [
        httpx.Response(200, content=verdict("unclear")),
        httpx.Response(200, content=HELLO),
        httpx.Response(200, content=HELLO.replace(b"response.completed", b"response.other")),
        httpx.Response(500),
        httpx.Response(200, stream=Late(SLOWEST + 1, verdict("not_flagged"))),
        httpx.Response(
            200,
            content=verdict("not_flagged").replace(
                b'"usage"', b'"incomplete_details":{"reason":"max_output_tokens"},"usage"'
            ),
        ),
    ],
    ids=["unclear", "no verdict", "truncated", "failed", "slow", "cut"],
)
def test_anything_unclear_slow_or_failed_counts_as_not_evaluated(judge: httpx.Response) -> None:
    assert status(ask(judge)) == NOT_EVALUATED


def test_a_review_that_took_too_long_is_logged_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    ask(httpx.Response(200, stream=Late(SLOWEST + 1, verdict("not_flagged"))))
    lines = [*map(json.loads, capsys.readouterr().out.splitlines())]
    [review] = [line for line in lines if line["route"] == "safeguards"]
    [asked] = [line for line in lines if line["route"] == "messages"]
    assert (review["error"], review["error_status"]) == ("UpstreamError", 504)
    assert review["caller"] == asked["caller"] != ""
    assert review["request_id"] == asked["request_id"]


def test_a_slow_verdict_in_time_is_waited_for() -> None:
    judge = httpx.Response(200, stream=Late(SLOWEST - 1, verdict("not_flagged")))
    assert "call_1" in status(ask(judge))["tool_uses"]


FAIR = httpx.Response(200, content=verdict("not_flagged"))
EVALUATED = {"call_1": {"type": "evaluated", "outcome": "not_flagged"}}


def test_a_judge_that_stumbles_is_asked_again() -> None:
    answers = [httpx.Response(503), httpx.Response(429, headers={"retry-after": "2"}), FAIR]
    assert status(ask(lambda _: answers.pop(0)))["tool_uses"] == EVALUATED


def test_what_the_judge_does_not_take_is_learned() -> None:
    def refuse(asked: httpx.Request) -> httpx.Response:
        if "reasoning" not in json.loads(asked.content):
            return FAIR
        message = "Unsupported parameter: 'reasoning.effort'."
        return httpx.Response(400, json={"error": {"message": message}})

    assert status(ask(refuse))["tool_uses"] == EVALUATED


def test_where_one_resource_cannot_judge_another_does() -> None:
    def answer(asked: httpx.Request) -> httpx.Response:
        return FAIR if asked.url.host.startswith("second") else httpx.Response(401)

    second = {
        "AZURE_OPENAI_FALLBACK_ENDPOINT": "https://second.openai.azure.com",
        "AZURE_OPENAI_FALLBACK_API_KEY": "key",
    }
    assert status(ask(answer, environ=ENVIRON | second))["tool_uses"] == EVALUATED


def test_a_reply_without_calls_asks_nobody() -> None:
    assert status(ask(None, HELLO)) == NOT_EVALUATED


def test_without_a_judge_the_question_is_not_supported() -> None:
    environ = ENVIRON | {"SAFEGUARDS_MODEL": ""}
    assert status(ask(None, environ=environ)) == {"type": "unsupported"}


@pytest.mark.parametrize("safeguards", [None, [], [{"type": "another_question"}]])
def test_without_the_question_nothing_is_said(safeguards: list[Any] | None) -> None:
    assert "safeguard_results" not in ask(None, request=REQUEST | {"safeguards": safeguards})


def test_a_review_does_not_keep_the_request() -> None:
    """Which may be large, and is let go once the model speaks."""
    azure = Azure(Settings.from_environ(ENVIRON))
    request = Request("claude", (Message("user", (Text("List the files."),)),))
    before = sys.getrefcount(request)
    review = Review(azure, request, None, RequestLog("req_1", "messages"))
    assert (review.is_due, sys.getrefcount(request)) == (False, before)
