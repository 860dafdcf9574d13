"""The app that is deployed with settings that cannot be used: what it says, and to whom."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from proxy_core.configuration.exposure import NO_TOKEN
from proxy_core.errors import SettingsError
from proxy_core.misconfigured import MisconfiguredProxy
from proxy_core.reply.client import Reply
from proxy_core.settings import Settings
from tests.arriving import unwanted

TOKEN = "the-good-token"
KEY = {"authorization": f"Bearer {TOKEN}"}
DEPLOYED = {
    "WEBSITE_SITE_NAME": "deployed",
    "AZURE_OPENAI_API_KEY": "@Microsoft.KeyVault(VaultName=v;SecretName=s)",
    "BIG_EFFORT": "lots",
    "CORS_ALLOWED_ORIGINS": "https://page.example",
    "SMALL_MODL": "gpt-5.4-mini",
}
GUARDED = {**DEPLOYED, "ANTHROPIC_AUTH_TOKEN": TOKEN}
PROBLEMS = (
    "AZURE_OPENAI_ENDPOINT is not set: ",
    "AZURE_OPENAI_API_KEY is a reference that Azure could not resolve: ",
    "BIG_EFFORT is 'lots', and can be ",
)
CANNOT_BE_USED = "The settings of this proxy cannot be used. "

Ask = Callable[[MisconfiguredProxy, dict[str, str]], Any]


def make_proxy(environ: dict[str, str]) -> MisconfiguredProxy:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ(environ)
    return MisconfiguredProxy(Settings.of_access(environ), caught.value, ["The host is old."])


def ask(environ: dict[str, str], request: Ask, headers: dict[str, str]) -> Reply:
    reply: Reply = asyncio.run(request(make_proxy(environ), headers))
    return reply


def other(method: str, path: str) -> Ask:
    return lambda proxy, headers: proxy.other(headers, method, path, unwanted())


def cursor(method: str, path: str) -> Ask:
    return lambda proxy, headers: proxy.cursor(headers, method, path, unwanted())


def setup(method: str, path: str) -> Ask:
    return lambda proxy, headers: proxy.setup(headers, method, path, unwanted())


CLAUDES: dict[str, Ask] = {
    "messages": lambda proxy, headers: proxy.messages(headers, unwanted()),
    "count_tokens": lambda proxy, headers: proxy.count_tokens(headers, unwanted()),
    "POST v1/v1/messages": other("POST", "v1/messages"),
    "models": other("GET", "models"),
    "a model": other("GET", "models/gpt-5.4"),
    "nowhere": other("GET", "nowhere"),
    "a wrong method": other("PUT", "messages"),
    "checks": setup("POST", "checks"),
    "nowhere of the page": setup("GET", "nowhere"),
    "a wrong method of the page": setup("PUT", "status"),
}
CURSORS = {
    "chat": cursor("POST", "chat/completions"),
    "v1 twice": cursor("POST", "v1/v1/chat/completions"),
    "azure": cursor("POST", "openai/deployments/x/chat/completions"),
    "models": cursor("GET", "models"),
    "nowhere": cursor("DELETE", "nowhere"),
}


def error_of(reply: Reply) -> dict[str, Any]:
    assert isinstance(reply.body, bytes)  # plain JSON, whether a stream was asked for or not
    error: dict[str, Any] = json.loads(reply.body)["error"]
    return error


@pytest.mark.parametrize("kind", CLAUDES)
def test_claudes_clients_get_a_503_with_every_problem(
    kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    reply = ask(GUARDED, CLAUDES[kind], KEY)
    error = error_of(reply)
    assert (reply.status, error["type"]) == (503, "api_error")
    assert error["message"].startswith(CANNOT_BE_USED)
    assert all(problem in error["message"] for problem in PROBLEMS)
    assert reply.headers["x-should-retry"] == "false"
    assert reply.headers["content-type"] == "application/json"
    line = json.loads(capsys.readouterr().out)
    assert (line["status"], line["error"]) == (503, "UnusableSettings")
    assert line["client_request_id"] == reply.headers["request-id"]


@pytest.mark.parametrize("kind", CURSORS)
def test_cursor_gets_the_status_whose_text_it_shows(kind: str) -> None:
    reply = ask(GUARDED, CURSORS[kind], KEY)
    error = error_of(reply)
    assert (reply.status, error["type"]) == (400, "invalid_request_error")
    assert error["message"].startswith(CANNOT_BE_USED)
    assert all(problem in error["message"] for problem in PROBLEMS)


ACCESS = {
    "no token": (GUARDED, {}, 401, "The token is missing or wrong"),
    "a wrong token": (GUARDED, {"x-api-key": "x"}, 401, "The token is missing or wrong"),
    "a good token": (GUARDED, KEY, 503, CANNOT_BE_USED),
    "in quotes": ({**DEPLOYED, "ANTHROPIC_AUTH_TOKEN": f'"{TOKEN}"'}, KEY, 503, CANNOT_BE_USED),
    "none is set": (DEPLOYED, KEY, 403, "This proxy is closed: the setting ANTHROPIC_AUTH_TOKEN"),
    "nothing but commas": (
        {**DEPLOYED, "ANTHROPIC_AUTH_TOKEN": " , "},
        {},
        403,
        "This proxy is closed: the setting ANTHROPIC_AUTH_TOKEN",
    ),
    "unresolved": (
        {**DEPLOYED, "ANTHROPIC_AUTH_TOKEN": "@Microsoft.KeyVault(SecretUri=x)"},
        {"x-api-key": "@Microsoft.KeyVault(SecretUri=x)"},
        403,
        "This proxy is closed: the setting ANTHROPIC_AUTH_TOKEN is a reference",
    ),
    "a sample's": (
        {**DEPLOYED, "ANTHROPIC_AUTH_TOKEN": "your-token"},
        {"x-api-key": "your-token"},
        403,
        NO_TOKEN,
    ),
    "a sample's, and open": (
        {**DEPLOYED, "ANTHROPIC_AUTH_TOKEN": "your-token", "ALLOW_ANONYMOUS": "true"},
        {},
        403,
        NO_TOKEN,
    ),
    "a sample's beside a good one": (
        {**DEPLOYED, "ANTHROPIC_AUTH_TOKEN": f"your-token,{TOKEN}"},
        {"x-api-key": "your-token"},
        401,
        "The token is missing or wrong",
    ),
    "a good one beside a sample's": (
        {**DEPLOYED, "ANTHROPIC_AUTH_TOKEN": f"your-token,{TOKEN}"},
        KEY,
        503,
        CANNOT_BE_USED,
    ),
    "open": ({**DEPLOYED, "ALLOW_ANONYMOUS": "true"}, {}, 503, CANNOT_BE_USED),
    "open to no foreign page": (
        {**DEPLOYED, "ALLOW_ANONYMOUS": "true"},
        {"origin": "https://evil.example"},
        403,
        "A web page may use this proxy only with a token",
    ),
    "perhaps open": (
        {**DEPLOYED, "ALLOW_ANONYMOUS": "perhaps"},
        {},
        403,
        "This proxy is closed: the setting ANTHROPIC_AUTH_TOKEN is missing",
    ),
}


@pytest.mark.parametrize("kind", ACCESS)
def test_nobody_learns_more_than_whoever_may_call(kind: str) -> None:
    environ, headers, status, says = ACCESS[kind]
    for request in CLAUDES.values():
        reply = ask(environ, request, headers)
        message = error_of(reply)["message"]
        assert (reply.status, message.startswith(says)) == (status, True), message
        assert ("cannot be used." in message) is (status == 503)
    for request in CURSORS.values():
        reply = ask(environ, request, headers)
        assert reply.status == (401 if status == 401 else 400)
        assert error_of(reply)["message"].startswith(says)
    told = ask(environ, setup("GET", "access"), headers)
    assert isinstance(told.body, bytes)
    access = json.loads(told.body)
    assert access["why_not"].startswith(says) if status != 503 else access["why_not"] == ""
    assert ask(environ, setup("GET", "status"), headers).status == (
        200 if status == 503 else status
    )


# --- the page ---------------------------------------------------------------


@pytest.mark.parametrize("environ", [GUARDED, DEPLOYED], ids=["guarded", "closed"])
@pytest.mark.parametrize("path", ["", "page.js", "setup/style.css"])
def test_the_page_itself_is_for_everyone(environ: dict[str, str], path: str) -> None:
    assert ask(environ, setup("GET", path), {}).status == 200


def test_it_shows_what_is_wrong_and_nothing_that_was_not_read() -> None:
    reply = ask(GUARDED, setup("GET", "status/"), KEY)
    assert isinstance(reply.body, bytes)
    status = json.loads(reply.body)
    assert status.keys() == {"problems", "warnings"}
    assert len(status["problems"]) == len(PROBLEMS)
    assert all(map(str.startswith, status["problems"], PROBLEMS))
    misspelt, host = status["warnings"]
    assert misspelt.startswith("SMALL_MODL")
    assert host == "The host is old."
    assert reply.headers["cache-control"] == "no-store"


def test_why_it_is_closed_is_among_the_warnings_of_the_start() -> None:
    assert make_proxy(DEPLOYED).warnings[0].startswith("This proxy is closed")
    assert not any("closed" in warning for warning in make_proxy(GUARDED).warnings)


# --- what needs no token ----------------------------------------------------


@pytest.mark.parametrize("environ", [GUARDED, DEPLOYED], ids=["guarded", "closed"])
def test_probes_and_preflights_are_answered_as_ever(environ: dict[str, str]) -> None:
    assert ask(environ, other("GET", ""), {}).status == 200
    page, stranger = {"origin": "https://page.example"}, {"origin": "https://evil.example"}
    assert ask(environ, other("OPTIONS", "messages"), page).status == 204
    assert ask(environ, other("OPTIONS", "messages"), stranger).status in (401, 403)
    assert ask(environ, cursor("OPTIONS", "chat/completions"), stranger).status == 204


def test_a_page_that_may_call_may_read_why_it_cannot() -> None:
    reply = ask(GUARDED, CLAUDES["messages"], KEY | {"origin": "https://page.example"})
    assert reply.headers["access-control-allow-origin"] == "https://page.example"


def test_it_ends_at_once() -> None:
    make_proxy(GUARDED).end_replies()
