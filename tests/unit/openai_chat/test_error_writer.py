"""Errors -> what Cursor shows of them."""

import pytest

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
from proxy_core.openai_chat.error_writer import error_status, explain, write_error

WRONG_KEY = "The token is missing or wrong: it must equal ANTHROPIC_AUTH_TOKEN."

MESSAGES: list[tuple[ProxyError, str]] = [
    # the client's side
    (AccessDenied(WRONG_KEY), WRONG_KEY),
    (AccessDenied("This proxy is closed.", status=403), "This proxy is closed."),
    (
        BadRequest("messages.0.role: Field required"),
        "The proxy cannot use this request: messages.0.role: Field required",
    ),
    (
        BadRequest("'Cursor' needs the setting CURSOR_AZURE_DEPLOYMENT.", about="setting"),
        "'Cursor' needs the setting CURSOR_AZURE_DEPLOYMENT.",
    ),
    # the proxy's own
    (InternalError(), "The proxy failed on this request. Its log says where."),
    (ShuttingDown(), "The proxy is shutting down. Send the request again."),
    (OutOfTime(1800), OutOfTime(1800).message),
    (
        UpstreamError("No key.", status=401, code="no_entra_token", advice="Set one."),
        "No key. Set one.",
    ),
    # Azure's side, in its own words
    (
        UpstreamError("Too long", status=400, code="context_length_exceeded"),
        "Azure OpenAI answered 400: Too long. If it stays so, start a new chat.",
    ),
    (
        UpstreamError("Access denied", status=401, advice="Check the key."),
        "Azure OpenAI answered 401: Access denied. Check the key.",
    ),
    (
        UpstreamError("Busy.", status=429, retry_after=20, advice="Use another deployment."),
        "Azure OpenAI answered 429: Busy. It asks to wait 20 s. Use another deployment.",
    ),
    (
        UpstreamError("Please retry after 20 seconds.", status=429, retry_after=20),
        "Azure OpenAI answered 429: Please retry after 20 seconds. "
        "Wait, or raise the quota of the deployment.",
    ),
    (
        UpstreamError("Timed out!", status=408),
        "Azure OpenAI answered 408: Timed out! Try again.",
    ),
    (
        UpstreamError("Slow down.", status=429),
        "Azure OpenAI answered 429: Slow down. Wait, or raise the quota of the deployment.",
    ),
    (
        UpstreamError("Slow down.", status=429, retry_after=7),
        "Azure OpenAI answered 429: Slow down. It asks to wait 7 s. "
        "Wait, or raise the quota of the deployment.",
    ),
    (
        UpstreamError("Sorry.", status=500, retry_after=0),
        "Azure OpenAI answered 500: Sorry. Try again.",
    ),
    (
        UpstreamError("Why?", status=502, code="bad_gateway"),
        "Azure OpenAI answered 502: Why? Try again.",
    ),
    (
        UpstreamError("Busy.", status=503),
        "Azure OpenAI answered 503: Busy. Try again in a minute.",
    ),
    (
        UpstreamError("Slow.", status=504, code="GatewayTimeout"),
        "Azure OpenAI answered 504: Slow. "
        "Try again, with a lower reasoning effort if it happens often.",
    ),
    (
        UpstreamError("No.", status=418),
        "Azure OpenAI answered 418: No. If it stays so, start a new chat.",
    ),
    # Azure's side, in the proxy's words
    (
        UpstreamError("Azure answered 500 without an explanation.", status=500),
        "Azure OpenAI answered 500 without an explanation. Try again.",
    ),
    (
        UpstreamTruncated(),
        "Azure OpenAI failed: Azure closed the stream before finishing its reply. Try again.",
    ),
    (
        UpstreamError("The connection to Azure failed (ConnectError)."),
        "Azure OpenAI failed: The connection to Azure failed (ConnectError). Try again.",
    ),
    (
        UpstreamError("Azure did not answer in time.", status=504),
        "Azure OpenAI failed: Azure did not answer in time. "
        "Try again, with a lower reasoning effort if it happens often.",
    ),
]


@pytest.mark.parametrize(("error", "message"), MESSAGES)
def test_the_message_names_the_side_that_failed_and_what_to_do(
    error: ProxyError, message: str
) -> None:
    assert explain(error) == message


@pytest.mark.parametrize(("error", "message"), MESSAGES)
def test_the_envelope(error: ProxyError, message: str) -> None:
    code = "invalid_api_key" if message == WRONG_KEY else error.code or None
    assert write_error(error) == {
        "error": {
            "message": message,
            "type": "invalid_request_error",
            "param": None,
            "code": code,
        }
    }


@pytest.mark.parametrize(("error", "message"), MESSAGES)
def test_all_but_a_wrong_key_is_a_400(error: ProxyError, message: str) -> None:
    assert error_status(error) == (401 if message == WRONG_KEY else 400)


@pytest.mark.parametrize("status", range(400, 600))
def test_whatever_azures_status(status: int) -> None:
    error = UpstreamError("no", status=status)
    assert error_status(error) == 400
    assert explain(error).startswith("Azure OpenAI ")


@pytest.mark.parametrize("code", ["", "model_not_found"])
def test_what_is_not_there_is_a_404(code: str) -> None:
    error = NotFound("GET /cursor/x is not an endpoint of this proxy.", code=code)
    assert error_status(error) == 404
    assert write_error(error)["error"] == {
        "message": f"The proxy cannot use this request: {error.message}",
        "type": "invalid_request_error",
        "param": None,
        "code": code or None,
    }
