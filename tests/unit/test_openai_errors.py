"""Azure's errors, in every shape it has, -> UpstreamError."""

import json
from typing import Any

import pytest

from proxy_core.errors import UpstreamError
from proxy_core.openai_errors import (
    describe_filter,
    read_error_body,
    read_error_event,
    refuses_reasoning,
)
from tests.streams import CONTRACTS

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
    "error_as_text": (b'{"error":"No."}', "No.", ""),
    "gateway": (b'{"statusCode":401,"message":"Unauthorized."}', "Unauthorized.", ""),
    "long": (json.dumps({"message": "x" * 9_000}).encode(), "x" * 2_000, ""),
    "message_is_no_text": (b'{"error":{"message":{"a":1},"code":"c"}}', "", "c"),
    "html": (b"<html>Bad Gateway</html>", "", ""),
    "nothing": (b"", "", ""),
    "list": (b"[1]", "", ""),
    "broken_unicode": (b'{"error":"\xff"}', "", ""),
    "bottomless": (b"[" * 100_000, "", ""),
}


@pytest.mark.parametrize(("body", "message", "code"), BODIES.values(), ids=BODIES)
def test_error_bodies(body: bytes, message: str, code: str) -> None:
    error = read_error_body(418, {}, body)
    assert error.status == 418
    assert error.message == (message or "Azure answered with status 418 and no explanation.")
    assert error.code == code


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
        ({"retry-after": "nan"}, None),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], seconds: int | None) -> None:
    assert read_error_body(429, headers, b"").retry_after == seconds


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
    "text": ({"error": "No."}, 502, "No.", ""),
    "unknown": (
        {"type": "error"},
        502,
        "Azure reported an error without an explanation.",
        "",
    ),
}


@pytest.mark.parametrize(("event", "status", "message", "code"), EVENTS.values(), ids=EVENTS)
def test_error_events(event: Any, status: int, message: str, code: str) -> None:
    error = read_error_event(event)
    assert (error.status, error.message, error.code) == (status, message, code)


REASONING_REFUSED = [
    "Item 'rs_x' of type 'reasoning' was provided without its required following item.",
    "Item 'fc_x' of type 'function_call' was provided without its required 'reasoning' item: 'r'.",
    "Item with id 'rs_x' not found. Items are not persisted when `store` is set to false.",
    "`input[66]` missing required field `id`",
    "The encrypted content gAAA could not be verified. Reason: ...",
    "item_id mismatch",
]


@pytest.mark.parametrize("message", REASONING_REFUSED)
def test_reasoning_that_azure_refuses(message: str) -> None:
    assert refuses_reasoning(UpstreamError(message, status=400))
    assert not refuses_reasoning(UpstreamError(message, status=500))


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


CATALOGUE = CONTRACTS / "error_catalogue.json"


@pytest.mark.skipif(not CATALOGUE.exists(), reason="the contracts are not beside the project")
def test_the_catalogue_agrees_on_what_to_send_again_without_reasoning() -> None:
    for case in json.loads(CATALOGUE.read_text())["http"]:
        error = read_error_body(case["status"], {}, json.dumps(case["body"]).encode())
        assert refuses_reasoning(error) == ("drop_reasoning" in case["action"])


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
    ],
)
def test_why_a_reply_was_filtered(results: Any, description: str) -> None:
    assert describe_filter(results) == description
