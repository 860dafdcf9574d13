"""Who sees what of the setup page, through the whole proxy."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from hypothesis import given

from proxy_core.azure.calls import Azure
from proxy_core.proxy import Proxy
from proxy_core.reply.client import Reply
from proxy_core.settings import Settings
from tests.arriving import JSON, arriving, unwanted
from tests.unit.endpoints.setup.settings import SECRET, some_settings
from tests.unit.test_proxy import ENVIRON, TOKEN

KEY = {"authorization": f"Bearer {TOKEN}"}
OPEN = {**ENVIRON, "ANTHROPIC_AUTH_TOKEN": ""}
CLOSED = {**OPEN, "WEBSITE_SITE_NAME": "deployed"}
OWN = {"host": "localhost:7071", "origin": "http://localhost:7071"}


def ask(
    settings: Settings | dict[str, str],
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes = b"{}",
) -> Reply:
    """The whole reply."""
    settings = Settings.from_environ(settings) if isinstance(settings, dict) else settings

    async def collect() -> Reply:
        azure = Azure(settings, httpx.MockTransport(lambda _: httpx.Response(404)))
        proxy = Proxy(settings, azure, host_warnings=["The host is old."])
        reply = await proxy.setup({**JSON, **headers}, method, path, arriving(body))
        return Reply(reply.status, await whole(reply), reply.headers)

    return asyncio.run(collect())


async def whole(reply: Reply) -> bytes:
    if isinstance(reply.body, bytes):
        return reply.body
    pieces = [piece async for piece in reply.body]
    reply.close()
    return b"".join(pieces)


def read(reply: Reply) -> Any:
    assert isinstance(reply.body, bytes)
    return json.loads(reply.body)


def message(reply: Reply) -> str:
    words: str = read(reply)["error"]["message"]
    return words


@pytest.mark.parametrize("environ", [OPEN, ENVIRON, CLOSED], ids=["open", "guarded", "closed"])
@pytest.mark.parametrize("host", ["localhost", "evil.example"])
def test_the_page_itself_is_for_everyone(
    environ: dict[str, str], host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in ("", "page.js", "style.css"):
        assert ask(environ, "GET", path, {"host": host}).status == 200
    assert capsys.readouterr().out == ""


ACCESS = {
    "open": (OPEN, {}, "", False),
    "a foreign name": (OPEN, {"host": "evil.example"}, "Without a token", False),
    "a foreign page": (OPEN, {"origin": "https://evil.example"}, "A web page may use", False),
    "no token": (ENVIRON, {}, "The token is missing or wrong", True),
    "a wrong token": (ENVIRON, {"authorization": "Bearer x"}, "The token is missing", True),
    "the token": (ENVIRON, KEY, "", True),
    "closed": (CLOSED, {}, "This proxy is closed: the setting ANTHROPIC_AUTH_TOKEN is", False),
}


@pytest.mark.parametrize("kind", ACCESS)
def test_whether_more_may_be_seen(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    environ, headers, why, needs_token = ACCESS[kind]
    reply = ask(environ, "GET", "access", headers)
    told = read(reply)
    assert reply.status == 200
    assert reply.headers["cache-control"] == "no-store"
    assert told.keys() == {"why_not", "needs_token"}
    assert told["why_not"].startswith(why)
    assert (bool(told["why_not"]), told["needs_token"]) == (bool(why), needs_token)
    assert ask(environ, "GET", "status", headers).status == (
        200 if not why else 401 if needs_token else 403
    )
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["error"] for line in lines] == ["AccessDenied"] * 2 * bool(why)  # who guesses


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "OPTIONS", "DELETE"])
@pytest.mark.parametrize("path", ["status", "checks", "nothing", "status/", "page.js/x"])
def test_without_the_token_nothing_else(method: str, path: str) -> None:
    assert ask(ENVIRON, method, path, {}).status == 401
    assert ask(CLOSED, method, path, KEY).status == 403


def test_what_is_configured() -> None:
    reply = ask(ENVIRON, "GET", "status", KEY)
    status = read(reply)
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert status["warnings"] == ["The host is old."]
    assert status["problems"] == []
    assert status["models"] == ["claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"]


def test_a_run_of_checks() -> None:
    reply = ask(ENVIRON, "POST", "checks", KEY, b'{"depth": "full"}')
    assert reply.status == 200
    assert reply.headers["content-type"].startswith("text/event-stream")
    assert isinstance(reply.body, bytes)
    assert reply.body.startswith(b"event: plan\n")
    assert b"\n\nevent: end\n" in reply.body


REFUSED: list[tuple[dict[str, str], str, int, str]] = [
    ({"content-type": "text/plain"}, "{}", 415, "application/json"),
    ({"content-type": ""}, "{}", 415, "application/json"),
    ({}, "", 400, "not valid JSON"),
    ({}, '{"depth": "deepest"}', 400, "depth: must be one of"),
]


@pytest.mark.parametrize(("headers", "body", "status", "says"), REFUSED)
def test_no_run_for_anything_else(
    headers: dict[str, str], body: str, status: int, says: str
) -> None:
    reply = ask(ENVIRON, "POST", "checks", {**KEY, **headers}, body.encode())
    assert reply.status == status
    assert says in message(reply)


FOREIGN = [
    {"host": "localhost:7071", "origin": "https://evil.example"},
    {"host": "localhost:7071", "origin": "http://localhost:3000"},
    {"host": "localhost:7071", "origin": "null"},
    {"host": "evil.example", "origin": "http://evil.example"},
    {"host": "evil.example"},
    {"origin": "http://localhost:7071"},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_no_page_but_our_own_starts_checks_or_sends_a_prompt(headers: dict[str, str]) -> None:
    settings = Settings.from_environ(OPEN)
    proxy = Proxy(settings, Azure(settings))
    setup = proxy.setup({**JSON, **headers}, "POST", "checks", unwanted())
    prompt = proxy.messages({**JSON, **headers}, unwanted())
    assert [asyncio.run(setup).status, asyncio.run(prompt).status] == [403, 403]


def test_our_own_page_does() -> None:
    assert ask(OPEN, "POST", "checks", OWN).status == 200


def test_a_browser_that_asks_before_it_sends_is_told_no() -> None:
    """Named pages too: nothing but the page itself has business here."""
    environ = {**OPEN, "CORS_ALLOWED_ORIGINS": "https://page.example"}
    reply = ask(environ, "OPTIONS", "checks", {"origin": "https://page.example"})
    assert (reply.status, reply.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("method", "path", "status", "allowed"),
    [
        ("GET", "checks", 405, "POST"),
        ("POST", "status", 405, "GET"),
        ("POST", "access", 405, "GET"),
        ("PUT", "page.js", 405, "GET"),
        ("POST", "", 405, "GET"),
        ("GET", "nothing", 404, None),
        ("GET", "index.html", 404, None),
    ],
)
def test_other_methods_and_paths(method: str, path: str, status: int, allowed: str | None) -> None:
    reply = ask(ENVIRON, method, path, KEY)
    assert (reply.status, reply.headers.get("allow")) == (status, allowed)


ASKED = [("GET", ""), ("GET", "access"), ("GET", "status"), ("POST", "checks"), ("PUT", "status")]


@given(some_settings())
def test_no_answer_ever_holds_a_secret(settings: Settings) -> None:
    token = settings.auth_tokens[0] if settings.auth_tokens else ""
    azure = Azure(settings, httpx.MockTransport(lambda _: httpx.Response(404)))
    proxy = Proxy(settings, azure)

    async def story() -> None:
        for headers in ({"authorization": f"Bearer {token}"}, {"x-api-key": f"{SECRET}-wrong"}):
            for method, path in ASKED:
                reply = await proxy.setup({**JSON, **headers}, method, path, arriving(b"{}"))
                told = await whole(reply)
                assert SECRET.encode() not in told
                assert SECRET not in str(reply.headers)

    asyncio.run(story())
