"""Anthropic messages and content blocks -> Message and Part.

https://docs.anthropic.com/en/api/messages#body-messages

What Azure has no block for is written as text that keeps all of it: plain documents,
search results, references to tools, web searches. What cannot be written at all is refused by name.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from proxy_core.anthropic_messages import web_search
from proxy_core.anthropic_messages.signature import read_signature
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
from proxy_core.errors import BadRequest
from proxy_core.wire import fields
from proxy_core.wire.json import to_readable_json

# Claude Code's first system block; it differs per session and would defeat the prompt cache.
ATTRIBUTION = "x-anthropic-billing-header:"


def read_system(body: dict[str, Any]) -> str:
    system = body.get("system")
    if system is None or isinstance(system, str):
        return system or ""
    return "\n\n".join(
        text for text in _texts(system, "system") if not text.startswith(ATTRIBUTION)
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
                texts = _texts(content, f"{path}.content")
                parts, role = tuple(Text(text) for text in texts if text), "system"
            case other:
                raise BadRequest(
                    f"{path}.role: Input should be 'user', 'assistant' or 'system', not {other!r}"
                )
        if parts:
            yield Message(role, parts)


def _read_user(content: Any, path: str) -> Iterator[Part]:
    for place, block in _blocks(content, path):
        match block:
            case {"type": "tool_result"}:
                yield _read_tool_result(block, place)
            case _:
                yield from _read_content(block, place)


def _read_assistant(content: Any, path: str) -> Iterator[Part]:
    phase = None  # Anthropic's text has no place for it, so the thinking before it carries it
    for place, block in _blocks(content, path):
        match block.get("type"):
            case "text":
                for text in _read_text(block, place):
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
                raise _unsupported(block, place)


def _read_reasoning(block: dict[str, Any], name: str, path: str) -> Reasoning | None:
    return read_signature(fields.optional(block, name, str, path) or "")


def _read_content(block: dict[str, Any], path: str) -> Iterator[Content]:
    match block.get("type"):
        case "text":
            yield from _read_text(block, path)
        case "image":
            yield Image(_read_image_url(block, path))
        case "document":
            yield from _read_document(block, path)
        case "search_result":
            texts = "\n".join(_texts(block.get("content") or [], f"{path}.content"))
            yield Text(_tagged("search_result", texts, block, ("source", "title")))
        case "tool_reference":
            yield Text(f"Tool loaded: {fields.required(block, 'tool_name', str, path)}")
        case _:
            raise _unsupported(block, path)


def _read_tool_result(block: dict[str, Any], path: str) -> ToolResult:
    content = block.get("content") or []
    parts = tuple(
        part
        for inner_path, inner in _blocks(content, f"{path}.content")
        for part in _read_content(inner, inner_path)
    )
    if block.get("is_error"):
        parts = _marked_as_error(parts)
    return ToolResult(fields.required(block, "tool_use_id", str, path), parts)


def _marked_as_error(parts: tuple[Content, ...]) -> tuple[Content, ...]:
    """Azure has no flag for a failed tool, so the model must read it."""
    match parts:
        case (Text(text), *rest):
            return (Text(text if text.startswith("Error") else f"Error: {text}"), *rest)
        case _:
            return (Text("Error: the tool failed."), *parts)


def _read_text(block: dict[str, Any], path: str) -> Iterator[Text]:
    text = fields.check(block.get("text", ""), str, f"{path}.text")
    if text:
        yield Text(text)


def _read_image_url(block: dict[str, Any], path: str) -> str:
    match fields.required(block, "source", dict, path):
        case {"type": "base64"} as source:
            return _read_data_url(source, f"{path}.source")
        case {"type": "url"} as source:
            return fields.required(source, "url", str, f"{path}.source")
        case source:
            raise _unsupported(source, f"{path}.source")


def _read_data_url(source: dict[str, Any], path: str) -> str:
    media_type = fields.required(source, "media_type", str, path)
    return f"data:{media_type};base64,{fields.required(source, 'data', str, path)}"


def _read_document(block: dict[str, Any], path: str) -> Iterator[Content]:
    title = fields.optional(block, "title", str, path) or ""
    context = fields.optional(block, "context", str, path)
    source, place = fields.required(block, "source", dict, path), f"{path}.source"
    match source.get("type"):
        case "text":
            text = fields.required(source, "data", str, place)
            yield Text(_tagged("document", text, block, ("title", "context")))
            return
        case "content":
            yield Text(_tagged("document", "", block, ("title", "context"), closed=False))
            for inner_path, inner in _blocks(source.get("content"), f"{place}.content"):
                yield from _read_content(inner, inner_path)
            yield Text("</document>")
            return
        case "base64":
            file = File(_file_name(title), _read_data_url(source, place))
        case "url":
            url = fields.required(source, "url", str, place)
            file = File(_file_name(title or url.partition("?")[0].rpartition("/")[2]), url)
        case _:
            raise _unsupported(source, place)
    if context:
        yield Text(context)
    yield file


def _file_name(title: str) -> str:
    return title if title.lower().endswith(".pdf") else f"{title or 'document'}.pdf"


def _tagged(
    tag: str, text: str, block: dict[str, Any], names: tuple[str, ...], *, closed: bool = True
) -> str:
    attributes = "".join(
        f" {name}={to_readable_json(block[name])}" for name in names if block.get(name)
    )
    return f"<{tag}{attributes}>" + (f"\n{text}\n</{tag}>" if closed else "")


def _texts(content: Any, path: str) -> Iterator[str]:
    for block_path, block in _blocks(content, path):
        if block.get("type") != "text":
            raise _unsupported(block, block_path)
        yield fields.required(block, "text", str, block_path)


def _blocks(content: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(content, str):
        return iter([(path, {"type": "text", "text": content})])
    return fields.objects(fields.check(content, list, path), path)


def _unsupported(block: dict[str, Any], path: str) -> BadRequest:
    return BadRequest(f"{path}.type: {block.get('type')!r} is not supported here")
