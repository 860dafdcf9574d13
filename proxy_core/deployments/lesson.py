"""One lesson: what is known of a deployment beyond its family, and what that does to a body."""

from typing import Any

import msgspec
from msgspec.structs import replace

from proxy_core.conversation import Effort
from proxy_core.deployments.models import EFFORT_NAMES, Deployment, UpstreamApi, nearest_effort

EFFORTS_AT = ("reasoning.effort", "reasoning_effort")
RENAMED = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
LIMITS = (*RENAMED, "max_output_tokens")


class Lesson(msgspec.Struct, frozen=True):
    api: UpstreamApi | None = None
    dropped: frozenset[str] = frozenset()
    renamed: str = ""  # the name of the limit that it refuses
    efforts: tuple[Effort, ...] = ()  # empty: those of its family
    limit: int | None = None  # tokens of a reply
    functions_only: bool = False  # on Chat Completions

    def __add__(self, other: "Lesson") -> "Lesson":
        """The narrower of both; where they contradict each other, the first holds."""
        both = tuple(effort for effort in self.efforts if effort in other.efforts)
        return Lesson(
            self.api or other.api,
            self.dropped | other.dropped,
            self.renamed or other.renamed,
            both or self.efforts or other.efforts,
            _narrower(self.limit, other.limit),
            self.functions_only or other.functions_only,
        )


NO_LESSON = Lesson()
ON_CHAT = Lesson(api="chat")
ON_RESPONSES = Lesson(api="responses")
FUNCTIONS_ONLY = Lesson(functions_only=True)
IN_ONE_PIECE = Lesson(dropped=frozenset({"stream", "stream_options"}))


def _narrower(known: int | None, other: int | None) -> int | None:
    """Each step at least halves it, so there are only a few, whatever a gateway answers."""
    if known is None or other is None:
        return known or other
    return known if other >= known else max(1, min(other, known // 2))


def adapt(deployment: Deployment, lesson: Lesson) -> Deployment:
    """The deployment as it is written for: on the API that it speaks, with the tools it takes."""
    if not (lesson.functions_only or lesson.api):
        return deployment
    family = deployment.family
    if lesson.functions_only:
        family = replace(family, custom_tools=False)
    return replace(deployment, api=lesson.api or deployment.api, family=family)


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
    for name in LIMITS if lesson.limit else ():
        if name in body:
            body = _with(body, name, min(body[name], lesson.limit))
    return {RENAMED[name] if name == lesson.renamed else name: body[name] for name in body}


def read_effort(body: dict[str, Any]) -> str:
    """The one that the body asks for; empty where it asks for none."""
    return next((str(effort) for path in EFFORTS_AT if (effort := _get(body, path))), "")


def _get(body: dict[str, Any], path: str) -> Any:
    head, _, rest = path.partition(".")
    value = body.get(head)
    return _get(value, rest) if rest and isinstance(value, dict) else value


def _with(body: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The same body with another value at a path; None takes it out, and its object if empty.

    The path leads through lists into each of their items.
    """
    head, _, rest = path.partition(".")
    if head not in body:
        return body
    inner = _inside(body[head], rest, value) if rest else value
    return {k: inner if k == head else v for k, v in body.items() if k != head or inner is not None}


def _inside(outer: Any, path: str, value: Any) -> Any:
    match outer:
        case dict():
            return _with(outer, path, value) or None
        case list():
            return [_inside(item, path, value) or item for item in outer]
        case _:
            return outer
