"""Whatever Cursor posts to /chat/completions -> Request.

Cursor chooses the shape of a body by the model's name, and its rules change. So a body is told
apart by what is in it: Chat Completions `messages`, or a Responses `input`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from proxy_core import openai_chat, openai_responses
from proxy_core.conversation import Effort, Part, Request, Text, Verbosity
from proxy_core.cursor.model_ids import read_effort
from proxy_core.deployments.models import EFFORT_NAMES
from proxy_core.errors import BadRequest
from proxy_core.openai_chat.reasoning_display import strip_reasoning
from proxy_core.wire import fields

VERBOSITIES: dict[Any, Verbosity] = {"low": "low", "medium": "medium", "high": "high"}


@dataclass(frozen=True, slots=True)
class CursorRequest:
    request: Request
    include_usage: bool  # whether a stream ends with a chunk that has the usage


def read_request(
    body: dict[str, Any], *, path_model: str, default_effort: Effort, show_reasoning: bool
) -> CursorRequest:
    """`path_model` is the name in an Azure-style path; an effort it names wins over the body's."""
    if body.get("messages"):
        request = openai_chat.read_request(body)
    elif body.get("input"):
        request = _without_shown_reasoning(openai_responses.read_request(body))
    else:
        raise BadRequest("messages: at least one message is required")
    model = path_model or request.model
    shows = show_reasoning and request.output_schema is None  # or it would stand before the JSON
    options = fields.optional(body, "stream_options", dict) or {}
    request = replace(
        request,
        model=model,
        thinking="shown" if shows else "hidden",
        effort=read_effort(model) or _read_body_effort(body) or default_effort,
        verbosity=_read_verbosity(body),
        conversation_id=_read_conversation(body, request),
    )
    return CursorRequest(request, options.get("include_usage") is True)


def _without_shown_reasoning(request: Request) -> Request:
    """What a reply showed inside its content comes back in this shape as well."""
    messages = (
        replace(message, parts=tuple(_strip(message.parts)))
        if message.role == "assistant"
        else message
        for message in request.messages
    )
    return replace(request, messages=tuple(message for message in messages if message.parts))


def _strip(parts: Iterable[Part]) -> Iterator[Part]:
    for part in parts:
        if not isinstance(part, Text):
            yield part
        elif text := strip_reasoning(part.text):
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


def _read_conversation(body: dict[str, Any], request: Request) -> str:
    """Cursor's own id of the conversation, else what stays the same in it. It goes up hashed."""
    match body.get("metadata"):
        case {"cursorConversationId": str(id)} if id:
            return id
    user = body.get("user")
    first = next((message for message in request.messages if message.role == "user"), None)
    texts = [part.text for part in first.parts if isinstance(part, Text)] if first else []
    return "\n".join([user if isinstance(user, str) else "", request.instructions, *texts])
