"""Body of POST /chat/completions -> Task."""

from collections.abc import Iterator
from typing import Any

from local.azure_simulator.models import Family
from local.azure_simulator.task import (
    REASONING_TOKENS,
    AssistantText,
    Entry,
    Task,
    Tool,
    ToolOutcome,
    ToolUse,
    UserText,
)


def read_task(body: dict[str, Any], family: Family) -> Task:
    effort = body.get("reasoning_effort") or family.default_effort
    form = body.get("response_format") or {}
    schema = form.get("json_schema") or {}
    single = effort == "minimal" and family.single_calls_when_minimal
    allowed = family.parallel_tool_calls and body.get("parallel_tool_calls") is not False
    return Task(
        entries=tuple(_read_entries(body["messages"])),
        tools=_read_tools(body),
        must_call=_must_call(body.get("tool_choice")),
        parallel=allowed and not single,
        reasons=family.reasons_at(effort),
        reasoning_tokens=REASONING_TOKENS.get(effort or "", 0),
        schema=schema.get("schema"),
        json_object=form.get("type") == "json_object",
        limit=body.get("max_completion_tokens") or body.get("max_tokens"),
    )


def prompt_parts(body: dict[str, Any]) -> Iterator[Any]:
    """The prompt in the order in which a model reads it."""
    yield body.get("tools")
    yield from body["messages"]


def _read_tools(body: dict[str, Any]) -> dict[str, Tool]:
    described = [(tool["type"], tool[tool["type"]]) for tool in body.get("tools") or ()]
    tools = {
        tool["name"]: Tool(tool["name"], kind, tool.get("parameters")) for kind, tool in described
    }
    match body.get("tool_choice"):
        case "none":
            return {}
        case {"function": {"name": name}} | {"custom": {"name": name}}:
            return {name: tools[name]}
        case {"allowed_tools": {"tools": allowed}}:
            names = {tool.get(tool.get("type"), {}).get("name") for tool in allowed}
            return {name: tool for name, tool in tools.items() if name in names}
        case _:
            return tools


def _must_call(choice: Any) -> bool:
    match choice:
        case "required" | {"function": _} | {"custom": _} | {"allowed_tools": {"mode": "required"}}:
            return True
        case _:
            return False


def _read_entries(messages: list[dict[str, Any]]) -> Iterator[Entry]:
    names: dict[str, str] = {}
    for message in messages:
        text = _read_text(message.get("content"))
        match message["role"]:
            case "user":
                yield UserText(text)
            case "tool":
                yield ToolOutcome(names.get(message["tool_call_id"], "The tool"), text)
            case "assistant":
                if text:
                    yield AssistantText(text)
                for call in message.get("tool_calls", ()):
                    names[call["id"]] = call[call["type"]]["name"]
                    yield ToolUse(call["id"], names[call["id"]])


def _read_text(content: Any) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    parts = (part.get("text") or f"[{part['type']}]" for part in content)
    return "\n".join(parts)
