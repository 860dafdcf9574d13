"""Azure's error bodies and in-stream error events -> UpstreamError.

https://learn.microsoft.com/azure/ai-foundry/openai/how-to/troubleshoot-errors

Azure answers in several shapes: `{"error": {...}}`, `{"error": "text"}`, a bare
`{"statusCode", "message"}` from its gateway, HTML from its front door, and inside
a stream both a nested and a flat event.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from proxy_core.errors import UpstreamError

# An error inside a stream has no HTTP status; its code or type says which one it stands for.
STATUSES = {
    "rate_limit_exceeded": 429,
    "too_many_requests": 429,
    "insufficient_quota": 429,
    "context_length_exceeded": 400,
    "content_filter": 400,
    "invalid_request_error": 400,
    "invalid_prompt": 400,
    "invalid_encrypted_content": 400,
    "server_error": 500,
    "overloaded": 503,
    "vector_store_timeout": 504,
}

_REASONING_REFUSED = re.compile(
    r"invalid_encrypted_content|could not be verified|item_id mismatch"
    r"|not found\. Items are not persisted|required following item"
    r"|required 'reasoning' item|missing required field .id.",
    re.IGNORECASE,
)

_OVERFLOW = re.compile(r"context window|maximum context length", re.IGNORECASE)

_LONGEST_MESSAGE = 2_000  # characters of Azure's words that are passed on


def read_error_body(status: int, headers: Mapping[str, str], body: bytes) -> UpstreamError:
    """An HTTP error of Azure's, with its status, message, code and the wait it asks for."""
    try:
        fields = _error_fields(json.loads(body))
    except (ValueError, RecursionError):
        fields = {}
    code = str(fields.get("code") or "")
    return UpstreamError(
        _message(fields) or f"Azure answered with status {status} and no explanation.",
        status=status,
        code=code,
        param=str(fields.get("param") or ""),
        retry_after=_read_wait(headers),
        request_id=headers.get("apim-request-id") or headers.get("x-request-id") or "",
    )


def read_error_event(event: Mapping[str, Any]) -> UpstreamError:
    """An error inside a stream: nested as Azure sends it, or flat as documented."""
    fields = _error_fields(event)
    code = str(fields.get("code") or "")
    status = STATUSES.get(code) or STATUSES.get(str(fields.get("type") or ""))
    return UpstreamError(
        _message(fields) or "Azure reported an error without an explanation.",
        status=status,
        code=code,
        param=str(fields.get("param") or ""),
    )


def refuses_reasoning(error: UpstreamError) -> bool:
    """Whether Azure refused the replayed reasoning, and would take the request without it."""
    return error.status == 400 and bool(_REASONING_REFUSED.search(f"{error.code} {error.message}"))


def is_overflow(error: UpstreamError) -> bool:
    """Whether the request was longer than the model's context window."""
    return error.code == "context_length_exceeded" or bool(_OVERFLOW.search(error.message))


def describe_filter(results: Any) -> str:
    """Why a reply was filtered: Azure's categories, wherever they stand in `results`."""
    categories = ", ".join(sorted(set(_filtered(results))))
    return f"Azure's content filter stopped this reply{categories and f' ({categories})'}."


def _filtered(results: Any) -> Iterator[str]:
    match results:
        case list():
            for result in results:
                yield from _filtered(result)
        case dict():
            for name, result in results.items():
                if isinstance(result, dict) and result.get("filtered"):
                    yield name
                else:
                    yield from _filtered(result)


def _error_fields(body: Any) -> Mapping[str, Any]:
    match body:
        case {"error": dict(fields)}:
            return fields
        case {"error": str(message)}:
            return {"message": message}
        case dict():
            return body
        case _:
            return {}


def _message(fields: Mapping[str, Any]) -> str:
    message = fields.get("message")
    return message[:_LONGEST_MESSAGE] if isinstance(message, str) else ""


def _read_wait(headers: Mapping[str, str]) -> int | None:
    """Whole seconds, rounded up; `retry-after-ms` is the more exact of the two."""
    for name, per_second in (("retry-after-ms", 1000), ("retry-after", 1)):
        try:
            return max(0, -int(-float(headers[name]) // per_second))
        except (KeyError, ValueError, OverflowError):
            continue
    return None
