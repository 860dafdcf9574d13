"""What Azure refuses in `messages`, one by one and in their order.

https://platform.openai.com/docs/api-reference/chat/create#chat-create-messages
"""

import re
from typing import Any

from local.azure_simulator.checks import (
    check_array,
    check_choice,
    check_id,
    check_keys,
    check_name,
    check_object,
    check_present,
    check_string,
)
from local.azure_simulator.deployment import Deployment
from local.azure_simulator.image_checks import check_image_url, check_images
from local.azure_simulator.refusals import invalid_request, invalid_type, invalid_value

MOST_MESSAGES = 2048
LONGEST_TEXT = 1_048_576
LONGEST_CALL_ID = 40
SHORT_CALL_ID = re.compile("[a-zA-Z0-9]{9}")
ROLE_KEYS: dict[str, tuple[str, ...]] = {
    "system": ("role", "content", "name"),
    "developer": ("role", "content", "name"),
    "user": ("role", "content", "name"),
    "assistant": ("role", "content", "name", "refusal", "tool_calls"),
    "tool": ("role", "content", "tool_call_id"),
}
PART_TYPES: dict[str, tuple[str, ...]] = {
    "system": ("text",),
    "developer": ("text",),
    "user": ("text", "image_url"),
    "assistant": ("text", "refusal"),
    "tool": ("text",),
}


def check_messages(messages: Any, deployment: Deployment) -> None:
    check_array("messages", messages, MOST_MESSAGES, shortest=1)
    images = 0
    for number, message in enumerate(messages):
        check_object(f"messages[{number}]", message)
        images += _check_message(f"messages[{number}]", message, deployment)
    check_images(deployment.family, images, "messages")
    _check_call_pairs(messages)


def _check_message(path: str, message: dict[str, Any], deployment: Deployment) -> int:
    """Refuse, or count the message's images."""
    check_present(path, message, "role")
    role = message["role"]
    check_choice(f"{path}.role", role, ROLE_KEYS)
    known = ROLE_KEYS[role]
    if role == "assistant" and deployment.family.reasoning_content:
        known = (*known, "reasoning_content")
    check_keys(path, message, known)
    if role == "tool":
        check_present(path, message, "tool_call_id")
        _check_call_id(f"{path}.tool_call_id", message["tool_call_id"], deployment)
    if "tool_calls" in message:
        _check_calls(f"{path}.tool_calls", message["tool_calls"], deployment)
    if message.get("content") is None:
        if role == "assistant" and (message.get("tool_calls") or message.get("refusal")):
            return 0
        text = "Invalid value for 'content': expected a string, got null."
        raise invalid_request(text, f"{path}.content")
    return _check_content(f"{path}.content", message["content"], role)


def _check_call_id(path: str, id: Any, deployment: Deployment) -> None:
    check_id(path, id, LONGEST_CALL_ID)
    if deployment.family.short_call_ids and not SHORT_CALL_ID.fullmatch(id):
        text = f"Tool call id was {id} but must be a-z, A-Z, 0-9, with a length of 9."
        raise invalid_request(text, path)


def _check_calls(path: str, calls: Any, deployment: Deployment) -> None:
    check_array(path, calls, shortest=1)
    for number, call in enumerate(calls):
        here = f"{path}[{number}]"
        check_object(here, call)
        check_present(here, call, "id", "type")
        check_choice(f"{here}.type", call["type"], ("function", "custom"))
        check_keys(here, call, ("id", "type", call["type"]))
        _check_call_id(f"{here}.id", call["id"], deployment)
        check_present(here, call, call["type"])
        member = "arguments" if call["type"] == "function" else "input"
        inner = call[call["type"]]
        check_present(f"{here}.{call['type']}", inner, "name", member)
        check_name(f"{here}.{call['type']}.name", inner["name"], 64)
        check_string(f"{here}.{call['type']}.{member}", inner[member])


def _check_content(path: str, content: Any, role: str) -> int:
    if isinstance(content, str):
        check_string(path, content, LONGEST_TEXT)
        return 0
    if not isinstance(content, list):
        raise invalid_type(path, "one of a string or array of objects", content)
    check_array(path, content, shortest=1)
    return sum(_check_part(f"{path}[{n}]", part, role) for n, part in enumerate(content))


def _check_part(path: str, part: Any, role: str) -> int:
    check_object(path, part)
    check_present(path, part, "type")
    kind = part["type"]
    if kind == "image_url" and role != "user":
        message = (
            f"Image URLs are only allowed for messages with role 'user', but this message with "
            f"role '{role}' contains an image URL."
        )
        raise invalid_request(message, path, "invalid_value")
    if kind not in PART_TYPES[role]:
        raise invalid_value(path, kind, PART_TYPES[role])
    check_keys(path, part, ("type", kind))
    check_present(path, part, kind)
    if kind != "image_url":
        check_string(f"{path}.{kind}", part[kind], LONGEST_TEXT)
        return 0
    check_object(f"{path}.image_url", part["image_url"])
    check_present(f"{path}.image_url", part["image_url"], "url")
    check_image_url(f"{path}.image_url.url", part["image_url"]["url"])
    return 1


def _check_call_pairs(messages: list[dict[str, Any]]) -> None:
    """Tool messages stand directly after the message whose calls they answer, and answer all."""
    waiting: list[str] = []
    asked_by = 0
    for number, message in enumerate(messages):
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting:
                text = (
                    "Invalid parameter: messages with role 'tool' must be a response to a "
                    "preceeding message with 'tool_calls'."
                )
                raise invalid_request(text, f"messages.[{number}].role")
            waiting.remove(message["tool_call_id"])
            continue
        _check_all_answered(waiting, asked_by)
        waiting = [call["id"] for call in message.get("tool_calls", ())]
        asked_by = number
    _check_all_answered(waiting, asked_by)


def _check_all_answered(waiting: list[str], asked_by: int) -> None:
    if waiting:
        text = (
            "An assistant message with 'tool_calls' must be followed by tool messages responding "
            "to each 'tool_call_id'. The following tool_call_ids did not have response messages: "
            f"{', '.join(waiting)}"
        )
        raise invalid_request(text, f"messages.[{asked_by}].role")
