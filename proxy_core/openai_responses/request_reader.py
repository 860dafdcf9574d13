"""Responses API request body -> Request.

https://platform.openai.com/docs/api-reference/responses/create

Cursor posts such bodies to its Chat Completions endpoint. Rules:
* items keep their order; those of one reply (reasoning, text, calls) become one message;
* reasoning goes up as it came, wherever it is from: Azure judges it, and the proxy asks again
  without it if Azure refuses;
* ids and states of items stay behind: under `store: false` Azure would look for what they name.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from proxy_core import fields
from proxy_core.conversation import (
    Content,
    File,
    Image,
    JsonSchema,
    Message,
    Part,
    Phase,
    Reasoning,
    Request,
    Role,
    Text,
    ToolCall,
    ToolResult,
)
from proxy_core.errors import BadRequest
from proxy_core.openai_tools import read_tool_choice, read_tools

PHASES: dict[Any, Phase] = {"commentary": "commentary", "final_answer": "final_answer"}

Placed = tuple[Role, Part]


def read_request(body: dict[str, Any]) -> Request:
    choice, tools = read_tool_choice(body, tuple(read_tools(body)))
    return Request(
        model=fields.optional(body, "model", str) or "",
        instructions=fields.optional(body, "instructions", str) or "",
        messages=tuple(_group(_read_input(body))),
        tools=tools,
        tool_choice=choice,
        parallel_tool_calls=fields.optional(body, "parallel_tool_calls", bool) is not False,
        max_output_tokens=fields.optional(body, "max_output_tokens", int),
        temperature=fields.optional(body, "temperature", float),
        top_p=fields.optional(body, "top_p", float),
        output_schema=_read_schema(body),
        stream=fields.optional(body, "stream", bool) or False,
    )


def _group(placed: Iterable[Placed]) -> Iterator[Message]:
    for role, parts in groupby(placed, key=lambda pair: pair[0]):
        yield Message(role, tuple(part for _, part in parts))


def _read_input(body: dict[str, Any]) -> Iterator[Placed]:
    items = body.get("input")
    if isinstance(items, str):
        yield "user", Text(items)
        return
    for path, item in fields.members(body, "input"):
        yield from _read_item(item, path)


def _read_item(item: dict[str, Any], path: str) -> Iterator[Placed]:
    match item.get("type", "message"):
        case "message":
            yield from _read_message(item, path)
        case "reasoning":
            yield "assistant", _read_reasoning(item, path)
        case "function_call":
            yield "assistant", _read_call(item, "arguments", path)
        case "custom_tool_call":
            yield "assistant", _read_call(item, "input", path, custom=True)
        case "function_call_output" | "custom_tool_call_output":
            output = tuple(_read_content(item.get("output"), f"{path}.output"))
            yield "user", ToolResult(fields.required(item, "call_id", str, path), output)
        case type:
            raise BadRequest(f"{path}.type: {type!r} is not supported")


def _read_message(item: dict[str, Any], path: str) -> Iterator[Placed]:
    content = _read_content(item.get("content"), f"{path}.content")
    match fields.required(item, "role", str, path):
        case "user":
            yield from (("user", part) for part in content)
        case "system" | "developer":
            yield from (("system", part) for part in content)
        case "assistant":
            phase = PHASES.get(item.get("phase"))
            texts = (part for part in content if isinstance(part, Text))
            yield from (("assistant", Text(part.text, phase)) for part in texts)
        case role:
            raise BadRequest(f"{path}.role: {role!r} is not supported")


def _read_call(item: dict[str, Any], name: str, path: str, *, custom: bool = False) -> ToolCall:
    return ToolCall(
        fields.required(item, "call_id", str, path),
        fields.required(item, "name", str, path),
        fields.optional(item, name, str, path) or "",
        custom=custom,
    )


def _read_reasoning(item: dict[str, Any], path: str) -> Reasoning:
    summary = [
        fields.required(part, "text", str, place)
        for place, part in fields.members(item, "summary", path)
    ]
    return Reasoning(
        id=fields.optional(item, "id", str, path) or "",
        encrypted_content=fields.optional(item, "encrypted_content", str, path) or "",
        summary=tuple(summary),
        origin="",
    )


def _read_content(content: Any, path: str) -> Iterator[Content]:
    if content is None:
        return
    if isinstance(content, str):
        content = [{"type": "input_text", "text": content}]
    for place, part in fields.objects(fields.check(content, list, path), path):
        match part:
            case {"type": "input_text" | "output_text" | "text", "text": str(text)}:
                if text:
                    yield Text(text)
            case {"type": "refusal", "refusal": str(text)}:
                yield Text(text)
            case {"type": "input_image", "image_url": str(url)}:
                yield Image(url)
            case {"type": "input_file", "file_data": str(url), **rest}:
                yield File(str(rest.get("filename") or "document.pdf"), url)
            case {"type": "input_file", "file_url": str(url)}:
                yield File("document.pdf", url)
            case _:
                raise BadRequest(f"{place}.type: {part.get('type')!r} is not supported")


def _read_schema(body: dict[str, Any]) -> JsonSchema | None:
    match body.get("text"):
        case {"format": {"type": "json_schema", "schema": dict(schema)}}:
            return schema
        case _:
            return None
