"""What Azure's refusals teach about a deployment.

A deployment's name does not always tell its model, a model may be upgraded under it, and tables
grow old. But Azure says what it does not take: `Unsupported parameter: 'x'`, `Supported values are:
'low', 'medium'`, `Model not supported`. Each is learned once, for the life of the process.

Only knobs are ever left out, never content.
"""

import re
from dataclasses import dataclass, replace
from typing import Any

from proxy_core.conversation import Effort
from proxy_core.deployments.models import EFFORT_NAMES, Deployment, UpstreamApi, nearest_effort
from proxy_core.errors import UpstreamError

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
    r": '?([a-z_.]+?)'?(?:[. ,]|$)"
)
_SUPPORTED = re.compile(r"Supported values are: (.+)")
_VALUE = re.compile(r"'(\w+)'")
_TO_CHAT = re.compile(r"^Model not supported", re.IGNORECASE)
_TO_RESPONSES = re.compile(r"requested operation is unsupported|use /v1/responses", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is known of one deployment beyond its family."""

    api: UpstreamApi | None = None
    dropped: frozenset[str] = frozenset()
    renamed: frozenset[str] = frozenset()
    efforts: tuple[Effort, ...] = ()

    def __add__(self, other: "Lesson") -> "Lesson":
        return Lesson(
            other.api or self.api,
            self.dropped | other.dropped,
            self.renamed | other.renamed,
            other.efforts or self.efforts,
        )


NO_LESSON = Lesson()
IN_ONE_PIECE = Lesson(dropped=frozenset({"stream", "stream_options"}))


class Lessons:
    """All that was learned, by deployment. One per process."""

    def __init__(self) -> None:
        self._learned: dict[tuple[str, str], Lesson] = {}

    def learn(self, deployment: Deployment, error: UpstreamError) -> bool:
        """Whether the refusal taught something new, so that asking again makes sense."""
        known = self._known(deployment)
        lesson = read_lesson(error, deployment.api)
        learned = known + lesson
        if learned == known or (known.api and lesson.api):  # never back and forth between APIs
            return False
        self._learned[_key(deployment)] = learned
        return True

    def adapt(self, deployment: Deployment) -> Deployment:
        lesson = self._known(deployment)
        return replace(deployment, api=lesson.api) if lesson.api else deployment

    def apply(self, deployment: Deployment, body: dict[str, Any]) -> dict[str, Any]:
        return apply_lesson(self._known(deployment), body)

    def _known(self, deployment: Deployment) -> Lesson:
        """To begin with, what its family is known for."""
        known = NO_LESSON if deployment.family.streams else IN_ONE_PIECE
        return self._learned.get(_key(deployment), known)


def _key(deployment: Deployment) -> tuple[str, str]:
    return deployment.resource, deployment.name


def read_lesson(error: UpstreamError, api: UpstreamApi) -> Lesson:
    """The lesson of a refusal; an empty one where it teaches nothing."""
    if error.status != 400:
        return NO_LESSON
    if api == "responses" and _TO_CHAT.search(error.message):
        return Lesson(api="chat")
    if api == "chat" and _TO_RESPONSES.search(error.message):
        return Lesson(api="responses")
    if "Encrypted content is not supported" in error.message:
        return Lesson(dropped=frozenset({"include"}))
    named = _NAMED.search(error.message)
    param = error.param or (named[1] if named else "")
    if error.code == "unsupported_value" and param in EFFORTS_AT:
        return _read_efforts(error.message)
    if not named and error.code not in ("unsupported_value", "unsupported_parameter"):
        return NO_LESSON
    if param in RENAMED:
        return Lesson(renamed=frozenset({param}))
    if param == "stream":
        return IN_ONE_PIECE
    return Lesson(dropped=frozenset({param})) if param in KNOBS else NO_LESSON


def _read_efforts(message: str) -> Lesson:
    supported = _SUPPORTED.search(message)
    names = _VALUE.findall(supported[1]) if supported else []
    return Lesson(efforts=tuple(EFFORT_NAMES[name] for name in names if name in EFFORT_NAMES))


def apply_lesson(lesson: Lesson, body: dict[str, Any]) -> dict[str, Any]:
    """The body as the deployment takes it. The given one stays as it is."""
    if lesson is NO_LESSON:
        return body
    for path in EFFORTS_AT if lesson.efforts else ():
        effort = EFFORT_NAMES.get(str(_get(body, path)))
        if effort:
            body = _with(body, path, nearest_effort(effort, lesson.efforts))
    for path in lesson.dropped:
        body = _with(body, path, None)
    return {RENAMED[name] if name in lesson.renamed else name: body[name] for name in body}


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
