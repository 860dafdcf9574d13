"""What becomes of each parameter of OpenAI's two APIs, in one table.

https://platform.openai.com/docs/api-reference/chat/create
https://platform.openai.com/docs/api-reference/responses/create

READ has an effect. REFUSED would change what the client gets, so it is refused by name instead of
being lost in silence; only a value that asks for nothing passes. IGNORED are wishes about how a
reply comes about, which no client can tell from the reply. Names that are in no list are ignored
as well: clients invent their own.
"""

from collections.abc import Callable, Mapping
from typing import Any

from proxy_core.errors import BadRequest

READ = frozenset(
    {
        "model", "messages", "input", "instructions", "system", "stream", "stream_options",
        "max_tokens", "max_completion_tokens", "max_output_tokens", "temperature", "top_p",
        "stop", "stop_sequences", "response_format", "text", "verbosity",
        "reasoning_effort", "reasoning", "tools", "tool_choice", "parallel_tool_calls",
        "web_search_options",
        "user", "metadata",  # which conversation it is
    }
)  # fmt: skip

IGNORED = frozenset(
    {
        # sampling that Azure's reasoning models refuse
        "frequency_penalty", "presence_penalty", "logit_bias", "seed",
        # nothing is stored, and nothing is to be found again
        "store", "include", "truncation", "context_management",
        "background_options",
        # cost and speed
        "prediction", "service_tier", "prompt_cache_key", "prompt_cache_options",
        "prompt_cache_retention", "max_tool_calls",
        # nothing without `functions`
        "function_call",
        # who asks
        "safety_identifier", "moderation", "access_programs",
        # options of tools that are left out
        "image",
    }
)  # fmt: skip


def _more_than_one(value: Any) -> bool:
    return value not in (None, 1)


def _other_than_text(value: Any) -> bool:
    return value not in (None, [], ["text"])


# parameter -> whether a value asks for anything, and why it is not done
REFUSED: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "n": (_more_than_one, "this proxy gives one choice for each request"),
    "logprobs": (bool, "Azure's reasoning models tell none"),
    "top_logprobs": (bool, "Azure's reasoning models tell none"),
    "modalities": (_other_than_text, "this proxy answers in text"),
    "audio": (bool, "this proxy answers in text"),
    "functions": (bool, "send tools instead"),
    "previous_response_id": (bool, "nothing is stored here, send the whole conversation"),
    "conversation": (bool, "nothing is stored here, send the whole conversation"),
    "prompt": (bool, "nothing is stored here, send the text of the prompt"),
    "background": (bool, "nothing is stored here, so the reply would be lost"),
}


def refuse_what_is_not_done(body: dict[str, Any]) -> None:
    for name, (asks_for_it, reason) in REFUSED.items():
        if asks_for_it(body.get(name)):
            raise BadRequest(f"{name}: not supported, {reason}", code="unsupported_parameter")
