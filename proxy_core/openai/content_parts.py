"""The content of a message, or of a tool's result, in an OpenAI body -> parts.

https://platform.openai.com/docs/api-reference/chat/create#chat-create-messages
https://platform.openai.com/docs/api-reference/responses/create#responses-create-input

Clients mix the shapes: those of Chat Completions, those of the Responses API, and Anthropic's
blocks, which Cursor sends for models whose names sound like Claude's. So each is read in either
body, and in the same way.
"""

from collections.abc import Iterator, Set
from typing import Any

from proxy_core.conversation import Content, File, Image, Part, Text, ToolCall
from proxy_core.errors import BadRequest
from proxy_core.wire import fields
from proxy_core.wire.content_blocks import (
    UNNAMED,
    blocks,
    kept,
    read_block,
    read_text,
    read_texts,
    read_tool_result,
)
from proxy_core.wire.json import to_readable_json
from proxy_core.wire.pieces import remembered

# All that a result, or a user, can hold; what else a tool has returned is JSON of its own.
PART_TYPES = frozenset(
    {
        "text", "input_text", "output_text", "refusal", "image", "image_url", "input_image",
        "document", "file", "input_file", "search_result", "tool_reference",
    }
)  # fmt: skip


def read_instructions(body: dict[str, Any]) -> Iterator[str]:
    """What stands beside the messages: `instructions`, or Anthropic's `system`."""
    if instructions := fields.optional(body, "instructions", str):
        yield instructions
    yield from _read_system_prompt(body.get("system") or [], "system")


@remembered
def _read_system_prompt(system: Any, path: str) -> tuple[str, ...]:
    return tuple(filter(None, read_texts(system, path)))


def read_user(content: Any, path: str) -> Iterator[Part]:
    for place, part in _parts(content, path):
        if part.get("type") == "tool_result":
            yield read_tool_result(part, place, read_result)
        else:
            yield from _read_part(part, place)


def read_assistant(content: Any, path: str, custom: Set[str]) -> Iterator[Text | ToolCall]:
    """`custom` names the tools whose calls carry free text."""
    for place, part in _parts(content, path):
        match part.get("type"):
            case "tool_use":
                yield _read_tool_use(part, place, custom)
            case "thinking" | "redacted_thinking" | "reasoning":
                pass  # never ours: content has no place for what Azure could take back
            case _:
                yield from fields.only_texts(kept(part, place, _read_part), place)


def read_system(content: Any, path: str) -> Iterator[Text]:
    for place, part in _parts(content, path):
        yield from fields.only_texts(_read_part(part, place), place)


def read_result(content: Any, path: str) -> Iterator[Content]:
    """Whatever a tool has returned: parts, or any JSON, which goes up as its text."""
    match content:
        case None | str() | []:
            parts = [*_parts(content, path)]
        case [*members] if any(map(_is_part, members)):
            parts = [(f"{path}.{index}", member) for index, member in enumerate(members)]
        case _:
            parts = [(path, content)]
    for place, part in parts:
        if _is_part(part):
            yield from _read_part(part, place)
        else:
            yield Text(part if isinstance(part, str) else to_readable_json(part))


def _is_part(value: Any) -> bool:
    return isinstance(value, dict) and str(value.get("type")) in PART_TYPES


def _parts(content: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    match content:
        case None:
            return iter(())
        case dict():
            return iter([(path, content)])
        case _:
            return blocks(content, path)


def _read_part(part: dict[str, Any], path: str) -> Iterator[Content]:
    match part.get("type"):
        case "input_text" | "output_text":
            yield from read_text(part, path)
        case "refusal":
            if refusal := fields.required(part, "refusal", str, path):
                yield Text(refusal)
        case "image_url" | "input_image":
            yield Image(_read_image_url(part, path))
        case "file":
            yield _read_file(fields.required(part, "file", dict, path), f"{path}.file")
        case "input_file":
            yield _read_file(part, path)
        case _:
            yield from read_block(part, path)


def _read_image_url(part: dict[str, Any], path: str) -> str:
    match part.get("image_url"):
        case dict(nested):
            return fields.required(nested, "url", str, f"{path}.image_url")
        case _:
            return fields.required(part, "image_url", str, path)


def _read_file(file: dict[str, Any], path: str) -> File:
    name = fields.optional(file, "filename", str, path) or UNNAMED
    if data := fields.optional(file, "file_data", str, path):
        bare = not data.startswith("data:")
        return File(name, f"data:application/pdf;base64,{data}" if bare else data)
    if url := fields.optional(file, "file_url", str, path):
        return File(name, url)
    raise BadRequest(f"{path}: a file needs file_data or file_url; stored files are not known here")


def _read_tool_use(block: dict[str, Any], path: str, custom: Set[str]) -> ToolCall:
    id = fields.required(block, "id", str, path)
    name = fields.required(block, "name", str, path)
    given = block.get("input")
    text = given if isinstance(given, str) else to_readable_json(given or {})
    return ToolCall(id, name, text, custom=name in custom)
