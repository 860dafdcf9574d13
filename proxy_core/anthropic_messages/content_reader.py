"""Anthropic messages and content blocks -> Message and Part.

https://docs.anthropic.com/en/api/messages#body-messages

What users and tools say is read as anywhere (wire/content_blocks.py); here is who says what, and
what an assistant has said. Unknown blocks are refused by name.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from proxy_core.anthropic_messages import web_search
from proxy_core.anthropic_messages.signature import read_signature
from proxy_core.conversation import Message, Part, Reasoning, Text, ToolCall
from proxy_core.errors import BadRequest
from proxy_core.wire import fields
from proxy_core.wire.content_blocks import (
    blocks,
    read_block,
    read_blocks,
    read_text,
    read_texts,
    read_tool_result,
    unsupported,
)
from proxy_core.wire.json import to_readable_json

# Claude Code's first system block; it differs per session and would defeat the prompt cache.
ATTRIBUTION = "x-anthropic-billing-header:"


def read_system(body: dict[str, Any]) -> str:
    system = body.get("system")
    if system is None or isinstance(system, str):
        return system or ""
    return "\n\n".join(
        text for text in read_texts(system, "system") if not text.startswith(ATTRIBUTION)
    )


def read_messages(body: dict[str, Any]) -> Iterator[Message]:
    if not fields.required(body, "messages", list):
        raise BadRequest("messages: at least one message is required")
    for path, message in fields.members(body, "messages"):
        content = message.get("content")
        if content is None:
            raise BadRequest(f"{path}.content: Field required")
        match fields.required(message, "role", str, path):
            case "user":
                parts: tuple[Part, ...] = tuple(_read_user(content, f"{path}.content"))
                role: Any = "user"
            case "assistant":
                parts, role = tuple(_read_assistant(content, f"{path}.content")), "assistant"
            case "system":
                texts = read_texts(content, f"{path}.content")
                parts, role = tuple(Text(text) for text in texts if text), "system"
            case other:
                raise BadRequest(
                    f"{path}.role: Input should be 'user', 'assistant' or 'system', not {other!r}"
                )
        if parts:
            yield Message(role, parts)


def _read_user(content: Any, path: str) -> Iterator[Part]:
    for place, block in blocks(content, path):
        match block:
            case {"type": "tool_result"}:
                yield read_tool_result(block, place, read_blocks)
            case _:
                yield from read_block(block, place)


def _read_assistant(content: Any, path: str) -> Iterator[Part]:
    phase = None  # Anthropic's text has no place for it, so the thinking before it carries it
    for place, block in blocks(content, path):
        match block.get("type"):
            case "text":
                for text in read_text(block, place):
                    yield replace(text, phase=phase)
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
            case "server_tool_use":
                yield web_search.read_call(block, place)
            case "web_search_tool_result":
                yield web_search.read_result(block, place)
            case _:
                raise unsupported(block, place)


def _read_reasoning(block: dict[str, Any], name: str, path: str) -> Reasoning | None:
    return read_signature(fields.optional(block, name, str, path) or "")
