"""Who may call."""

from dataclasses import replace

import pytest

from proxy_core.deployments.address import Address
from proxy_core.endpoints import access
from proxy_core.errors import AccessDenied
from proxy_core.settings import Resource, Settings
from web_extension import Headers

OPEN = Settings((Resource(Address("https://r.openai.azure.com/openai/v1"), "key"),))
IN_UTF_8 = "sécret".encode().decode("latin-1")  # hosts read every header as Latin-1
GUARDED = replace(OPEN, auth_tokens=("sécret", "next"))
CLOSED = replace(OPEN, closed="This proxy is closed: ANTHROPIC_AUTH_TOKEN is missing.")


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer sécret"},
        {"authorization": "bearer  sécret "},
        {"x-api-key": "sécret"},
        {"authorization": "Bearer other", "x-api-key": "sécret"},
        {"authorization": "Bearer sécret", "x-api-key": "other"},
        {"api-key": "sécret"},
        {"authorization": "Bearer other", "x-api-key": "other", "api-key": "sécret"},
        {"x-api-key": IN_UTF_8},
        {"authorization": f"Bearer {IN_UTF_8}"},
    ],
)
def test_who_knows_the_token_may_call(headers: dict[str, str]) -> None:
    assert access.check(headers, GUARDED) == access.name_caller("sécret")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "sécret"},
        {"authorization": "Basic sécret"},
        {"authorization": "Bearer"},
        {"authorization": "Bearer "},
        {"authorization": "Bearer\tsécret"},
        {"authorization": "Bearer other"},
        {"authorization": "Bearer sécretx"},
        {"authorization": "Bearer sécret next"},
        {"authorization": "Bearer sécret,next"},
        {"x-api-key": "s\ufffdcret"},
        {"x-api-key": "SÉCRET"},
        {"x-api-key": ""},
        {"api-key": "other"},
        {"api-key": "Bearer sécret"},
    ],
)
def test_who_does_not_may_not(headers: dict[str, str]) -> None:
    with pytest.raises(AccessDenied) as caught:
        access.check(headers, GUARDED)
    assert caught.value.status == 401
    assert "sécret" not in caught.value.message


def test_each_token_has_a_name_of_its_own_that_does_not_show_it() -> None:
    other = replace(GUARDED, auth_tokens=("other",))
    names = [
        access.check({"api-key": "sécret"}, GUARDED),
        access.check({"api-key": "other"}, other),
    ]
    assert len({*names, "", "sécret", "other"}) == 5


def test_a_caller_has_the_same_name_in_every_instance() -> None:
    assert access.name_caller("a-good-token") == "521e40692fca"


def test_a_name_is_too_dear_to_be_tried_out_and_made_once() -> None:
    """A quick digest of a short token is as good as the token."""
    access.name_caller.cache_clear()
    for _ in range(3):
        access.check({"x-api-key": "next"}, GUARDED)
    assert access.name_caller.cache_info().misses == 1
    assert access.TRIAL["n"] * access.TRIAL["r"] >= 8192


def test_each_of_several_tokens_opens_and_is_somebody() -> None:
    names = {access.check({"x-api-key": token}, GUARDED) for token in ("sécret", "next")}
    assert len(names) == 2


def test_without_a_token_anyone_may() -> None:
    assert access.check({}, OPEN) == ""
    assert access.check({"x-api-key": "whatever"}, OPEN) == ""


def test_a_closed_proxy_lets_nobody_in() -> None:
    with pytest.raises(AccessDenied, match="ANTHROPIC_AUTH_TOKEN is missing") as caught:
        access.check({"x-api-key": ""}, CLOSED)
    assert caught.value.status == 403


PAGE = "https://page.example"


@pytest.mark.parametrize("origin", [PAGE, "http://localhost:3000", "http://127.0.0.1:7071", "null"])
def test_without_a_token_a_web_page_must_be_named(origin: str) -> None:
    with pytest.raises(AccessDenied, match="CORS_ALLOWED_ORIGINS") as caught:
        access.check({"origin": origin}, OPEN)
    assert caught.value.status == 403
    for allowed in ((origin,), ("*",)):
        assert access.check({"origin": origin}, replace(OPEN, cors_origins=allowed)) == ""


OWN_PAGES = [
    ("localhost:7071", "http://localhost:7071"),
    ("LocalHost:7071", "http://localhost:7071"),
    ("localhost", "https://localhost"),
    ("127.0.0.1:7071", "http://127.0.0.1:7071"),
    ("[::1]:7071", "http://[::1]:7071"),
    ("192.168.1.5:7071", "http://192.168.1.5:7071"),
]
OTHER_PAGES = [
    ("localhost:7071", "http://localhost:3000"),
    ("localhost:7071", "http://127.0.0.1:7071"),
    ("localhost:7071", "null"),
    ("localhost:7071", "https://localhost:7071.evil.example"),
    ("", "http://"),
    (":7071", "http://:7071"),
]


@pytest.mark.parametrize(("host", "origin"), OWN_PAGES)
def test_our_own_page_needs_no_name(host: str, origin: str) -> None:
    for settings in (OPEN, replace(OPEN, allow_anonymous=True)):
        assert access.check({"host": host, "origin": origin}, settings) == ""


@pytest.mark.parametrize(("host", "origin"), OTHER_PAGES)
def test_a_page_from_elsewhere_does(host: str, origin: str) -> None:
    with pytest.raises(AccessDenied, match="CORS_ALLOWED_ORIGINS"):
        access.check({"host": host, "origin": origin}, OPEN)


def test_a_name_that_anyone_can_register_makes_no_page_our_own() -> None:
    """Also where anyone may call: it may lead to a network that others cannot reach."""
    headers = {"host": "evil.example", "origin": "http://evil.example"}
    with pytest.raises(AccessDenied, match="ALLOW_ANONYMOUS"):
        access.check(headers, OPEN)
    with pytest.raises(AccessDenied, match="CORS_ALLOWED_ORIGINS"):
        access.check(headers, replace(OPEN, allow_anonymous=True))


@pytest.mark.parametrize("origin", ["", "vscode-file://vscode-app"])
def test_what_is_no_web_page_needs_no_name(origin: str) -> None:
    assert access.check({"origin": origin}, OPEN) == ""


def test_a_token_speaks_for_a_web_page() -> None:
    assert access.check({"origin": PAGE, "x-api-key": "next"}, GUARDED) == access.name_caller(
        "next"
    )


TWICE = [
    [("authorization", "Basic dXNlcg=="), ("authorization", "Bearer next")],
    [("authorization", "Bearer other"), ("authorization", "Bearer next")],
    [("x-api-key", "other"), ("x-api-key", "next")],
    [("api-key", "next"), ("api-key", "other")],
]


@pytest.mark.parametrize("pairs", TWICE)
def test_a_header_that_comes_twice_is_read_twice(pairs: list[tuple[str, str]]) -> None:
    headers = Headers([(name.encode(), value.encode()) for name, value in pairs])
    assert access.check(headers, GUARDED) == access.name_caller("next")
    with pytest.raises(AccessDenied):
        access.check(headers, replace(GUARDED, auth_tokens=("third",)))


def test_a_token_of_any_bytes_is_only_a_token() -> None:
    """Python holds bytes of the environment that are no UTF-8 as halves of characters."""
    odd = replace(OPEN, auth_tokens=("s\udcffcret",))
    assert access.check({"x-api-key": b"s\xffcret".decode("latin-1")}, odd)
    for given in ("", "other", "s\ufffdcret", "s?cret", "scret", IN_UTF_8):
        with pytest.raises(AccessDenied) as caught:
            access.check({"x-api-key": given}, odd)
        assert caught.value.status == 401


OWN_NAMES = [
    "",
    "localhost",
    "localhost:7071",
    "LocalHost.:7071",
    "app.localhost:7071",
    "host.docker.internal:7071",
    "127.0.0.1:7071",
    "127.1.2.3",
    "192.168.1.5:7071",
    "[::1]:7071",
    "[::1]",
    "[fe80::1%eth0]:7071",
]
FOREIGN_NAMES = [
    "evil.example",
    "evil.example:7071",
    "localhost.evil.example",
    "evil-localhost",
    "xlocalhost:7071",
    "127.0.0.1.evil.example",
    "internal.example",
    "localhost:7071@evil.example",
    "localhost:x",
    "localhost, evil.example",
    "127.0.0.1:7071, evil.example",
    "2130706433",
    "[evil.example]",
    "a" * 70_000,
]


@pytest.mark.parametrize("host", OWN_NAMES)
def test_without_a_token_the_machines_own_names_are_served(host: str) -> None:
    assert access.check({"host": host}, OPEN) == ""


@pytest.mark.parametrize("host", FOREIGN_NAMES, ids=lambda host: host[:30])
def test_and_no_other_unless_anyone_may_call(host: str) -> None:
    with pytest.raises(AccessDenied, match="ALLOW_ANONYMOUS") as caught:
        access.check({"host": host}, OPEN)
    assert (caught.value.status, host in caught.value.message) == (403, False)
    assert access.check({"host": host}, replace(OPEN, allow_anonymous=True)) == ""
    assert access.check({"host": host, "x-api-key": "next"}, GUARDED) == access.name_caller("next")
