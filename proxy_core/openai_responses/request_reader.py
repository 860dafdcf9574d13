"""Responses API request body -> Request.

https://platform.openai.com/docs/api-reference/responses/create

Cursor posts such bodies to its Chat Completions endpoint. Rules:
* items keep their order; those of one reply (reasoning, text, calls) become one message, each
  other item a message of its own;
* reasoning goes up as it came, wherever it is from: Azure judges it, and the proxy asks again
  without it if Azure refuses; without `encrypted_content` it is nothing that Azure could read;
* a function's call whose name the tools declare as custom was custom: replies show it so;
* ids and states of items stay behind: under `store: false` Azure would look for what they name.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from typing import Any

from proxy_core.conversation import (
    JsonSchema,
    Message,
    Part,
    Phase,
    Reasoning,
    Request,
    Text,
    ToolCall,
    ToolResult,
)
from proxy_core.errors import BadRequest
from proxy_core.openai.content_parts import (
    read_assistant,
    read_content,
    read_instructions,
    read_system,
    read_user,
)
from proxy_core.openai.tools import custom_names, read_tool_choice, read_tools
from proxy_core.wire import fields

PHASES: dict[str, Phase] = {"commentary": "commentary", "final_answer": "final_answer"}


def read_request(body: dict[str, Any]) -> Request:
    declared = tuple(read_tools(body))
    choice, tools = read_tool_choice(body, declared)
    return Request(
        model=fields.optional(body, "model", str) or "",
        instructions="\n\n".join(read_instructions(body)),
        messages=tuple(_group(_read_input(body, custom_names(declared)))),
        tools=tools,
        tool_choice=choice,
        parallel_tool_calls=fields.optional(body, "parallel_tool_calls", bool) is not False,
        max_output_tokens=fields.optional(body, "max_output_tokens", int),
        temperature=fields.up_to(body, "temperature", 2),
        top_p=fields.up_to(body, "top_p", 1),
        output_schema=_read_schema(body),
        stream=fields.optional(body, "stream", bool) or False,
    )


def _group(messages: Iterable[Message]) -> Iterator[Message]:
    for role, group in groupby(messages, key=lambda message: message.role):
        if role == "assistant":
            yield Message(role, tuple(part for message in group for part in message.parts))
        else:
            yield from group


def _read_input(body: dict[str, Any], custom: frozenset[str]) -> Iterator[Message]:
    """`custom` names the tools whose calls carry free text."""
    items = body.get("input")
    if isinstance(items, str):
        yield Message("user", (Text(items),))
        return
    for path, item in fields.members(body, "input"):
        read = _read_item(item, path, custom)
        if read.parts:
            yield read


def _read_item(item: dict[str, Any], path: str, custom: frozenset[str]) -> Message:
    match item.get("type") or "message":
        case "message":
            return _read_message(item, path, custom)
        case "reasoning":
            return Message("assistant", tuple(_read_reasoning(item, path)))
        case "function_call":
            call = _read_call(item, "arguments", path)
            return Message("assistant", (replace(call, custom=call.name in custom),))
        case "custom_tool_call":
            call = _read_call(item, "input", path)
            return Message("assistant", (replace(call, custom=True),))
        case "function_call_output" | "custom_tool_call_output":
            id = fields.required(item, "call_id", str, path)
            output = tuple(read_content(item.get("output"), f"{path}.output"))
            return Message("user", (ToolResult(id, output),))
        case type:
            raise BadRequest(f"{path}.type: {type!r} is not supported")


def _read_message(item: dict[str, Any], path: str, custom: frozenset[str]) -> Message:
    content, place = item.get("content"), f"{path}.content"
    match fields.required(item, "role", str, path):
        case "user":
            return Message("user", tuple(read_user(content, place)))
        case "system" | "developer":
            return Message("system", tuple(read_system(content, place)))
        case "assistant":
            phase = PHASES.get(str(item.get("phase")))
            said = read_assistant(content, place, custom)
            return Message("assistant", tuple(_in_phase(part, phase) for part in said))
        case role:
            raise BadRequest(f"{path}.role: {role!r} is not supported")


def _in_phase(part: Text | ToolCall, phase: Phase | None) -> Part:
    return replace(part, phase=phase) if isinstance(part, Text) else part


def _read_call(item: dict[str, Any], member: str, path: str) -> ToolCall:
    return ToolCall(
        fields.required(item, "call_id", str, path),
        fields.required(item, "name", str, path),
        fields.optional(item, member, str, path) or "",
    )


def _read_reasoning(item: dict[str, Any], path: str) -> Iterator[Part]:
    sealed = fields.optional(item, "encrypted_content", str, path)
    summary = [
        fields.required(part, "text", str, place)
        for place, part in fields.members(item, "summary", path)
    ]
    if sealed:
        id = fields.optional(item, "id", str, path) or ""
        yield Reasoning(id, sealed, tuple(summary), origin=None)


def _read_schema(body: dict[str, Any]) -> JsonSchema | None:
    match body.get("text"):
        case {"format": {"type": "json_schema", "schema": dict(schema)}}:
            return schema
        case _:
            return None
