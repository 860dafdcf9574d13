"""Reasoning <-> the `signature` of an Anthropic thinking block.

https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking

Clients send a signature back byte for byte, and look into it never. So it carries all
that Azure needs to take its reasoning back: the proxy itself remembers nothing.
"""

import base64
import json
from typing import Any

from proxy_core.conversation import Origin, Reasoning
from proxy_core.wire.json import to_json

PREFIX = "azp1."

# closes a thinking block that carries nothing to replay, as the reasoning text of open models
UNSEALED = PREFIX


def write_signature(reasoning: Reasoning) -> str:
    fields = {
        "id": reasoning.id,
        "origin": _write_origin(reasoning.origin),
        "phase": reasoning.phase,
        "summary": reasoning.summary,
        "encrypted_content": reasoning.encrypted_content,
    }
    return PREFIX + base64.urlsafe_b64encode(to_json(fields).encode()).decode()


def read_signature(signature: str) -> Reasoning | None:
    """None for a signature of somebody else's, or a damaged one: that is not the client's fault."""
    if not signature.startswith(PREFIX):
        return None
    try:
        return _read_fields(json.loads(base64.urlsafe_b64decode(signature[len(PREFIX) :])))
    except (ValueError, RecursionError):
        return None


def _read_fields(fields: Any) -> Reasoning | None:
    match fields:
        case {
            "id": str(id),
            "origin": str(origin),
            "phase": "commentary" | "final_answer" | None as phase,
            "summary": list(summary),
            "encrypted_content": str(encrypted_content),
        } if all(isinstance(part, str) for part in summary):
            return Reasoning(id, encrypted_content, tuple(summary), _read_origin(origin), phase)
        case _:
            return None


def _write_origin(origin: Origin | None) -> str:
    return f"{origin.resource}/{origin.family}" if origin else ""


def _read_origin(text: str) -> Origin | None:
    resource, _, family = text.rpartition("/")
    return Origin(resource, family) if text else None
