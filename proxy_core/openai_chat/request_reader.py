"""Chat Completions request body -> Request.

https://platform.openai.com/docs/api-reference/chat/create

Rules:
* the leading system messages are the instructions, later ones stay in place;
* arguments that are no JSON stay as they are: Azure takes any text for them.
"""

from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import Any

from proxy_core.conversation import JsonSchema, Message, Request, Text
from proxy_core.openai.content_parts import read_instructions
from proxy_core.openai.tools import custom_names, read_tool_choice, read_tools
from proxy_core.openai_chat.message_reader import read_message
from proxy_core.wire import fields


def read_request(body: dict[str, Any]) -> Request:
    tools = tuple(read_tools(body))
    messages = tuple(_read_messages(body, custom_names(tools)))
    leading = [*takewhile(lambda message: message.role == "system", messages)]
    choice, tools = read_tool_choice(body, tools)
    return Request(
        model=fields.optional(body, "model", str) or "",
        instructions="\n\n".join((*read_instructions(body), *_texts(leading))),
        messages=messages[len(leading) :],
        tools=tools,
        tool_choice=choice,
        parallel_tool_calls=fields.optional(body, "parallel_tool_calls", bool) is not False,
        max_output_tokens=_read_limit(body),
        temperature=fields.up_to(body, "temperature", 2),
        top_p=fields.up_to(body, "top_p", 1),
        output_schema=_read_schema(body),
        stream=fields.optional(body, "stream", bool) or False,
    )


def _read_messages(body: dict[str, Any], custom: frozenset[str]) -> Iterator[Message]:
    for path, message in fields.members(body, "messages"):
        read = read_message(message, path, custom)
        if read.parts:
            yield read


def _texts(messages: Iterable[Message]) -> Iterator[str]:
    parts = (part for message in messages for part in message.parts)
    return (part.text for part in parts if isinstance(part, Text))


def _read_limit(body: dict[str, Any]) -> int | None:
    names = ("max_completion_tokens", "max_tokens", "max_output_tokens")
    return next((limit for name in names if (limit := fields.optional(body, name, int))), None)


def _read_schema(body: dict[str, Any]) -> JsonSchema | None:
    match fields.optional(body, "response_format", dict):
        case {"type": "json_schema", "json_schema": {"schema": dict(schema)}}:
            return schema
        case _:
            return None
