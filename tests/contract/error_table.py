"""What Azure says -> what each client gets, as one table. docs/errors.md is the same for people.

Azure's side is the simulator's: a row begins with the name of one of its failures. Bodies that the
simulator does not play stand at the end.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.azure_simulator import faults
from local.azure_simulator.faults import HttpFault, StreamFault

SECRET = "0123456789abcdef0123456789abcdef"

LASTS = {"x-should-retry": "false"}
SETTING = (500, "api_error")  # chosen wrongly, of this proxy's
FILTERED = (400, "policy_blocked")
CANNOT_BE_USED = "If it stays so, start a new chat."
AGAIN = "Try again."
QUOTA = "Wait, or raise the quota"


@dataclass(frozen=True)
class Answer:
    """An HTTP error of Azure's."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Row:
    name: str
    claude: tuple[int, str]  # status and type
    says: str  # part of the text that both kinds of client get
    cursor: str  # part of the text that only Cursor gets; often the same
    headers: Mapping[str, str] = field(default_factory=dict)  # those that clients act on


def wait(seconds: int) -> dict[str, str]:
    return {"retry-after": str(seconds)}


EXTRA = "stream_options.include_usage: Extra inputs are not permitted"

INVALID = (400, "invalid_request_error")
UNPROCESSABLE = (422, "invalid_request_error")
FAILED = (500, "api_error")
NO_ACCESS = (401, "authentication_error")
FORBIDDEN = (403, "permission_error")
BROKE_OFF = (502, "api_error")
TOO_MANY = (429, "rate_limit_error")

HTTP = [
    # learned, then sent again; what is left after that
    Row("max_tokens_unsupported", INVALID, "'max_tokens' is not supported", CANNOT_BE_USED),
    Row("effort_unsupported", INVALID, "Supported values are: 'none', 'low'", CANNOT_BE_USED),
    Row("custom_tools_unsupported", INVALID, "Invalid value: 'custom'", CANNOT_BE_USED),
    Row("function_required", INVALID, "parameter: 'tools[0].function'", CANNOT_BE_USED),
    Row("chat_tools_with_reasoning", INVALID, "use /v1/responses", CANNOT_BE_USED),
    Row("operation_unsupported", INVALID, "operation is unsupported.", CANNOT_BE_USED),
    Row("model_unsupported", INVALID, "Model not supported", CANNOT_BE_USED),
    Row("prompt_cache_key_unrecognized", INVALID, "prompt_cache_key", CANNOT_BE_USED),
    Row("parameter_unknown", INVALID, "Unknown parameter: 'reasoning_effort'.", CANNOT_BE_USED),
    Row("max_tokens_too_large", INVALID, "supports at most 16384", CANNOT_BE_USED),
    Row("max_tokens_out_of_range", INVALID, "[1, 8192]", CANNOT_BE_USED),
    Row("responses_operation_unsupported", INVALID, "The responses operation", CANNOT_BE_USED),
    Row("chat_operation_unsupported", INVALID, "The chatCompletion operation", CANNOT_BE_USED),
    Row("responses_api_version", INVALID, "2025-03-01-preview and later", CANNOT_BE_USED),
    Row("extra_forbidden", UNPROCESSABLE, EXTRA, CANNOT_BE_USED),
    Row("extra_forbidden_in_a_string", INVALID, EXTRA, CANNOT_BE_USED),
    Row("extra_forbidden_in_python", INVALID, "stream_options: Extra inputs", CANNOT_BE_USED),
    Row("extra_forbidden_in_litellm", INVALID, EXTRA, CANNOT_BE_USED),
    Row("extra_forbidden_at_a_pointer", INVALID, "#/stream_options: Extra", CANNOT_BE_USED),
    # sent again without reasoning
    Row("item_of_another_resource", INVALID, "a different Azure OpenAI", CANNOT_BE_USED),
    Row("item_of_another_resource_500", FAILED, "a different Azure OpenAI", AGAIN),
    Row("reasoning_without_follower", INVALID, "required following item.", CANNOT_BE_USED),
    Row("call_without_reasoning", INVALID, "required 'reasoning' item", CANNOT_BE_USED),
    Row("item_not_found", INVALID, "Items are not persisted", CANNOT_BE_USED),
    Row("item_id_missing", INVALID, "missing required field `id`", CANNOT_BE_USED),
    Row("encrypted_content_invalid", INVALID, "could not be verified.", CANNOT_BE_USED),
    Row("encrypted_content_invalid_no_code", INVALID, "could not be verified.", CANNOT_BE_USED),
    # refused for good
    Row("extra_forbidden_content", UNPROCESSABLE, "[3].assistant.reasoning_con", CANNOT_BE_USED),
    Row("call_id_too_long", INVALID, "'input[4].call_id': string too long", CANNOT_BE_USED),
    Row("tool_call_id_too_long", INVALID, "tool_calls[0].id': string too long", CANNOT_BE_USED),
    Row("item_id_prefix", INVALID, "begins with 'fc'.", CANNOT_BE_USED),
    Row("context_length_exceeded", INVALID, "exceeds the context window", CANNOT_BE_USED),
    Row("overflow_configured_limit", INVALID, "resulted in 300007 tokens", CANNOT_BE_USED),
    Row("overflow_deepseek", INVALID, "you requested 140000 tokens", CANNOT_BE_USED),
    Row("overflow_grok", INVALID, "the request contains 200000 tokens", CANNOT_BE_USED),
    Row("overflow_kimi", INVALID, "(requested: 300000)", CANNOT_BE_USED),
    Row("overflow_mistral", INVALID, "Prompt contains 140000 tokens", CANNOT_BE_USED),
    Row("overflow_with_413", (413, "request_too_large"), "Max size: 8000", CANNOT_BE_USED),
    Row("output_overflow", INVALID, "12000 in the messages", CANNOT_BE_USED),
    Row("prompt_filtered", FILTERED, "filter refused this request (jailbreak).", CANNOT_BE_USED),
    Row("prompt_filtered_inner_error", FILTERED, "this request (jailbreak).", CANNOT_BE_USED),
    Row("prompt_flagged", FILTERED, "your prompt was flagged", CANNOT_BE_USED),
    Row(
        "api_version_unsupported", SETTING, "Check AZURE_API_VERSION", "not supported. Check", LASTS
    ),
    # sent again by Claude Code, without the image or the document
    Row("image_invalid", INVALID, "not represent a valid image", CANNOT_BE_USED),
    Row("image_url_invalid", INVALID, "unsupported MIME type 'image/svg+xml'.", CANNOT_BE_USED),
    Row("images_too_many", INVALID, "number of images (50)", CANNOT_BE_USED),
    Row("images_not_supported", INVALID, "image_url is only supported", CANNOT_BE_USED),
    Row("pdf_invalid", INVALID, "with an application/pdf MIME type.", CANNOT_BE_USED),
    # access and address
    Row("key_invalid", NO_ACCESS, "Check AZURE_OPENAI_API_KEY", "answered 401", LASTS),
    Row("key_echoed", NO_ACCESS, "provided: …. You can", "Check AZURE_OPENAI_API_KEY", LASTS),
    Row("token_invalid", NO_ACCESS, "AZURE_OPENAI_ENTRA_SCOPE", "answered 401", LASTS),
    Row(
        "permission_denied",
        (401, "permission_error"),
        "the role 'Cognitive Services OpenAI User' on the resource. It takes 5 minutes",
        "answered 401",
        LASTS,
    ),
    Row("key_auth_disabled", FORBIDDEN, "Leave AZURE_OPENAI_API_KEY out", "answered 403", LASTS),
    Row("network_denied", FORBIDDEN, "network settings of the resource.", "answered 403", LASTS),
    Row(
        "deployment_not_found",
        SETTING,
        "within the last 5 minutes, please wait a moment and try again. "
        "The resource has no deployment 'my-gpt': the setting BIG_MODEL names it.",
        "answered 404",
        LASTS,
    ),
    Row(
        "resource_not_found",
        SETTING,
        "Resource not found. Check AZURE_OPENAI_ENDPOINT and AZURE_API_VERSION.",
        "answered 404",
        LASTS,
    ),
    Row("too_many_headers", SETTING, "a gateway between", "answered 431", LASTS),
    # what passes
    Row("timeout", (408, "timeout_error"), "The operation was timeout.", AGAIN),
    Row("conflict", (409, "conflict_error"), "another operation in progress.", AGAIN),
    Row("failed_dependency", (424, "api_error"), "a dependency failed.", CANNOT_BE_USED),
    Row("rate_limit", TOO_MANY, "Please retry after 45 seconds.", QUOTA, wait(45)),
    Row("rate_limit_short", TOO_MANY, "exceeded the token rate limit", QUOTA, wait(1)),
    Row("rate_limit_retry_ms", TOO_MANY, "pricing tier.", "It asks to wait 2 s. Wait", wait(2)),
    Row("high_demand", TOO_MANY, "Azure's capacity, not your quota", "answered 429", wait(20)),
    Row(
        "no_quota", TOO_MANY, "Raise it in the Azure portal", "answered 429", {**wait(60), **LASTS}
    ),
    Row("insufficient_quota", TOO_MANY, "is too small or used up.", "answered 429", LASTS),
    Row("web_page", BROKE_OFF, "answered 200 with an HTML page: Welcome.", "Check AZURE_O"),
    Row("server_error", (500, "api_error"), "The server had an error", AGAIN),
    Row("bare_text_error", (500, "api_error"), "upstream connect error or disconnect", AGAIN),
    Row("bad_gateway_html", (502, "api_error"), "with an HTML page: 502 Bad Gateway.", AGAIN),
    Row("unavailable", (503, "api_error"), "temporarily unable", "Try again in a minute."),
    Row("empty_error", (503, "api_error"), "answered 503 without an explanation.", "in a minute."),
    Row("gateway_unavailable_bare", (503, "api_error"), "Service unavailable", "in a minute."),
    Row("gateway_timeout", (504, "timeout_error"), "did not receive a response", "a lower reason"),
    # bodies of other shapes
    Row("html_without_title", (503, "api_error"), "answered 503 with an HTML page.", "a minute."),
    Row("html_in_a_message", (502, "api_error"), "with an HTML page: Oops.", AGAIN),
    Row("text_as_error", INVALID, "No.", CANNOT_BE_USED),
    Row("in_an_array", (500, "api_error"), "Sorry.", AGAIN),
    Row("messages_in_a_list", (422, "invalid_request_error"), "One. Two.", CANNOT_BE_USED),
    Row("a_number", (500, "api_error"), "answered 500 without an explanation.", AGAIN),
    Row("broken_json", (500, "api_error"), "answered 500 without an explanation.", AGAIN),
    Row("binary", (500, "api_error"), "answered 500 without an explanation.", AGAIN),
    Row("redirect", SETTING, "answered 302, a redirect, which is not", "Check AZURE_O", LASTS),
    Row("not_modified", BROKE_OFF, "answered 304 without an explanation.", "Check AZURE_O"),
    Row("unknown_status", BROKE_OFF, "Broken.", AGAIN),
    Row("sign_in_page", BROKE_OFF, "answered 200 with an HTML page: Sign in.", "Check AZURE_O"),
    Row("plain_text", BROKE_OFF, "with no reply of a model. no healthy upstream", "Check AZURE_O"),
    Row(
        "compressed_error", (503, "api_error"), "in an encoding that was not asked for.", "minute."
    ),
    Row("overloaded_gateway", (503, "api_error"), "Busy.", "Try again in a minute."),
    Row("unimplemented", (501, "api_error"), "Not implemented.", CANNOT_BE_USED, LASTS),
    Row("wait_in_the_message_only", TOO_MANY, "Please retry after 7 seconds.", QUOTA, wait(7)),
]

SHAPES: dict[str, Answer] = {
    "html_without_title": Answer(503, {}, b"<!DOCTYPE html><html><body>Down</body></html>"),
    "html_in_a_message": Answer(
        502, {}, b'{"message": "Said: <html><title>Oops</title><p>No</p></html>"}'
    ),
    "text_as_error": Answer(400, {}, b'{"error": "No."}'),
    "in_an_array": Answer(500, {}, b'[{"error": {"message": "Sorry.", "code": 500}}]'),
    "messages_in_a_list": Answer(422, {}, b'{"detail": [{"msg": "One.", "input": 1}, "Two."]}'),
    "a_number": Answer(500, {}, b"7"),
    "broken_json": Answer(500, {}, b'{"error": {"message": "Sor'),
    "binary": Answer(500, {}, b"\x00\xff\xfe\x01"),
    "redirect": Answer(302, {"location": "https://portal.azure.com"}, b""),
    "not_modified": Answer(304, {}, b""),
    "unknown_status": Answer(600, {}, b'{"message": "Broken."}'),
    "sign_in_page": Answer(200, {}, b"<html><title>Sign in</title></html>"),
    "plain_text": Answer(200, {"content-type": "text/plain"}, b"no healthy upstream"),
    "compressed_error": Answer(503, {"content-encoding": "gzip"}, b"\x1f\x8b\x08\x00"),
    "overloaded_gateway": Answer(529, {}, b'{"error": {"message": "Busy."}}'),
    "unimplemented": Answer(501, {}, b"Not implemented."),
    "wait_in_the_message_only": Answer(
        429, {}, b'{"error": {"message": "Slow down. Please retry after 7 seconds."}}'
    ),
}


@dataclass(frozen=True)
class StreamRow:
    name: str
    claude: tuple[int, str]  # status and type of the response, while nothing has been said
    event: str  # type of the event, later
    says: str
    cursor: str


OVERLOADED = "overloaded_error"

STREAM = [
    StreamRow("error_then_failed", FAILED, OVERLOADED, "You can retry your request.", AGAIN),
    StreamRow("failed_then_error", TOO_MANY, OVERLOADED, "have exceeded rate limit.", QUOTA),
    StreamRow("failed_only", TOO_MANY, OVERLOADED, "Please retry after 2 seconds.", QUOTA),
    StreamRow("failed_digits_code", TOO_MANY, OVERLOADED, "exceeded token rate limit", QUOTA),
    StreamRow(
        "failed_integer_code", (503, "api_error"), OVERLOADED, "temporarily unable", "in a minute."
    ),
    StreamRow("flat_error", FAILED, OVERLOADED, "The server had an error", AGAIN),
    StreamRow(
        "overflow_in_stream", INVALID, "invalid_request_error", "context window", CANNOT_BE_USED
    ),
    StreamRow("truncated", BROKE_OFF, OVERLOADED, "before finishing its reply.", AGAIN),
    StreamRow(
        "malformed_event", BROKE_OFF, "api_error", "an event that cannot be read.", CANNOT_BE_USED
    ),
    StreamRow(
        "error_without_meaning", FAILED, "api_error", "without an explanation.", CANNOT_BE_USED
    ),
]


@dataclass(frozen=True)
class Ending:
    """A reply that ends otherwise than the model meant, and is no error."""

    name: str
    claude: str  # stop_reason
    cursor: str  # finish_reason
    explains: str = ""  # part of the refusal's explanation, where it names what was found


ENDINGS = [
    Ending("incomplete_length", "max_tokens", "length"),
    Ending("incomplete_content_filter", "refusal", "content_filter", "stopped this reply"),
    Ending("async_filter_block", "refusal", "content_filter", "stopped this reply"),
]


def answers() -> Iterator[tuple[str, Answer]]:
    """Every HTTP error there is a row for, by name."""
    for name, fault in faults().items():
        if isinstance(fault, HttpFault):
            yield name, Answer(fault.status, fault.headers, _encode(fault.body))
    yield from SHAPES.items()


def stream_fault(name: str) -> StreamFault:
    fault = faults()[name]
    assert isinstance(fault, StreamFault)
    return fault


def _encode(body: Any) -> bytes:
    if body is None:
        return b""
    text = body if isinstance(body, str) else json.dumps(body)
    return text.replace("<the key of the request>", SECRET).encode()
