"""The history in an OpenAI body -> messages, an item at a time.

https://platform.openai.com/docs/api-reference/chat/create#chat-create-messages
https://platform.openai.com/docs/api-reference/responses/create#responses-create-input

Clients mix the shapes, so what stands in `messages` and what in `input` is read alike. Rules:
* reasoning goes up as it came, wherever it is from: Azure judges it, and the proxy asks again
  without it if Azure refuses; without `encrypted_content` it is nothing that Azure could read;
* a function's call whose name the tools declare as custom was custom: replies show it so;
* arguments and results that are no text are written as JSON; arguments that are no JSON stay as
  they are, for Azure takes any text;
* what OpenAI's own tools did is kept as text;
* ids and states of items stay behind: under `store: false` Azure would look for what they name.
"""

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from proxy_core.conversation import Message, Part, Phase, Reasoning, Text, ToolCall, ToolResult
from proxy_core.errors import BadRequest
from proxy_core.openai.content_parts import (
    PART_TYPES,
    read_assistant,
    read_result,
    read_system,
    read_user,
)
from proxy_core.wire import fields
from proxy_core.wire.json import to_readable_json
from proxy_core.wire.pieces import remembered

PHASES: dict[str, Phase] = {"commentary": "commentary", "final_answer": "final_answer"}

# What tools did that OpenAI runs, or that a model knows by training.
_OWN_CALLS = frozenset(
    f"{tool}_call"
    for tool in (
        "apply_patch", "code_interpreter", "file_search", "local_shell", "mcp", "shell",
        "tool_search", "web_search",
    )
)  # fmt: skip
_OWN_OUTPUTS = frozenset(f"{call}_output" for call in _OWN_CALLS)
_OWN_ITEMS = _OWN_CALLS | {"mcp_list_tools", "mcp_approval_request"}

# Members of an assistant's message that hold content with no place here, and what has one.
_NOWHERE = {"function_call": "send tool_calls instead", "audio": "this proxy takes no sound"}


def read_history(body: dict[str, Any], name: str, custom: frozenset[str]) -> Iterator[Message]:
    """`custom` names the tools whose calls carry free text."""
    if isinstance(text := body.get(name), str):
        yield Message("user", (Text(text),))
        return
    for read in fields.read_members(body, name, _read_item, custom):
        if read.parts:
            yield read


@remembered
def _read_item(item: dict[str, Any], path: str, custom: frozenset[str]) -> Message:
    match item.get("type") or "message":
        case "message":
            return _read_message(item, path, custom)
        case "reasoning":
            return Message("assistant", tuple(_read_reasoning(item, path)))
        case "function_call" | "custom_tool_call":
            return Message("assistant", (_read_call(item, "call_id", item, path, custom),))
        case "function_call_output" | "custom_tool_call_output":
            return _read_output(item, "call_id", "output", path)
        case str(type) if type in _OWN_ITEMS:
            return Message("assistant", (_as_text(item),))
        case str(type) if type in _OWN_OUTPUTS or type == "mcp_approval_response":
            return Message("user", (_as_text(item),))
        case "tool_use" | "thinking" | "redacted_thinking" | "output_text" | "refusal":
            return Message("assistant", tuple(read_assistant([item], path, custom)))
        case str(type) if type == "tool_result" or type in PART_TYPES:
            return Message("user", tuple(read_user([item], path)))
        case type:
            raise BadRequest(f"{path}.type: {type!r} is not supported")


def _read_message(message: dict[str, Any], path: str, custom: frozenset[str]) -> Message:
    content, place = message.get("content"), f"{path}.content"
    match fields.required(message, "role", str, path):
        case "system" | "developer":
            return Message("system", tuple(read_system(content, place)))
        case "user":
            return Message("user", tuple(read_user(content, place)))
        case "assistant":
            return Message("assistant", tuple(_read_assistant(message, path, custom)))
        case "tool":
            return _read_output(message, "tool_call_id", "content", path)
        case role:
            raise BadRequest(f"{path}.role: {role!r} is not supported")


def _read_assistant(message: dict[str, Any], path: str, custom: frozenset[str]) -> Iterator[Part]:
    for member, advice in _NOWHERE.items():
        if message.get(member):
            raise BadRequest(f"{path}.{member}: not supported, {advice}")
    phase = PHASES.get(str(message.get("phase")))
    for part in read_assistant(message.get("content"), f"{path}.content", custom):
        yield replace(part, phase=phase) if isinstance(part, Text) else part
    if refusal := fields.optional(message, "refusal", str, path):
        yield Text(refusal)
    for place, call in fields.members(message, "tool_calls", path):
        kind = "custom" if call.get("type") == "custom" else "function"
        called = fields.required(call, kind, dict, place)
        yield _read_call(call, "id", called, f"{place}.{kind}", custom, place)


def _read_call(
    item: dict[str, Any],
    id_member: str,
    called: dict[str, Any],
    path: str,
    custom: frozenset[str],
    id_path: str = "",
) -> ToolCall:
    """`called` has the name and the arguments: the item itself, or what it nests."""
    name = fields.required(called, "name", str, path)
    given = called.get("arguments", called.get("input"))
    text = given if isinstance(given, str) else to_readable_json(given)
    is_custom = str(item.get("type")).startswith("custom") or name in custom
    id = fields.required(item, id_member, str, id_path or path)
    return ToolCall(id, name, "" if given is None else text, custom=is_custom)


def _read_output(item: dict[str, Any], id_member: str, member: str, path: str) -> Message:
    id = fields.required(item, id_member, str, path)
    output = tuple(read_result(item.get(member), f"{path}.{member}"))
    return Message("user", (ToolResult(id, output),))


def _read_reasoning(item: dict[str, Any], path: str) -> Iterator[Part]:
    sealed = fields.optional(item, "encrypted_content", str, path)
    summary = [
        fields.required(part, "text", str, place)
        for place, part in fields.members(item, "summary", path)
    ]
    if sealed:
        id = fields.optional(item, "id", str, path) or ""
        yield Reasoning(id, sealed, tuple(summary), origin=None)


def _as_text(item: dict[str, Any]) -> Text:
    return Text(to_readable_json({key: item[key] for key in item if key not in ("id", "status")}))
