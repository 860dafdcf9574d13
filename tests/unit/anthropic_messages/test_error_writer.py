"""Errors -> Anthropic's envelope, and what its clients read in the headers."""

import pytest

from proxy_core.anthropic_messages.error_writer import error_headers, write_error
from proxy_core.errors import (
    AccessDenied,
    BadRequest,
    InternalError,
    NotFound,
    ProxyError,
    UpstreamError,
    UpstreamTruncated,
)


@pytest.mark.parametrize(
    ("error", "type"),
    [
        (BadRequest("no"), "invalid_request_error"),
        (AccessDenied("no"), "authentication_error"),
        (NotFound("no"), "not_found_error"),
        (InternalError(), "api_error"),
        (UpstreamError("no"), "api_error"),
        (UpstreamTruncated(), "api_error"),
        (UpstreamError("no", status=402), "billing_error"),
        (UpstreamError("no", status=403), "permission_error"),
        (UpstreamError("no", status=409), "conflict_error"),
        (UpstreamError("no", status=413), "request_too_large"),
        (UpstreamError("no", status=422), "invalid_request_error"),
        (UpstreamError("no", status=429), "rate_limit_error"),
        (UpstreamError("no", status=503), "api_error"),
        (UpstreamError("no", status=504), "timeout_error"),
        (UpstreamError("no", status=529), "overloaded_error"),
    ],
)
def test_the_status_decides_the_type(error: ProxyError, type: str) -> None:
    assert write_error(error, "req_1") == {
        "type": "error",
        "error": {"type": type, "message": error.message},
        "request_id": "req_1",
    }


def test_a_code_is_for_the_official_sdks_and_azures_own_is_not() -> None:
    refused = write_error(BadRequest("thread", code="thread_unsupported_request"), "")
    assert refused["error"]["details"] == {"error_code": "thread_unsupported_request"}
    assert "details" not in write_error(UpstreamError("no", code="server_error"), "")["error"]


@pytest.mark.parametrize(
    ("error", "headers"),
    [
        (BadRequest("no"), {}),
        (AccessDenied("no"), {"x-should-retry": "false"}),
        (UpstreamError("no", status=403), {"x-should-retry": "false"}),
        (NotFound("no"), {"x-should-retry": "false"}),
        (UpstreamError("no", status=500), {}),
        (UpstreamError("no", status=429, retry_after=0), {"retry-after": "0"}),
        (UpstreamError("no", status=429, retry_after=7), {"retry-after": "7"}),
        (
            UpstreamError("no", status=429, retry_after=86_400),
            {"retry-after": "60", "x-should-retry": "false"},
        ),
    ],
)
def test_headers(error: ProxyError, headers: dict[str, str]) -> None:
    assert error_headers(error) == headers
