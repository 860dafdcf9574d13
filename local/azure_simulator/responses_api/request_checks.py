"""What Azure refuses in the body of POST /responses, apart from `input`.

https://platform.openai.com/docs/api-reference/responses/create
"""

from typing import Any

from local.azure_simulator.checks import (
    check_array,
    check_boolean,
    check_choice,
    check_integer,
    check_keys,
    check_object,
    check_present,
    check_string,
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
    invalid_request,
    invalid_type,
    unknown_parameter,
    unsupported_parameter,
)
from local.azure_simulator.responses_api.input_checks import check_input
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
    "background", "include", "input", "instructions", "max_output_tokens", "max_tool_calls",
    "metadata", "model", "parallel_tool_calls", "previous_response_id", "prompt_cache_key",
    "prompt_cache_retention", "reasoning", "safety_identifier", "service_tier", "store", "stream",
    "stream_options", "temperature", "text", "tool_choice", "tools", "top_logprobs", "top_p",
    "truncation", "user",
}  # fmt: skip
MOVED = {
    "max_tokens": "max_output_tokens",
    "max_completion_tokens": "max_output_tokens",
    "messages": "input",
    "response_format": "text.format",
    "reasoning_effort": "reasoning.effort",
}
INCLUDABLE = (
    "reasoning.encrypted_content", "message.output_text.logprobs", "message.input_image.image_url",
    "file_search_call.results", "web_search_call.results", "web_search_call.action.sources",
    "computer_call_output.output.image_url", "code_interpreter_call.outputs",
)  # fmt: skip
HOSTED_TOOLS = (
    "web_search", "web_search_preview", "file_search", "code_interpreter", "image_generation",
    "mcp", "computer_use_preview", "local_shell",
)  # fmt: skip
LEAST_TOKENS = 16


def check_request(body: dict[str, Any], deployment: Deployment) -> None:
    family = deployment.family
    _check_members(body)
    check_streaming(family, body)
    check_keys("stream_options", body.get("stream_options") or {}, ("include_obfuscation",))
    check_identifiers(body)
    check_service(family, body)
    _check_scalars(body)
    check_most_tokens(family, "max_output_tokens", body.get("max_output_tokens"), LEAST_TOKENS)
    _check_reasoning(family, body.get("reasoning"))
    effort = (body.get("reasoning") or {}).get("effort")
    check_sampling(family, body, effort, on_chat=False)
    _check_text(family, body)
    _check_include(family, body, effort)
    check_parallel_calls(family, body)
    _check_tools(body, deployment.warnings)
    _check_search(body, effort)
    _check_state(body)
    check_input(body, deployment)


def _check_members(body: dict[str, Any]) -> None:
    for old, new in MOVED.items():
        if old in body:
            message = (
                f"Unsupported parameter: '{old}'. In the Responses API, this parameter has moved "
                f"to '{new}'. Try again with the new parameter. See the API documentation for "
                "more information: https://platform.openai.com/docs/api-reference/responses/create."
            )
            raise invalid_request(message, old, "unsupported_parameter")
    check_keys("", body, KNOWN_KEYS)
    check_present("", body, "model", "input")
    check_string("model", body["model"])


def _check_scalars(body: dict[str, Any]) -> None:
    if body.get("instructions") is not None:
        check_string("instructions", body["instructions"])
    for name in ("store", "background"):
        if body.get(name) is not None:
            check_boolean(name, body[name])
    if body.get("max_tool_calls") is not None:
        check_integer("max_tool_calls", body["max_tool_calls"], 1)
    if body.get("truncation") is not None:
        check_choice("truncation", body["truncation"], ("auto", "disabled"))
    metadata = body.get("metadata")
    if metadata is not None:
        check_object("metadata", metadata)
        for key, value in metadata.items():
            check_string(f"metadata.{key}", value, 512)


def _check_reasoning(family: Family, reasoning: Any) -> None:
    if reasoning is None:
        return
    check_object("reasoning", reasoning)
    known = ("effort", "summary", "generate_summary", "context", "mode")
    check_keys("reasoning", reasoning, known)
    check_effort(family, "reasoning.effort", reasoning.get("effort"), on_chat=False)
    if reasoning.get("summary") is not None:
        if not family.reasons or not family.reasoning_summary:
            raise unsupported_parameter("reasoning.summary")
        check_choice("reasoning.summary", reasoning["summary"], ("auto", "concise", "detailed"))
    if reasoning.get("context") is not None and not family.takes_reasoning_context:
        raise unknown_parameter("reasoning.context")
    if reasoning.get("mode") is not None and not family.takes_reasoning_mode:
        raise unknown_parameter("reasoning.mode")


def _check_text(family: Family, body: dict[str, Any]) -> None:
    text = body.get("text")
    if text is None:
        return
    check_object("text", text)
    check_keys("text", text, ("format", "verbosity"))
    check_verbosity(family, "text.verbosity", text.get("verbosity"))
    form = text.get("format")
    if form is None:
        return
    check_object("text.format", form)
    check_choice("text.format.type", form.get("type"), ("text", "json_schema", "json_object"))
    if form["type"] == "json_schema":
        if not family.structured_outputs:
            raise unsupported_parameter("text.format")
        check_json_schema("text.format", form)
    elif form["type"] == "json_object" and "json" not in str(body["input"]).lower():
        message = (
            "Response input messages must contain the word 'json' in some form to use "
            "'text.format' of type 'json_object'."
        )
        raise invalid_request(message, "input")


def _check_include(family: Family, body: dict[str, Any], effort: str | None) -> None:
    if body.get("include") is None:
        return
    check_array("include", body["include"])
    for number, name in enumerate(body["include"]):
        check_choice(f"include[{number}]", name, INCLUDABLE)
        if name == "reasoning.encrypted_content" and not family.reasons:
            message = "Encrypted content is not supported with this model."
            raise invalid_request(message, "include")
        if name == "message.output_text.logprobs" and not family.samples_at(effort):
            raise unsupported_parameter("include")


def _check_tools(body: dict[str, Any], warnings: list[str]) -> None:
    tools = body.get("tools")
    if tools is not None:
        check_tool_list(tools)
        for number, tool in enumerate(tools):
            _check_tool(f"tools[{number}]", tool, warnings)
    _check_tool_choice(body)


def _check_search(body: dict[str, Any], effort: str | None) -> None:
    types = [tool["type"] for tool in body.get("tools") or ()]
    if effort == "minimal" and "web_search" in types:
        message = "The following tools cannot be used with reasoning.effort 'minimal': web_search."
        raise invalid_request(message, "tools")


def _check_tool(path: str, tool: dict[str, Any], warnings: list[str]) -> None:
    kind = tool["type"]
    check_choice(f"{path}.type", kind, ("function", "custom", *HOSTED_TOOLS))
    if kind == "function":
        check_present(path, tool, "name", "parameters")
        check_keys(path, tool, ("type", *FUNCTION_KEYS))
        check_function(path, tool, 128, warnings)
    elif kind == "custom":
        check_keys(path, tool, ("type", *CUSTOM_KEYS))
        check_custom(path, tool, 128)


def _check_tool_choice(body: dict[str, Any]) -> None:
    choice, tools = body.get("tool_choice"), body.get("tools") or []
    offered = {tool.get("name") for tool in tools} | {tool["type"] for tool in tools}
    match choice:
        case None | "none" | "auto":
            return
        case "required" if not tools:
            message = "Tool choice 'required' must be specified with 'tools' parameter."
            raise invalid_request(message, "tool_choice")
        case "required":
            return
        case {"type": "function" | "custom", "name": name}:
            check_choice_offered(name, offered)
        case {"type": "allowed_tools", "mode": "auto" | "required", "tools": list(allowed)}:
            for tool in allowed:
                check_choice_offered(tool.get("name") or tool.get("type"), offered)
        case {"type": str(kind)} if kind in HOSTED_TOOLS:
            check_choice_offered(kind, offered)
        case _:
            raise invalid_type("tool_choice", "one of 'none', 'auto', 'required' or a tool", choice)


def _check_state(body: dict[str, Any]) -> None:
    if body.get("background"):
        raise invalid_request("Background mode is not supported here.", "background")
    if previous := body.get("previous_response_id"):
        message = f"Previous response with id '{previous}' not found."
        code = "previous_response_not_found"
        raise invalid_request(message, "previous_response_id", code)
