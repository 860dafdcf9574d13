"""What a model family does not take: efforts, sampling, tokens, parallel calls.

https://learn.microsoft.com/azure/ai-foundry/openai/how-to/reasoning
"""

from typing import Any

from local.azure_simulator.checks import (
    check_boolean,
    check_integer,
    check_number,
    check_string,
)
from local.azure_simulator.models import Family
from local.azure_simulator.refusals import (
    invalid_request,
    unsupported_parameter,
    unsupported_value,
)

RANGES = {
    "temperature": (0, 2),
    "top_p": (0, 1),
    "top_logprobs": (0, 20),
    "presence_penalty": (-2, 2),
    "frequency_penalty": (-2, 2),
}


def check_effort(family: Family, name: str, effort: Any, on_chat: bool) -> None:
    if effort is None:
        return
    if not family.reasons:
        raise unsupported_parameter(name)
    efforts = family.chat_efforts if on_chat else family.efforts
    if effort not in efforts:
        raise unsupported_value(name, effort, efforts)


def check_sampling(family: Family, body: dict[str, Any], effort: str | None, on_chat: bool) -> None:
    for name, (lowest, highest) in RANGES.items():
        value = body.get(name)
        if value is None:
            continue
        check_number(name, value, lowest, highest)
        if family.samples_at(effort):
            continue
        if on_chat and name == "temperature" and family.openai:
            _check_default_temperature(value)
        else:
            raise unsupported_parameter(name)


def _check_default_temperature(value: float) -> None:
    if value != 1:
        message = (
            f"Unsupported value: 'temperature' does not support {value} with this model. "
            "Only the default (1) value is supported."
        )
        raise invalid_request(message, "temperature", "unsupported_value")


def check_streaming(family: Family, body: dict[str, Any]) -> None:
    if body.get("stream") is not None:
        check_boolean("stream", body["stream"])
    if body.get("stream") and not family.streaming:
        message = (
            "Unsupported value: 'stream' does not support true with this model. "
            "Supported values are: false."
        )
        raise invalid_request(message, "stream", "unsupported_value")
    if body.get("stream_options") is not None and not body.get("stream"):
        message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        raise invalid_request(message, "stream_options")


def check_parallel_calls(family: Family, body: dict[str, Any]) -> None:
    value = body.get("parallel_tool_calls")
    if value is None:
        return
    check_boolean("parallel_tool_calls", value)
    if not family.parallel_tool_calls:
        raise unsupported_parameter("parallel_tool_calls")


def check_most_tokens(family: Family, name: str, value: Any, lowest: int) -> None:
    if value is not None:
        check_integer(name, value, lowest, family.max_output)


def check_verbosity(family: Family, name: str, value: Any) -> None:
    if value is None:
        return
    supported = ("low", "medium", "high") if family.is_gpt_5_or_later else ("medium",)
    if value not in supported:
        raise unsupported_value(name, value, supported)


def check_identifiers(body: dict[str, Any]) -> None:
    for name in ("user", "prompt_cache_key", "safety_identifier"):
        if body.get(name) is not None:
            check_string(name, body[name], 64)


def check_service(family: Family, body: dict[str, Any]) -> None:
    tier = body.get("service_tier")
    if tier not in (None, "auto", "default", "priority"):
        raise unsupported_value("service_tier", str(tier), ("auto", "default", "priority"))
    if body.get("prompt_cache_retention") is None:
        return
    if not family.prefix.startswith(("gpt-5.5", "gpt-5.6", "gpt-6")):
        name = "prompt_cache_retention"
        raise invalid_request(f"{name} is not supported on this model", name)


def check_window(family: Family, tokens: int, param: str) -> None:
    if family.max_input is not None and tokens > family.max_input:
        message = (
            "Your input exceeds the context window of this model. "
            "Please adjust your input and try again."
        )
        raise invalid_request(message, param, "context_length_exceeded")
