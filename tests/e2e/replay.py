"""Reasoning in later turns of a conversation over the Responses API.

The simulator refuses reasoning that was altered, or that stands in the wrong place. What it
cannot know is that some is missing: that is looked for here.
"""

from typing import Any

OUTPUTS = ("reasoning", "function_call", "custom_tool_call", "message")

# What Claude Code writes in the place of a reply that it never got.
NO_REPLY = "No response requested."


def replies_without_reasoning(request: dict[str, Any]) -> list[list[str]]:
    """The earlier replies that came back without the reasoning they began with."""
    body = request["body"]
    if not request["path"].endswith("/responses") or not _reasons(body):
        return []
    return [reply for reply in earlier_replies(body) if "reasoning" not in reply]


def earlier_replies(body: dict[str, Any]) -> list[list[str]]:
    """The kinds of the items of each earlier reply; any other item ends a reply."""
    replies: list[list[str]] = [[]]
    for item in body["input"]:
        kind = item.get("type", "message")
        if item.get("content") == NO_REPLY:
            continue
        if kind in OUTPUTS and item.get("role", "assistant") == "assistant":
            replies[-1].append(kind)
        elif replies[-1]:
            replies.append([])
    return [reply for reply in replies if reply]


def _reasons(body: dict[str, Any]) -> bool:
    return body.get("reasoning", {}).get("effort", "none") != "none"
