"""Refusals, word for word as they were seen, and what follows from them."""

import pytest

from proxy_core.deployments.lesson import (
    FUNCTIONS_ONLY,
    IN_ONE_PIECE,
    NO_LESSON,
    ON_CHAT,
    ON_RESPONSES,
    Lesson,
)
from proxy_core.deployments.models import UpstreamApi
from proxy_core.deployments.refusals import (
    KNOBS,
    SMALLEST_LIMIT,
    TEACHING,
    lacks_responses,
    nothing_is_there,
    read_lesson,
)
from proxy_core.errors import UpstreamError

EFFORT_REFUSED = UpstreamError(
    "Unsupported value: 'reasoning_effort' does not support 'max' with this model. Supported "
    "values are: 'none', 'low', 'medium', 'high', and 'xhigh'.",
    status=400,
    code="unsupported_value",
    param="reasoning_effort",
)
NOT_SUPPORTED = UpstreamError("Model not supported", status=400)
UNSUPPORTED = UpstreamError("The requested operation is unsupported.", status=400)


def dropped(*paths: str) -> Lesson:
    return Lesson(dropped=frozenset(paths))


def refusal(message: str, param: str = "", code: str = "") -> UpstreamError:
    return UpstreamError(message, status=400, param=param, code=code)


@pytest.mark.parametrize(
    ("error", "api", "lesson"),
    [
        (EFFORT_REFUSED, "chat", Lesson(efforts=("none", "low", "medium", "high", "xhigh"))),
        (
            refusal("Unsupported value: no list", "reasoning.effort", "unsupported_value"),
            "responses",
            Lesson(),
        ),
        (
            refusal(
                "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
                "'max_completion_tokens' instead.",
                "max_tokens",
                "unsupported_parameter",
            ),
            "chat",
            Lesson(renamed="max_tokens"),
        ),
        (
            refusal("Unrecognized request argument supplied: prompt_cache_key"),
            "chat",
            dropped("prompt_cache_key"),
        ),
        (
            refusal("Unknown parameter: 'reasoning_effort'.", "reasoning_effort"),
            "chat",
            dropped("reasoning_effort"),
        ),
        (
            refusal("Your organization must be verified", "reasoning.summary", "unsupported_value"),
            "responses",
            dropped("reasoning.summary"),
        ),
        (
            refusal("Unsupported parameter: 'temperature' is not supported with this model."),
            "responses",
            dropped("temperature"),
        ),
        (
            refusal("Encrypted content is not supported with this model."),
            "responses",
            dropped("include"),
        ),
        (
            refusal("Unsupported value: 'stream' …", "stream", "unsupported_value"),
            "responses",
            IN_ONE_PIECE,
        ),
        (NOT_SUPPORTED, "responses", Lesson(api="chat")),
        (NOT_SUPPORTED, "chat", Lesson()),
        (UNSUPPORTED, "chat", Lesson(api="responses")),
        (UNSUPPORTED, "responses", Lesson()),
        (
            refusal(
                "Function tools with reasoning_effort are not supported for gpt-6-astra in "
                "/v1/chat/completions. To use function tools, use /v1/responses or set "
                "reasoning_effort to 'none'.",
                "reasoning_effort",
            ),
            "chat",
            Lesson(api="responses"),
        ),
        (refusal("Unknown parameter: 'input[0].content'."), "responses", Lesson()),
        (refusal("Invalid value", "temperature", "invalid_value"), "responses", Lesson()),
        (UpstreamError("Model not supported", status=403), "responses", Lesson()),
    ],
)
def test_what_a_refusal_teaches(error: UpstreamError, api: UpstreamApi, lesson: Lesson) -> None:
    assert read_lesson(error, api) == lesson


NO_CUSTOM_TOOLS = [
    ("Invalid value: 'custom'. Supported values are: 'function'.", "tools[3].type"),
    (
        "Invalid value: 'custom'. Supported values are: 'function'.",
        "messages[2].tool_calls[0].type",
    ),
    (
        "Unsupported value: 'tools[0].type' does not support 'custom' with this model.",
        "tools[0].type",
    ),
    ("Missing required parameter: 'tools[0].function'.", "tools[0].function"),
    ("Missing required parameter: 'messages[1].tool_calls[0].function'.", ""),
    ("'function' is a required property, expected an object - 'tools.7'", ""),
    ("Input should be 'function'", "tools[0].type"),
    ("Field required", "tools[12].function"),
    ("Custom tools are not supported with this model.", "tools"),
    ("This model does not support 'custom' tools.", "model"),
    ("Unsupported tool type: custom", ""),
    ("Invalid request: [json.exception.out_of_range.403] key 'function' not found", ""),
]


@pytest.mark.parametrize(("message", "param"), NO_CUSTOM_TOOLS)
def test_a_deployment_that_knows_functions_only(message: str, param: str) -> None:
    assert read_lesson(refusal(message, param), "chat") == FUNCTIONS_ONLY
    assert read_lesson(refusal(message, param), "responses") == Lesson()


@pytest.mark.parametrize(
    ("message", "param"),
    [
        ("Missing required parameter: 'tools[0].function.name'.", "tools[0].function.name"),
        ("Invalid value: 'custom'. Supported values are: 'auto'.", "tool_choice"),
        ("Field required", "messages[0].content"),
        ("Invalid schema for function 'a': 'custom' is not valid", "tools[0].function.parameters"),
    ],
)
def test_what_says_nothing_of_custom_tools(message: str, param: str) -> None:
    assert read_lesson(refusal(message, param), "chat") == Lesson()


TO_CHAT = [
    "This model is not supported by the Responses API.",
    "The requested model 'gpt-35-turbo' cannot be used with the Responses API.",
    "model 'gpt-3.5-turbo' is not supported by the responses API",
    "The responses operation does not work with the specified model, gpt-4. Please choose "
    "different model and try again.",
    "Azure OpenAI Responses API is enabled only for api-version 2025-03-01-preview and later",
    "The Responses API is not supported for this resource.",
    "The Azure OpenAI Responses API is not available in this region.",
]
TO_RESPONSES = [
    "The chatCompletion operation does not work with the specified model, o3-pro. Please choose "
    "different model and try again. You can learn more about which models can be used with each "
    "operation here: https://go.microsoft.com/fwlink/?linkid=2197993.",
    "The completion operation does not work with the specified model, gpt-5.1-codex.",
    "This model is only supported in v1/responses and not in v1/chat/completions.",
    "This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you "
    "mean to use v1/completions?",
    "Model gpt-5-codex is not supported with the chat completions API",
    "The model `gpt-5-pro` cannot be used in v1/chat/completions",
    "Model is not supported on /chat/completions. Use /responses instead.",
    "This model is only available through the Responses API",
]


@pytest.mark.parametrize("status", sorted(TEACHING))
def test_the_other_api(status: int) -> None:
    for words in TO_CHAT:
        error = UpstreamError(words, status=status, code="OperationNotSupported")
        assert read_lesson(error, "responses") == ON_CHAT
        assert read_lesson(error, "chat") == NO_LESSON
    for words in TO_RESPONSES:
        error = UpstreamError(words, status=status, code="OperationNotSupported")
        assert read_lesson(error, "chat") == ON_RESPONSES
        assert read_lesson(error, "responses") == NO_LESSON


@pytest.mark.parametrize(
    ("message", "param", "limit"),
    [
        (
            "max_tokens is too large: 32000. This model supports at most 16384 completion tokens, "
            "whereas you provided 32000.",
            "max_tokens",
            16_384,
        ),
        ("max_output_tokens is too large: 32000. This model supports at most 16384", "", 16_384),
        ("max_tokens is too large: 32000. This model supports at most 16,384 tokens", "", 16_384),
        ("This model supports at most 16384 completion tokens", "max_tokens", 16_384),
        ("Input should be less than or equal to 8192", "max_output_tokens", 8_192),
        ("Requested max_tokens 32000 exceeds model maximum of 8192", "", 8_192),
        ("max_tokens (32000) exceeds the maximum allowed (8192)", "", 8_192),
        (
            "Invalid 'max_output_tokens': integer above maximum value. Expected a value <= 16384, "
            "but got 32000 instead.",
            "max_output_tokens",
            16_384,
        ),
        (
            "The parameter `max_tokens` specified in the request are not valid: integer above "
            "maximum value, expected a value <= 32768, but got 64000 instead.",
            "max_tokens",
            32_768,
        ),
        ("Invalid max_tokens value, the valid range of max_tokens is [1, 8192]", "", 8_192),
        ("Range of max_tokens should be [1, 8192]", "", 8_192),
        ("field MaxTokens invalid, should be in [1, 65536]", "max_tokens", 65_536),
        ("max_tokens for `llama-3.1-8b-instant` must be less than or equal to 8000", "", 8_000),
        (
            "`max_tokens` must be less than or equal to `8192`, the maximum value for `max_tokens` "
            "is less than the `context_window` for this model",
            "",
            8_192,
        ),
        ("max_tokens (current value: 4096) must be between 0 and 4000 ", "", 4_000),
        ("max_tokens must be less than 4097.", "", 4_096),
        ("max_tokens: 64000 > 32000, which is the maximum allowed number of output", "", 32_000),
        ("max_completion_tokens: maximum value is 4096", "", 4_096),
        ("Input validation error: `max_new_tokens` must be <= 4096. Given: 32000", "", 4_096),
        (
            "The maximum tokens you requested exceeds the model limit of 8192. Try again with a "
            "maximum tokens value that is lower than 8192.",
            "",
            8_192,
        ),
        ("max_tokens: Input should be less than or equal to 4096", "max_tokens", 4_096),
        (
            "Validation error at #/max_tokens: Input should be less than or equal to 4096",
            "max_tokens",
            4_096,
        ),
        # what was left of the window, the other end of the range, or no limit at all
        (
            "'max_tokens' or 'max_completion_tokens' is too large: 64000. This model's maximum "
            "context length is 64001 tokens and your request has 24235 input tokens (64000 > 64001 "
            "- 24235).",
            "",
            None,
        ),
        (
            "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but "
            "got 1 instead.",
            "max_output_tokens",
            None,
        ),
        (f"max_tokens must be less than or equal to {SMALLEST_LIMIT - 1}", "", None),
        ("max_tokens must be at least 1, got 0.", "", None),
        ("`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000", "", None),
        ("Input should be less than or equal to 8192", "top_k", None),
        ("max_tokens must be less than or equal to 8192", "messages[0].content", None),
    ],
)
def test_a_limit_is_a_number(message: str, param: str, limit: int | None) -> None:
    for api in ("responses", "chat"):
        assert read_lesson(refusal(message, param), api) == Lesson(limit=limit)
    assert read_lesson(UpstreamError(message, status=429, param=param), "chat") == NO_LESSON


@pytest.mark.parametrize("knob", sorted(KNOBS))
@pytest.mark.parametrize("code", ["extra_forbidden", "unknown_parameter"])
def test_a_knob_is_left_out_however_it_is_refused(knob: str, code: str) -> None:
    place = knob.replace("tools.", "tools[3].")
    for status in TEACHING:
        error = UpstreamError("Extra inputs are not permitted", status=status, code=code)
        error.param = place
        assert read_lesson(error, "chat") == dropped(knob)


@pytest.mark.parametrize(
    ("param", "lesson"),
    [
        ("stream_options.include_usage", dropped("stream_options")),
        ("include[0]", dropped("include")),
        ("max_completion_tokens", Lesson(renamed="max_completion_tokens")),
        ("stream", IN_ONE_PIECE),
        ("tools", NO_LESSON),
        ("tools[0].function.parameters", NO_LESSON),
        ("tool_choice", NO_LESSON),
        ("response_format", NO_LESSON),
        ("text.format", NO_LESSON),
        ("messages[3].assistant.reasoning_content", NO_LESSON),
        ("messages", NO_LESSON),
        ("store", NO_LESSON),
        ("", NO_LESSON),
    ],
)
def test_only_knobs_are_left_out(param: str, lesson: Lesson) -> None:
    error = refusal("Extra inputs are not permitted", param, "extra_forbidden")
    assert read_lesson(error, "chat") == lesson


@pytest.mark.parametrize(
    ("message", "lesson"),
    [
        (
            "Unrecognized request arguments supplied: prompt_cache_key, stream_options",
            dropped("prompt_cache_key", "stream_options"),
        ),
        ("Unrecognized request arguments supplied: prompt_cache_key, tools", NO_LESSON),
        ("Argument not supported on this model: reasoningEffort", dropped("reasoning_effort")),
        (
            "Model grok-4 does not support parameter parallelToolCalls.",
            dropped("parallel_tool_calls"),
        ),
        (
            "azure does not support parameters: ['reasoning_effort', 'verbosity'], for "
            "model=gpt-4o. To drop these, set `litellm.drop_params=True`",
            dropped("reasoning_effort", "verbosity"),
        ),
        ("azure does not support parameters: ['tools'], for model=x", NO_LESSON),
    ],
)
def test_makers_and_gateways_name_knobs_in_words_of_their_own(message: str, lesson: Lesson) -> None:
    assert read_lesson(refusal(message), "chat") == lesson


@pytest.mark.parametrize("code", ["literal_error", "enum", "unsupported_value"])
def test_efforts_are_listed_in_two_ways(code: str) -> None:
    words = "reasoning_effort: Input should be 'low', 'medium' or 'high'"
    error = refusal(words, "reasoning_effort", code)
    assert read_lesson(error, "chat") == Lesson(efforts=("low", "medium", "high"))


@pytest.mark.parametrize(
    "message",
    [
        "Resource not found",
        "The requested resource was not found.",
        "Not Found",
        "404 page not found",
        "Method Not Allowed",
        "Cannot POST /v1/responses",
        "Unable to match incoming request to an operation.",
        "Invalid URL (POST /v1/responses)",
        "no Route matched with those values",
        "Azure answered 404 without an explanation.",
        "Azure answered 404 with an HTML page: 404 Not Found.",
        "Unknown path /v1/responses",
        "Operation not found",
        "Not implemented",
    ],
)
@pytest.mark.parametrize("code", ["", "404", "NotFound"])
def test_where_nothing_answers_there_may_be_no_responses_api(message: str, code: str) -> None:
    for status in (404, 405, 501):
        error = UpstreamError(message, status=status, code=code)
        assert nothing_is_there(error)
        assert lacks_responses(error, "responses")
        assert not lacks_responses(error, "chat")
        assert read_lesson(error, "responses") == NO_LESSON
    assert not nothing_is_there(UpstreamError(message, status=400))


@pytest.mark.parametrize(
    ("message", "param"),
    [
        (
            "The API deployment for this resource does not exist. If you created the deployment "
            "within the last 5 minutes, please wait a moment and try again.",
            "",
        ),
        ("The model `gpt-typo` does not exist or you do not have access to it.", ""),
        ("Not found: the model gpt-typo", ""),
        ("Resource not found", "model"),
        ("Item with id 'rs_x' not found. Items are not persisted", ""),
        ("'Resource not found' is no name", ""),
    ],
)
def test_a_deployment_that_is_missing_is_no_missing_api(message: str, param: str) -> None:
    assert not lacks_responses(UpstreamError(message, status=404, param=param), "responses")
