import asyncio
import json
from typing import Any

import httpx
import pytest

from proxy_core.attempts import LONGEST_OWN_WAIT, PASSING, Attempts
from proxy_core.azure import Azure
from proxy_core.conversation import Message, Reasoning, Request, Text
from proxy_core.errors import UpstreamError
from proxy_core.models import Deployment, find_family
from proxy_core.request_log import RequestLog
from proxy_core.settings import Settings
from tests.virtual_time import run

SETTINGS = Settings.from_environ(
    {"AZURE_OPENAI_ENDPOINT": "my.openai.azure.com", "AZURE_OPENAI_API_KEY": "key"}
)
DEPLOYMENT = Deployment("gpt-5.4", "responses", find_family("gpt-5.4"), origin="here")
PLAIN = Request("claude", (Message("user", (Text("hi"),)),))
REASONED = Request(
    "claude",
    (
        *PLAIN.messages,
        Message("assistant", (Reasoning("rs_1", "gAAAA", (), "here"), Text("Hello."))),
    ),
)
UNREADABLE = UpstreamError("could not be verified", status=400, code="invalid_encrypted_content")


def make_attempts(request: Request = PLAIN, sent: list[list[str]] | None = None) -> Attempts:
    def answer(asked: httpx.Request) -> httpx.Response:
        if sent is not None:
            sent.append([item["type"] for item in json.loads(asked.content)["input"]])
        return httpx.Response(200, headers={"apim-request-id": "abc"}, content=b"data: 1\n\n")

    azure = Azure(SETTINGS, httpx.MockTransport(answer))
    return Attempts(azure, request, DEPLOYMENT, RequestLog("req_1", "messages"), budget=10)


async def waits(attempts: Attempts, error: UpstreamError) -> list[float]:
    """The waits between attempts that all fail at once."""
    found: list[float] = []
    while (wait := attempts.wait_after(error)) is not None:
        found.append(wait)
        await asyncio.sleep(wait)
    return found


@pytest.mark.parametrize("status", sorted(PASSING))
def test_waits_grow_with_some_chance_in_them_until_the_budget_is_used_up(status: int) -> None:
    found = run(waits(make_attempts(), UpstreamError("busy", status=status)))
    assert len(found) in (3, 4)
    assert sum(found) <= 10
    for wait, growing in zip(found, (0.5, 1, 2, 4), strict=False):
        assert 0.75 * growing <= wait <= 1.25 * growing


def test_an_own_wait_is_never_very_long() -> None:
    async def late() -> float | None:
        attempts = make_attempts()
        attempts.failures, attempts.budget = 20, 60
        return attempts.wait_after(UpstreamError("busy", status=503))

    wait = run(late())
    assert wait is not None
    assert wait <= 1.25 * LONGEST_OWN_WAIT


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
def test_what_will_not_get_better_is_not_tried_again(status: int) -> None:
    assert run(waits(make_attempts(), UpstreamError("no", status=status))) == []


def test_reasoning_that_azure_refuses_is_dropped_once() -> None:
    sent: list[list[str]] = []

    async def ask_twice() -> list[float]:
        attempts = make_attempts(REASONED, sent)
        found = [chunk async for chunk in attempts.ask()] and await waits(attempts, UNREADABLE)
        assert [chunk async for chunk in attempts.ask()] == [b"data: 1\n\n"]
        assert (attempts.log.attempts, attempts.log.azure_request_id) == (2, "abc")
        return found

    assert run(ask_twice()) == [0.0]
    assert sent == [["message", "reasoning", "message"], ["message", "message"]]


def test_a_request_without_reasoning_is_not_repeated_for_it() -> None:
    assert run(waits(make_attempts(), UNREADABLE)) == []


def test_an_attempt_begins_after_its_wait() -> None:
    async def ask() -> float:
        assert [chunk async for chunk in make_attempts().ask(3.0)]
        return asyncio.get_running_loop().time()

    assert run(ask()) == 3


def test_what_azure_refuses_is_learned_and_the_request_sent_again() -> None:
    sent: list[dict[str, Any]] = []

    def answer(asked: httpx.Request) -> httpx.Response:
        sent.append(json.loads(asked.content))
        if "/responses" in str(asked.url):
            return httpx.Response(400, json={"error": {"message": "Model not supported"}})
        if "parallel_tool_calls" in sent[-1] or "reasoning_effort" in sent[-1]:
            message = "Unknown parameter: 'reasoning_effort'."
            return httpx.Response(400, json={"error": {"message": message}})
        return httpx.Response(200, content=b"data: 1\n\n")

    async def ask(azure: Azure) -> list[float]:
        attempts = Attempts(azure, PLAIN, DEPLOYMENT, RequestLog("req_1", "messages"), budget=10)
        waited: list[float] = []
        while True:
            try:
                assert [chunk async for chunk in attempts.ask()]
            except UpstreamError as error:
                wait = attempts.wait_after(error)
                assert wait is not None
                waited.append(wait)
            else:
                return waited

    async def ask_twice() -> list[list[float]]:
        azure = Azure(SETTINGS, httpx.MockTransport(answer))
        return [await ask(azure), await ask(azure)]

    assert run(ask_twice()) == [[0.0, 0.0], []]
    assert ["input" in body for body in sent] == [True, False, False, False]
