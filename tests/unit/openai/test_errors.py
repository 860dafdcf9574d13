"""Azure's errors, in every shape it has, -> UpstreamError."""

import json
from typing import Any

import pytest

from proxy_core.errors import Unreadable, UpstreamError
from proxy_core.openai.errors import (
    LONGEST_ASKED,
    MOST_CATEGORIES,
    REDIRECTS,
    describe_filter,
    is_encoded,
    read_error_body,
    read_error_event,
    read_no_reply,
    read_wait,
    refuses_reasoning,
)

UNEXPLAINED = "Azure answered 418 without an explanation."

# body -> message, code
BODIES: dict[str, tuple[bytes, str, str]] = {
    "nested": (
        b'{"error":{"message":"No.","type":"invalid_request_error","code":"unknown_parameter"}}',
        "No.",
        "unknown_parameter",
    ),
    "code_as_digits": (b'{"error":{"code":"429","message":"Slow."}}', "Slow.", "429"),
    "code_as_number": (b'{"error":{"code":429,"message":"Slow."}}', "Slow.", "429"),
    "code_null": (b'{"error":{"code":null,"message":"No."}}', "No.", ""),
    "code_that_is_no_name": (b'{"error":{"code":"Tell me a story","message":"No."}}', "No.", ""),
    "code_as_object": (b'{"error":{"code":{"a":1},"message":"No."}}', "No.", ""),
    "error_as_text": (b'{"error":"No."}', "No.", ""),
    "error_as_text_beside_a_message": (b'{"error":"Gone","message":"No."}', "No.", ""),
    "error_null": (b'{"error":null,"message":"No."}', "No.", ""),
    "entra": (b'{"error":"invalid_client","error_description":"No."}', "No.", ""),
    "gateway": (b'{"statusCode":401,"message":"Unauthorized."}', "Unauthorized.", ""),
    "array": (b'[{"error":{"message":"No.","code":"c"}}]', "No.", "c"),
    "array_of_bare_ones": (b'[{"message":"No.","code":"c"}]', "No.", "c"),
    "text": (b'"No."', "No.", ""),
    "messages": (b'{"message":["One.",{"message":"Two."},{"x":1},[["y"]]]}', "One. Two.", ""),
    "detail": (b'{"detail":[{"loc":["a"],"msg":"No.","input":"the prompt"}]}', "a: No.", ""),
    "byte_order_mark": (b'\xef\xbb\xbf{"message":"No."}', "No.", ""),
    "long": (json.dumps({"message": "x " * 9_000}).encode(), "x " * 999 + "x…", ""),
    "several_lines": (b'{"message":"One.\\n\\u0000Two."}', "One. Two.", ""),
    "message_is_no_text": (b'{"error":{"message":{"a":1},"code":"c"}}', UNEXPLAINED, "c"),
    "html": (
        b"<html><title>Bad</title></html>",
        "Azure answered 418 with an HTML page: Bad.",
        "",
    ),
    "html_in_json": (b'{"message":"<html>"}', "Azure answered 418 with an HTML page.", ""),
    "plain": (b"Bad gateway\n", "Bad gateway", ""),
    "nothing": (b"", UNEXPLAINED, ""),
    "list": (b"[1]", UNEXPLAINED, ""),
    "number": (b"7", UNEXPLAINED, ""),
    "broken_json": (b'{"error":', UNEXPLAINED, ""),
    "broken_unicode": (b'{"error":"\xff"}', UNEXPLAINED, ""),
    "bottomless": (b"[" * 100_000, UNEXPLAINED, ""),
    "bottomless_message": (b'{"message":' + b"[" * 900 + b"]" * 900 + b"}", UNEXPLAINED, ""),
}


@pytest.mark.parametrize(("body", "message", "code"), BODIES.values(), ids=BODIES)
def test_error_bodies(body: bytes, message: str, code: str) -> None:
    error = read_error_body(418, {}, body)
    assert (error.status, error.message, error.code) == (418, message, code)


@pytest.mark.parametrize(
    ("status", "seen"),
    [
        *((status, 502) for status in (100, 103, 199, 300, 304, 306, 399, 600, 999)),
        *((status, status) for status in (400, 404, 418, 499, 500, 503, 599)),
        (529, 503),
    ],
)
def test_statuses_that_no_client_should_see(status: int, seen: int) -> None:
    error = read_error_body(status, {}, b'{"message": "No."}')
    assert (error.status, error.code) == (seen, "")
    assert "No." in error.message


@pytest.mark.parametrize("status", sorted(REDIRECTS))
def test_a_redirect_is_a_wrong_address_which_lasts(status: int) -> None:
    error = read_error_body(status, {"location": "https://elsewhere.example"}, b"<html>")
    assert error.message == f"Azure answered {status}, a redirect, which is not followed."
    assert (error.status, error.may_pass) == (502, False)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<html><title>Sign in</title>", "Azure answered 200 with an HTML page: Sign in."),
        (
            b"down",
            "Azure answered 200 with no reply of a model. down",
        ),
        (b"\x00\xff", "Azure answered 200 with no reply of a model."),
    ],
)
def test_a_success_that_is_no_reply(body: bytes, message: str) -> None:
    error = read_error_body(200, {}, body)
    assert (error.status, error.message) == (502, message)


@pytest.mark.parametrize("encoding", ["gzip", " GZip ", "br", "identity, gzip", "x"])
def test_what_is_compressed_is_never_unpacked(encoding: str) -> None:
    headers = {"content-encoding": encoding}
    assert is_encoded(headers)
    error = read_error_body(503, headers, b'{"message": "No."}')
    assert error.message == "Azure answered 503 in an encoding that was not asked for."
    assert error.status == 503


@pytest.mark.parametrize("encoding", ["", " ", "identity", "Identity"])
def test_what_is_not_compressed(encoding: str) -> None:
    assert not is_encoded({"content-encoding": encoding})
    assert not is_encoded({})


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "45"}, 45),
        ({"retry-after": "1.2"}, 2),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 2),
        ({"retry-after-ms": "x", "retry-after": "9"}, 9),
        ({"retry-after": "-5"}, 0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "1e308"}, LONGEST_ASKED),
        ({"retry-after-ms": "9" * 40}, LONGEST_ASKED),
        ({"retry-after": "nan"}, None),
        ({"retry-after-ms": "10", "retry-after": "0"}, 1),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], seconds: int | None) -> None:
    assert read_wait(headers) == seconds
    assert read_error_body(429, headers, b"").retry_after == seconds


@pytest.mark.parametrize(
    ("message", "seconds"),
    [
        ("Please retry after 20 seconds. Or not.", 20),
        ("Please retry after 1 second.", 1),
        ("Retry after 1500 milliseconds.", 2),
        ("Please try again in 6.2s.", 7),
        ("Please try again in 20ms.", 1),
        ("Try again in 2 minutes.", 120),
        ("Please retry after 1 day.", 86_400),
        ("Please retry after 999999999 days.", LONGEST_ASKED),
        ("Please retry after 0 seconds.", 0),
        ("If you created it within the last 5 minutes, wait a moment and try again.", None),
        (f"Please retry after {'9' * 400} seconds.", None),
        ("Please retry.", None),
    ],
)
def test_a_wait_may_stand_in_the_message(message: str, seconds: int | None) -> None:
    fields = {"message": message}
    assert read_error_event({"error": fields}).retry_after == seconds
    assert read_error_body(429, {}, json.dumps(fields).encode()).retry_after == seconds
    told = read_error_body(429, {"retry-after": "9"}, json.dumps(fields).encode())
    assert told.retry_after == 9  # the header is the more exact


@pytest.mark.parametrize(
    ("headers", "id"),
    [
        ({"apim-request-id": "a", "x-request-id": "x"}, "a"),
        ({"apim-request-id": "", "x-request-id": "x"}, "x"),
        ({}, ""),
    ],
)
def test_the_request_id_of_azure(headers: dict[str, str], id: str) -> None:
    assert read_error_body(500, headers, b"").request_id == id


# event -> status, message, code
EVENTS: dict[str, tuple[Any, int, str, str]] = {
    "nested": (
        {
            "type": "error",
            "error": {"type": "too_many_requests", "code": "rate_limit_exceeded", "message": "S."},
        },
        429,
        "S.",
        "rate_limit_exceeded",
    ),
    "flat": (
        {"type": "error", "code": "server_error", "message": "Sorry."},
        500,
        "Sorry.",
        "server_error",
    ),
    "type_where_the_code_is_unknown": (
        {"error": {"type": "invalid_request_error", "code": "new", "message": "No."}},
        400,
        "No.",
        "new",
    ),
    "overflow": (
        {"error": {"code": "context_length_exceeded", "message": "Long."}},
        400,
        "Long.",
        "context_length_exceeded",
    ),
    "text": ({"error": "No."}, 500, "No.", ""),
    "unknown": ({"type": "error"}, 500, "Azure reported an error without an explanation.", ""),
    "null": ({"error": {"code": None, "type": None, "message": "No."}}, 500, "No.", ""),
    "type_where_the_code_is_null": (
        {"error": {"code": None, "type": "too_many_requests", "message": "No."}},
        429,
        "No.",
        "",
    ),
    "bare": ({"statusCode": 503, "message": "No."}, 503, "No.", ""),
    "a_status_that_no_client_should_see": ({"code": 529, "message": "No."}, 503, "No.", "529"),
    "an_overflow_without_a_code": (
        {"type": "error", "message": "Your input exceeds the context window of this model."},
        400,
        "Your input exceeds the context window of this model.",
        "",
    ),
    "a_filtered_prompt_without_a_code": (
        {"error": {"message": "Invalid prompt: your prompt was flagged.", "code": None}},
        400,
        "Invalid prompt: your prompt was flagged.",
        "",
    ),
    "an_image_that_azure_may_have_failed_on": (
        {"error": {"message": "The image could not be read."}},
        500,
        "The image could not be read.",
        "",
    ),
    "html": (
        {"error": {"code": "502", "message": "<html><title>Bad</title>"}},
        502,
        "Azure reported an error with an HTML page: Bad.",
        "502",
    ),
}


@pytest.mark.parametrize(("event", "status", "message", "code"), EVENTS.values(), ids=EVENTS)
def test_error_events(event: Any, status: int, message: str, code: str) -> None:
    error = read_error_event(event)
    assert (error.status, error.message, error.code) == (status, message, code)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("429", 429),
        (429, 429),
        ("599", 599),
        ("399", 500),
        ("rate_limit_exceeded", 429),
        ("TooManyRequests", 429),
        ("insufficient_quota", 429),
        ("slow_down", 429),
        ("server_is_overloaded", 503),
        ("ServiceUnavailable", 503),
        ("vector_store_timeout", 504),
        ("server_error", 500),
        ("InternalServerError", 500),
        ("context_length_exceeded", 400),
        ("content_filter", 400),
        ("invalid_prompt", 400),
        ("bio_policy", 400),
        ("misalignment_policy_violation", 400),
        ("data_residency_mismatch", 400),
        ("image_too_large", 400),
        ("moderation_blocked", 400),
        ("data_inspection_failed", 400),
        ("image_file_not_found", 400),
        ("failed_to_download_image", 400),
        ("unsupported_value", 400),
        ("string_above_max_length", 400),
        ("DeploymentNotFound", 404),
        ("new", 500),
    ],
)
def test_the_status_that_a_code_stands_for(code: str | int, status: int) -> None:
    assert read_error_event({"error": {"code": code, "message": "No."}}).status == status


REASONING_REFUSED = [
    "Item 'rs_x' of type 'reasoning' was provided without its required following item.",
    "Item 'fc_x' of type 'function_call' was provided without its required 'reasoning' item: 'r'.",
    "Item with id 'rs_x' not found. Items are not persisted when `store` is set to false.",
    "`input[66]` missing required field `id`",
    "The encrypted content gAAA could not be verified. Reason: ...",
    "item_id mismatch",
    "The requested item was created under a different Azure OpenAI resource. Use the same resource "
    "that created the item to access it.",
    "The encrypted content for item rs_34....b7bd could not be verified. Reason: Encrypted content "
    "could not be decrypted or parsed.",
    "Encrypted content organization_id did not match the target organization.",
    "Item with id 'rs_x' not found.",
    "Duplicate item found with id rs_x. Remove duplicate items from your input and try again.",
    "Invalid 'input[3].encrypted_content': string too long.",
    "Unknown parameter: 'input[3].encrypted_content'.",
    "Reasoning input items can only be provided to a reasoning or computer use model. Remove "
    "reasoning items from your input and try again.",
]


@pytest.mark.parametrize("message", REASONING_REFUSED)
def test_reasoning_that_azure_refuses(message: str) -> None:
    for status in (400, 404, 422, 500):
        assert refuses_reasoning(UpstreamError(message, status=status))
    for status in (401, 403, 429, 503):
        assert not refuses_reasoning(UpstreamError(message, status=status))
    for event in ({"error": {"message": message, "code": None}}, {"message": message}):
        assert refuses_reasoning(read_error_event({"type": "error", **event}))


@pytest.mark.parametrize(
    ("param", "refused"),
    [
        ("input[3].encrypted_content", True),
        ("input.3.encrypted_content", True),
        ("input[3].content", False),
        ("tools[0].encrypted_content", False),
    ],
)
def test_whatever_is_said_of_it(param: str, refused: bool) -> None:
    error = UpstreamError("Extra inputs are not permitted", status=422, param=param)
    assert refuses_reasoning(error) is refused


@pytest.mark.parametrize(
    ("code", "message", "refused"),
    [
        ("invalid_encrypted_content", "No.", True),
        ("unsupported_value", "Unsupported value: 'reasoning_effort'.", False),
        ("", "The model was not found.", False),
    ],
)
def test_refusals_by_code(code: str, message: str, refused: bool) -> None:
    assert refuses_reasoning(UpstreamError(message, status=400, code=code)) is refused


STOPPED = "Azure's content filter stopped this reply"
HATE = {"hate": {"filtered": True}, "violence": {"filtered": False}}


@pytest.mark.parametrize(
    ("results", "description"),
    [
        (None, f"{STOPPED}."),
        ({}, f"{STOPPED}."),
        ([{"blocked": True, "content_filter_results": HATE}], f"{STOPPED} (hate)."),
        ({**HATE, "self_harm": {"filtered": True}}, f"{STOPPED} (hate, self_harm)."),
        ([HATE, HATE], f"{STOPPED} (hate)."),
        (
            {"custom_blocklists": [{"id": "mine", "filtered": True}]},
            f"{STOPPED} (custom_blocklists).",
        ),
        ({"jailbreak": {"filtered": False, "detected": True}}, f"{STOPPED}."),
        ({"filtered": True}, f"{STOPPED}."),
        ({"no name": {"filtered": True, **HATE}}, f"{STOPPED} (hate)."),
        (
            {f"c{n:02}": {"filtered": True} for n in range(99)},
            f"{STOPPED} ({', '.join(f'c{n:02}' for n in range(MOST_CATEGORIES))}).",
        ),
    ],
)
def test_why_a_reply_was_filtered(results: Any, description: str) -> None:
    assert describe_filter(results) == description


REFUSED = "Azure's content filter refused this request"
READ_ON = (
    " To learn more about our content filtering policies please read: https://go.microsoft.com"
)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"code": "content_filter"}, f"{REFUSED} (hate). Modify."),
        ({"code": None, "innererror": {"code": "ResponsibleAIPolicyViolation"}}, "(hate). Modify."),
        ({"code": "", "inner_error": {"code": "ResponsibleAIPolicyViolation"}}, "(hate). Modify."),
    ],
)
@pytest.mark.parametrize("place", ["content_filter_result", "content_filter_results", "filters"])
def test_a_filtered_prompt_names_the_categories(
    fields: dict[str, Any], message: str, place: str
) -> None:
    said = {**fields, "message": f"Modify.{READ_ON}", place: HATE}
    error = read_error_body(400, {}, json.dumps({"error": said}).encode())
    assert error.message.endswith(message)
    assert error.code == "content_filter"
    event = read_error_event({"error": said})
    assert (event.status, event.message) == (400, error.message)


def test_a_filtered_prompt_without_categories() -> None:
    error = read_error_body(400, {}, b'{"error": {"code": "content_filter", "message": "No."}}')
    assert error.message == f"{REFUSED}. No."


@pytest.mark.parametrize(
    "body",
    [
        {"type": "response.completed", "response": {"status": "completed"}},
        {"type": "ping"},
        {"type": "message", "content": []},
    ],
)
def test_a_reply_of_another_api_is_no_error_of_azures(body: Any) -> None:
    """It has been paid for, so it is not asked for again and again."""
    assert isinstance(read_no_reply(body), Unreadable)
    assert read_no_reply({"code": 429}).status == 429
