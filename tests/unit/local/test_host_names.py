"""A web page that makes its own name lead here reads nothing, unless a token speaks for it."""

import asyncio

import anthropic
import azure.functions as func
import httpx
import httpx2
import openai
import pytest
from fastapi import Request, Response
from starlette.types import ASGIApp

from local.host import Host, guard
from local.host_names import LoopbackNamesOnly
from local.loopback import is_loopback_name
from local.routes import read_routes

OURS = [
    *("localhost", "localhost:7071", "LocalHost:1", "127.0.0.1", "127.0.0.1:65535"),
    *("127.255.1.9:80", "[::1]", "[::1]:7071"),
]
NOT_OURS = [
    *("", "page.example", "page.example:7071", "localhost.page.example", "127.0.0.1.page.example"),
    *("page.example:localhost", "localhost@page.example", "page.example#localhost"),
    *("localhost:", "localhost:x", "localhost ", "localhost,page.example", "xlocalhost"),
    *("128.0.0.1", "127.0.0", "127.1", "0.0.0.0", "::1", "[::]", "[::2]", "[fe80::1]", "10.0.0.1"),
    *("1270.0.0.1", "127.0.0.1\n", "127.0.0.\u0661", "host.docker.internal:7071"),
]


@pytest.mark.parametrize("name", OURS)
def test_names_of_loopback(name: str) -> None:
    assert is_loopback_name(name)


@pytest.mark.parametrize("name", NOT_OURS)
def test_names_that_somebody_else_can_own(name: str) -> None:
    assert not is_loopback_name(name)


def make_host() -> Host:
    app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

    @app.route("{*path}", trigger_arg_name="request", methods=list(func.HttpMethod))
    async def any(request: Request) -> Response:
        return Response("{}", media_type="application/json")

    return Host(read_routes(app, ""))


def ask(app: ASGIApp, host: str, method: str = "GET", path: str = "/v1/models") -> httpx.Response:
    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
            return await client.request(method, f"http://x{path}", headers={"host": host})

    return asyncio.run(send())


@pytest.mark.parametrize("path", ["/v1/models", "/v1/messages", "/cursor/health", "/", "/nothing"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_without_a_token_a_foreign_name_gets_nothing(method: str, path: str) -> None:
    app = guard(make_host(), "localhost", {})
    assert ask(app, "page.example", method, path).status_code == 403
    assert ask(app, "localhost:7071", method, path).status_code == 200


@pytest.mark.parametrize(
    ("address", "environ", "is_guarded"),
    [
        ("localhost", {}, True),
        ("127.0.0.1", {"ANTHROPIC_AUTH_TOKEN": " , "}, True),
        ("127.1.2.3", {}, True),
        ("::1", {}, True),
        ("localhost", {"ANTHROPIC_AUTH_TOKEN": "a"}, False),
        ("0.0.0.0", {}, False),
        ("::", {}, False),
        ("192.168.1.2", {}, False),
    ],
)
def test_a_token_or_another_address_lifts_it(
    address: str, environ: dict[str, str], is_guarded: bool
) -> None:
    app = guard(make_host(), address, environ)
    assert isinstance(app, LoopbackNamesOnly) is is_guarded
    assert ask(app, "my-tunnel.example").status_code == (403 if is_guarded else 200)


def test_both_kinds_of_client_show_why() -> None:
    """The SDKs as oracles, each with its own idea of an error."""
    refusal = ask(guard(make_host(), "localhost", {}), "page.example")

    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(403, headers=refusal.headers.multi_items(), content=refusal.content)

    with httpx2.Client(transport=httpx2.MockTransport(answer)) as client:
        claude = anthropic.Anthropic(base_url="http://x", api_key="x", http_client=client)
        with pytest.raises(anthropic.PermissionDeniedError) as theirs:
            claude.models.list()
        cursor = openai.OpenAI(base_url="http://x/cursor", api_key="x", http_client=client)
        with pytest.raises(openai.PermissionDeniedError) as ours:
            cursor.models.list()

    assert theirs.value.type == "permission_error"
    assert ours.value.code == "host_not_allowed"
    for error in (theirs.value, ours.value):
        assert "Set ANTHROPIC_AUTH_TOKEN" in error.message
        assert error.response.headers["x-should-retry"] == "false"
