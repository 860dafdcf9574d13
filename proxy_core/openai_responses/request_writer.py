"""Request -> Responses API request body.

https://platform.openai.com/docs/api-reference/responses/create

Nothing is stored on Azure: reasoning travels encrypted, through the client.

Web search is one of Azure's tools. It has no field for a search's count, but one for all tool
calls: so a count is sent where nothing else can be called.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from proxy_core.conversation import (
    ANY_OBJECT,
    AnyTool,
    CustomTool,
    Effort,
    Message,
    NamedTool,
    Request,
    WebSearch,
)
from proxy_core.deployments.models import Deployment
from proxy_core.openai.limits import (
    each_once,
    fit_name,
    write_cache_key,
    write_function,
    write_head,
    write_output_schema,
    write_parallel,
)
from proxy_core.openai.output_format import with_json_asked_for
from proxy_core.openai.tools import custom_names
from proxy_core.openai_responses.item_writer import NAME_LIMIT, write_items
from proxy_core.wire.known_messages import once_for_all, once_for_each

if TYPE_CHECKING:  # the SDK is a development dependency: it types our output, it never runs
    from openai.types.responses import ResponseInputItemParam, ToolParam

LEAST_OUTPUT = 16  # tokens; Azure refuses less


def write_request(request: Request, deployment: Deployment) -> dict[str, Any]:
    effort = _choose_effort(request, deployment)
    takes_sampling, search = deployment.takes_sampling(effort), request.web_search
    limit = deployment.choose_limit(request.max_output_tokens, effort, request.thinking)
    body: dict[str, Any] = {
        "model": deployment.name,
        "instructions": request.instructions or None,
        "input": [*_write_input(request, deployment)],
        "tools": [*_write_tools(request)] or None,
        "tool_choice": _write_tool_choice(request) if request.tools or search else None,
        "max_tool_calls": (search.max_uses or None) if search and not request.tools else None,
        "parallel_tool_calls": write_parallel(request, deployment.family),
        "max_output_tokens": None if limit is None else max(LEAST_OUTPUT, limit),
        "temperature": request.temperature if takes_sampling else None,
        "top_p": request.top_p if takes_sampling else None,
        "reasoning": _write_reasoning(request, deployment, effort),
        "include": [*_write_include(request, deployment)] or None,
        "text": _write_text(request, deployment),
        "prompt_cache_key": write_cache_key(request, deployment.family),
        "store": False,
        "stream": True,
        "stream_options": {"include_obfuscation": False},
    }
    return {name: value for name, value in body.items() if value is not None}


def _write_input(request: Request, deployment: Deployment) -> Iterator[ResponseInputItemParam]:
    def write(message: Message) -> tuple[ResponseInputItemParam, ...]:
        return tuple(write_items(message, deployment))

    phase, origin = deployment.family.phase, deployment.origin
    kind = f"responses {phase} {origin.family} {origin.resource}"
    yield from once_for_each(kind, write, with_json_asked_for(request).messages)


def _choose_effort(request: Request, deployment: Deployment) -> Effort | None:
    effort = deployment.choose_effort(request.effort, request.thinking)
    if request.web_search and effort == "minimal":
        return "low"  # Azure refuses to search at minimal effort
    return effort


def _write_include(request: Request, deployment: Deployment) -> Iterator[str]:
    if deployment.family.reasons:
        yield "reasoning.encrypted_content"
    if request.web_search:
        yield "web_search_call.action.sources"


def _write_tools(request: Request) -> Iterator[ToolParam]:
    yield from once_for_all("responses", _write_functions, request.tools)
    if request.web_search:
        yield _write_web_search(request.web_search)


def _write_functions(tools: tuple[AnyTool, ...]) -> tuple[ToolParam, ...]:
    return tuple(map(_write_tool, each_once(tools)))


def _write_web_search(search: WebSearch) -> ToolParam:
    tool: dict[str, Any] = {"type": "web_search"}
    if search.allowed_domains:
        tool["filters"] = {"allowed_domains": [*search.allowed_domains]}
    if search.location is not None:
        tool["user_location"] = {"type": "approximate", **search.location}
    return tool  # type: ignore[return-value]  # built as a dict, because Azure takes no nulls


def _write_tool(tool: AnyTool) -> ToolParam:
    if isinstance(tool, CustomTool):
        custom: dict[str, Any] = {"type": "custom", **write_head(tool, NAME_LIMIT)}
        return custom | ({"format": tool.format} if tool.format else {})  # type: ignore[return-value]
    return {"type": "function", **write_function(tool, NAME_LIMIT)}  # type: ignore[typeddict-item]


def _write_tool_choice(request: Request) -> str | dict[str, Any]:
    match request.tool_choice:
        case "web_search" if request.tools:
            # {"type": "web_search"} is taken for an older tool, and then not found
            tools = [{"type": "web_search"}]
            return {"type": "allowed_tools", "mode": "required", "tools": tools}
        case "web_search":
            return "required"
        case NamedTool(name):
            kind = "custom" if name in custom_names(request.tools) else "function"
            return {"type": kind, "name": fit_name(name, NAME_LIMIT)}
        case choice:
            return choice


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
    if request.output_schema == ANY_OBJECT:
        text["format"] = {"type": "json_object"}
    elif request.output_schema is not None:
        text["format"] = {"type": "json_schema", **write_output_schema(request.output_schema)}
    if request.verbosity and deployment.family.verbosity:
        text["verbosity"] = request.verbosity
    return text or None
