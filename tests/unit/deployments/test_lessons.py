"""What was learned, by deployment, and for how long."""

from typing import Any

import pytest
from msgspec.structs import replace

from proxy_core.deployments.lesson import (
    IN_ONE_PIECE,
    NO_LESSON,
    ON_CHAT,
    Lesson,
    adapt,
    apply_lesson,
)
from proxy_core.deployments.lessons import LONGEST_KNOWN, MOST_DEPLOYMENTS, Lessons, guess
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


def refusal(message: str, param: str = "", code: str = "") -> UpstreamError:
    return UpstreamError(message, status=400, param=param, code=code)


def deployment(api: UpstreamApi = "responses", name: str = "prod", **fields: Any) -> Deployment:
    return Deployment(name, api, find_family("gpt-5.4"), **fields)


SUMMARY = refusal("no", "reasoning.summary", "unsupported_value")


class Asked:
    """A request that is written with what is known at the time, and then refused."""

    def __init__(self, lessons: Lessons, place: Deployment | None = None, now: float = 0.0) -> None:
        self.lessons = lessons
        self.written_with = lessons.known(place or deployment(), now)
        place = place or deployment()
        self.place = adapt(place, lessons.known(place, now))

    def refused(self, error: UpstreamError, now: float = 0.0) -> bool:
        """Whether it is sent again."""
        return self.lessons.learn(self.place, self.written_with, error, now)


def test_a_lesson_adds_to_what_is_known() -> None:
    lessons = Lessons()
    assert Asked(lessons, deployment("chat")).refused(EFFORT_REFUSED)
    assert Asked(lessons).refused(SUMMARY)
    assert not Asked(lessons).refused(SUMMARY)  # it was heeded, and refused all the same
    assert not Asked(lessons).refused(refusal("something else"))
    body = {"reasoning": {"effort": "max", "summary": "auto"}}
    known = lessons.known(deployment(), 0.0)
    assert apply_lesson(known, body) == {"reasoning": {"effort": "xhigh"}}
    assert lessons.known(deployment(name="other"), 0.0) == NO_LESSON


def test_requests_that_are_refused_at_once_are_all_sent_again() -> None:
    lessons = Lessons()
    asked = [Asked(lessons) for _ in range(5)]
    assert [one.refused(SUMMARY) for one in asked] == [True] * 5
    assert not Asked(lessons).refused(SUMMARY)


def test_a_refusal_that_teaches_nothing_is_not_repeated_for_what_others_learned() -> None:
    lessons = Lessons()
    asked = Asked(lessons)
    assert Asked(lessons).refused(SUMMARY)
    assert not asked.refused(refusal("The response was filtered."))


def test_the_api_is_changed_once_and_never_back() -> None:
    lessons = Lessons()
    asked = [Asked(lessons), Asked(lessons)]
    assert asked[0].refused(NOT_SUPPORTED)
    assert adapt(deployment(), lessons.known(deployment(), 0.0)) == deployment("chat")
    assert not Asked(lessons).refused(UNSUPPORTED)
    assert asked[1].refused(NOT_SUPPORTED)
    assert adapt(deployment(), lessons.known(deployment(), 0.0)) == deployment("chat")


def test_the_users_own_choice_of_an_api_is_never_overridden() -> None:
    lessons, chosen = Lessons(), deployment(api_is_set=True)
    assert not Asked(lessons, chosen).refused(NOT_SUPPORTED)
    assert adapt(chosen, lessons.known(chosen, 0.0)) == chosen
    assert Asked(lessons, chosen).refused(SUMMARY)


LOW, HIGH = (
    refusal(f"Supported values are: '{name}'.", "reasoning_effort", "unsupported_value")
    for name in ("low", "high")
)
OLD, NEW = (
    refusal("no", name, "unsupported_parameter") for name in ("max_tokens", "max_completion_tokens")
)


@pytest.mark.parametrize(("one", "other"), [(LOW, HIGH), (HIGH, LOW), (OLD, NEW), (NEW, OLD)])
def test_what_contradicts_itself_is_believed_once(one: UpstreamError, other: UpstreamError) -> None:
    lessons = Lessons()
    told = [one, other, one, other]
    assert [Asked(lessons).refused(error) for error in told] == [True, False, False, False]


def test_supported_values_only_become_fewer() -> None:
    lessons = Lessons()
    fewer = refusal("Supported values are: 'low', 'max'.", "reasoning_effort", "unsupported_value")
    assert Asked(lessons).refused(EFFORT_REFUSED)
    assert Asked(lessons).refused(fewer)
    assert lessons.known(deployment(), 0.0).efforts == ("low",)


def test_all_is_forgotten_after_a_while_which_later_lessons_do_not_put_off() -> None:
    lessons = Lessons()
    assert Asked(lessons).refused(SUMMARY)
    last = LONGEST_KNOWN - 1
    assert Asked(lessons, now=last).refused(EFFORT_REFUSED, last)
    assert lessons.known(deployment(), last).dropped
    assert lessons.known(deployment(), LONGEST_KNOWN) == NO_LESSON


def test_what_a_request_was_written_with_counts_also_when_it_is_forgotten_meanwhile() -> None:
    lessons = Lessons()
    assert Asked(lessons).refused(SUMMARY)
    late = Asked(lessons, now=LONGEST_KNOWN - 1)
    assert not late.refused(SUMMARY, LONGEST_KNOWN)


def test_made_up_names_are_not_kept_without_bound() -> None:
    lessons = Lessons()
    for number in range(MOST_DEPLOYMENTS + 1):
        assert Asked(lessons, deployment(name=f"m{number}")).refused(SUMMARY)
    assert lessons.known(deployment(name="m0"), 0.0) == NO_LESSON
    assert lessons.known(deployment(name="m1"), 0.0) != NO_LESSON


def test_a_family_that_does_not_stream_is_never_asked_to() -> None:
    family = find_family("o3-pro")
    assert Lessons().known(Deployment("o3-pro", "responses", family), 0.0) == IN_ONE_PIECE


def test_a_deployment_that_only_speaks_chat_cannot_search() -> None:
    lessons, searching = Lessons(), replace(deployment(), web_search=True)
    assert searching.can_search
    assert Asked(lessons, searching).refused(NOT_SUPPORTED)
    assert not adapt(searching, lessons.known(searching, 0.0)).can_search


NOT_ON_RESPONSES = refusal("The responses operation does not work with the specified model, X.")
NOT_ON_CHAT = refusal("The chatCompletion operation does not work with the specified model, X.")
NOTHING_THERE = UpstreamError("Resource not found", status=404, code="404")


def test_a_model_that_speaks_one_api_only_is_asked_through_that() -> None:
    lessons, dated = Lessons(), deployment("chat")
    assert Asked(lessons, dated).refused(NOT_ON_CHAT)
    assert adapt(dated, lessons.known(dated, 0.0)).api == "responses"
    assert not Asked(lessons, dated).refused(NOT_ON_RESPONSES)  # it speaks neither


def test_where_the_responses_api_may_be_missing_chat_is_a_guess_and_no_lesson() -> None:
    lessons = Lessons()
    assert not Asked(lessons).refused(NOTHING_THERE)
    assert guess(deployment(), NOTHING_THERE) == ON_CHAT
    assert guess(deployment("chat"), NOTHING_THERE) == NO_LESSON
    assert guess(deployment(api_is_set=True), NOTHING_THERE) == NO_LESSON
    assert guess(deployment(), NOT_ON_RESPONSES) == NO_LESSON  # that is known for sure


def test_a_guess_that_holds_is_kept_like_a_lesson() -> None:
    lessons = Lessons()
    assert lessons.keep(deployment(), ON_CHAT, 0.0) == ON_CHAT
    assert lessons.known(deployment(), LONGEST_KNOWN - 1) == ON_CHAT
    assert lessons.known(deployment(), LONGEST_KNOWN) == NO_LESSON
    assert lessons.known(deployment(name="other"), 0.0) == NO_LESSON


def test_a_family_without_chat_is_never_asked_through_it() -> None:
    codex = replace(deployment(), family=find_family("gpt-5.1-codex"))
    lessons = Lessons()
    assert not Asked(lessons, codex).refused(NOT_ON_RESPONSES)
    assert guess(codex, NOTHING_THERE) == NO_LESSON
    assert lessons.known(codex, 0.0) == NO_LESSON


def limited(tokens: int) -> UpstreamError:
    return refusal(f"max_tokens is too large: 99999. This model supports at most {tokens}")


def test_a_limit_is_learned_once_by_all_who_ask_at_once() -> None:
    lessons = Lessons()
    asked = [Asked(lessons) for _ in range(3)]
    assert [one.refused(limited(16_384)) for one in asked] == [True] * 3
    assert not Asked(lessons).refused(limited(16_384))
    assert not Asked(lessons).refused(limited(32_768))
    assert lessons.known(deployment(), 0.0) == Lesson(limit=16_384)


def test_a_gateway_with_several_models_behind_a_name_gives_the_smallest_limit() -> None:
    lessons = Lessons()
    assert Asked(lessons).refused(limited(16_384))
    assert Asked(lessons).refused(limited(12_000))
    assert apply_lesson(lessons.known(deployment(), 0.0), {"max_tokens": 9_000}) == {
        "max_tokens": 8_192
    }
