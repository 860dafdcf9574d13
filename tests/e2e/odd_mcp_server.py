"""A server of tools with odd schemas, over standard input and output. Each says what it got.

Its argument is how many plain tools it has besides.

https://modelcontextprotocol.io/specification/2025-06-18/basic/transports#stdio
"""

import json
import sys
from typing import Any

LONG_NAME = "a_tool_whose_name_is_far_longer_than_the_sixty_four_characters_of_azure"

SCHEMAS: dict[str, dict[str, Any]] = {
    "references": {
        "type": "object",
        "properties": {"place": {"$ref": "#/$defs/place"}},
        "required": ["place"],
        "$defs": {"place": {"type": "object", "properties": {"city": {"type": "string"}}}},
    },
    "no_properties": {"type": "object"},
    "branches": {
        "type": "object",
        "anyOf": [
            {"properties": {"city": {"type": "string"}}, "required": ["city"]},
            {"properties": {"zip": {"type": "integer"}}, "required": ["zip"]},
        ],
    },
    LONG_NAME: {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": {"day": {"type": ["string", "null"]}, "cities": {"type": "array"}},
    },
}


PLAIN = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "unit": {"enum": ["km", "mi"]}},
    "required": ["city"],
}


def plain_name(number: int) -> str:
    return f"plain_{number}"


def answer(method: str, params: dict[str, Any], plain: int) -> dict[str, Any]:
    match method:
        case "initialize":
            return {
                "protocolVersion": params["protocolVersion"],
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "odd", "version": "1"},
            }
        case "tools/list":
            schemas = SCHEMAS | {plain_name(number): PLAIN for number in range(plain)}
            return {
                "tools": [
                    {"name": name, "description": f"Is {name}.", "inputSchema": schema}
                    for name, schema in schemas.items()
                ]
            }
        case "tools/call":
            said = f"{params['name']} got {json.dumps(params.get('arguments'), sort_keys=True)}"
            return {"content": [{"type": "text", "text": said}]}
        case _:
            return {}


def serve(plain: int) -> None:
    for line in sys.stdin:
        message = json.loads(line)
        if "id" in message:  # all others are notifications
            result = answer(message["method"], message.get("params") or {}, plain)
            reply = {"jsonrpc": "2.0", "id": message["id"], "result": result}
            print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    serve(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
