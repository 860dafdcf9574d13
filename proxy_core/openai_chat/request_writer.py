"""Request -> Chat Completions request body.

https://platform.openai.com/docs/api-reference/chat/create

Rules:
* a tool's message follows the calls at once and holds text only, so images of results come
  after all of them, as the user's;
* an assistant message holds its text before its calls: this API has no order between the two;
* a tool that takes free text is a function to models that take no others (custom_calls.py);
* reasoning has no place here, files have none either, and are refused by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from proxy_core.conversation import (
    ANY_OBJECT,
    AnyTool,
    Content,
    CustomTool,
    Effort,
    File,
    Image,
    Message,
    NamedTool,
    Request,
    Text,
    ToolCall,
    ToolResult,
)
from proxy_core.deployments.models import Deployment, Family
from proxy_core.errors import BadRequest
from proxy_core.openai.limits import (
    each_once,
    fit_name,
    write_cache_key,
    write_function,
    write_output_schema,
    write_parallel,
)
from proxy_core.openai.output_format import with_json_asked_for
from proxy_core.openai.tools import custom_names
from proxy_core.openai_chat.call_ids import write_call_id
from proxy_core.openai_chat.custom_calls import as_function, wrap, write_custom_tool
from proxy_core.wire.known_messages import once_for_all, once_for_each

if TYPE_CHECKING:  # the SDK is a development dependency: it types our output, it never runs
    from openai.types.chat import (
        ChatCompletionContentPartParam,
        ChatCompletionMessageParam,
        ChatCompletionMessageToolCallUnionParam,
        ChatCompletionToolUnionParam,
    )

LEAST_OUTPUT = 1  # tokens
NAME_LIMIT = 64


def write_request(request: Request, deployment: Deployment) -> dict[str, Any]:
    family = deployment.family
    effort = _choose_effort(request, deployment)
    takes_sampling = deployment.takes_sampling(effort)
    limit = deployment.choose_limit(request.max_output_tokens, effort, request.thinking)
    body: dict[str, Any] = {
        "model": deployment.name,
        "messages": [*_write_messages(with_json_asked_for(request, request.instructions), family)],
        "tools": [*_write_tools(request.tools, family)] or None,
        "tool_choice": _write_tool_choice(request, family) if request.tools else None,
        "parallel_tool_calls": write_parallel(request, family),
        family.chat_limit: None if limit is None else max(LEAST_OUTPUT, limit),
        "temperature": request.temperature if takes_sampling else None,
        "top_p": request.top_p if takes_sampling else None,
        "reasoning_effort": effort,
        "verbosity": request.verbosity if family.verbosity else None,
        "response_format": _write_format(request),
        "prompt_cache_key": write_cache_key(request, family),
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    return {name: value for name, value in body.items() if value is not None}


def _choose_effort(request: Request, deployment: Deployment) -> Effort | None:
    if request.tools and deployment.family.tools_on_chat == "without_reasoning":
        return "none"
    return deployment.choose_effort(request.effort, request.thinking)


def _write_messages(request: Request, family: Family) -> Iterator[ChatCompletionMessageParam]:
    if request.instructions:
        yield {"role": "system", "content": request.instructions}

    def write(message: Message) -> tuple[ChatCompletionMessageParam, ...]:
        return tuple(_write_message(message, family))

    kind = f"chat {family.short_call_ids} {family.custom_tools}"
    yield from once_for_each(kind, write, request.messages)


def _write_message(message: Message, family: Family) -> Iterator[ChatCompletionMessageParam]:
    match message.role:
        case "assistant":
            yield from _write_assistant(message, family)
        case "system":
            yield {"role": "system", "content": _text(message.parts)}
        case "user":
            yield from _write_user(message, family)


def _write_assistant(message: Message, family: Family) -> Iterator[ChatCompletionMessageParam]:
    calls = [_write_call(part, family) for part in message.parts if isinstance(part, ToolCall)]
    text = _text(message.parts) or None
    if calls:
        yield {"role": "assistant", "content": text, "tool_calls": calls}
    elif text:
        yield {"role": "assistant", "content": text}


def _write_call(call: ToolCall, family: Family) -> ChatCompletionMessageToolCallUnionParam:
    id, name = write_call_id(call.id, family), fit_name(call.name, NAME_LIMIT)
    if call.custom and family.custom_tools:
        return {"id": id, "type": "custom", "custom": {"name": name, "input": call.arguments}}
    return {"id": id, "type": "function", "function": {"name": name, "arguments": wrap(call)}}


def _write_user(message: Message, family: Family) -> Iterator[ChatCompletionMessageParam]:
    content: list[ChatCompletionContentPartParam] = []
    for part in message.parts:
        match part:
            case ToolResult(call_id, parts):
                id = write_call_id(call_id, family)
                yield {"role": "tool", "tool_call_id": id, "content": _text(parts)}
                if media := [other for other in parts if not isinstance(other, Text)]:
                    content.append({"type": "text", "text": f"From the result of {id}:"})
                    content += _write_content(media)
            case Text() | Image() | File():
                content += _write_content([part])
    match content:
        case []:
            pass
        case [{"type": "text", "text": str(text)}]:
            yield {"role": "user", "content": text}
        case _:
            yield {"role": "user", "content": content}


def _write_content(parts: Sequence[Content]) -> Iterator[ChatCompletionContentPartParam]:
    for part in parts:
        match part:
            case Text(text):
                yield {"type": "text", "text": text}
            case Image(url):
                yield {"type": "image_url", "image_url": {"url": url}}
            case File(name):
                raise BadRequest(
                    f"The document {name[:64]!r} cannot be sent: this deployment is asked through "
                    "Chat Completions, which does not support PDF input. "
                    "AZURE_OPENAI_API=responses would take it.",
                    about="document",
                )


def _text(parts: Iterable[Any]) -> str:
    return "\n\n".join(part.text for part in parts if isinstance(part, Text))


def _write_tools(
    tools: tuple[AnyTool, ...], family: Family
) -> Iterable[ChatCompletionToolUnionParam]:
    def write(tools: tuple[AnyTool, ...]) -> tuple[ChatCompletionToolUnionParam, ...]:
        return tuple(_write_tool(tool, family) for tool in each_once(tools))

    return once_for_all(f"chat {family.custom_tools}", write, tools)


def _write_tool(tool: AnyTool, family: Family) -> ChatCompletionToolUnionParam:
    if isinstance(tool, CustomTool):
        if family.custom_tools:
            return write_custom_tool(tool, NAME_LIMIT)
        tool = as_function(tool)
    return {"type": "function", "function": write_function(tool, NAME_LIMIT)}


def _write_tool_choice(request: Request, family: Family) -> str | dict[str, Any]:
    match request.tool_choice:
        case NamedTool(name):
            is_custom = family.custom_tools and name in custom_names(request.tools)
            kind = "custom" if is_custom else "function"
            return {"type": kind, kind: {"name": fit_name(name, NAME_LIMIT)}}
        case choice:
            return choice


def _write_format(request: Request) -> dict[str, Any] | None:
    if request.output_schema is None:
        return None
    if request.output_schema == ANY_OBJECT:
        return {"type": "json_object"}
    return {"type": "json_schema", "json_schema": write_output_schema(request.output_schema)}
