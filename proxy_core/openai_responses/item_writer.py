"""Message -> input items of the Responses API.

https://platform.openai.com/docs/api-reference/responses/create#responses-create-input

Rules:
* one message becomes several items: reasoning, calls and results stand beside the text, in order;
* reasoning goes back exactly as it came, to where it came from, and only when the item it
  produced is still there;
* items carry no ids but reasoning items, which must.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

from proxy_core.conversation import (
    Content,
    File,
    Image,
    Message,
    Part,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
)
from proxy_core.deployments.models import Deployment
from proxy_core.openai.limits import fit_id, fit_name

if TYPE_CHECKING:  # the SDK is a development dependency: it types our output, it never runs
    from openai.types.responses import ResponseInputContentParam, ResponseInputItemParam

NAME_LIMIT = 128
ID_LIMIT = 64

ROLES: dict[str, Literal["developer", "user"]] = {"system": "developer", "user": "user"}


def write_items(message: Message, deployment: Deployment) -> Iterator[ResponseInputItemParam]:
    if message.role == "assistant":
        last = _last_item(message.parts)
        for index, part in enumerate(message.parts):
            yield from _write_assistant(part, deployment, has_follower=index < last)
    else:
        yield from _write_input(message)


def _last_item(parts: Sequence[Part]) -> int:
    """Where the last part stands that reasoning can have led to; -1 without any."""
    for index in reversed(range(len(parts))):
        if isinstance(parts[index], Text | ToolCall):
            return index
    return -1


def _write_assistant(
    part: Part, deployment: Deployment, *, has_follower: bool
) -> Iterator[ResponseInputItemParam]:
    match part:
        case Text(text, phase):
            item: dict[str, Any] = {"type": "message", "role": "assistant", "content": text}
            if phase and deployment.family.phase:
                item["phase"] = phase
            yield item  # type: ignore[misc]  # the SDK types lack a plain string here
        case ToolCall():
            yield _write_call(part)
        case Reasoning(origin=origin) if has_follower and origin in (None, deployment.origin):
            yield _write_reasoning(part)


def _write_call(call: ToolCall) -> ResponseInputItemParam:
    id, name = fit_id(call.id, ID_LIMIT), fit_name(call.name, NAME_LIMIT)
    if call.custom:
        return {"type": "custom_tool_call", "call_id": id, "name": name, "input": call.arguments}
    return {"type": "function_call", "call_id": id, "name": name, "arguments": call.arguments}


def _write_reasoning(reasoning: Reasoning) -> ResponseInputItemParam:
    item: dict[str, Any] = {
        "type": "reasoning",
        "id": reasoning.id,
        "summary": [{"type": "summary_text", "text": text} for text in reasoning.summary],
        "encrypted_content": reasoning.encrypted_content,
    }
    if not reasoning.id:
        del item["id"]
    return item  # type: ignore[return-value]  # built as a dict, because the id may be missing


def _write_input(message: Message) -> Iterator[ResponseInputItemParam]:
    content: list[ResponseInputContentParam] = []
    for part in message.parts:
        match part:
            case ToolResult(call_id, parts, custom):
                yield {  # type: ignore[misc]  # one of two types of item
                    "type": "custom_tool_call_output" if custom else "function_call_output",
                    "call_id": fit_id(call_id, ID_LIMIT),
                    "output": _write_output(parts),
                }
            case Text() | Image() | File():
                content.append(_write_content(part))
    if content:
        yield {"type": "message", "role": ROLES[message.role], "content": content}


def _write_output(parts: Sequence[Content]) -> Any:
    """A plain string where text is all there is, because every deployment takes that."""
    match parts:
        case ():
            return ""
        case (Text(text),):
            return text
        case _:
            return [_write_content(part) for part in parts]


def _write_content(part: Content) -> ResponseInputContentParam:
    match part:
        case Text(text):
            return {"type": "input_text", "text": text}
        case Image(url):
            return {"type": "input_image", "image_url": url, "detail": "auto"}
        case File(name, url) if url.startswith("data:"):
            return {"type": "input_file", "filename": name, "file_data": url}
        case File(_, url):
            return {"type": "input_file", "file_url": url}
