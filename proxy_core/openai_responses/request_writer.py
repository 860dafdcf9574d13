"""Request -> Responses API request body.

https://platform.openai.com/docs/api-reference/responses/create

Nothing is stored on Azure: reasoning travels encrypted, through the client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from proxy_core.conversation import AnyTool, CustomTool, Effort, NamedTool, Request
from proxy_core.models import Deployment
from proxy_core.openai_limits import digest, fit_name, fit_parameters, is_strict
from proxy_core.openai_responses.item_writer import NAME_LIMIT, write_items

if TYPE_CHECKING:  # the SDK is a development dependency: it types our output, it never runs
    from openai.types.responses import ToolParam

LEAST_OUTPUT = 16  # tokens; Azure refuses less


def write_request(request: Request, deployment: Deployment) -> dict[str, Any]:
    effort = deployment.choose_effort(request.effort, request.thinking)
    takes_sampling = deployment.takes_sampling(effort)
    body: dict[str, Any] = {
        "model": deployment.name,
        "instructions": request.instructions or None,
        "input": [
            item for message in request.messages for item in write_items(message, deployment)
        ],
        "tools": [_write_tool(tool) for tool in request.tools] or None,
        "tool_choice": _write_tool_choice(request) if request.tools else None,
        "parallel_tool_calls": _write_parallel(request, deployment),
        "max_output_tokens": _write_limit(request, deployment),
        "temperature": request.temperature if takes_sampling else None,
        "top_p": request.top_p if takes_sampling else None,
        "reasoning": _write_reasoning(request, deployment, effort),
        "include": ["reasoning.encrypted_content"] if deployment.family.reasons else None,
        "text": _write_text(request, deployment),
        "prompt_cache_key": _write_cache_key(request, deployment),
        "store": False,
        "stream": True,
        "stream_options": {"include_obfuscation": False},
    }
    return {name: value for name, value in body.items() if value is not None}


def _write_tool(tool: AnyTool) -> ToolParam:
    if isinstance(tool, CustomTool):
        custom: dict[str, Any] = {
            "type": "custom",
            "name": fit_name(tool.name, NAME_LIMIT),
            "description": tool.description,
        }
        return custom | ({"format": tool.format} if tool.format else {})  # type: ignore[return-value]
    return {
        "type": "function",
        "name": fit_name(tool.name, NAME_LIMIT),
        "description": tool.description,
        "parameters": fit_parameters(tool.parameters),
        "strict": False,  # clients' schemas rarely satisfy strict mode, and Azure may assume it
    }


def _write_tool_choice(request: Request) -> str | dict[str, str]:
    match request.tool_choice:
        case NamedTool(name):
            custom = any(t.name == name and isinstance(t, CustomTool) for t in request.tools)
            kind = "custom" if custom else "function"
            return {"type": kind, "name": fit_name(name, NAME_LIMIT)}
        case choice:
            return choice


def _write_parallel(request: Request, deployment: Deployment) -> bool | None:
    if not request.tools or not deployment.family.parallel_tool_calls:
        return None
    return request.parallel_tool_calls


def _write_limit(request: Request, deployment: Deployment) -> int | None:
    if request.max_output_tokens is None:
        return None
    most = deployment.family.max_output or request.max_output_tokens
    return max(LEAST_OUTPUT, min(request.max_output_tokens, most))


def _write_reasoning(
    request: Request, deployment: Deployment, effort: Effort | None
) -> dict[str, str] | None:
    if effort is None:
        return None
    reasoning: dict[str, str] = {"effort": effort}
    wants_summary = request.thinking == "shown" and effort != "none"
    if wants_summary and deployment.family.summary and deployment.summary:
        reasoning["summary"] = deployment.summary
    return reasoning


def _write_text(request: Request, deployment: Deployment) -> dict[str, Any] | None:
    text: dict[str, Any] = {}
    if request.output_schema is not None:
        text["format"] = {
            "type": "json_schema",
            "name": "output",
            "schema": request.output_schema,
            "strict": is_strict(request.output_schema),
        }
    if request.verbosity and deployment.family.verbosity:
        text["verbosity"] = request.verbosity
    return text or None


def _write_cache_key(request: Request, deployment: Deployment) -> str | None:
    if request.conversation_id is None or not deployment.family.openai:
        return None
    return digest(request.conversation_id)
