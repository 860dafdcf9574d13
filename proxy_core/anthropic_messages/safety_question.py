"""Claude Code's question whether a tool use is dangerous. Its shapes are known only here.

https://code.claude.com/docs/en/auto-mode-classifier-billing
"""

from typing import Any

from proxy_core.conversation import JsonSchema
from proxy_core.wire import fields

TYPE = "dangerous_tool_use"


def read_context(body: dict[str, Any]) -> JsonSchema | None:
    """What the client tells for it. None: it does not ask."""
    for _, question in fields.members(body, "safeguards"):
        if question.get("type") == TYPE:
            context = question.get("classifier_context")
            return context if isinstance(context, dict) else {}
    return None


def write_results(status: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"type": TYPE, "status": status}]
