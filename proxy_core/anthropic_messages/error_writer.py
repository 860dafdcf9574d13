"""ProxyError -> Anthropic's error envelope and the headers its clients read.

https://docs.anthropic.com/en/api/errors

Rules (what Claude Code does with each, measured on 2.1.330; docs/errors.md has the whole table):
* as a response, `overloaded_error` and 529 make it give up after 3 requests in 2 seconds, while 429
  and 5xx are repeated for minutes: so neither is ever sent;
* of a 400 that it does not recognise it makes six requests, without some of what was in the first;
  the words of `RECOVERED` it recognises: it leaves out the image or the document, and goes on;
* it hides the words of every 404 ("There's an issue with the selected model"), which only fits
  where the client named the model: a setting chosen wrongly is the server's fault;
* inside a stream, `rate_limit_error` ends the turn once a block is finished, and most others cost
  a repeat without streaming: there whatever may pass is `overloaded_error`, which resumes.
"""

from typing import Any

from proxy_core.errors import (
    LONGEST_WAIT,
    PASSING,
    BadRequest,
    ProxyError,
    Subject,
    UpstreamError,
    as_sentence,
)

ERROR_TYPES = {
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    409: "conflict_error",
    413: "request_too_large",
    424: "api_error",
    429: "rate_limit_error",
    504: "timeout_error",
}
# Azure says with a 401 that a known identity lacks a role.
TYPES_BY_CODE = {"PermissionDenied": "permission_error"}

# What is refused -> the words by which Claude Code knows that it can do without.
RECOVERED: dict[Subject, str] = {
    "image": "Could not process image",
    "document": "Could not process PDF",
}
# Said after one request, where `invalid_request_error` is said after six.
FILTERED = "policy_blocked"

# Claude Code repeats a 401 eleven times unless it is told not to.
PERMANENT = frozenset({401, 403, 404, 501, 505})


def write_error(error: ProxyError, request_id: str) -> dict[str, Any]:
    """The body of a response."""
    return _envelope(error, _type(error), request_id)


def write_error_event(error: ProxyError, request_id: str) -> dict[str, Any]:
    """The last event of a stream."""
    type = "overloaded_error" if error.may_pass else _type(error)
    return _envelope(error, type, request_id)


def error_status(error: ProxyError) -> int:
    return 500 if _is_our_setting(error) else error.status


def error_headers(error: ProxyError) -> dict[str, str]:
    wait = error.retry_after if isinstance(error, UpstreamError) else None
    headers = {} if wait is None else {"retry-after": str(min(wait, LONGEST_WAIT))}
    lasts = error.status in PASSING and not error.may_pass
    if lasts or error.status in PERMANENT or _is_our_setting(error):
        headers["x-should-retry"] = "false"
    return headers


def _is_our_setting(error: ProxyError) -> bool:
    """Whether nobody but who runs this proxy can help. What 401 and 403 say is shown as it is."""
    return error.about == "setting" and error.status not in (401, 403)


def _type(error: ProxyError) -> str:
    if error.about == "filter":
        return FILTERED
    status = error_status(error)
    other = "api_error" if status >= 500 else "invalid_request_error"
    return TYPES_BY_CODE.get(error.code) or ERROR_TYPES.get(status, other)


def _message(error: ProxyError) -> str:
    message = error.message
    words = RECOVERED.get(error.about)
    if words and words.lower() not in message.lower():
        message = f"{words}: {message}"
    return f"{as_sentence(message)} {error.advice}" if error.advice else message


def _envelope(error: ProxyError, type: str, request_id: str) -> dict[str, Any]:
    fields: dict[str, Any] = {"type": type, "message": _message(error)}
    if isinstance(error, BadRequest) and error.code:
        fields["details"] = {"error_code": error.code}
    return {"type": "error", "error": fields, "request_id": request_id}
