"""Each maker's words for a prompt that is too long, and the numbers in them."""

import pytest

from proxy_core.errors import UpstreamError
from proxy_core.openai.overflow import Overflow, is_overflow, read_overflow

# what is said -> tokens: the most, what was given, and its parts
NUMBERED: dict[str, tuple[int | None, int | None, tuple[int, int] | None]] = {
    "prompt is too long: 210000 tokens > 200000 maximum": (200_000, 210_000, None),
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 "
    "tokens.": (8_192, 9_000, None),
    "This model's maximum context length is 131072 tokens. However, you requested 140000 tokens "
    "(136000 in the messages, 4000 in the completion).": (131_072, 140_000, (136_000, 4_000)),
    "This endpoint's maximum context length is 131072 tokens. However, you requested about 140000 "
    "tokens (12000 of text input, 128000 in the output).": (131_072, 140_000, (12_000, 128_000)),
    "This model's maximum context length is 4096 tokens. However, your request has 5000 input "
    "tokens. Please reduce the length of the input messages.": (4_096, 5_000, None),
    "This model's maximum prompt length is 131072 but the request contains 200000 tokens.": (
        131_072,
        200_000,
        None,
    ),
    "Input tokens exceed the configured limit of 272,000 tokens. Your messages resulted in 300,007 "
    "tokens.": (272_000, 300_007, None),
    "Invalid request: Your request exceeded model token limit: 262144 (requested: 300000)": (
        262_144,
        300_000,
        None,
    ),
    "Invalid request: Your request exceeded model token limit: 262144": (262_144, None, None),
    "Prompt contains 140000 tokens and 0 draft tokens, too large for model with 131072 maximum "
    "context length": (131_072, 140_000, None),
    "The decoder prompt (length 9000) is longer than the maximum model length of 4096.": (
        4_096,
        9_000,
        None,
    ),
    "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).": (
        1_048_576,
        1_200_000,
        None,
    ),
    "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 "
    "`inputs` tokens and 20 `max_new_tokens`": (4_096, 5_020, (5_000, 20)),
    "too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 5000": (
        4_081,
        5_000,
        None,
    ),
    "the request exceeds the available context size. try increasing it": (None, None, None),
    "request (9000 tokens) exceeds the available context size (4096 tokens)": (
        4_096,
        9_000,
        None,
    ),
    "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 98304]": (
        98_304,
        None,
        None,
    ),
    "Request body too large for gpt-4o model. Max size: 8000 tokens.": (8_000, None, None),
    "Prompt exceeds max length": (None, None, None),
    "invalid params, context window exceeds limit (2013)": (None, None, None),  # a code
    "Input is too long for requested model.": (None, None, None),
    "Your input exceeds the context window of this model.": (None, None, None),
    "litellm.ContextWindowExceededError: litellm.BadRequestError: This model's maximum context "
    "length is 8192 tokens. However, your messages resulted in 9000 tokens.": (8_192, 9_000, None),
    "Error code: 400 - Your input exceeds the context window of this model.": (None, None, None),
    # of what was sent, there is more than the messages
    "This model's maximum context length is 131072 tokens. However, you requested 140000 tokens "
    "(130000 in the messages, 8000 in the functions, and 2000 in the completion).": (
        131_072,
        140_000,
        (138_000, 2_000),
    ),
    "This model's maximum context length is 8192 tokens, however you requested 9000 tokens (1000 "
    "in your prompt; 8000 for the completion).": (8_192, 9_000, (1_000, 8_000)),
    "Requested token count exceeds the model's maximum context length of 131072 tokens. You "
    "requested a total of 140000 tokens: 130000 tokens from the input messages and 10000 tokens "
    "for the completion.": (131_072, 140_000, (130_000, 10_000)),
    # the output before the prompt
    "This model's maximum context length is 262144 tokens. However, you requested 32000 output "
    "tokens and your prompt contains at least 230145 input tokens, for a total of at least 262145 "
    "tokens.": (262_144, 262_145, (230_145, 32_000)),
    "'max_tokens' or 'max_completion_tokens' is too large: 32000. This model's maximum context "
    "length is 40960 tokens and your request has 20000 input tokens (32000 > 40960 - 20000).": (
        40_960,
        52_000,
        (20_000, 32_000),
    ),
    "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease input "
    "length or `max_tokens` and try again": (200_000, 210_000, (190_000, 20_000)),
    "The prompt (total length 140000) is too long to fit into the model (context length 131072).": (
        131_072,
        140_000,
        None,
    ),
    "The input (300000 tokens) is longer than the model's context length (262144 tokens).": (
        262_144,
        300_000,
        None,
    ),
    "Input length (140000 tokens) exceeds the maximum allowed length (131072 tokens).": (
        131_072,
        140_000,
        None,
    ),
    "Input length 140000 exceeds the maximum length 131072.": (131_072, 140_000, None),
    "Requested tokens (140000) exceed context window of 131072": (131_072, 140_000, None),
    "Context length exceeded: 140000 > 131072": (131_072, 140_000, None),
    "The total tokens of 140000 exceed the model's limit of 131072 tokens.": (
        131_072,
        140_000,
        None,
    ),
    "The input token count exceeds the maximum number of tokens allowed 1048576.": (
        1_048_576,
        None,
        None,
    ),
    "too many tokens: total tokens cannot exceed 4081 but got 6000": (4_081, 6_000, None),
    "too many tokens: size limit exceeded by 11326 tokens. The limit for this model is 288000 "
    "tokens.": (288_000, None, None),
    "Request body too large for DeepSeek-V3 model. Max size: 8,000 tokens.": (8_000, None, None),
    "This model's maximum context length is 131 072 tokens, but your request has 140.000 tokens": (
        131_072,
        140_000,
        None,
    ),
    "Total tokens of image and text exceed max message tokens.": (None, None, None),
    "Context size has been exceeded.": (None, None, None),
    "context_length_exceeded": (None, None, None),
    "Requested input length 9000 exceeds maximum input length 8192": (8_192, 9_000, None),
}


@pytest.mark.parametrize("message", NUMBERED)
def test_every_makers_words(message: str) -> None:
    assert is_overflow(UpstreamError(message, status=400))
    assert read_overflow(message) == Overflow(*NUMBERED[message])


@pytest.mark.parametrize(
    ("code", "param", "message", "overflow"),
    [
        ("context_length_exceeded", "", "No.", True),
        ("tokens_limit_reached", "", "No.", True),
        ("string_above_max_length", "input[4].call_id", "string too long", False),
        ("invalid_value", "tools[0]", "Your input exceeds the context window.", False),
        ("", "", "Invalid value: 'context window'", False),
        ("", "", 'Unknown tool: "context window"', False),
        ("", "", "Invalid schema for `maximum context length`", False),
        ("", "", "Request too large: the message size (9 bytes) exceeds 1.00MB limit.", False),
        ("", "", "max_tokens is too large: 32000.", False),
    ],
)
def test_what_is_one(code: str, param: str, message: str, overflow: bool) -> None:
    error = UpstreamError(message, status=400, code=code, param=param)
    assert is_overflow(error) is overflow


def test_a_number_of_any_length() -> None:
    assert read_overflow(f"token limit: {'9' * 10_000}").most == int("9" * 20)
