"""What Azure refuses in `input`, item by item.

https://platform.openai.com/docs/api-reference/responses/create#responses-create-input
"""

from typing import Any

from local.azure_simulator.checks import (
    check_array,
    check_choice,
    check_id,
    check_item_id,
    check_keys,
    check_name,
    check_object,
    check_present,
    check_string,
)
from local.azure_simulator.deployment import Deployment
from local.azure_simulator.image_checks import check_image_url, check_images
from local.azure_simulator.refusals import (
    invalid_request,
    invalid_type,
    invalid_value,
    missing_parameter,
)
from local.azure_simulator.responses_api.pairing_checks import check_call_pairs
from local.azure_simulator.responses_api.reasoning_checks import check_reasoning_items

ITEM_KEYS: dict[str, tuple[str, ...]] = {
    "message": ("type", "id", "role", "content", "status", "phase"),
    "function_call": ("type", "id", "call_id", "name", "arguments", "status"),
    "function_call_output": ("type", "id", "call_id", "output", "status"),
    "custom_tool_call": ("type", "id", "call_id", "name", "input", "status"),
    "custom_tool_call_output": ("type", "id", "call_id", "output"),
    "reasoning": ("type", "id", "summary", "content", "encrypted_content"),
    "web_search_call": ("type", "id", "status", "action"),
}
ID_PREFIXES = {
    "message": "msg",
    "function_call": "fc",
    "function_call_output": "fc",
    "custom_tool_call": "ctc",
    "custom_tool_call_output": "ctc",
    "reasoning": "rs",
    "web_search_call": "ws",
}
ROLES = ("assistant", "system", "developer", "user")
PART_KEYS: dict[str, tuple[str, ...]] = {
    "input_text": ("type", "text"),
    "input_image": ("type", "image_url", "file_id", "detail"),
    "input_file": ("type", "filename", "file_data", "file_id", "file_url"),
    "output_text": ("type", "text", "annotations", "logprobs"),
    "refusal": ("type", "refusal"),
}
INPUT_PARTS = ("input_text", "input_image", "input_file")
OUTPUT_PARTS = ("output_text", "refusal")
LONGEST_TEXT = 10_485_760


def check_input(body: dict[str, Any], deployment: Deployment) -> None:
    value = body["input"]
    if isinstance(value, str):
        check_string("input", value, LONGEST_TEXT)
        if not value:
            raise invalid_request("Invalid 'input': empty string.", "input", "empty_string")
        return
    if not isinstance(value, list):
        raise invalid_type("input", "one of a string or array of input items", value)
    check_array("input", value, shortest=1)
    images = 0
    for number, item in enumerate(value):
        check_object(f"input[{number}]", item)
        images += _check_item(f"input[{number}]", item, deployment)
    check_images(deployment.family, images, "input")
    check_call_pairs(value)
    check_reasoning_items(value, body.get("store") is not False, deployment)


def _check_item(path: str, item: dict[str, Any], deployment: Deployment) -> int:
    """Refuse, or count the item's images."""
    kind = item.get("type", "message" if "role" in item else None)
    if kind is None:
        raise missing_parameter(f"{path}.type")
    check_choice(f"{path}.type", kind, ITEM_KEYS)
    check_keys(path, item, ITEM_KEYS[kind])
    if item.get("id") is not None and kind != "reasoning":
        check_item_id(f"{path}.id", item["id"], ID_PREFIXES[kind])
    if "status" in item:
        statuses = ("in_progress", "completed", "incomplete")
        check_choice(f"{path}.status", item["status"], statuses)
    match kind:
        case "message":
            return _check_message(path, item, deployment)
        case "function_call" | "custom_tool_call":
            member = "arguments" if kind == "function_call" else "input"
            check_present(path, item, "call_id", "name", member)
            check_name(f"{path}.name", item["name"], 128)
            check_string(f"{path}.{member}", item[member])
        case "function_call_output" | "custom_tool_call_output":
            check_present(path, item, "call_id", "output")
            check_id(f"{path}.call_id", item["call_id"], 64)
            return _check_content(f"{path}.output", item["output"], INPUT_PARTS)
    if "call_id" in item:
        check_id(f"{path}.call_id", item["call_id"], 64)
    return 0


def _check_message(path: str, item: dict[str, Any], deployment: Deployment) -> int:
    check_present(path, item, "role", "content")
    check_choice(f"{path}.role", item["role"], ROLES)
    if "phase" in item and item["phase"] is not None:
        check_choice(f"{path}.phase", item["phase"], ("commentary", "final_answer"))
        if not deployment.family.phase:
            deployment.warnings.append(f"{path}.phase: this family does not speak in phases")
    allowed = OUTPUT_PARTS if item["role"] == "assistant" else INPUT_PARTS
    return _check_content(f"{path}.content", item["content"], allowed)


def _check_content(path: str, content: Any, allowed: tuple[str, ...]) -> int:
    if isinstance(content, str):
        check_string(path, content, LONGEST_TEXT)
        return 0
    if not isinstance(content, list):
        raise invalid_type(path, "one of an array of objects or string", content)
    return sum(_check_part(f"{path}[{n}]", part, allowed) for n, part in enumerate(content))


def _check_part(path: str, part: Any, allowed: tuple[str, ...]) -> int:
    check_object(path, part)
    check_present(path, part, "type")
    if part["type"] not in allowed:
        raise invalid_value(path, part["type"], allowed)
    check_keys(path, part, PART_KEYS[part["type"]])
    match part["type"]:
        case "input_image":
            _check_image(path, part)
            return 1
        case "input_file":
            _check_file(path, part)
        case "refusal":
            check_present(path, part, "refusal")
        case _:
            check_present(path, part, "text")
            check_string(f"{path}.text", part["text"], LONGEST_TEXT)
    return 0


def _check_image(path: str, part: dict[str, Any]) -> None:
    check_present(path, part, "image_url")
    check_image_url(f"{path}.image_url", part["image_url"])
    if part.get("detail") is not None:
        check_choice(f"{path}.detail", part["detail"], ("low", "high", "auto", "original"))


def _check_file(path: str, part: dict[str, Any]) -> None:
    if "file_data" not in part:
        check_present(path, part, "file_url")
        return
    check_present(path, part, "filename")
    check_string(f"{path}.file_data", part["file_data"], 73_400_320)
    if not part["file_data"].startswith("data:"):
        message = (
            f"Invalid '{path}.file_data'. Expected a base64-encoded data URL with a MIME type, "
            "but got a value without the 'data:' prefix."
        )
        raise invalid_request(message, f"{path}.file_data", "invalid_value")
