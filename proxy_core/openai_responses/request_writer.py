"""Request -> Responses API request body.

https://platform.openai.com/docs/api-reference/responses/create

Rules:
* one message becomes several items: reasoning, calls and results stand beside the text, in order;
* nothing is stored on Azure; reasoning travels encrypted, goes back exactly as it came, to where
  it came from, and only when the item it produced is still there;
* items carry no ids but reasoning items, which must.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

from proxy_core.conversation import (
    Content,
    File,
    Image,
    Message,
    NamedTool,
    Part,
    Reasoning,
    Request,
    Text,
    Tool,
    ToolCall,
    ToolResult,
)
from proxy_core.models import Deployment
from proxy_core.openai_limits import digest, fit_id, fit_name, fit_parameters, is_strict

if TYPE_CHECKING:  # the SDK is a development dependency: it types our output, it never runs
    from openai.types.responses import (
        FunctionToolParam,
        ResponseInputContentParam,
        ResponseInputItemParam,
    )

NAME_LIMIT = 128
ID_LIMIT = 64
LEAST_OUTPUT = 16  # tokens; Azure refuses less

ROLES: dict[str, Literal["developer", "user"]] = {"system": "developer", "user": "user"}


def write_request(request: Request, deployment: Deployment) -> dict[str, Any]:
    effort = deployment.choose_effort(request.effort, request.thinking)
    takes_sampling = deployment.takes_sampling(effort)
    body: dict[str, Any] = {
        "model": deployment.name,
        "instructions": request.instructions or None,
        "input": [item for message in request.messages for item in _write(message, deployment)],
        "tools": [_write_tool(tool) for tool in request.tools] or None,
        "tool_choice": _write_tool_choice(request) if request.tools else None,
        "parallel_tool_calls": _write_parallel(request, deployment),
        "max_output_tokens": _write_limit(request, deployment),
        "temperature": request.temperature if takes_sampling else None,
        "top_p": request.top_p if takes_sampling else None,
        "reasoning": _write_reasoning(request, deployment, effort),
        "include": ["reasoning.encrypted_content"] if deployment.family.reasons else None,
        "text": _write_format(request),
        "prompt_cache_key": _write_cache_key(request, deployment),
        "store": False,
        "stream": True,
        "stream_options": {"include_obfuscation": False},
    }
    return {name: value for name, value in body.items() if value is not None}


def _write(message: Message, deployment: Deployment) -> Iterator[ResponseInputItemParam]:
    if message.role == "assistant":
        for index, part in enumerate(message.parts):
            yield from _write_assistant(part, message.parts[index + 1 :], deployment)
    else:
        yield from _write_input(message)


def _write_assistant(
    part: Part, following: Sequence[Part], deployment: Deployment
) -> Iterator[ResponseInputItemParam]:
    match part:
        case Text(text, phase):
            item: dict[str, Any] = {"type": "message", "role": "assistant", "content": text}
            if phase and deployment.family.phase:
                item["phase"] = phase
            yield item  # type: ignore[misc]  # the SDK types lack a plain string here
        case ToolCall(id, name, arguments):
            yield {
                "type": "function_call",
                "call_id": fit_id(id, ID_LIMIT),
                "name": fit_name(name, NAME_LIMIT),
                "arguments": arguments,
            }
        case Reasoning(id, encrypted_content, summary, origin):
            has_follower = any(isinstance(other, Text | ToolCall) for other in following)
            if has_follower and origin == deployment.origin:
                yield {
                    "type": "reasoning",
                    "id": id,
                    "summary": [{"type": "summary_text", "text": text} for text in summary],
                    "encrypted_content": encrypted_content,
                }


def _write_input(message: Message) -> Iterator[ResponseInputItemParam]:
    content: list[ResponseInputContentParam] = []
    for part in message.parts:
        match part:
            case ToolResult(call_id, parts):
                yield {
                    "type": "function_call_output",
                    "call_id": fit_id(call_id, ID_LIMIT),
                    "output": _write_output(parts),
                }
            case Text() | Image() | File():
                content.append(_write_content(part))
    if content:
        yield {"type": "message", "role": ROLES[message.role], "content": content}


def _write_output(parts: Sequence[Content]) -> Any:
    """A plain string where text is all there is, because every deployment takes that."""
    match parts:
        case ():
            return ""
        case (Text(text),):
            return text
        case _:
            return [_write_content(part) for part in parts]


def _write_content(part: Content) -> ResponseInputContentParam:
    match part:
        case Text(text):
            return {"type": "input_text", "text": text}
        case Image(url):
            return {"type": "input_image", "image_url": url, "detail": "auto"}
        case File(name, url) if url.startswith("data:"):
            return {"type": "input_file", "filename": name, "file_data": url}
        case File(_, url):
            return {"type": "input_file", "file_url": url}


def _write_tool(tool: Tool) -> FunctionToolParam:
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
            return {"type": "function", "name": fit_name(name, NAME_LIMIT)}
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
    request: Request, deployment: Deployment, effort: str | None
) -> dict[str, str] | None:
    if effort is None:
        return None
    reasoning = {"effort": effort}
    wants_summary = request.thinking == "shown" and effort != "none"
    if wants_summary and deployment.family.summary and deployment.summary:
        reasoning["summary"] = deployment.summary
    return reasoning


def _write_format(request: Request) -> dict[str, Any] | None:
    if request.output_schema is None:
        return None
    schema = request.output_schema
    return {
        "format": {
            "type": "json_schema",
            "name": "output",
            "schema": schema,
            "strict": is_strict(schema),
        }
    }


def _write_cache_key(request: Request, deployment: Deployment) -> str | None:
    if request.conversation_id is None or not deployment.family.openai:
        return None
    return digest(request.conversation_id)
