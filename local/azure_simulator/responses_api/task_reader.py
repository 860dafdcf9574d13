"""Body of POST /responses -> Task."""

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

SEARCHES = ("web_search", "web_search_preview")


def read_task(body: dict[str, Any], family: Family) -> Task:
    effort = effective_effort(body, family)
    form = (body.get("text") or {}).get("format") or {}
    return Task(
        entries=tuple(_read_entries(body["input"])),
        tools=_read_tools(body),
        must_call=_must_call(body.get("tool_choice")),
        parallel=_is_parallel(body, family, effort),
        reasons=family.reasons_at(effort),
        reasoning_tokens=REASONING_TOKENS.get(effort or "", 0),
        schema=form.get("schema"),
        json_object=form.get("type") == "json_object",
        limit=body.get("max_output_tokens"),
    )


def effective_effort(body: dict[str, Any], family: Family) -> str | None:
    return (body.get("reasoning") or {}).get("effort") or family.default_effort


def prompt_parts(body: dict[str, Any]) -> Iterator[Any]:
    """The prompt in the order in which a model reads it."""
    yield body.get("tools")
    yield body.get("instructions")
    items = body["input"]
    yield from items if isinstance(items, list) else [items]


def _is_parallel(body: dict[str, Any], family: Family, effort: str | None) -> bool:
    if effort == "minimal" and family.single_calls_when_minimal:
        return False
    return family.parallel_tool_calls and body.get("parallel_tool_calls") is not False


def _read_tools(body: dict[str, Any]) -> dict[str, Tool]:
    tools: dict[str, Tool] = {}
    for tool in body.get("tools") or ():
        kind = "web_search" if tool["type"] in SEARCHES else tool["type"]
        name = tool.get("name", kind)
        tools[name] = Tool(name, kind, tool.get("parameters"))
    match body.get("tool_choice"):
        case "none":
            return {}
        case {"type": "allowed_tools", "tools": allowed}:
            names = {tool.get("name", tool.get("type")) for tool in allowed}
            return {name: tool for name, tool in tools.items() if name in names}
        case {"name": name}:
            return {name: tools[name]}
        case _:
            return tools


def _must_call(choice: Any) -> bool:
    match choice:
        case "required" | {"name": _} | {"mode": "required"}:
            return True
        case _:
            return False


def _read_entries(items: Any) -> Iterator[Entry]:
    if isinstance(items, str):
        yield UserText(items)
        return
    names: dict[str, str] = {}
    for item in items:
        match item:
            case {"type": "function_call" | "custom_tool_call", "call_id": id, "name": name}:
                names[id] = name
                yield ToolUse(id, name)
            case {"type": str(kind), "call_id": id, "output": output} if "output" in kind:
                yield ToolOutcome(names.get(id, "The tool"), _read_text(output))
            case {"role": "user", "content": content}:
                yield UserText(_read_text(content))
            case {"role": "assistant", "content": content}:
                yield AssistantText(_read_text(content))


def _read_text(content: Any) -> str:
    if isinstance(content, str):
        return content
    parts = (part.get("text") or f"[{part['type']}]" for part in content)
    return "\n".join(parts)
