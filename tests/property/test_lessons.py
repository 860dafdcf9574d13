"""Whatever Azure refuses, in whatever order, to however many requests at once: each one ends."""

from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from proxy_core.deployments.lesson import (
    EFFORTS_AT,
    LIMITS,
    NO_LESSON,
    RENAMED,
    Lesson,
    adapt,
    apply_lesson,
)
from proxy_core.deployments.lessons import LONGEST_KNOWN, Lessons
from proxy_core.deployments.models import EFFORTS, Deployment, UpstreamApi, find_family
from proxy_core.deployments.refusals import KNOBS, SMALLEST_LIMIT
from proxy_core.errors import UpstreamError

# What can be known of a deployment, one thing at a time: each of them is one more attempt at most.
LARGEST = 1_000_000  # tokens
SMALLER = LARGEST.bit_length()  # each smaller limit at least halves the one before
MOST = len(KNOBS | {"stream"}) + len(get_args(UpstreamApi)) + len(RENAMED) + len(EFFORTS) + SMALLER


def refusal(message: str, param: str = "", code: str = "") -> UpstreamError:
    return UpstreamError(message, status=400, param=param, code=code)


efforts = st.lists(st.sampled_from(EFFORTS), min_size=1, max_size=3, unique=True).map(
    lambda names: "Supported values are: " + ", ".join(f"'{name}'" for name in names)
)
limits = st.integers(SMALLEST_LIMIT, LARGEST)
refusals = st.one_of(
    st.builds(refusal, limits.map("max_tokens is too large. It supports at most {}".format)),
    st.builds(refusal, efforts, st.sampled_from(EFFORTS_AT), st.just("unsupported_value")),
    st.builds(
        refusal,
        st.just("no"),
        st.sampled_from(sorted(KNOBS | RENAMED.keys() | {"stream"})),
        st.just("unsupported_parameter"),
    ),
    st.sampled_from(
        [
            refusal("Model not supported"),
            refusal("The requested operation is unsupported."),
            refusal("The chatCompletion operation does not work with the specified model, X."),
            UpstreamError("Resource not found", status=404),
        ]
    ),
)


class Asking:
    """One request, as it is written again after each refusal."""

    def __init__(self, lessons: Lessons, api: UpstreamApi, now: float) -> None:
        self._lessons = lessons
        self._place = Deployment("prod", api, find_family("gpt-5.4"))
        self._lesson = NO_LESSON
        self.attempts = 0
        self.write(now)

    def write(self, now: float) -> None:
        earlier = self._lesson
        self._lesson += self._lessons.known(self._place, now)
        assert self.attempts == 0 or self._lesson != earlier  # never the same again
        self._place = adapt(self._place, self._lesson)
        self.attempts += 1

    def refused(self, error: UpstreamError, now: float) -> bool:
        return self._lessons.learn(self._place, self._lesson, error, now)


@given(st.data(), st.lists(st.sampled_from(get_args(UpstreamApi)), min_size=1, max_size=4))
def test_every_request_ends(data: st.DataObject, apis: list[UpstreamApi]) -> None:
    lessons, now = Lessons(), 0.0
    asking = [Asking(lessons, api, now) for api in apis]
    for _ in range(200):
        if not asking:
            return
        one = data.draw(st.sampled_from(asking))
        now += data.draw(st.sampled_from([0.0, LONGEST_KNOWN / 3]))
        if one.refused(data.draw(refusals), now):
            one.write(now)
        else:
            asking.remove(one)
        assert one.attempts <= MOST
    raise AssertionError("some request never ends")


lessons = st.builds(
    Lesson,
    st.sampled_from([None, *get_args(UpstreamApi)]),
    st.frozensets(st.sampled_from(sorted(KNOBS))),
    st.sampled_from(["", *RENAMED]),
    st.lists(st.sampled_from(EFFORTS), unique=True).map(tuple),
    st.none() | limits,
)


@given(lessons, lessons)
def test_more_knowledge_changes_a_lesson_once(known: Lesson, more: Lesson) -> None:
    assert known + more + more == known + more
    assert known + more + known == known + more
    assert known + NO_LESSON == known == NO_LESSON + known


@given(lessons, st.dictionaries(st.sampled_from(["input", "tools", "messages"]), st.text()))
def test_content_is_never_left_out(lesson: Lesson, content: dict[str, Any]) -> None:
    assert apply_lesson(lesson, content) == content


@given(lessons, st.sampled_from(LIMITS), st.integers(1, LARGEST))
def test_no_more_is_asked_for_than_is_known_or_wanted(
    lesson: Lesson, name: str, wanted: int
) -> None:
    [asked] = apply_lesson(lesson, {name: wanted}).values()
    assert asked == min(wanted, lesson.limit or wanted)
