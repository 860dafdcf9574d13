"""What Azure demands of names, ids, schemas and knobs, and how to meet it without losing anything.

Both OpenAI APIs share these rules; only their lengths differ. Names and ids that
do not fit are replaced by a readable head and a digest, the same each time, so a
call and its result still belong together and the prompt cache still matches.

Seen in Azure's refusals: `Invalid 'input[4].call_id': string too long`,
`Invalid schema for function 'x': object schema missing properties`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from proxy_core.conversation import AnyTool, JsonSchema, Request, Tool
from proxy_core.deployments.models import Family
from proxy_core.wire.json import to_readable_json

if TYPE_CHECKING:  # the SDK is a development dependency: it types our output, it never runs
    from openai.types.shared_params import FunctionDefinition

_NAME = re.compile(r"[a-zA-Z0-9_-]+")
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_-]")
_DIGEST_LENGTH = 12

# Azure refuses these at the top level of a function's parameters, even with strict: false
_WITH_BRANCHES = ("oneOf", "anyOf", "allOf")
_TOP_LEVEL_REFUSED = (*_WITH_BRANCHES, "enum", "not")


def write_function(tool: Tool, name_limit: int) -> FunctionDefinition:
    """A function as both APIs describe it."""
    return {
        "name": fit_name(tool.name, name_limit),
        "description": tool.description,
        "parameters": fit_parameters(tool.parameters),
        "strict": False,  # clients' schemas rarely satisfy strict mode, and Azure may assume it
    }


def write_output_schema(schema: JsonSchema) -> dict[str, Any]:
    """The form of a structured reply, as both APIs describe it."""
    return {"name": "output", "schema": schema, "strict": is_strict(schema)}


def write_cache_key(request: Request, family: Family) -> str | None:
    """What Azure's prompt cache finds a conversation by; other makers' models refuse it."""
    if request.conversation_id is None or not family.openai:
        return None
    return request.conversation_id


def write_parallel(request: Request, family: Family) -> bool | None:
    if not request.tools or not family.parallel_tool_calls:
        return None
    return request.parallel_tool_calls


def fit_name(name: str, limit: int) -> str:
    """A tool's name as Azure accepts it: letters, digits, `_` and `-`, at most `limit` long."""
    if len(name) <= limit and _NAME.fullmatch(name):
        return name
    return _with_digest(_NOT_IN_NAMES.sub("_", name), name, limit)


def fit_id(id: str, limit: int) -> str:
    """A call's id, at most `limit` characters long."""
    return id if 0 < len(id) <= limit else _with_digest("call", id, limit)


def original_names(tools: Iterable[AnyTool], limit: int) -> Mapping[str, str]:
    """Name on the wire -> name the client gave, for the tools whose name had to change."""
    fitted = {fit_name(tool.name, limit): tool.name for tool in tools}
    return {wire: name for wire, name in fitted.items() if wire != name}


def fit_parameters(schema: JsonSchema) -> JsonSchema:
    """A function's parameters as Azure accepts them: verbatim, or completed where it would refuse.

    Completing adds the empty `properties` and `items` that Azure asks for. What Azure
    refuses at the top level becomes a note to the model; the client, who owns the tool,
    still checks it.
    """
    schema = _complete({**schema, "type": "object"})
    if refused := {key: schema[key] for key in _TOP_LEVEL_REFUSED if key in schema}:
        return _loosen({k: v for k, v in schema.items() if k not in refused}, refused)
    return schema


def is_strict(schema: Any) -> bool:
    """Whether a schema fits the subset that Azure can enforce to the letter.

    https://learn.microsoft.com/azure/ai-foundry/openai/how-to/structured-outputs
    """
    return _is_enforceable(schema, _STRICT_DEPTH) and _count(schema) <= _STRICT_PROPERTIES


def _is_enforceable(schema: Any, depth: int) -> bool:
    if depth < 0 or not isinstance(schema, dict):
        return False
    known = _STRICT_KEYS.get(str(schema.get("type")))
    if known is None or not schema.keys() <= known:
        return False
    match schema:
        case {"type": "object", "properties": dict(properties), "required": list(required)}:
            return (
                schema.get("additionalProperties") is False
                and len(properties) <= _STRICT_PROPERTIES
                and all(isinstance(name, str) for name in required)
                and properties.keys() == {*required}
                and all(_is_enforceable(member, depth - 1) for member in properties.values())
            )
        case {"type": "array"}:
            return _is_enforceable(schema.get("items"), depth - 1)
        case {"type": "object"}:
            return False
        case _:
            return True


def _count(schema: JsonSchema) -> int:
    """The properties at all levels."""
    members = [*schema.get("properties", {}).values(), *filter(None, [schema.get("items")])]
    return len(schema.get("properties", ())) + sum(map(_count, members))


_STRICT_DEPTH = 5  # levels below the top
_STRICT_PROPERTIES = 100  # at all levels together
_NOTES = frozenset({"type", "description", "title", "$schema"})
_SCALAR = _NOTES | {"enum", "const"}
_STRICT_KEYS: Mapping[str, frozenset[str]] = {
    "object": _NOTES | {"properties", "required", "additionalProperties"},
    "array": _NOTES | {"items"},
    "string": _SCALAR,
    "number": _SCALAR,
    "integer": _SCALAR,
    "boolean": _SCALAR,
    "null": _SCALAR,
}


def _with_digest(head: str, whole: str, limit: int) -> str:
    tail = sha256(whole.encode(errors="replace")).hexdigest()[:_DIGEST_LENGTH]
    return f"{head[: limit - _DIGEST_LENGTH - 1]}_{tail}"


def _loosen(schema: JsonSchema, refused: Mapping[str, Any]) -> JsonSchema:
    properties: dict[str, Any] = {}
    for branches in (refused[key] for key in _WITH_BRANCHES if key in refused):
        for branch in branches if isinstance(branches, list) else ():
            match branch:
                case {"properties": dict(fields)}:
                    properties |= fields
    note = f"The input must also satisfy this JSON Schema: {to_readable_json(refused)}"
    description = schema.get("description")
    return {
        **schema,
        "properties": properties | schema["properties"],
        "description": f"{description}\n{note}" if description else note,
    }


def _complete(schema: Any) -> Any:
    """The same schema with every object's `properties` and every array's `items` present."""
    match schema:
        case dict():
            completed = {
                key: _complete_member(key, value)
                for key, value in schema.items()
                if value is not None or key in _VALUES - {"required"}  # seen: "required": null
            }
            if _is(completed, "object") and not isinstance(completed.get("properties"), dict):
                completed["properties"] = {}
            if _is(completed, "array") and "items" not in completed:
                completed["items"] = {}
            return completed
        case list():
            return [_complete(member) for member in schema]
        case _:
            return schema


# below these keys stand values, not schemas
_VALUES = frozenset({"enum", "const", "default", "examples", "required"})
# below these keys stand schemas by name; a property may itself be called "enum" or "type"
_BY_NAME = frozenset(
    {"properties", "$defs", "definitions", "patternProperties", "dependentSchemas"}
)


def _complete_member(key: str, value: Any) -> Any:
    if key in _VALUES:
        return value
    if key in _BY_NAME and isinstance(value, dict):
        return {name: _complete(schema) for name, schema in value.items()}
    return _complete(value)


def _is(schema: JsonSchema, type: str) -> bool:
    declared = schema.get("type")
    return declared == type or (isinstance(declared, list) and type in declared)
