"""Whose web pages may call: nobody's, unless the setting names them."""

import asyncio
from typing import Any

import httpx
import pytest

from proxy_core.endpoints import cors
from proxy_core.reply.client import Reply
from tests.arriving import JSON, arriving, unwanted
from tests.unit.test_proxy import HEADERS, HELLO, TOKEN
from tests.unit.test_proxy_bodies import AS_JSON, make_proxy

PAGE = "https://page.example"
OTHER = "https://other.example"
NAMED = {
    "access-control-allow-origin": PAGE,
    "access-control-expose-headers": "request-id, retry-after, x-should-retry",
    "vary": "origin",
}
ANYONE = {name: NAMED[name] for name in NAMED if name != "vary"} | cors.ANYONE


@pytest.mark.parametrize(
    ("origin", "allowed", "expected"),
    [
        (PAGE, (), {}),
        ("", (), {}),
        (PAGE, (OTHER, PAGE), NAMED),
        (PAGE, (OTHER,), {"vary": "origin"}),
        ("", (PAGE,), {"vary": "origin"}),
        ("null", (PAGE,), {"vary": "origin"}),
        (f"{PAGE}.evil.example", (PAGE,), {"vary": "origin"}),
        (PAGE.removesuffix("e"), (PAGE,), {"vary": "origin"}),
        (PAGE.upper(), (PAGE,), {"vary": "origin"}),
        (f"{PAGE}\r\nset-cookie: a=b", (PAGE,), {"vary": "origin"}),
        ("*", (PAGE,), {"vary": "origin"}),
        (PAGE, ("*",), ANYONE),
        (PAGE, (PAGE, "*"), ANYONE),
        ("", ("*",), ANYONE),
    ],
)
def test_only_who_is_named_to_the_letter(
    origin: str, allowed: tuple[str, ...], expected: dict[str, str]
) -> None:
    assert cors.headers_for(origin, allowed) == expected
    assert cors.is_allowed(origin, allowed) == ("access-control-allow-origin" in expected)


# --- through the whole proxy ------------------------------------------------


def seen_by_a_page(reply: Reply) -> dict[str, str]:
    assert "access-control-allow-credentials" not in reply.headers
    return {
        name: value
        for name, value in reply.headers.items()
        if name.startswith("access-control-") or name == "vary"
    }


def call(kind: str, origin: str = PAGE, allowed: str = PAGE, azure: Any = None) -> Reply:
    def hello(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=HELLO)

    async def ask() -> Reply:
        proxy = make_proxy(azure or hello, CORS_ALLOWED_ORIGINS=allowed)
        headers = {**HEADERS, "origin": origin}
        match kind:
            case "reply":
                return await proxy.messages(headers, arriving(AS_JSON))
            case "stream":
                body = AS_JSON.replace(b'"stream": false', b'"stream": true')
                reply = await proxy.messages(headers, arriving(body))
                assert not isinstance(reply.body, bytes)
                reply.close()
                return reply
            case "count":
                return await proxy.count_tokens(headers, arriving(AS_JSON))
            case "models":
                return await proxy.other(headers, "GET", "models", arriving(b""))
            case "unreadable":
                return await proxy.messages(headers, arriving(b"{"))
            case "unauthorized":
                return await proxy.messages({"origin": origin}, unwanted())
            case "unsupported":
                return await proxy.messages({"x-api-key": TOKEN, "origin": origin}, unwanted())
            case "unknown":
                return await proxy.other(headers, "GET", "files", arriving(b""))
            case "cursor":
                return await proxy.cursor(headers, "GET", "models", unwanted())
            case _:
                return await proxy.cursor({"origin": origin}, "GET", "models", unwanted())

    return asyncio.run(ask())


KINDS = {
    "reply": 200,
    "stream": 200,
    "count": 200,
    "models": 200,
    "unreadable": 400,
    "unauthorized": 401,
    "unsupported": 415,
    "unknown": 404,
    "cursor": 200,
    "cursor_unauthorized": 401,
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_reply_and_refusal_is_shown_to_a_page_that_is_named(kind: str) -> None:
    reply = call(kind)
    assert (reply.status, seen_by_a_page(reply)) == (KINDS[kind], NAMED)
    assert reply.headers["request-id"]


@pytest.mark.parametrize("kind", KINDS)
def test_none_is_shown_to_another_or_while_nobody_is_named(kind: str) -> None:
    assert seen_by_a_page(call(kind, OTHER)) == {"vary": "origin"}
    assert seen_by_a_page(call(kind, allowed="")) == {}
    assert seen_by_a_page(call(kind, OTHER, "*")) == ANYONE


def test_a_defect_and_azures_refusals_are_shown_too() -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise RuntimeError

    failed = call("reply", azure=fail)
    refused = call("reply", azure=lambda _: httpx.Response(400, json={"error": "no"}))
    assert (failed.status, refused.status) == (500, 400)
    assert seen_by_a_page(failed) == seen_by_a_page(refused) == NAMED


def preflight(origin: str, allowed: str, path: str = "messages") -> Reply:
    headers = {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "x-api-key,content-type,anthropic-version",
    }
    proxy = make_proxy(CORS_ALLOWED_ORIGINS=allowed)
    return asyncio.run(proxy.other(headers, "OPTIONS", path, arriving(b"")))


@pytest.mark.parametrize("path", ["messages", "messages/count_tokens", "models", "", "files"])
def test_a_preflight_of_a_page_that_is_named(path: str) -> None:
    reply = preflight(PAGE, f"{OTHER}, {PAGE}", path)
    assert (reply.status, reply.body) == (204, b"")
    assert seen_by_a_page(reply) == {
        **NAMED,
        "access-control-allow-methods": "GET, POST, OPTIONS",
        "access-control-allow-headers": "*, authorization",
        "access-control-max-age": "86400",
    }


@pytest.mark.parametrize(("origin", "allowed"), [(PAGE, ""), (OTHER, PAGE), ("", PAGE)])
def test_any_other_preflight_is_refused_without_a_word_for_pages(origin: str, allowed: str) -> None:
    for path, status in (("messages", 405), ("files", 404)):
        reply = preflight(origin, allowed, path)
        assert reply.status == status
        assert not [name for name in reply.headers if name.startswith("access-control-")]


def test_a_closed_proxy_tells_a_page_why() -> None:
    closed = {"ANTHROPIC_AUTH_TOKEN": "", "WEBSITE_SITE_NAME": "app", "CORS_ALLOWED_ORIGINS": PAGE}
    page = {"origin": PAGE, **JSON}
    reply = asyncio.run(make_proxy(**closed).messages(page, unwanted()))
    assert (reply.status, seen_by_a_page(reply)) == (403, NAMED)


@pytest.mark.parametrize(("allowed", "origin"), [("", "*"), (OTHER, "*"), (PAGE, PAGE)])
def test_cursors_preflight_is_always_answered(allowed: str, origin: str) -> None:
    proxy = make_proxy(CORS_ALLOWED_ORIGINS=allowed)
    reply = asyncio.run(proxy.cursor({"origin": PAGE}, "OPTIONS", "models", unwanted()))
    assert reply.status == 204
    assert reply.headers["access-control-allow-origin"] == origin
    assert "authorization" in reply.headers["access-control-allow-headers"]
