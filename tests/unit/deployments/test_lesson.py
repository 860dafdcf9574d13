"""A body as a deployment takes it."""

from typing import Any

import pytest

from proxy_core.deployments.lesson import (
    FUNCTIONS_ONLY,
    LIMITS,
    NO_LESSON,
    ON_CHAT,
    Lesson,
    adapt,
    apply_lesson,
)
from proxy_core.deployments.models import Deployment, find_family


def dropped(*paths: str) -> Lesson:
    return Lesson(dropped=frozenset(paths))


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
        (
            dropped("tools.strict", "tools.function.strict"),
            {"tools": [{"name": "a", "strict": False}, {"function": {"strict": True, "b": 1}}, 7]},
            {"tools": [{"name": "a"}, {"function": {"b": 1}}, 7]},
        ),
        (dropped("tools.strict"), {"tools": [{"strict": True}]}, {"tools": [{"strict": True}]}),
        (dropped("reasoning.summary", "include"), {"input": []}, {"input": []}),
        (
            Lesson(renamed="max_tokens"),
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


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize(("asked", "given"), [(32_000, 16_384), (16_384, 16_384), (1, 1)])
def test_a_limit_that_was_learned_is_never_asked_beyond(name: str, asked: int, given: int) -> None:
    assert apply_lesson(Lesson(limit=16_384), {name: asked}) == {name: given}
    assert apply_lesson(Lesson(limit=16_384), {"input": []}) == {"input": []}


def test_a_limit_and_its_name_are_learned_apart() -> None:
    lesson = Lesson(renamed="max_completion_tokens") + Lesson(limit=8_192)
    assert apply_lesson(lesson, {"max_completion_tokens": 9_000}) == {"max_tokens": 8_192}


def test_each_smaller_limit_at_least_halves_the_one_before() -> None:
    known = NO_LESSON
    steps = set()
    for limit in range(100_000, 0, -1):
        known += Lesson(limit=limit)
        assert known.limit is not None
        assert 0 < known.limit <= limit or known.limit == 1
        steps.add(known.limit)
    assert len(steps) < 20


@pytest.mark.parametrize(
    ("lesson", "api", "custom_tools"),
    [
        (NO_LESSON, "responses", True),
        (ON_CHAT, "chat", True),
        (FUNCTIONS_ONLY, "responses", False),
        (FUNCTIONS_ONLY + ON_CHAT, "chat", False),
        (ON_CHAT + FUNCTIONS_ONLY, "chat", False),
    ],
)
def test_a_deployment_as_it_is_written_for(lesson: Lesson, api: str, custom_tools: bool) -> None:
    deployment = Deployment("gpt-5.2", "responses", find_family("gpt-5.2"))
    adapted = adapt(deployment, lesson)
    assert (adapted.api, adapted.family.custom_tools) == (api, custom_tools)
    assert adapted.origin == deployment.origin
