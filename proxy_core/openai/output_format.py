"""The form that an OpenAI body asks its reply to have, and what Azure wants said for it.

https://platform.openai.com/docs/guides/structured-outputs

Chat Completions has it as `response_format`, the Responses API as `text.format`, one nested and
one flat. Clients mix them, so each is read in either body.
"""

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from proxy_core.conversation import ANY_OBJECT, JsonSchema, Message, Request, Text
from proxy_core.errors import BadRequest
from proxy_core.wire import fields

JSON_IS_ASKED_FOR = Message("system", (Text("Answer with a JSON object."),))


def read_output_schema(body: dict[str, Any]) -> JsonSchema | None:
    """None: text. A schema that is not told is one that any object fits."""
    path, format = "response_format", fields.optional(body, "response_format", dict)
    match body.get("text"):
        case {"format": dict(flat)} if format is None:
            path, format = "text.format", flat
    match format:
        case None | {"type": "text"}:
            return None
        case {"type": "json_schema", "json_schema": dict(nested)}:
            return _read_schema(nested, f"{path}.json_schema")
        case {"type": "json_schema" | "json_object"}:
            return _read_schema(format, path)
        case _:
            raise BadRequest(f"{path}.type: {format.get('type')!r} is not supported")


def _read_schema(format: dict[str, Any], path: str) -> JsonSchema:
    schema = fields.optional(format, "schema", dict, path) or ANY_OBJECT
    description = fields.optional(format, "description", str, path)
    return {"description": description, **schema} if description else schema


def with_json_asked_for(request: Request, instructions: str = "") -> Request:
    """Azure refuses to answer with any JSON object unless its input says the word.

    Where the client has said it, nothing is added. `instructions`: where they are a message.
    """
    if request.output_schema != ANY_OBJECT:
        return request
    if "json" in instructions.lower() or _says_json(request.messages):
        return request
    return replace(request, messages=(JSON_IS_ASKED_FOR, *request.messages))


def _says_json(messages: Iterable[Message]) -> bool:
    parts = (part for message in messages for part in message.parts)
    return any(isinstance(part, Text) and "json" in part.text.lower() for part in parts)
