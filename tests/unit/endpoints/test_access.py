"""Who may call."""

from dataclasses import replace

import pytest

from proxy_core.deployments.address import Address
from proxy_core.endpoints import access
from proxy_core.errors import AccessDenied
from proxy_core.settings import Resource, Settings
from proxy_core.wire.digest import digest

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
    assert access.check(headers, GUARDED) == digest("sécret")


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


@pytest.mark.parametrize("origin", ["", "vscode-file://vscode-app"])
def test_what_is_no_web_page_needs_no_name(origin: str) -> None:
    assert access.check({"origin": origin}, OPEN) == ""


def test_a_token_speaks_for_a_web_page() -> None:
    assert access.check({"origin": PAGE, "x-api-key": "next"}, GUARDED) == digest("next")
