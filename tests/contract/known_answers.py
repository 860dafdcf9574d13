"""Answers of Azure that are on record: reported, documented or seen. Each has a name in the
simulator and a row in the table of errors.

https://learn.microsoft.com/azure/ai-foundry/openai/quotas-limits
https://learn.microsoft.com/answers/tags/387/azure-openai
"""

import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    words: str  # of the message, `…` where some are left out
    code: str | None = None
    bare: bool = False  # not inside of `error`
    without_reasoning: bool = False  # the same request is answered once nothing is replayed

    def is_like(self, status: int, body: Any) -> bool:
        if not isinstance(body, dict) or ("error" not in body) != self.bare:
            return False
        error = body if self.bare else body["error"]
        if not isinstance(error, dict) or (status, error.get("code")) != (self.status, self.code):
            return False
        pattern = ".*".join(map(re.escape, self.words.split("…")))
        return re.fullmatch(pattern, str(error.get("message")), re.DOTALL) is not None


# a knob that the model, or the API, does not have
_KNOBS = [
    Answer(400, "Unsupported parameter: 'max_tokens' is not…", "unsupported_parameter"),
    Answer(400, "Unsupported value: 'reasoning_effort' does not…", "unsupported_value"),
    Answer(400, "Unknown parameter: 'reasoning_effort'.", "unknown_parameter"),
    Answer(400, "Unrecognized request argument supplied: …", "unrecognized_request_argument"),
    Answer(400, "Function tools with reasoning_effort are not supported for…"),
    Answer(400, "The requested operation is unsupported."),
    Answer(400, "Model not supported"),
    Answer(400, "API version not supported", "BadRequest"),
]
# the history that a client repeats
_HISTORY = [
    Answer(400, "Invalid 'input[4].call_id': string too long…", "string_above_max_length"),
    Answer(400, "Invalid 'messages[2].tool_calls[0].id': string too…", "string_above_max_length"),
    Answer(400, "Invalid 'input[1].id': …Expected an ID that begins…", "invalid_value"),
    Answer(
        400,
        "Item 'rs_…' of type 'reasoning' was provided without its required following…",
        without_reasoning=True,
    ),
    Answer(
        400,
        "Item 'fc_…' of type 'function_call' was provided without its required…",
        without_reasoning=True,
    ),
    Answer(
        400, "Item with id 'rs_…' not found. Items are not persisted when…", without_reasoning=True
    ),
    Answer(400, "`input[66]` missing required field `id`", without_reasoning=True),
    Answer(
        400,
        "The encrypted content…could not be verified…",
        "invalid_encrypted_content",
        without_reasoning=True,
    ),
    Answer(400, "Your input exceeds the context window…", "context_length_exceeded"),
    Answer(400, "The response was filtered due to the prompt triggering…", "content_filter"),
]
# who asks, and where
_ACCESS = [
    Answer(401, "Access denied due to invalid subscription key…", "401"),
    Answer(401, "Unauthorized. Access token is missing, invalid…", bare=True),
    Answer(401, "The principal lacks the required data action…", "PermissionDenied"),
    Answer(403, "Key based authentication is disabled…", "AuthenticationTypeDisabled"),
    Answer(403, "Access denied due to Virtual Network/Firewall rules.", "403"),
    Answer(404, "The API deployment for this resource does not exist…", "DeploymentNotFound"),
    Answer(404, "Resource not found", "404"),
]
# not now
_LOAD = [
    Answer(408, "The operation was timeout.", "Timeout"),
    Answer(424, "…", "FailedDependency"),
    Answer(429, "Requests to the ChatCompletions_Create Operation…86400 seconds.", "429"),
    Answer(429, "Your requests to…have exceeded the token rate limit…45 seconds.", "429"),
    Answer(429, "The system is currently experiencing high demand…20 seconds…"),
    Answer(500, "The server had an error while processing your request.…"),
    Answer(503, "The service is temporarily unable to process your request.", "ServiceUnavailable"),
]

KNOWN_ANSWERS = [*_KNOBS, *_HISTORY, *_ACCESS, *_LOAD]
