"""ProxyError -> Anthropic's error envelope and the headers its clients read.

https://docs.anthropic.com/en/api/errors
"""

from typing import Any

from proxy_core.errors import BadRequest, ProxyError, UpstreamError

ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    409: "conflict_error",
    413: "request_too_large",
    422: "invalid_request_error",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}

# Claude Code repeats a 401 eleven times unless it is told not to.
PERMANENT = frozenset({401, 403, 404})

LONGEST_WAIT = 60  # seconds; whoever has to wait longer (no quota: a day) should be told at once


def write_error(error: ProxyError, request_id: str) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "type": ERROR_TYPES.get(error.status, "api_error"),
        "message": error.message,
    }
    if isinstance(error, BadRequest) and error.code:
        fields["details"] = {"error_code": error.code}
    return {"type": "error", "error": fields, "request_id": request_id}


def error_headers(error: ProxyError) -> dict[str, str]:
    wait = error.retry_after if isinstance(error, UpstreamError) else None
    headers = {} if wait is None else {"retry-after": str(min(wait, LONGEST_WAIT))}
    if error.status in PERMANENT or (wait or 0) > LONGEST_WAIT:
        headers["x-should-retry"] = "false"
    return headers
