"""What Azure says is told apart from what it quotes of a client: by one rule, for all readers."""

from typing import get_args

import pytest

from proxy_core.deployments.lesson import NO_LESSON
from proxy_core.deployments.models import UpstreamApi
from proxy_core.deployments.refusals import read_lesson
from proxy_core.errors import UpstreamError
from proxy_core.openai.errors import refuses_reasoning
from proxy_core.openai.overflow import is_overflow

# What each reader acts on, as Azure says it.
WORDS = (
    "Model not supported",
    "The requested operation is unsupported.",
    "Function tools with reasoning_effort are not supported for gpt-6 in /v1/chat/completions. "
    "To use function tools, use /v1/responses or set reasoning_effort to 'none'.",
    "Encrypted content is not supported with this model.",
    "Unsupported parameter: 'temperature' is not supported with this model.",
    "Unknown parameter: 'top_p'.",
    "Unrecognized request argument supplied: prompt_cache_key",
    "Item 'rs_x' of type 'reasoning' was provided without its required following item.",
    "Item 'fc_x' of type 'function_call' was provided without its required 'reasoning' item: 'x'.",
    "Item with id 'rs_x' not found. Items are not persisted when `store` is set to false.",
    "`input[66]` missing required field `id`",
    "The encrypted content gAAA could not be verified. Reason: ...",
    "item_id mismatch",
    "The requested item was created under a different Azure OpenAI resource.",
    "The encrypted content for item rs_x could not be verified.",
    "The chatCompletion operation does not work with the specified model, X.",
    "The responses operation does not work with the specified model, X.",
    "Azure OpenAI Responses API is enabled only for api-version 2025-03-01-preview and later",
    "This model is not supported by the Responses API",
    "This model is only supported in v1/responses and not in v1/chat/completions.",
    "max_tokens is too large: 32000. This model supports at most 16384 completion tokens.",
    "Range of max_tokens should be [1, 8192]",
    "Argument not supported on this model: reasoningEffort",
    "azure does not support parameters: ['reasoning_effort'], for model=gpt-4o.",
    "Your input exceeds the context window of this model.",
    "This model's maximum context length is 8192 tokens.",
)
QUOTING = (
    "'{}' is not valid under any of the given schemas",
    '"{}" is not one of ["a"]',
    "`{}` is no name of a tool.",
    "Invalid value: '{}'.",
    "Invalid 'tools[0].name': '{}'. Expected a name.",
    "Invalid schema for function '{}': None is not of type 'object'.",
    "Invalid schema for function 'f': In context=('properties', '{}'), 'x' is not allowed.",
    "{{'description': '{}'}} is not valid under any of the given schemas",
    "Error: {}",
)


def acts_on(error: UpstreamError) -> bool:
    learned = any(read_lesson(error, api) != NO_LESSON for api in get_args(UpstreamApi))
    return learned or refuses_reasoning(error) or is_overflow(error)


def refusal(message: str, param: str = "") -> UpstreamError:
    return UpstreamError(message, status=400, param=param, code="invalid_value")


@pytest.mark.parametrize("words", WORDS)
def test_what_azure_says_is_acted_on(words: str) -> None:
    assert acts_on(refusal(words))


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("quoting", QUOTING)
def test_what_it_quotes_is_not(quoting: str, words: str) -> None:
    for quoted in (words, f"x' {words} 'y", f'x". {words}', f"'{words}'"):
        assert not acts_on(refusal(quoting.format(quoted)))


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize(
    "param",
    [
        "tools",
        "tools[0].function.parameters",
        "tools[0].description",
        "messages[3].content",
        "messages[0].tool_calls[0].function.name",
        "input[2].content[0].text",
        "input[2].name",
        "response_format",
        "text.format.schema",
        "tool_choice",
    ],
)
def test_nor_is_what_is_about_a_clients_content(param: str, words: str) -> None:
    assert not acts_on(refusal(words, param))
