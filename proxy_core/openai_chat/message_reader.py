"""One message of a Chat Completions body -> Message.

Anthropic's blocks are read as well: Cursor puts them into OpenAI bodies for models whose names
sound like Claude's.
"""

from collections.abc import Iterator
from typing import Any

from proxy_core.conversation import Content, File, Image, Message, Part, Text, ToolCall, ToolResult
from proxy_core.errors import BadRequest
from proxy_core.openai_chat.reasoning_display import strip_reasoning
from proxy_core.wire import fields
from proxy_core.wire.json import to_readable_json


def read_message(message: dict[str, Any], path: str, custom: frozenset[str]) -> Message:
    """`custom` names the tools whose calls carry free text."""
    match fields.required(message, "role", str, path):
        case "system" | "developer":
            return Message("system", tuple(_read_texts(message.get("content"), path)))
        case "user":
            return Message("user", tuple(_read_user(message.get("content"), path)))
        case "assistant":
            return Message("assistant", tuple(_read_assistant(message, path, custom)))
        case "tool":
            id = fields.required(message, "tool_call_id", str, path)
            result = ToolResult(id, tuple(_read_content(message.get("content"), path)))
            return Message("user", (result,))
        case role:
            raise BadRequest(f"{path}.role: {role!r} is not supported")


def _read_user(content: Any, path: str) -> Iterator[Part]:
    for place, block in _blocks(content, path):
        match block:
            case {"type": "tool_result"}:
                id = fields.required(block, "tool_use_id", str, place)
                yield ToolResult(id, tuple(_read_content(block.get("content"), place)))
            case _:
                yield from _read_block(block, place)


def _read_assistant(message: dict[str, Any], path: str, custom: frozenset[str]) -> Iterator[Part]:
    for place, block in _blocks(message.get("content"), path):
        match block:
            case {"type": "tool_use"}:
                name = fields.required(block, "name", str, place)
                arguments = _write_input(block.get("input"), name in custom)
                id = fields.required(block, "id", str, place)
                yield ToolCall(id, name, arguments, custom=name in custom)
            case {"type": "thinking" | "redacted_thinking" | "reasoning"}:
                pass  # never ours: this format has no place for what Azure could take back
            case _:
                for part in fields.only_texts(_read_block(block, place), place):
                    if text := strip_reasoning(part.text):
                        yield Text(text)
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


def _write_input(value: Any, custom: bool) -> str:
    return value if custom and isinstance(value, str) else to_readable_json(value or {})


def _read_content(content: Any, path: str) -> Iterator[Content]:
    for place, block in _blocks(content, path):
        yield from _read_block(block, place)


def _read_texts(content: Any, path: str) -> Iterator[Text]:
    for place, block in _blocks(content, path):
        yield from fields.only_texts(_read_block(block, place), place)


def _read_block(block: dict[str, Any], path: str) -> Iterator[Content]:
    match block:
        case {"type": "text" | "input_text" | "output_text", "text": str(text)}:
            if text:
                yield Text(text)
        case {"type": "refusal", "refusal": str(text)}:
            yield Text(text)
        case {"type": "image_url" | "input_image", "image_url": {"url": str(url)} | str(url)}:
            yield Image(url)
        case {
            "type": "image",
            "source": {"type": "base64", "media_type": str(kind), "data": str(d)},
        }:
            yield Image(f"data:{kind};base64,{d}")
        case {"type": "image", "source": {"type": "url", "url": str(url)}}:
            yield Image(url)
        case {"type": "file", "file": {"file_data": str(url), **rest}}:
            yield File(str(rest.get("filename") or "document.pdf"), url)
        case {"type": "input_file", "file_data": str(url), **rest}:
            yield File(str(rest.get("filename") or "document.pdf"), url)
        case _:
            raise BadRequest(f"{path}.type: {block.get('type')!r} is not supported")


def _blocks(content: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    match content:
        case None:
            return iter(())
        case str():
            return iter([(f"{path}.content", {"type": "text", "text": content})])
        case _:
            return fields.objects(fields.check(content, list, f"{path}.content"), f"{path}.content")
