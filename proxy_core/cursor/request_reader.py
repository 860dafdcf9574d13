"""Whatever Cursor posts to /chat/completions -> Request.

Cursor chooses the shape of a body by the model's name, and its rules change: `openai` reads them
all. What a reply showed of its reasoning is taken out of assistant messages, in either shape, and
of no others.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec.structs import replace

from proxy_core.conversation import (
    Effort,
    Message,
    Part,
    ReasoningDisplay,
    Request,
    Text,
)
from proxy_core.cursor.model_ids import read_effort
from proxy_core.deployments.models import EFFORT_NAMES
from proxy_core.openai import request_reader
from proxy_core.openai.tool_kinds import left_out_kinds
from proxy_core.openai_chat.reasoning_display import strip_reasoning
from proxy_core.wire import fields
from proxy_core.wire.digest import digest, digest_beginning
from proxy_core.wire.known_messages import once


class CursorRequest(msgspec.Struct, frozen=True):
    request: Request
    include_usage: bool  # whether a stream ends with a chunk that has the usage
    display: ReasoningDisplay  # of this reply
    left_out: frozenset[str] = frozenset()  # kinds of tools that cannot be offered


def read_request(
    body: dict[str, Any], *, path_model: str, default_effort: Effort, display: ReasoningDisplay
) -> CursorRequest:
    """`path_model` is the name in an Azure-style path; an effort it names wins over the body's."""
    request = request_reader.read_request(body)
    model = fields.at_most(fields.LONGEST_MODEL, path_model or request.model, "model")
    options = fields.optional(body, "stream_options", dict) or {}
    request = replace(
        request,
        model=model,
        messages=tuple(_without_shown_reasoning(request.messages, display)),
        thinking="hidden" if display == "off" else "shown",
        effort=read_effort(model) or _read_body_effort(body) or default_effort,
        conversation_id=_read_conversation_id(body, request),
    )
    # a wrapper would stand before the JSON that is asked for
    shown_as = display if request.output_schema is None else "field"
    usage = options.get("include_usage") is True
    return CursorRequest(request, usage, shown_as, left_out_kinds(body))


def _without_shown_reasoning(
    messages: Iterable[Message], display: ReasoningDisplay
) -> Iterator[Message]:
    def strip(message: Message) -> Message:
        return Message(message.role, tuple(_strip(message.parts, display)))

    for message in messages:
        if message.role != "assistant":
            yield message
        elif (stripped := once(f"stripped {display}", strip, message)).parts:
            yield stripped


def _strip(parts: Iterable[Part], display: ReasoningDisplay) -> Iterator[Part]:
    for part in parts:
        if not isinstance(part, Text):
            yield part
        elif text := strip_reasoning(part.text, display):
            yield Text(text, part.phase)


def _read_body_effort(body: dict[str, Any]) -> Effort | None:
    match body:
        case {"reasoning_effort": str(name)} | {"reasoning": {"effort": str(name)}}:
            return EFFORT_NAMES.get(name.lower())
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
