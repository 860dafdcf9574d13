"""Tool -> the TypeScript-like declaration OpenAI's models read instead of its JSON schema.

The notation is the one OpenAI documents for its open models ("harmony", docs/format.md):

    // Gets the current weather.
    type get_weather = (_: {
    // City and state
    location: string,
    unit?: "celsius" | "fahrenheit", // default: "celsius"
    }) => any;

Constraints such as `pattern` or `maximum` have no place in it.
"""

import json
from collections.abc import Iterator
from typing import Any

from proxy_core.conversation import JsonSchema, Tool
from proxy_core.openai.function_schema import fit_parameters

DEEPEST_SCHEMA = 32  # a schema nested further is rendered as `any` from there on

PRIMITIVES = {
    "integer": "number",
    "number": "number",
    "string": "string",
    "boolean": "boolean",
    "null": "null",
}

EMPTY = ("any", "{\n}")  # what a schema without content is rendered as


def declare(tool: Tool) -> str:
    schema = fit_parameters(tool.parameters)
    arguments = _render(schema, 0)
    parameter = "" if arguments in EMPTY else f"_: {arguments}"
    declared = f"type {tool.name} = ({parameter}) => any;\n\n"
    return "\n".join((*_comment(tool.description), *_definitions(schema), declared))


def _definitions(schema: JsonSchema) -> Iterator[str]:
    """What `$ref` points to."""
    for keyword in ("$defs", "definitions"):
        match schema.get(keyword):
            case {**named}:
                for name, definition in named.items():
                    yield f"type {name} = {_render(definition, 0)};\n"


def _render(schema: Any, depth: int) -> str:
    if depth >= DEEPEST_SCHEMA:
        return "any"
    match schema:
        case {"enum": [*values]}:
            return " | ".join(map(_literal, values))
        case {"const": value}:
            return _literal(value)
        case {"$ref": str(ref)}:
            return ref.rpartition("/")[2]
        case {"properties": {**fields}} if fields:
            return "\n".join(("{", *_fields(fields, schema.get("required"), depth + 1), "}"))
        case {"type": "array", **rest}:
            return _render(rest.get("items"), depth + 1) + "[]"
        case {"type": str(name)} if name in PRIMITIVES:
            return PRIMITIVES[name]
        case {"type": [*names]}:
            kinds = [kind for kind in (*PRIMITIVES, "array", "object") if kind in names]
            items = schema.get("items")
            return " | ".join(_render({"type": kind, "items": items}, depth + 1) for kind in kinds)
        case {"anyOf": [*options]} | {"oneOf": [*options]}:
            return " | ".join(_render(option, depth + 1) for option in options)
        case {"allOf": [*options]}:
            return " & ".join(_render(option, depth + 1) for option in options)
        case {"type": "object"}:
            return "{\n}"
        case _:
            return "any"


def _fields(fields: dict[Any, Any], required: Any, depth: int) -> Iterator[str]:
    listed = required if isinstance(required, list) else ()
    needed = {name for name in listed if isinstance(name, str)}
    for name, field in fields.items():
        optional = "" if name in needed else "?"
        match field:
            case {"description": description}:
                yield from _comment(description)
        yield f"{name}{optional}: {_render(field, depth)},{_default(field)}"


def _comment(description: Any) -> Iterator[str]:
    if description:
        yield f"// {description}"


def _default(field: Any) -> str:
    match field:
        case {"default": default}:
            return f" // default: {_literal(default)}"
        case _:
            return ""


def _literal(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
