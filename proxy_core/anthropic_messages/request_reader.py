"""Anthropic Messages request body -> Request.

https://docs.anthropic.com/en/api/messages

Rules:
* unknown fields, betas and tuning knobs are dropped; unknown content is refused by name;
* only the leading system prompt becomes the instructions, later system messages stay in place;
* the tools have a reader of their own (tool_reader.py).
"""

from typing import Any

from proxy_core.anthropic_messages import safety_question, web_search
from proxy_core.anthropic_messages.content_reader import read_messages, read_system
from proxy_core.anthropic_messages.tool_reader import read_tools
from proxy_core.conversation import (
    Effort,
    JsonSchema,
    NamedTool,
    Request,
    Thinking,
    Tool,
    ToolChoice,
    WebSearch,
)
from proxy_core.deployments.models import EFFORT_NAMES, EFFORTS
from proxy_core.errors import BadRequest
from proxy_core.wire import fields
from proxy_core.wire.digest import digest, digest_beginning
from proxy_core.wire.pieces import remembered

TOOL_CHOICES: dict[str, ToolChoice] = {"auto": "auto", "any": "required", "none": "none"}

# Largest budget_tokens that still asks for this effort; beyond the last it is high.
BUDGET_EFFORTS: tuple[tuple[int, Effort], ...] = ((4_096, "low"), (16_384, "medium"))


def read_request(body: dict[str, Any]) -> Request:
    if body.get("thread") is not None:
        # The official SDKs then resend the whole conversation.
        raise BadRequest("thread: not supported", code="thread_unsupported_request")
    model = fields.at_most(fields.LONGEST_MODEL, fields.required(body, "model", str), "model")
    max_tokens = fields.required(body, "max_tokens", int)
    if max_tokens < 0:
        raise BadRequest("max_tokens: Input should be greater than or equal to 0")
    tools, search = read_tools(body)
    thinking = _read_thinking(body)
    instructions, messages = read_system(body), tuple(read_messages(body))
    return Request(
        model=model,
        instructions=instructions,
        messages=messages,
        tools=tools,
        web_search=search,
        tool_choice=_read_tool_choice(body, tools, search),
        parallel_tool_calls=not (body.get("tool_choice") or {}).get("disable_parallel_tool_use"),
        max_output_tokens=max_tokens,
        temperature=fields.up_to(body, "temperature", 1),
        top_p=fields.up_to(body, "top_p", 1),
        stop=tuple(fields.texts(body, "stop_sequences", fields.LONGEST_STOPS)),
        thinking=thinking,
        effort=_read_effort(body, thinking),
        output_schema=_read_output_schema(body),
        conversation_id=_read_user(body) or digest_beginning(instructions, messages),
        safeguard_context=safety_question.read_context(body),
        stream=fields.optional(body, "stream", bool) or False,
    )


def read_count_request(body: dict[str, Any]) -> Request:
    """The body of count_tokens: the same, without a limit on a reply that never comes."""
    return read_request({"max_tokens": 0, **body})


def _read_tool_choice(
    body: dict[str, Any], tools: tuple[Tool, ...], search: WebSearch | None
) -> ToolChoice:
    match fields.optional(body, "tool_choice", dict):
        case None:
            return "auto"
        case {"type": "tool", "name": str(name)}:
            if any(tool.name == name for tool in tools):
                return NamedTool(name)
            if search and name == web_search.NAME:
                return "web_search"
            raise BadRequest(f"tool_choice: Tool {fields.quoted(name)} not found in provided tools")
        case {"type": "auto" | "any" | "none" as type}:
            return TOOL_CHOICES[type]
        case choice:
            raise BadRequest(
                f"tool_choice.type: Input should be 'auto', 'any', 'tool' or 'none', "
                f"not {fields.quoted(choice.get('type'))}"
            )


def _read_thinking(body: dict[str, Any]) -> Thinking:
    match fields.optional(body, "thinking", dict):
        case None | {"type": "disabled"}:
            return "off"
        case {"type": "enabled" | "adaptive" | "between_tools"} as thinking:
            return "hidden" if thinking.get("display") == "omitted" else "shown"
        case thinking:
            raise BadRequest(
                "thinking.type: Input should be 'enabled', 'adaptive' or 'disabled', "
                f"not {fields.quoted(thinking.get('type'))}"
            )


def _read_effort(body: dict[str, Any], thinking: Thinking) -> Effort | None:
    """None without thinking, whatever is named; else the effort, or the one a budget stands for."""
    config = fields.optional(body, "output_config", dict) or {}
    name = _read_turn_effort(body) or fields.optional(config, "effort", str, "output_config")
    if name and name not in EFFORT_NAMES:
        raise BadRequest(f"output_config.effort: Input should be one of {', '.join(EFFORTS[2:])}")
    if thinking == "off":
        return "none"
    if name:
        return EFFORT_NAMES[name]
    budget = fields.optional(body["thinking"], "budget_tokens", int, "thinking")
    if budget is None:
        return None
    return next((effort for limit, effort in BUDGET_EFFORTS if budget <= limit), "high")


def _read_turn_effort(body: dict[str, Any]) -> str | None:
    """A system message may set the effort from its turn on; the last one counts."""
    efforts = fields.read_members(body, "messages", _read_message_effort)
    return next(filter(None, reversed(efforts)), None)


@remembered
def _read_message_effort(message: dict[str, Any], path: str) -> str | None:
    config = fields.optional(message, "output_config", dict, path) or {}
    return fields.optional(config, "effort", str, f"{path}.output_config")


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


def _read_user(body: dict[str, Any]) -> str | None:
    """Claude Code names the session here as well."""
    metadata = fields.optional(body, "metadata", dict) or {}
    user = fields.optional(metadata, "user_id", str, "metadata")
    return digest(user) if user else None
