"""Replayed reasoning: unchanged, complete, at home, and before what it produced.

https://platform.openai.com/docs/guides/reasoning#encrypted-reasoning-items
"""

from typing import Any

from local.azure_simulator.checks import check_item_id
from local.azure_simulator.deployment import Deployment
from local.azure_simulator.reasoning_seal import Claims, Unsealable, fingerprint
from local.azure_simulator.refusals import (
    invalid_encrypted_content,
    invalid_request,
    invalid_type,
    item_not_found,
    missing_parameter,
)


def check_reasoning_items(
    items: list[dict[str, Any]], stored: bool, deployment: Deployment
) -> None:
    """`stored`: whether the request may refer to what an earlier one stored."""
    for number, item in enumerate(items):
        if item.get("type") == "reasoning":
            _check_shape(f"input[{number}]", item, deployment)
            _check_item(item, items[number + 1 :], stored, deployment)
    _check_companions(items, stored, deployment)


def _check_shape(path: str, item: dict[str, Any], deployment: Deployment) -> None:
    if not deployment.family.reasons:
        message = (
            "Reasoning input items can only be provided to a reasoning or computer use model. "
            "Remove reasoning items from your input and try again."
        )
        raise invalid_request(message, "input")
    if item.get("id") is None:
        raise invalid_request(f"`{path}` missing required field `id`", path)
    check_item_id(f"{path}.id", item["id"], "rs")
    if "summary" not in item:
        raise missing_parameter(f"{path}.summary")
    for member in ("summary", "content"):
        if member in item and not isinstance(item[member], list):
            raise invalid_type(f"{path}.{member}", "an array of objects", item[member])


def _check_item(
    item: dict[str, Any], later: list[dict[str, Any]], stored: bool, deployment: Deployment
) -> None:
    blob = item.get("encrypted_content")
    if blob is None:
        if not (stored and deployment.items.is_stored(item["id"])):
            raise item_not_found(item["id"])
        return
    claims = _open(str(blob), deployment)
    for reason, is_broken in (
        ("item_id", claims.id != item["id"]),
        ("model", claims.family != deployment.family.prefix),
        ("summary", claims.summary != fingerprint(item["summary"])),
    ):
        if is_broken:
            raise invalid_encrypted_content(blob, f"Encrypted content {reason} mismatch.")
    if not _is_followed(claims, later):
        message = (
            f"Item '{item['id']}' of type 'reasoning' was provided without its required "
            "following item."
        )
        raise invalid_request(message, "input")


def _open(blob: str, deployment: Deployment) -> Claims:
    try:
        return deployment.seal.open(blob)
    except Unsealable as error:
        reason = "Encrypted content could not be decrypted or parsed."
        raise invalid_encrypted_content(blob, reason) from error


def _is_followed(claims: Claims, later: list[dict[str, Any]]) -> bool:
    match claims.follower, later[:1]:
        case "", _:
            return True
        case "message", [follower]:
            is_message = follower.get("type", "message") == "message"
            return is_message and follower.get("role") == "assistant"
        case "web_search_call", [follower]:
            return follower.get("type") == "web_search_call"
        case name, [follower]:
            return name in (follower.get("call_id"), follower.get("id"))
        case _:
            return False


def _check_companions(items: list[dict[str, Any]], stored: bool, deployment: Deployment) -> None:
    """An item that is named by its id brings its reasoning along."""
    given = {item.get("id") for item in items}
    for item in items:
        id = item.get("id")
        needed = deployment.items.reasoning_of(id) if id else None
        if needed and needed not in given and not (stored and deployment.items.is_stored(needed)):
            kind = item.get("type", "message")
            message = (
                f"Item '{id}' of type '{kind}' was provided without its required 'reasoning' "
                f"item: '{needed}'."
            )
            raise invalid_request(message, "input")
