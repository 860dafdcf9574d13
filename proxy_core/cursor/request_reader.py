"""Whatever Cursor posts to /chat/completions -> Request.

Cursor chooses the shape of a body by the model's name, and its rules change. So a body is told
apart by what is in it: Chat Completions `messages`, or a Responses `input`. What a reply showed of
its reasoning is taken out of assistant messages, in either shape, and of no others.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from proxy_core import openai_chat, openai_responses
from proxy_core.conversation import (
    Effort,
    Message,
    Part,
    ReasoningDisplay,
    Request,
    Text,
    Verbosity,
)
from proxy_core.cursor.model_ids import read_effort
from proxy_core.deployments.models import EFFORT_NAMES
from proxy_core.errors import BadRequest
from proxy_core.openai_chat.reasoning_display import strip_reasoning
from proxy_core.wire import fields
from proxy_core.wire.digest import digest, digest_beginning

VERBOSITIES: dict[Any, Verbosity] = {"low": "low", "medium": "medium", "high": "high"}


@dataclass(frozen=True, slots=True)
class CursorRequest:
    request: Request
    include_usage: bool  # whether a stream ends with a chunk that has the usage


def read_request(
    body: dict[str, Any], *, path_model: str, default_effort: Effort, display: ReasoningDisplay
) -> CursorRequest:
    """`path_model` is the name in an Azure-style path; an effort it names wins over the body's."""
    if body.get("messages"):
        request = openai_chat.read_request(body)
    elif body.get("input"):
        request = openai_responses.read_request(body)
    else:
        raise BadRequest("messages: at least one message is required")
    model = fields.at_most(fields.LONGEST_MODEL, path_model or request.model, "model")
    # where a schema is asked for, it would stand before the JSON
    shows = display != "off" and request.output_schema is None
    options = fields.optional(body, "stream_options", dict) or {}
    request = replace(
        request,
        model=model,
        messages=tuple(_without_shown_reasoning(request.messages, display)),
        thinking="shown" if shows else "hidden",
        effort=read_effort(model) or _read_body_effort(body) or default_effort,
        verbosity=_read_verbosity(body),
        conversation_id=_read_conversation_id(body, request),
    )
    return CursorRequest(request, options.get("include_usage") is True)


def _without_shown_reasoning(
    messages: Iterable[Message], display: ReasoningDisplay
) -> Iterator[Message]:
    for message in messages:
        if message.role != "assistant":
            yield message
        elif parts := tuple(_strip(message.parts, display)):
            yield replace(message, parts=parts)


def _strip(parts: Iterable[Part], display: ReasoningDisplay) -> Iterator[Part]:
    for part in parts:
        if not isinstance(part, Text):
            yield part
        elif text := strip_reasoning(part.text, display):
            yield replace(part, text=text)


def _read_body_effort(body: dict[str, Any]) -> Effort | None:
    match body:
        case {"reasoning_effort": str(name)} | {"reasoning": {"effort": str(name)}}:
            return EFFORT_NAMES.get(name.lower())
        case _:
            return None


def _read_verbosity(body: dict[str, Any]) -> Verbosity | None:
    match body:
        case {"text": {"verbosity": str(name)}} | {"verbosity": str(name)}:
            return VERBOSITIES.get(name)
        case _:
            return None


def _read_conversation_id(body: dict[str, Any], request: Request) -> str:
    """Cursor's own id of the conversation, else what stays the same in it."""
    match body.get("metadata"):
        case {"cursorConversationId": str(id)} if id:
            return digest(id)
    user = body.get("user")
    known = user if isinstance(user, str) else ""
    return digest_beginning(request.instructions, request.messages, known)
