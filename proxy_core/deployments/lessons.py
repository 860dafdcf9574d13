"""All that Azure's refusals have taught, by deployment.

A deployment's name does not always tell its model, a model may be upgraded under it, and tables
grow old. But Azure says what it does not take (`refusals.py`), and what is known is heeded in each
body (`lesson.py`). It has no clock: callers say what time it is.

Rules:
* a lesson only narrows what is sent: what contradicts what is known teaches nothing, so a request
  is sent again at most once for each of the few things that can be known;
* requests that are refused at once learn from each other: what counts is whether more is known
  now than the refused body was written with;
* nothing goes against the user's own choice of an API, or against a family that has but one;
* all is forgotten after a while, for a model may change, and so may the words of a refusal.
"""

from msgspec.structs import replace

from proxy_core.deployments.lesson import IN_ONE_PIECE, NO_LESSON, ON_CHAT, Lesson
from proxy_core.deployments.models import Deployment
from proxy_core.deployments.refusals import lacks_responses, read_lesson
from proxy_core.deployments.short_memory import ShortMemory
from proxy_core.errors import UpstreamError

LONGEST_KNOWN = 3_600.0  # seconds
MOST_DEPLOYMENTS = 1_000  # clients may make up their names


class Lessons:
    """By resource and deployment. One per process."""

    def __init__(self) -> None:
        # with the time at which it is forgotten, which no later lesson puts off
        self._learned: ShortMemory[tuple[str, str], tuple[Lesson, float]] = ShortMemory(
            MOST_DEPLOYMENTS
        )

    def known(self, deployment: Deployment, now: float) -> Lesson:
        """To begin with, what its family is known for."""
        learned = self._learned.get(_key(deployment), now)
        return learned[0] if learned else _assume(deployment)

    def learn(
        self, deployment: Deployment, written_with: Lesson, error: UpstreamError, now: float
    ) -> bool:
        """Whether asking again makes sense: with `written_with` and what is known now.

        `deployment`: as it was asked, on the API that refused.
        """
        lesson = _allowed(deployment, read_lesson(error, deployment.api))
        if lesson == NO_LESSON:
            return False
        learned = self.keep(deployment, lesson, now)
        return written_with + learned != written_with

    def keep(self, deployment: Deployment, lesson: Lesson, now: float) -> Lesson:
        """What is known with this lesson."""
        known = self.known(deployment, now)
        learned = known + lesson
        if learned != known:
            _, until = self._learned.get(_key(deployment), now) or (known, now + LONGEST_KNOWN)
            self._learned.put(_key(deployment), (learned, until), until, now)
        return learned


def guess(deployment: Deployment, error: UpstreamError) -> Lesson:
    """What may be tried after a refusal that teaches nothing for sure."""
    return _allowed(deployment, ON_CHAT) if lacks_responses(error, deployment.api) else NO_LESSON


def _allowed(deployment: Deployment, lesson: Lesson) -> Lesson:
    only_one = deployment.family.responses_only and lesson.api == "chat"
    return replace(lesson, api=None) if deployment.api_is_set or only_one else lesson


def _key(deployment: Deployment) -> tuple[str, str]:
    return deployment.resource, deployment.name


def _assume(deployment: Deployment) -> Lesson:
    return NO_LESSON if deployment.family.streams else IN_ONE_PIECE
