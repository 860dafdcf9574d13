"""Azure's refusals, word for word as they were seen, and what follows from them."""

from dataclasses import replace
from typing import Any

import pytest

from proxy_core.deployments.lessons import Lesson, Lessons, apply_lesson, read_lesson
from proxy_core.deployments.models import Deployment, UpstreamApi, find_family
from proxy_core.errors import UpstreamError

EFFORT_REFUSED = UpstreamError(
    "Unsupported value: 'reasoning_effort' does not support 'max' with this model. Supported "
    "values are: 'none', 'low', 'medium', 'high', and 'xhigh'.",
    status=400,
    code="unsupported_value",
    param="reasoning_effort",
)
NOT_SUPPORTED = UpstreamError("Model not supported", status=400)
UNSUPPORTED = UpstreamError("The requested operation is unsupported.", status=400)


def dropped(*paths: str) -> Lesson:
    return Lesson(dropped=frozenset(paths))


def refusal(message: str, param: str = "", code: str = "") -> UpstreamError:
    return UpstreamError(message, status=400, param=param, code=code)


@pytest.mark.parametrize(
    ("error", "api", "lesson"),
    [
        (EFFORT_REFUSED, "chat", Lesson(efforts=("none", "low", "medium", "high", "xhigh"))),
        (
            refusal("Unsupported value: no list", "reasoning.effort", "unsupported_value"),
            "responses",
            Lesson(),
        ),
        (
            refusal(
                "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
                "'max_completion_tokens' instead.",
                "max_tokens",
                "unsupported_parameter",
            ),
            "chat",
            Lesson(renamed=frozenset({"max_tokens"})),
        ),
        (
            refusal("Unrecognized request argument supplied: prompt_cache_key"),
            "chat",
            dropped("prompt_cache_key"),
        ),
        (
            refusal("Unknown parameter: 'reasoning_effort'.", "reasoning_effort"),
            "chat",
            dropped("reasoning_effort"),
        ),
        (
            refusal("Your organization must be verified", "reasoning.summary", "unsupported_value"),
            "responses",
            dropped("reasoning.summary"),
        ),
        (
            refusal("Unsupported parameter: 'temperature' is not supported with this model."),
            "responses",
            dropped("temperature"),
        ),
        (
            refusal("Encrypted content is not supported with this model."),
            "responses",
            dropped("include"),
        ),
        (NOT_SUPPORTED, "responses", Lesson(api="chat")),
        (NOT_SUPPORTED, "chat", Lesson()),
        (UNSUPPORTED, "chat", Lesson(api="responses")),
        (UNSUPPORTED, "responses", Lesson()),
        (
            refusal("… To use function tools, use /v1/responses or set reasoning_effort …"),
            "chat",
            Lesson(api="responses"),
        ),
        (refusal("Unknown parameter: 'input[0].content'."), "responses", Lesson()),
        (refusal("Invalid value", "temperature", "invalid_value"), "responses", Lesson()),
        (UpstreamError("Model not supported", status=404), "responses", Lesson()),
    ],
)
def test_what_a_refusal_teaches(error: UpstreamError, api: UpstreamApi, lesson: Lesson) -> None:
    assert read_lesson(error, api) == lesson


@pytest.mark.parametrize(
    ("lesson", "body", "taken"),
    [
        (dropped("temperature"), {"temperature": 1, "top_p": 1}, {"top_p": 1}),
        (
            dropped("reasoning.summary"),
            {"reasoning": {"effort": "low", "summary": "auto"}},
            {"reasoning": {"effort": "low"}},
        ),
        (dropped("reasoning.summary"), {"reasoning": {"summary": "auto"}, "a": 1}, {"a": 1}),
        (dropped("reasoning.summary", "include"), {"input": []}, {"input": []}),
        (
            Lesson(renamed=frozenset({"max_tokens"})),
            {"max_tokens": 9},
            {"max_completion_tokens": 9},
        ),
        (
            Lesson(efforts=("low",)),
            {"reasoning": {"effort": "max"}},
            {"reasoning": {"effort": "low"}},
        ),
        (
            Lesson(efforts=("low", "high")),
            {"reasoning_effort": "max"},
            {"reasoning_effort": "high"},
        ),
        (Lesson(efforts=("low",)), {"input": []}, {"input": []}),
        (Lesson(), {"input": []}, {"input": []}),
    ],
)
def test_a_body_that_heeds_it(lesson: Lesson, body: dict[str, Any], taken: dict[str, Any]) -> None:
    given = repr(body)
    assert apply_lesson(lesson, body) == taken
    assert repr(body) == given


def deployment(api: UpstreamApi = "responses", name: str = "prod") -> Deployment:
    return Deployment(name, api, find_family("gpt-5.4"))


def test_a_lesson_is_new_once_and_adds_to_what_is_known() -> None:
    lessons = Lessons()
    summary = refusal("no", "reasoning.summary", "unsupported_value")
    assert lessons.learn(deployment("chat"), EFFORT_REFUSED)
    assert lessons.learn(deployment(), summary)
    assert not lessons.learn(deployment(), summary)
    assert not lessons.learn(deployment(), refusal("something else"))
    body = {"reasoning": {"effort": "max", "summary": "auto"}}
    assert lessons.apply(deployment(), body) == {"reasoning": {"effort": "xhigh"}}
    assert lessons.apply(deployment(name="other"), body) == body


def test_the_api_is_changed_once_and_never_back() -> None:
    lessons = Lessons()
    assert lessons.adapt(deployment()) == deployment()
    assert lessons.learn(deployment(), NOT_SUPPORTED)
    assert lessons.adapt(deployment()) == deployment("chat")
    assert not lessons.learn(deployment("chat"), UNSUPPORTED)
    assert lessons.adapt(deployment()) == deployment("chat")


def test_a_deployment_that_only_speaks_chat_cannot_search() -> None:
    lessons, searching = Lessons(), replace(deployment(), web_search=True)
    assert searching.can_search
    assert lessons.learn(searching, NOT_SUPPORTED)
    assert not lessons.adapt(searching).can_search
