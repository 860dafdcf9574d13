"""ProxyError -> what Cursor shows of it.

https://platform.openai.com/docs/guides/error-codes

Cursor shows the message of a 400 and hides every other: 401 becomes "Invalid API key", 429 and 5xx
a rate limit of the user's own. So all but a wrong client key is a 400 `invalid_request_error`,
whose message says which side failed, what it said, and what to do.
"""

from typing import Any

from proxy_core.errors import AccessDenied, InternalError, ProxyError, UpstreamError

ADVICE = {
    401: "Check AZURE_OPENAI_API_KEY.",
    403: "Check the key, its role and the network rules of the Azure resource.",
    404: "Check CURSOR_AZURE_DEPLOYMENT and AZURE_OPENAI_ENDPOINT.",
    408: "Try again.",
    429: "Wait, or raise the quota of the deployment.",
    500: "Try again.",
    502: "Try again.",
    503: "Try again in a minute.",
    504: "Try again, with a lower reasoning effort if it happens often.",
}


def error_status(error: ProxyError) -> int:
    is_wrong_key = isinstance(error, AccessDenied) and error.status == 401
    return 401 if is_wrong_key else 400


def write_error(error: ProxyError) -> dict[str, Any]:
    code = "invalid_api_key" if error_status(error) == 401 else error.code or None
    return {
        "error": {
            "message": explain(error),
            "type": "invalid_request_error",
            "param": None,
            "code": code,
        }
    }


def explain(error: ProxyError) -> str:
    """One message for a person."""
    match error:
        case UpstreamError(status=502 | 504, code=""):  # ours about Azure, not Azure's own words
            return f"Azure OpenAI failed: {_sentence(error.message)} {ADVICE[error.status]}"
        case UpstreamError():
            wait = f" It asks to wait {error.retry_after} s." if error.retry_after else ""
            advice = f" {ADVICE[error.status]}" if error.status in ADVICE else ""
            said = _sentence(error.message)
            return f"Azure OpenAI answered {error.status}: {said}{wait}{advice}"
        case AccessDenied() | InternalError():
            return error.message
        case _:
            return f"The proxy cannot use this request: {error.message}"


def _sentence(message: str) -> str:
    """Azure ends some of its messages without a full stop."""
    return message if message.endswith((".", "!", "?")) else f"{message}."
