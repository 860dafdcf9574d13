"""Anthropic Messages request body -> Request.

https://docs.anthropic.com/en/api/messages

Rules:
* unknown fields, betas and tuning knobs are dropped; unknown content is refused by name;
* only the leading system prompt becomes the instructions, later system messages stay in place;
* a deferred tool goes up once the conversation refers to it.
"""

from collections.abc import Iterator
from typing import Any

from proxy_core import fields
from proxy_core.anthropic_messages.content_reader import read_messages, read_system
from proxy_core.conversation import (
    Effort,
    JsonSchema,
    NamedTool,
    Request,
    Thinking,
    Tool,
    ToolChoice,
)
from proxy_core.errors import BadRequest
from proxy_core.models import EFFORT_NAMES, EFFORTS

TOOL_CHOICES: dict[str, ToolChoice] = {"auto": "auto", "any": "required", "none": "none"}

# Largest budget_tokens that still asks for this effort; beyond the last it is high.
BUDGET_EFFORTS: tuple[tuple[int, Effort], ...] = ((4_096, "low"), (16_384, "medium"))


def read_request(body: dict[str, Any]) -> Request:
    if body.get("thread") is not None:
        # The official SDKs then resend the whole conversation.
        raise BadRequest("thread: not supported", code="thread_unsupported_request")
    model = fields.required(body, "model", str)
    max_tokens = fields.required(body, "max_tokens", int)
    if max_tokens < 0:
        raise BadRequest("max_tokens: Input should be greater than or equal to 0")
    tools = tuple(_read_tools(body))
    thinking = _read_thinking(body)
    return Request(
        model=model,
        instructions=read_system(body),
        messages=tuple(read_messages(body)),
        tools=tools,
        tool_choice=_read_tool_choice(body, tools),
        parallel_tool_calls=not (body.get("tool_choice") or {}).get("disable_parallel_tool_use"),
        max_output_tokens=max_tokens,
        temperature=_read_share(body, "temperature"),
        top_p=_read_share(body, "top_p"),
        stop=tuple(_read_stop_sequences(body)),
        thinking=thinking,
        effort=_read_effort(body, thinking),
        output_schema=_read_output_schema(body),
        conversation_id=_read_conversation_id(body),
        stream=fields.optional(body, "stream", bool) or False,
    )


def read_count_request(body: dict[str, Any]) -> Request:
    """The body of count_tokens: the same, without a limit on a reply that never comes."""
    return read_request({"max_tokens": 0, **body})


def _read_tools(body: dict[str, Any]) -> Iterator[Tool]:
    referenced = set(_referenced_tools(body))
    for path, tool in fields.members(body, "tools"):
        if tool.get("type") not in (None, "custom"):
            raise BadRequest(f"{path}.type: {tool['type']!r} is a tool this proxy cannot offer")
        name = fields.required(tool, "name", str, path)
        if tool.get("defer_loading") and name not in referenced:
            continue
        yield Tool(
            name,
            fields.optional(tool, "description", str, path) or "",
            fields.required(tool, "input_schema", dict, path),
        )


def _referenced_tools(body: dict[str, Any]) -> Iterator[str]:
    """Names of the tools that the history calls or a tool search has found."""
    match body.get("tool_choice"):
        case {"type": "tool", "name": str(name)}:
            yield name
    for _, message in fields.members(body, "messages"):
        content = message.get("content")
        for block in content if isinstance(content, list) else ():
            match block:
                case {"type": "tool_use", "name": str(name)}:
                    yield name
                case {"type": "tool_result", "content": list(parts)}:
                    for part in parts:
                        match part:
                            case {"type": "tool_reference", "tool_name": str(name)}:
                                yield name


def _read_tool_choice(body: dict[str, Any], tools: tuple[Tool, ...]) -> ToolChoice:
    match fields.optional(body, "tool_choice", dict):
        case None:
            return "auto"
        case {"type": "tool", "name": str(name)}:
            if all(tool.name != name for tool in tools):
                raise BadRequest(f"tool_choice: Tool '{name}' not found in provided tools")
            return NamedTool(name)
        case {"type": "auto" | "any" | "none" as type}:
            return TOOL_CHOICES[type]
        case choice:
            raise BadRequest(
                f"tool_choice.type: Input should be 'auto', 'any', 'tool' or 'none', "
                f"not {choice.get('type')!r}"
            )


def _read_share(body: dict[str, Any], name: str) -> float | None:
    share = fields.optional(body, name, float)
    if share is not None and not 0 <= share <= 1:
        raise BadRequest(f"{name}: Input should be between 0 and 1")
    return share


def _read_stop_sequences(body: dict[str, Any]) -> Iterator[str]:
    for index, sequence in enumerate(fields.optional(body, "stop_sequences", list) or ()):
        yield fields.check(sequence, str, f"stop_sequences.{index}")


def _read_thinking(body: dict[str, Any]) -> Thinking:
    match fields.optional(body, "thinking", dict):
        case None | {"type": "disabled"}:
            return "off"
        case {"type": "enabled" | "adaptive" | "between_tools"} as thinking:
            return "hidden" if thinking.get("display") == "omitted" else "shown"
        case thinking:
            raise BadRequest(
                "thinking.type: Input should be 'enabled', 'adaptive' or 'disabled', "
                f"not {thinking.get('type')!r}"
            )


def _read_effort(body: dict[str, Any], thinking: Thinking) -> Effort | None:
    """`disabled` beats the effort; an effort without `thinking` counts; a budget stands for one."""
    config = fields.optional(body, "output_config", dict) or {}
    name = fields.optional(config, "effort", str, "output_config")
    disabled = thinking == "off" and body.get("thinking") is not None
    if name and name not in EFFORT_NAMES:
        raise BadRequest(f"output_config.effort: Input should be one of {', '.join(EFFORTS[2:])}")
    if disabled or (thinking == "off" and not name):
        return "none"
    if name:
        return EFFORT_NAMES[name]
    budget = fields.optional(body["thinking"], "budget_tokens", int, "thinking")
    if budget is None:
        return None
    return next((effort for limit, effort in BUDGET_EFFORTS if budget <= limit), "high")


def _read_output_schema(body: dict[str, Any]) -> JsonSchema | None:
    config = fields.optional(body, "output_config", dict) or {}
    path, format = "output_config.format", fields.optional(config, "format", dict, "output_config")
    if format is None:  # the beta's older name
        path, format = "output_format", fields.optional(body, "output_format", dict)
    if format is None:
        return None
    if format.get("type") != "json_schema":
        raise BadRequest(f"{path}.type: Input should be 'json_schema'")
    return fields.required(format, "schema", dict, path)


def _read_conversation_id(body: dict[str, Any]) -> str | None:
    metadata = fields.optional(body, "metadata", dict) or {}
    return fields.optional(metadata, "user_id", str, "metadata")
