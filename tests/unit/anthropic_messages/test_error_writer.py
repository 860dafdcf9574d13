"""Errors -> Anthropic's envelope, and what its clients read in the headers."""

import pytest

from proxy_core.anthropic_messages.error_writer import (
    error_headers,
    error_status,
    write_error,
    write_error_event,
)
from proxy_core.errors import (
    AccessDenied,
    BadRequest,
    InternalError,
    NotFound,
    OutOfTime,
    ProxyError,
    ShuttingDown,
    UpstreamError,
    UpstreamTruncated,
)

OVERLOADED = "overloaded_error"

# error, its type in a response, its type in an event
TYPES: list[tuple[ProxyError, str, str]] = [
    (BadRequest("no"), "invalid_request_error", "invalid_request_error"),
    (AccessDenied("no"), "authentication_error", "authentication_error"),
    (NotFound("no"), "not_found_error", "not_found_error"),
    (InternalError(), "api_error", OVERLOADED),
    (ShuttingDown(), "api_error", OVERLOADED),
    (OutOfTime(1800), "timeout_error", OVERLOADED),
    (UpstreamError("no"), "api_error", OVERLOADED),
    (UpstreamTruncated(), "api_error", OVERLOADED),
    (UpstreamError("no", status=402), "billing_error", "billing_error"),
    (UpstreamError("no", status=403), "permission_error", "permission_error"),
    (
        UpstreamError("no", status=401, code="PermissionDenied"),
        "permission_error",
        "permission_error",
    ),
    (UpstreamError("no", status=405), "invalid_request_error", "invalid_request_error"),
    (UpstreamError("no", status=408), "timeout_error", OVERLOADED),
    (UpstreamError("no", status=409), "conflict_error", OVERLOADED),
    (UpstreamError("no", status=413), "request_too_large", "request_too_large"),
    (UpstreamError("no", status=422), "invalid_request_error", "invalid_request_error"),
    (UpstreamError("no", status=424), "api_error", "api_error"),
    (UpstreamError("no", status=429), "rate_limit_error", OVERLOADED),
    (UpstreamError("no", status=429, retry_after=61), "rate_limit_error", "rate_limit_error"),
    (
        UpstreamError("no", status=429, code="insufficient_quota"),
        "rate_limit_error",
        "rate_limit_error",
    ),
    (UpstreamError("no", status=431), "invalid_request_error", "invalid_request_error"),
    (UpstreamError("no", status=501), "api_error", "api_error"),
    (UpstreamError("no", status=503), "api_error", OVERLOADED),
    (UpstreamError("no", status=504), "timeout_error", OVERLOADED),
    (UpstreamError("no", status=520), "api_error", OVERLOADED),
]


@pytest.mark.parametrize(("error", "response", "event"), TYPES)
def test_the_type(error: ProxyError, response: str, event: str) -> None:
    for write, type in ((write_error, response), (write_error_event, event)):
        assert write(error, "req_1") == {
            "type": "error",
            "error": {"type": type, "message": error.message},
            "request_id": "req_1",
        }


def test_no_response_makes_claude_code_give_up_early() -> None:
    for status in range(400, 600):
        envelope = write_error(UpstreamError("no", status=status), "req_1")
        assert envelope["error"]["type"] != OVERLOADED


@pytest.mark.parametrize(
    ("message", "advice", "text"),
    [
        ("No key", "Set one.", "No key. Set one."),
        ("No key.", "Set one.", "No key. Set one."),
        (
            "prompt is too long: 2 tokens > 1 maximum",
            "",
            "prompt is too long: 2 tokens > 1 maximum",
        ),
    ],
)
def test_what_to_do_follows_what_azure_said(message: str, advice: str, text: str) -> None:
    error = UpstreamError(message, advice=advice)
    assert write_error(error, "")["error"]["message"] == text
    assert write_error_event(error, "")["error"]["message"] == text


def test_a_code_is_for_the_official_sdks_and_azures_own_is_not() -> None:
    refused = write_error(BadRequest("thread", code="thread_unsupported_request"), "")
    assert refused["error"]["details"] == {"error_code": "thread_unsupported_request"}
    assert "details" not in write_error(UpstreamError("no", code="server_error"), "")["error"]


LASTS = {"x-should-retry": "false"}


@pytest.mark.parametrize(
    ("error", "headers"),
    [
        (BadRequest("no"), {}),
        (AccessDenied("no"), LASTS),
        (NotFound("no"), LASTS),
        (InternalError(), {}),
        (UpstreamError("no", status=400), {}),
        (UpstreamError("no", status=401, code="PermissionDenied"), LASTS),
        (UpstreamError("no", status=403), LASTS),
        (UpstreamError("no", status=408), {}),
        (UpstreamError("no", status=424), {}),
        (UpstreamError("no", status=429), {}),
        (UpstreamError("no", status=429, retry_after=0), {"retry-after": "0"}),
        (UpstreamError("no", status=429, retry_after=60), {"retry-after": "60"}),
        (UpstreamError("no", status=429, retry_after=61), {"retry-after": "60", **LASTS}),
        (UpstreamError("no", status=429, retry_after=86_400), {"retry-after": "60", **LASTS}),
        (UpstreamError("no", status=429, code="insufficient_quota"), LASTS),
        (UpstreamError("no", status=500), {}),
        (UpstreamError("no", status=501), LASTS),
        (UpstreamError("no", status=503, retry_after=7), {"retry-after": "7"}),
        (UpstreamError("no", status=503, retry_after=600), {"retry-after": "60", **LASTS}),
        (UpstreamError("no", status=505), LASTS),
    ],
)
def test_headers(error: ProxyError, headers: dict[str, str]) -> None:
    assert error_headers(error) == headers


def message(error: ProxyError) -> str:
    said: str = write_error(error, "req_1")["error"]["message"]
    assert write_error_event(error, "req_1")["error"]["message"] == said
    return said


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (UpstreamError("No.", status=400, about="image"), "Could not process image: No."),
        (UpstreamError("No.", status=400, about="document"), "Could not process PDF: No."),
        (BadRequest("No.", about="image"), "Could not process image: No."),
        (BadRequest("could not process image", about="image"), "could not process image"),
        (
            UpstreamError("No", status=400, about="image", advice="Do."),
            "Could not process image: No. Do.",
        ),
    ],
)
def test_what_the_client_can_do_without_is_said_in_words_that_it_knows(
    error: ProxyError, says: str
) -> None:
    assert message(error) == says
    assert error_status(error) == 400


def test_what_a_filter_stopped_is_asked_once() -> None:
    error = UpstreamError("No.", status=400, code="content_filter", about="filter")
    assert write_error(error, "req_1")["error"]["type"] == "policy_blocked"
    assert error_status(error) == 400


@pytest.mark.parametrize(
    ("status", "told", "type"),
    [
        (400, 500, "api_error"),
        (401, 401, "authentication_error"),
        (403, 403, "permission_error"),
        (404, 500, "api_error"),
        (431, 500, "api_error"),
        (502, 500, "api_error"),
    ],
)
def test_a_setting_that_was_chosen_wrongly_is_the_servers_fault(
    status: int, told: int, type: str
) -> None:
    error = UpstreamError("No.", status=status, code="redirect", about="setting")
    assert error_status(error) == told
    assert write_error(error, "req_1")["error"]["type"] == type
    assert error_headers(error)["x-should-retry"] == "false"
