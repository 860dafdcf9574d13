"""Request body -> the response object that echoes it.

https://platform.openai.com/docs/api-reference/responses/object
"""

from typing import Any

from local.azure_simulator.usage import Usage

ECHOED: dict[str, Any] = {
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "prompt_cache_retention": None,
    "safety_identifier": None,
    "store": True,
    "temperature": 1,
    "tool_choice": "auto",
    "top_logprobs": 0,
    "top_p": 1,
    "truncation": "disabled",
    "user": None,
}
SAFE = {"filtered": False, "severity": "safe"}
SEVERITIES = ("hate", "self_harm", "sexual", "violence")
UNDETECTED = {"filtered": False, "detected": False}


def write_response(
    body: dict[str, Any], id: str, created_at: int, effort: str | None
) -> dict[str, Any]:
    """The object as `response.created` shows it."""
    echo = {name: body.get(name) for name in ECHOED}
    echo = {name: ECHOED[name] if value is None else value for name, value in echo.items()}
    reasoning = body.get("reasoning") or {}
    text = body.get("text") or {}
    return {
        "id": id,
        "object": "response",
        "created_at": created_at,
        "status": "in_progress",
        "background": False,
        "completed_at": None,
        "content_filters": None,
        "error": None,
        "incomplete_details": None,
        **echo,
        "model": body["model"],
        "output": [],
        "reasoning": {"effort": effort, "summary": reasoning.get("summary")},
        "service_tier": "auto",
        "text": {
            "format": text.get("format") or {"type": "text"},
            "verbosity": text.get("verbosity") or "medium",
        },
        "tools": [_write_tool(tool) for tool in body.get("tools") or ()],
        "usage": None,
    }


def write_usage(usage: Usage) -> dict[str, Any]:
    return {
        "input_tokens": usage.input,
        "input_tokens_details": {"cached_tokens": usage.cached},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.input + usage.output,
    }


def write_content_filters(blocked: bool, characters: int) -> list[dict[str, Any]]:
    prompt = {"jailbreak": UNDETECTED, **dict.fromkeys(SEVERITIES, SAFE)}
    completion = {
        **dict.fromkeys(SEVERITIES, SAFE),
        "protected_material_text": UNDETECTED,
        "protected_material_code": UNDETECTED,
    }
    if blocked:
        completion["violence"] = {"filtered": True, "severity": "medium"}
    return [
        _write_filter("prompt", False, prompt, 0),
        _write_filter("completion", blocked, completion, characters),
    ]


def _write_filter(
    source: str, blocked: bool, results: dict[str, Any], characters: int
) -> dict[str, Any]:
    return {
        "blocked": blocked,
        "source_type": source,
        "content_filter_raw": None,
        "content_filter_results": results,
        "content_filter_offsets": {
            "start_offset": 0,
            "end_offset": characters,
            "check_offset": 0,
        },
    }


def _write_tool(tool: dict[str, Any]) -> dict[str, Any]:
    if tool.get("type") != "function":
        return tool
    strict = tool.get("strict")
    return {"description": None, **tool, "strict": True if strict is None else strict}
