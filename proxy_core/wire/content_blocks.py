"""Anthropic's blocks of content -> Content, and its results of tools.

https://docs.anthropic.com/en/api/messages#body-messages

They stand in Anthropic's own bodies, and in OpenAI bodies of a client that mixes the two. What
Azure has no block for is written as text that keeps all of it: plain documents, search results,
references to tools. What else there is is refused by name where its sender can still do without
it (`read_block`), and kept as text further back in a history, and in results (`keep_block`).
"""

from collections.abc import Callable, Iterator
from typing import Any

from proxy_core.conversation import Content, File, Image, Text, ToolResult
from proxy_core.errors import BadRequest
from proxy_core.wire import fields
from proxy_core.wire.block_text import tell
from proxy_core.wire.json import to_readable_json

UNNAMED = "document.pdf"  # a document whose name nobody told

ReadContent = Callable[[Any, str], Iterator[Content]]
ReadBlock = Callable[[dict[str, Any], str], Iterator[Content]]


class Unsupported(BadRequest):
    """A block, or a source of one, of a kind that is not known here."""


def read_tool_result(block: dict[str, Any], path: str, read_content: ReadContent) -> ToolResult:
    """`read_content` reads what a result may hold in the body that this one stands in."""
    id = fields.required(block, "tool_use_id", str, path)
    parts = tuple(read_content(block.get("content") or [], f"{path}.content"))
    return ToolResult(id, _marked_as_error(parts) if block.get("is_error") else parts)


def _marked_as_error(parts: tuple[Content, ...]) -> tuple[Content, ...]:
    """Azure has no flag for a failed tool, so the model must read it."""
    match parts:
        case (Text(text), *rest):
            return (Text(text if text.startswith("Error") else f"Error: {text}"), *rest)
        case _:
            return (Text("Error: the tool failed."), *parts)


def read_blocks(content: Any, path: str) -> Iterator[Content]:
    for place, block in blocks(content, path):
        yield from read_block(block, place)


def keep_blocks(content: Any, path: str) -> Iterator[Content]:
    for place, block in blocks(content, path):
        yield from keep_block(block, place)


def keep_block(block: dict[str, Any], path: str) -> Iterator[Content]:
    return kept(block, path, read_block)


def kept(block: dict[str, Any], path: str, read: ReadBlock) -> Iterator[Content]:
    """What `read` refuses by its name is text: it was said, and nobody can take it back."""
    if block.get("type") == "text":  # as nearly every block
        yield from read_text(block, path)
        return
    try:
        yield from tuple(read(block, path))
    except Unsupported:
        if text := tell(block):
            yield Text(text)


def read_block(block: dict[str, Any], path: str) -> Iterator[Content]:
    match block.get("type"):
        case "text":
            yield from read_text(block, path)
        case "image":
            yield Image(_read_image_url(block, path))
        case "document":
            yield from _read_document(block, path)
        case "search_result":
            texts = "\n".join(read_texts(block.get("content") or [], f"{path}.content"))
            yield Text(_tagged("search_result", texts, block, ("source", "title")))
        case "tool_reference":
            yield Text(f"Tool loaded: {fields.required(block, 'tool_name', str, path)}")
        case _:
            raise unsupported(block, path)


def read_text(block: dict[str, Any], path: str) -> Iterator[Text]:
    text = fields.check(block.get("text", ""), str, f"{path}.text")
    if text:
        yield Text(text)


def read_texts(content: Any, path: str) -> Iterator[str]:
    """Of content that may hold nothing else."""
    for place, block in blocks(content, path):
        if block.get("type") != "text":
            raise unsupported(block, place)
        yield fields.required(block, "text", str, place)


def blocks(content: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The blocks of some content, each with its own path. A plain text is a block of text."""
    if isinstance(content, str):
        return iter([(path, {"type": "text", "text": content})])
    return fields.objects(fields.check(content, list, path), path)


def unsupported(block: dict[str, Any], path: str) -> Unsupported:
    return Unsupported(f"{path}.type: {fields.quoted(block.get('type'))} is not supported")


def _read_image_url(block: dict[str, Any], path: str) -> str:
    match fields.required(block, "source", dict, path):
        case {"type": "base64"} as source:
            return _read_data_url(source, f"{path}.source")
        case {"type": "url"} as source:
            return fields.required(source, "url", str, f"{path}.source")
        case source:
            raise unsupported(source, f"{path}.source")


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
            yield from read_blocks(source.get("content"), f"{place}.content")
            yield Text("</document>")
            return
        case "base64":
            file = File(_file_name(title), _read_data_url(source, place))
        case "url":
            url = fields.required(source, "url", str, place)
            file = File(_file_name(title or url.partition("?")[0].rpartition("/")[2]), url)
        case _:
            raise unsupported(source, place)
    if context:
        yield Text(context)
    yield file


def _file_name(title: str) -> str:
    if not title or title.lower().endswith(".pdf"):
        return title or UNNAMED
    return f"{title}.pdf"


def _tagged(
    tag: str, text: str, block: dict[str, Any], names: tuple[str, ...], *, closed: bool = True
) -> str:
    attributes = "".join(
        f" {name}={to_readable_json(block[name])}" for name in names if block.get(name)
    )
    return f"<{tag}{attributes}>" + (f"\n{text}\n</{tag}>" if closed else "")
