"""The tools of an OpenAI body together with its choice among them.

https://platform.openai.com/docs/api-reference/responses/create#responses-create-tool_choice

A choice of a tool that is left out (tool_kinds.py) is none.
"""

from typing import Any

import msgspec

from proxy_core.conversation import AnyTool, ToolChoice, WebSearch
from proxy_core.openai.tool_kinds import is_web_search, left_out_kinds, read_web_search
from proxy_core.openai.tools import custom_names, read_tool_choice, read_tools
from proxy_core.wire import fields


class ToolOffer(msgspec.Struct, frozen=True):
    tools: tuple[AnyTool, ...]
    web_search: WebSearch | None
    choice: ToolChoice
    custom: frozenset[str]  # all that are declared, also those that may not be called now


def read_offer(body: dict[str, Any]) -> ToolOffer:
    declared, search = read_tools(body), read_web_search(body)
    custom = custom_names(declared)
    match body.get("tool_choice"):
        case {"type": str(kind)} if kind in left_out_kinds(body):
            return ToolOffer(declared, search, "auto", custom)
        case dict(chosen) if is_web_search(chosen):
            return ToolOffer(declared, search, "web_search" if search else "auto", custom)
        case {"type": "allowed_tools"} if not _allows_search(body["tool_choice"]):
            search = None
    word, tools = read_tool_choice(body, declared)
    if search and not tools:
        word, search = _choose_search(body.get("tool_choice"), search)
    return ToolOffer(tools, search, word, custom)


def _allows_search(choice: dict[str, Any]) -> bool:
    allowed = fields.optional(choice, "allowed_tools", dict, "tool_choice") or choice
    listed = fields.members(allowed, "tools", "tool_choice")
    return any(is_web_search(tool) for _, tool in listed)


def _choose_search(choice: Any, search: WebSearch) -> tuple[ToolChoice, WebSearch | None]:
    """Where it is all there is to choose."""
    match choice:
        case "none" | {"type": "none"}:
            return "auto", None
        case "required" | "any" | {"type": "required" | "any"}:
            return "web_search", search
        case {"mode": "required"} | {"allowed_tools": {"mode": "required"}}:
            return "web_search", search
        case _:
            return "auto", search
