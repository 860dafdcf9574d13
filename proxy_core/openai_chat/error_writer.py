"""ProxyError -> what Cursor shows of it.

https://platform.openai.com/docs/guides/error-codes

Cursor shows the message of a 400 and hides every other: 401 becomes "Invalid API key", 429 and 5xx
a rate limit of the user's own. So all but a wrong client key, and a path that is none, is a 400
`invalid_request_error`, whose message says which side failed, what it said, and what to do.

What to do is said by the error, where that is known; here is only what any such failure calls for.
"""

from typing import Any

from proxy_core.errors import (
    AccessDenied,
    BadRequest,
    NotFound,
    ProxyError,
    UpstreamError,
    as_sentence,
)

NEXT_STEPS = {
    429: "Wait, or raise the quota of the deployment.",
    503: "Try again in a minute.",
    504: "Try again, with a lower reasoning effort if it happens often.",
}
IF_IT_MAY_PASS = {
    True: "Try again.",
    False: "If it stays so, start a new chat.",  # something in this one may be what is refused
}


def error_status(error: ProxyError) -> int:
    match error:
        case AccessDenied(status=401) | NotFound():
            return error.status
        case _:
            return 400


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
        case UpstreamError(retry_after=wait):
            advice = error.advice or NEXT_STEPS.get(error.status) or IF_IT_MAY_PASS[error.may_pass]
            is_news = wait and str(wait) not in error.message
            asks = f" It asks to wait {wait} s." if is_news else ""
            return f"{_what_failed(error)}{asks} {advice}"
        case BadRequest(about="setting"):
            return error.message
        case BadRequest() | NotFound():
            return f"The proxy cannot use this request: {error.message}"
        case _:  # the proxy itself; these messages say so
            return error.message


def _what_failed(error: UpstreamError) -> str:
    """Azure's words, or ours where Azure had none."""
    said = as_sentence(error.message)
    if error.code == "no_entra_token":
        return said  # Azure was not asked
    if said.startswith("Azure answered "):
        return f"Azure OpenAI{said.removeprefix('Azure')}"
    if error.status in (502, 504) and not error.code:
        return f"Azure OpenAI failed: {said}"
    return f"Azure OpenAI answered {error.status}: {said}"
