"""Tools and tool choices of an OpenAI body, in every form that clients post -> the vocabulary.

https://platform.openai.com/docs/api-reference/responses/create#responses-create-tools

Functions come nested (Chat Completions), flat (Responses) or with an input_schema (Anthropic);
custom tools, whose calls carry free text by a grammar, nested or flat.
"""

from collections.abc import Iterator
from typing import Any

from proxy_core.conversation import AnyTool, CustomTool, NamedTool, Tool, ToolChoice
from proxy_core.errors import BadRequest
from proxy_core.openai.limits import each_once
from proxy_core.openai.tool_kinds import callable_tools, tools_of
from proxy_core.wire import fields
from proxy_core.wire.pieces import remembered

CHOICES: dict[str, ToolChoice] = {
    "auto": "auto",
    "none": "none",
    "required": "required",
    "any": "required",
}


def read_tools(body: dict[str, Any]) -> tuple[AnyTool, ...]:
    return _read_all(tools_of(body), "tools")


@remembered
def _read_all(tools: Any, path: str) -> tuple[AnyTool, ...]:
    return tuple(_read_each(tools, path))


def _read_each(tools: Any, path: str) -> Iterator[AnyTool]:
    for place, tool in callable_tools(tools, path):
        match tool:
            case {"function": dict(nested)}:
                yield _read_function(nested, f"{place}.function")
            case {"custom": dict(nested)}:
                yield _read_custom(nested, f"{place}.custom")
            case {"type": "custom"} if "input_schema" not in tool:
                yield _read_custom(tool, place)
            case _:
                yield _read_function(tool, place)


def custom_names(tools: tuple[AnyTool, ...]) -> frozenset[str]:
    return frozenset(tool.name for tool in each_once(tools) if isinstance(tool, CustomTool))


def read_tool_choice(
    body: dict[str, Any], tools: tuple[AnyTool, ...]
) -> tuple[ToolChoice, tuple[AnyTool, ...]]:
    """The choice, and the tools it leaves. Without tools there is nothing to choose."""
    choice = body.get("tool_choice")
    if choice is None or not tools:
        return "auto", tools
    match choice:
        case {"type": "allowed_tools", "allowed_tools": dict(allowed)}:
            return _allow(allowed, tools)
        case {"type": "allowed_tools"}:
            return _allow(choice, tools)
        case {"function": {"name": str(name)}} | {"custom": {"name": str(name)}}:
            return _find(name, tools), tools
        case {"type": "function" | "custom" | "tool", "name": str(name)}:
            return _find(name, tools), tools
        case str(word) | {"type": str(word)} if word in CHOICES:
            return CHOICES[word], tools
        case _:
            raise BadRequest("tool_choice: not a choice that this proxy knows")


def _allow(
    allowed: dict[str, Any], tools: tuple[AnyTool, ...]
) -> tuple[ToolChoice, tuple[AnyTool, ...]]:
    names = {_name(tool) for _, tool in fields.members(allowed, "tools", "tool_choice")}
    left = tuple(tool for tool in tools if tool.name in names)
    return CHOICES.get(str(allowed.get("mode")), "auto"), left


def _name(tool: dict[str, Any]) -> str:
    match tool:
        case {"function": {"name": str(name)}} | {"custom": {"name": str(name)}}:
            return name
        case _:
            return str(tool.get("name"))


def _find(name: str, tools: tuple[AnyTool, ...]) -> NamedTool:
    if all(tool.name != name for tool in tools):
        raise BadRequest(f"tool_choice: the tool {name!r} is not among the tools")
    return NamedTool(name)


def _read_function(tool: dict[str, Any], path: str) -> Tool:
    return Tool(
        fields.required(tool, "name", str, path),
        fields.note(tool, "description"),
        fields.schema(tool, "parameters", "input_schema"),
        tool.get("strict") is True,
    )


def _read_custom(tool: dict[str, Any], path: str) -> CustomTool:
    return CustomTool(
        fields.required(tool, "name", str, path),
        fields.note(tool, "description"),
        _read_format(tool, path),
    )


def _read_format(tool: dict[str, Any], path: str) -> dict[str, Any] | None:
    format = fields.optional(tool, "format", dict, path)
    if not format:
        return None
    match format.get("grammar") or format:  # Chat Completions nests a grammar once more
        case {"syntax": "lark" | "regex" as syntax, "definition": str(definition)}:
            return {"type": "grammar", "syntax": syntax, "definition": definition}
        case {"type": "text"}:
            return {"type": "text"}
        case _:  # of a kind that Azure would refuse, and with it the chat
            return None
