"""What Azure's refusals teach about a deployment.

A deployment's name does not always tell its model, a model may be upgraded under it, and tables
grow old. But Azure says what it does not take: `Unsupported parameter: 'x'`, `Supported values are:
'low', 'medium'`, `Model not supported`. It has no clock: callers say what time it is.

Rules:
* only knobs are ever left out, never content;
* a lesson only narrows what is sent: what contradicts what is known teaches nothing, so a request
  is sent again at most once for each of the few things that can be known;
* requests that are refused at once learn from each other: what counts is whether more is known
  now than the refused body was written with;
* all is forgotten after a while, for a model may change, and so may the words of a refusal.
"""

import re
from dataclasses import dataclass, replace
from typing import Any

from proxy_core.conversation import Effort
from proxy_core.deployments.models import EFFORT_NAMES, Deployment, UpstreamApi, nearest_effort
from proxy_core.deployments.short_memory import ShortMemory
from proxy_core.deployments.wording import wording
from proxy_core.errors import UpstreamError

LONGEST_KNOWN = 3_600.0  # seconds
MOST_DEPLOYMENTS = 1_000  # clients may make up their names

# What can be left out of a body, by the names Azure gives it; a dot leads into an object.
KNOBS = frozenset(
    {
        "temperature",
        "top_p",
        "reasoning",
        "reasoning.effort",
        "reasoning.summary",
        "reasoning_effort",
        "text.verbosity",
        "verbosity",
        "include",
        "parallel_tool_calls",
        "prompt_cache_key",
        "max_tool_calls",
        "stream_options",
        "stream_options.include_obfuscation",
    }
)
EFFORTS_AT = ("reasoning.effort", "reasoning_effort")
RENAMED = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}

_NAMED = re.compile(
    r"(?:Unsupported parameter|Unknown parameter|Unrecognized request argument supplied)"
    r": '?([a-z_.]+)'?(?:[. ,]|$)"
)
_SUPPORTED = re.compile(r"Supported values are: (.+)")
_VALUE = re.compile(r"'(\w+)'")
_TO_CHAT = wording(r"Model not supported", about="|model")
_TO_RESPONSES = wording(
    r"The requested operation is unsupported"
    r"|Function tools with reasoning_effort are not supported for \S+ in /v1/chat/completions",
    about="|model|reasoning_effort",
)
_NOT_SEALED = wording(r"Encrypted content is not supported", about="|include")


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is known of one deployment beyond its family."""

    api: UpstreamApi | None = None
    dropped: frozenset[str] = frozenset()
    renamed: str = ""  # the name of the limit that it refuses
    efforts: tuple[Effort, ...] = ()  # empty: those of its family

    def __add__(self, other: "Lesson") -> "Lesson":
        """The narrower of both; where they contradict each other, the first holds."""
        both = tuple(effort for effort in self.efforts if effort in other.efforts)
        return Lesson(
            self.api or other.api,
            self.dropped | other.dropped,
            self.renamed or other.renamed,
            both or self.efforts or other.efforts,
        )


NO_LESSON = Lesson()
IN_ONE_PIECE = Lesson(dropped=frozenset({"stream", "stream_options"}))


class Lessons:
    """All that was learned, by resource and deployment. One per process."""

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
        lesson = read_lesson(error, deployment.api)
        if deployment.api_is_set:
            lesson = replace(lesson, api=None)
        if lesson == NO_LESSON:
            return False
        known = self.known(deployment, now)
        learned = known + lesson
        if learned != known:
            _, until = self._learned.get(_key(deployment), now) or (known, now + LONGEST_KNOWN)
            self._learned.put(_key(deployment), (learned, until), until, now)
        return written_with + learned != written_with


def _key(deployment: Deployment) -> tuple[str, str]:
    return deployment.resource, deployment.name


def _assume(deployment: Deployment) -> Lesson:
    return NO_LESSON if deployment.family.streams else IN_ONE_PIECE


def read_lesson(error: UpstreamError, api: UpstreamApi) -> Lesson:
    """The lesson of a refusal; an empty one where it teaches nothing."""
    if error.status != 400:
        return NO_LESSON
    if api == "responses" and _TO_CHAT.fits(error):
        return Lesson(api="chat")
    if api == "chat" and _TO_RESPONSES.fits(error):
        return Lesson(api="responses")
    if _NOT_SEALED.fits(error):
        return Lesson(dropped=frozenset({"include"}))
    named = _NAMED.match(error.message)
    param = error.param or (named[1].strip(".") if named else "")
    if error.code == "unsupported_value" and param in EFFORTS_AT:
        return _read_efforts(error.message)
    if not named and error.code not in ("unsupported_value", "unsupported_parameter"):
        return NO_LESSON
    if param in RENAMED:
        return Lesson(renamed=param)
    if param == "stream":
        return IN_ONE_PIECE
    return Lesson(dropped=frozenset({param})) if param in KNOBS else NO_LESSON


def _read_efforts(message: str) -> Lesson:
    supported = _SUPPORTED.search(message)
    names = _VALUE.findall(supported[1]) if supported else []
    return Lesson(efforts=tuple(EFFORT_NAMES[name] for name in names if name in EFFORT_NAMES))


def adapt(deployment: Deployment, lesson: Lesson) -> Deployment:
    """The deployment on the API that it speaks."""
    return replace(deployment, api=lesson.api) if lesson.api else deployment


def apply_lesson(lesson: Lesson, body: dict[str, Any]) -> dict[str, Any]:
    """The body as the deployment takes it. The given one stays as it is."""
    if lesson == NO_LESSON:
        return body
    for path in EFFORTS_AT if lesson.efforts else ():
        effort = EFFORT_NAMES.get(str(_get(body, path)))
        if effort:
            body = _with(body, path, nearest_effort(effort, lesson.efforts))
    for path in lesson.dropped:
        body = _with(body, path, None)
    return {RENAMED[name] if name == lesson.renamed else name: body[name] for name in body}


def _get(body: dict[str, Any], path: str) -> Any:
    head, _, rest = path.partition(".")
    value = body.get(head)
    return _get(value, rest) if rest and isinstance(value, dict) else value


def _with(body: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The same body with another value at a path; None takes it out, and its object if empty."""
    head, _, rest = path.partition(".")
    if head not in body:
        return body
    inner = (_with(body[head], rest, value) or None) if rest else value
    return {k: inner if k == head else v for k, v in body.items() if k != head or inner is not None}
