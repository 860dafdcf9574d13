"""One message of a Chat Completions body -> Message.

https://platform.openai.com/docs/api-reference/chat/create#chat-create-messages
"""

from collections.abc import Iterator
from typing import Any

from proxy_core.conversation import Message, Part, ToolCall, ToolResult
from proxy_core.errors import BadRequest
from proxy_core.openai.content_parts import read_assistant, read_content, read_system, read_user
from proxy_core.wire import fields


def read_message(message: dict[str, Any], path: str, custom: frozenset[str]) -> Message:
    """`custom` names the tools whose calls carry free text."""
    content, place = message.get("content"), f"{path}.content"
    match fields.required(message, "role", str, path):
        case "system" | "developer":
            return Message("system", tuple(read_system(content, place)))
        case "user":
            return Message("user", tuple(read_user(content, place)))
        case "assistant":
            return Message("assistant", tuple(_read_assistant(message, path, custom)))
        case "tool":
            id = fields.required(message, "tool_call_id", str, path)
            return Message("user", (ToolResult(id, tuple(read_content(content, place))),))
        case role:
            raise BadRequest(f"{path}.role: {role!r} is not supported")


def _read_assistant(message: dict[str, Any], path: str, custom: frozenset[str]) -> Iterator[Part]:
    yield from read_assistant(message.get("content"), f"{path}.content", custom)
    for place, call in fields.members(message, "tool_calls", path):
        yield _read_call(call, place, custom)


def _read_call(call: dict[str, Any], path: str, custom: frozenset[str]) -> ToolCall:
    kind = "custom" if call.get("type") == "custom" else "function"
    called = fields.required(call, kind, dict, path)
    name = fields.required(called, "name", str, f"{path}.{kind}")
    member = "input" if kind == "custom" else "arguments"
    text = fields.optional(called, member, str, f"{path}.{kind}") or ""
    is_custom = kind == "custom" or name in custom
    return ToolCall(fields.required(call, "id", str, path), name, text, custom=is_custom)
