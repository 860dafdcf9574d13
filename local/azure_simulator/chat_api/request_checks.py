"""What Azure refuses in the body of POST /chat/completions, apart from `messages`.

https://platform.openai.com/docs/api-reference/chat/create
"""

from typing import Any

from local.azure_simulator.chat_api.message_checks import check_messages
from local.azure_simulator.checks import (
    check_choice,
    check_integer,
    check_keys,
    check_object,
    check_present,
)
from local.azure_simulator.deployment import Deployment
from local.azure_simulator.model_checks import (
    check_effort,
    check_identifiers,
    check_most_tokens,
    check_parallel_calls,
    check_sampling,
    check_service,
    check_streaming,
    check_verbosity,
)
from local.azure_simulator.models import Family
from local.azure_simulator.refusals import (
    Refusal,
    invalid_request,
    invalid_type,
    missing_parameter,
    unknown_parameter,
    unrecognized_argument,
    unsupported_parameter,
)
from local.azure_simulator.tool_checks import (
    CUSTOM_KEYS,
    FUNCTION_KEYS,
    check_choice_offered,
    check_custom,
    check_function,
    check_json_schema,
    check_tool_list,
)

KNOWN_KEYS = {
    "frequency_penalty", "logit_bias", "logprobs", "max_completion_tokens", "max_tokens",
    "messages", "metadata", "model", "n", "parallel_tool_calls", "presence_penalty",
    "prompt_cache_key", "prompt_cache_retention", "reasoning_effort", "response_format",
    "safety_identifier", "seed", "service_tier", "stop", "store", "stream", "stream_options",
    "temperature", "tool_choice", "tools", "top_logprobs", "top_p", "user", "verbosity",
}  # fmt: skip
ONLY_OPENAI = {
    "prompt_cache_key", "prompt_cache_retention", "safety_identifier", "service_tier", "store",
    "verbosity",
}  # fmt: skip
NOT_WITH_REASONING = ("stop", "logprobs", "logit_bias")
MOST_STOPS = 4


def check_request(body: dict[str, Any], deployment: Deployment) -> None:
    family = deployment.family
    if family.responses_only:
        raise Refusal(400, {"error": {"message": "The requested operation is unsupported."}})
    _check_members(body, family)
    check_streaming(family, body)
    known = ("include_usage", "include_obfuscation")
    check_keys("stream_options", body.get("stream_options") or {}, known)
    check_identifiers(body)
    check_service(family, body)
    _check_limits(body, family)
    check_effort(family, "reasoning_effort", body.get("reasoning_effort"), on_chat=True)
    check_sampling(family, body, body.get("reasoning_effort"), on_chat=True)
    _check_unreasonable(body, family)
    check_verbosity(family, "verbosity", body.get("verbosity"))
    check_parallel_calls(family, body)
    _check_tools(body, deployment)
    check_messages(body["messages"], deployment)
    _check_format(body)


def _check_members(body: dict[str, Any], family: Family) -> None:
    for name in body:
        if not family.openai and (name not in KNOWN_KEYS or name in ONLY_OPENAI):
            raise unrecognized_argument(name)
        if name not in KNOWN_KEYS:
            raise unknown_parameter(name)
    check_present("", body, "messages")
    if body.get("n") not in (None, 1):
        raise invalid_request("Only one choice is supported here.", "n")
    if body.get("seed") is not None:
        check_integer("seed", body["seed"], -(2**63))
    if not family.openai and not family.reasons and "reasoning_effort" in body:
        raise unknown_parameter("reasoning_effort")


def _check_limits(body: dict[str, Any], family: Family) -> None:
    if body.get("max_tokens") is not None and family.reasons and family.openai:
        message = (
            "Unsupported parameter: 'max_tokens' is not supported with this model. "
            "Use 'max_completion_tokens' instead."
        )
        raise invalid_request(message, "max_tokens", "unsupported_parameter")
    if body.get("max_completion_tokens") is not None and not family.max_completion_tokens:
        raise unrecognized_argument("max_completion_tokens")
    for name in ("max_tokens", "max_completion_tokens"):
        check_most_tokens(family, name, body.get(name), 1)


def _check_unreasonable(body: dict[str, Any], family: Family) -> None:
    """What a model that reasons does not take, whatever its effort."""
    for name in NOT_WITH_REASONING:
        if body.get(name) is not None and family.reasons and family.openai:
            raise unsupported_parameter(name)
    stops = body.get("stop")
    if isinstance(stops, list) and len(stops) > MOST_STOPS:
        message = (
            f"Invalid 'stop': array too long. Expected an array with maximum length {MOST_STOPS}, "
            f"but got an array with length {len(stops)} instead."
        )
        raise invalid_request(message, "stop", "array_above_max_length")
    if body.get("top_logprobs") is not None and not body.get("logprobs"):
        raise invalid_request(
            "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.",
            "top_logprobs",
        )


def _check_tools(body: dict[str, Any], deployment: Deployment) -> None:
    tools = body.get("tools")
    if tools is None:
        for name in ("tool_choice", "parallel_tool_calls"):
            if body.get(name) is not None:
                message = (
                    f"Invalid value for '{name}': '{name}' is only allowed when 'tools' "
                    "are specified."
                )
                raise invalid_request(message, name)
        return
    check_tool_list(tools)
    if not tools:
        message = (
            "Invalid 'tools': empty array. Expected an array with minimum length 1, "
            "but got an empty array instead."
        )
        raise invalid_request(message, "tools", "empty_array")
    for number, tool in enumerate(tools):
        _check_tool(f"tools[{number}]", tool, deployment)
    _check_tool_choice(body)
    _check_tools_and_reasoning(body, deployment)


def _check_tool(path: str, tool: dict[str, Any], deployment: Deployment) -> None:
    custom = ("custom",) if deployment.family.custom_tools_on_chat else ()
    check_choice(f"{path}.type", tool["type"], ("function", *custom))
    kind = tool["type"]
    check_keys(path, tool, ("type", kind))
    check_present(path, tool, kind)
    check_object(f"{path}.{kind}", tool[kind])
    if kind == "function":
        check_keys(f"{path}.function", tool["function"], FUNCTION_KEYS)
        check_function(f"{path}.function", tool["function"], 64, deployment.warnings)
    else:
        check_keys(f"{path}.custom", tool["custom"], CUSTOM_KEYS)
        check_custom(f"{path}.custom", tool["custom"], 64)
        _check_custom_format(f"{path}.custom.format", tool["custom"].get("format"))


def _check_custom_format(path: str, form: Any) -> None:
    if not form:
        return
    check_choice(f"{path}.type", form["type"], ("text", "grammar"))
    check_keys(path, form, ("type", "grammar") if form["type"] == "grammar" else ("type",))
    if form["type"] == "grammar":
        check_present(path, form, "grammar")
        check_present(f"{path}.grammar", form["grammar"], "syntax", "definition")
        check_choice(f"{path}.grammar.syntax", form["grammar"]["syntax"], ("lark", "regex"))


def _check_tool_choice(body: dict[str, Any]) -> None:
    choice = body.get("tool_choice")
    offered = {tool[tool["type"]]["name"] for tool in body["tools"]}
    match choice:
        case None | "none" | "auto" | "required":
            return
        case {"type": "function", "function": {"name": name}}:
            check_choice_offered(name, offered)
        case {"type": "custom", "custom": {"name": name}}:
            check_choice_offered(name, offered)
        case {"type": "allowed_tools", "allowed_tools": {"mode": "auto" | "required"}}:
            return
        case {"type": "function"}:
            raise missing_parameter("tool_choice.function")
        case _:
            raise invalid_type("tool_choice", "one of 'none', 'auto', 'required' or a tool", choice)


def _check_tools_and_reasoning(body: dict[str, Any], deployment: Deployment) -> None:
    family, effort = deployment.family, body.get("reasoning_effort")
    reasons = (effort or family.default_effort) != "none"
    if family.chat_tools == "prefer_responses":
        deployment.warnings.append("tools: this family prefers its tools on /responses")
    if family.chat_tools is False or (family.chat_tools == "only_if_effort_none" and reasons):
        message = (
            f"Function tools with reasoning_effort are not supported for {deployment.name} in "
            "/v1/chat/completions. To use function tools, use /v1/responses or set "
            "reasoning_effort to 'none'."
        )
        raise invalid_request(message, "reasoning_effort")


def _check_format(body: dict[str, Any]) -> None:
    form = body.get("response_format")
    if form is None:
        return
    check_object("response_format", form)
    kinds = ("json_object", "json_schema", "text")
    check_choice("response_format.type", form.get("type"), kinds)
    if form["type"] == "json_schema":
        check_present("response_format", form, "json_schema")
        check_json_schema("response_format.json_schema", form["json_schema"])
    if form["type"] == "json_object" and "json" not in str(body["messages"]).lower():
        message = (
            "'messages' must contain the word 'json' in some form, to use 'response_format' "
            "of type 'json_object'."
        )
        raise invalid_request(message, "messages")
