"""Calls and their outputs: each call has exactly one output, later in the input."""

from typing import Any

from local.azure_simulator.refusals import invalid_request

CALLS = {"function_call": "function call", "custom_tool_call": "custom tool call"}
OUTPUTS = {f"{kind}_output": kind for kind in CALLS}


def check_call_pairs(items: list[dict[str, Any]]) -> None:
    waiting: dict[str, str] = {}
    for item in items:
        kind = item.get("type", "")
        if kind in CALLS:
            waiting[item["call_id"]] = kind
        elif kind in OUTPUTS and waiting.pop(item["call_id"], None) != OUTPUTS[kind]:
            name = CALLS[OUTPUTS[kind]]
            message = f"No tool call found for {name} output with call_id {item['call_id']}."
            raise invalid_request(message, "input")
    for call_id, kind in waiting.items():
        raise invalid_request(f"No tool output found for {CALLS[kind]} {call_id}.", "input")
