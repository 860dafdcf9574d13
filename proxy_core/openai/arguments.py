"""The arguments of a tool call, as models and the servers in front of them send them."""

import json
from typing import Any

from proxy_core.wire.json import to_json


def read_arguments(value: Any) -> str:
    """As text; some servers send them parsed."""
    match value:
        case None:
            return ""
        case str():
            return value
        case _:
            return to_json(value)


def are_complete(arguments: str) -> bool:
    """Whether nothing can be added to them: a JSON object has ended."""
    if not arguments.rstrip().endswith("}"):
        return False
    try:
        return isinstance(json.loads(arguments), dict)
    except (ValueError, RecursionError):
        return False
