"""Anthropic messages and content blocks -> Message and Part.

https://docs.anthropic.com/en/api/messages#body-messages

What users and tools say is read as anywhere (wire/content_blocks.py); here is who says what, and
what an assistant has said. Rules:

* unknown blocks are refused by name where the user says them now, and can do without them;
* what an assistant has answered, or said itself, or a tool has found, is kept as text: a history
  that began at Anthropic goes on here;
* blocks that change the tools are read with the tools (tool_reader.py).
"""

import re
from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from proxy_core.anthropic_messages.signature import read_signature
from proxy_core.conversation import Message, Part, Reasoning, Text, ToolCall
from proxy_core.errors import BadRequest
from proxy_core.wire import fields
from proxy_core.wire.content_blocks import (
    ReadBlock,
    Unsupported,
    blocks,
    keep_block,
    keep_blocks,
    read_block,
    read_text,
    read_texts,
    read_tool_result,
    unsupported,
)
from proxy_core.wire.json import to_readable_json
from proxy_core.wire.pieces import remembered

# Claude Code's first system block; it differs per session and would defeat the prompt cache.
_ATTRIBUTION = re.compile(r"\s*x-anthropic-billing-header:[^\n]*\n*", re.IGNORECASE)

TOOL_CHANGES = ("tool_addition", "tool_removal")


def read_system(body: dict[str, Any]) -> str:
    system = body.get("system")
    return "" if system is None else _join_system(system, "system")


@remembered
def _join_system(system: Any, path: str) -> str:
    return "\n\n".join(filter(None, map(_without_attribution, read_texts(system, path))))


def _without_attribution(text: str) -> str:
    attribution = _ATTRIBUTION.match(text)
    return text[attribution.end() :] if attribution else text


def read_messages(body: dict[str, Any]) -> Iterator[Message]:
    messages = fields.required(body, "messages", list)
    if not messages:
        raise BadRequest("messages: at least one message is required")
    answered = _last_answer(fields.read_each(messages, "messages", _is_answer))
    before, behind = messages[:answered], messages[answered:]
    yield from _with_parts(fields.read_each(before, "messages", _read_answered))
    yield from _with_parts(fields.read_each(behind, "messages", _read_message, start=answered))


def _with_parts(messages: list[Message]) -> Iterator[Message]:
    return (message for message in messages if message.parts)


@remembered
def _read_answered(message: dict[str, Any], path: str) -> Message:
    """As it was read before it was answered, if it could be."""
    try:
        return _read_message(message, path)
    except Unsupported:
        return _read_message(message, path, True)


@remembered
def _read_message(message: dict[str, Any], path: str, is_answered: bool = False) -> Message:
    content, place = message.get("content"), f"{path}.content"
    if content is None:
        raise BadRequest(f"{place}: Field required")
    read = keep_block if is_answered else read_block
    match fields.required(message, "role", str, path):
        case "user":
            return Message("user", tuple(_read_user(content, place, read)))
        case "assistant":
            return Message("assistant", tuple(_read_assistant(content, place)))
        case "system":
            return Message("system", tuple(_read_system(content, place, read)))
        case other:
            raise BadRequest(
                f"{path}.role: Input should be 'user', 'assistant' or 'system', "
                f"not {fields.quoted(other)}"
            )


def _last_answer(are_answers: list[bool]) -> int:
    """The place of the assistant's last message: what stands before it has been answered."""
    return max((place for place, is_answer in enumerate(are_answers) if is_answer), default=0)


@remembered
def _is_answer(message: dict[str, Any], path: str) -> bool:
    return message.get("role") == "assistant"


def _read_user(content: Any, path: str, read: ReadBlock) -> Iterator[Part]:
    for place, block in blocks(content, path):
        match block.get("type"):
            case "tool_result":
                yield read_tool_result(block, place, keep_blocks)
            case type if type not in TOOL_CHANGES:
                yield from read(block, place)


def _read_system(content: Any, path: str, read: ReadBlock) -> Iterator[Text]:
    for place, block in blocks(content, path):
        if block.get("type") in TOOL_CHANGES:
            continue
        for part in fields.only_texts(read(block, place), place):
            if text := _without_attribution(part.text):
                yield Text(text)


def _read_assistant(content: Any, path: str) -> Iterator[Part]:
    phase = None  # Anthropic's text has no place for it, so the thinking before it carries it
    for place, block in blocks(content, path):
        match block.get("type"):
            case "text":
                for text in read_text(block, place):
                    yield replace(text, phase=phase) if phase else text
                    phase = None
            case "thinking":
                if reasoning := _read_reasoning(block, "signature", place):
                    yield reasoning
                    phase = reasoning.phase
            case "redacted_thinking":
                if reasoning := _read_reasoning(block, "data", place):
                    yield reasoning
                    phase = reasoning.phase
            case "tool_use":
                yield ToolCall(
                    fields.required(block, "id", str, place),
                    fields.required(block, "name", str, place),
                    to_readable_json(block.get("input") or {}),
                )
            case "tool_result":
                raise unsupported(block, place)  # it belongs to the user, behind its call
            case type if type not in TOOL_CHANGES:
                yield from fields.only_texts(keep_block(block, place), place)


def _read_reasoning(block: dict[str, Any], name: str, path: str) -> Reasoning | None:
    return read_signature(fields.optional(block, name, str, path) or "")
