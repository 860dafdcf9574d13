"""What the page shows of the settings."""

from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from proxy_core.azure.calls import Azure
from proxy_core.doctor import Doctor
from proxy_core.endpoints.setup.status import ANY_TOKEN, NO_TOKEN, write_status
from proxy_core.settings import Settings
from tests.unit.test_proxy import ENVIRON


def status(**environ: str) -> dict[str, Any]:
    settings = Settings.from_environ({**ENVIRON, **environ})
    doctor = Doctor(settings, Azure(settings, httpx.MockTransport(lambda _: httpx.Response(404))))
    return write_status(settings, doctor, ["A warning."])


def features(**environ: str) -> dict[str, str]:
    return {each["setting"]: each["value"] for each in status(**environ)["features"]}


def test_sentences_are_passed_on() -> None:
    shown = status()
    assert (shown["warnings"], shown["problems"]) == (["A warning."], [])


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://my.openai.azure.com/openai/v1", "my.openai.azure.com"),
        ("https://gateway.example:8443/a/b", "gateway.example:8443"),
        ("http://[::1]:4000/v1", "[::1]:4000"),
        ("my.openai.azure.com", "my.openai.azure.com"),
    ],
)
def test_of_a_resource_its_host(url: str, host: str) -> None:
    [resource] = status(AZURE_OPENAI_ENDPOINT=url)["resources"]
    assert resource["host"] == host


def test_each_resource_and_how_it_is_reached() -> None:
    first, second = status(
        AZURE_API_VERSION="2025-04-01-preview",
        AZURE_OPENAI_FALLBACK_ENDPOINT="https://other.openai.azure.com",
    )["resources"]
    assert first == {
        "setting": "AZURE_OPENAI_ENDPOINT",
        "host": "my.openai.azure.com",
        "api_version": "2025-04-01-preview",
        "access": "a key",
    }
    assert (second["setting"], second["access"]) == ("AZURE_OPENAI_FALLBACK_ENDPOINT", "Entra ID")


def test_each_deployment_and_what_it_is_for() -> None:
    shown = status(
        CURSOR_AZURE_DEPLOYMENT="prod",
        SAFEGUARDS_MODEL="grok-4",
        BIG_EFFORT="high",
        AZURE_OPENAI_API="auto",
    )["deployments"]
    assert [tuple(each.values()) for each in shown] == [
        ("Claude opus, sonnet", "gpt-5.4", "gpt-5.4", "Responses", "high", 922_000, 128_000),
        (
            "Claude haiku",
            "gpt-5.4-mini",
            "gpt-5.4-mini",
            "Responses",
            "as the client asks, else medium",
            272_000,
            128_000,
        ),
        ("Cursor", "prod", "unknown", "Responses", "none is sent", None, None),
        (
            "auto mode's safety question",
            "grok-4",
            "grok",
            "Chat Completions",
            "none is sent",
            None,
            None,
        ),
    ]


def test_what_leads_nowhere_is_left_out() -> None:
    shown = status(BIG_MODEL="", SMALL_MODEL="")
    assert shown["deployments"] == []
    assert shown["models"] == []


def test_a_model_for_each_name_that_leads_somewhere() -> None:
    assert status(BIG_MODEL="")["models"] == ["claude-haiku-5-5"]


@pytest.mark.parametrize(
    ("environ", "setting", "value"),
    [
        ({}, "ANTHROPIC_AUTH_TOKEN", "asked for"),
        ({"ANTHROPIC_AUTH_TOKEN": ""}, "ANTHROPIC_AUTH_TOKEN", "none"),
        ({}, "WEB_SEARCH", "off"),
        ({"WEB_SEARCH": "on"}, "WEB_SEARCH", "on"),
        ({}, "SAFEGUARDS_MODEL", "gpt-5.4-mini"),
        ({"SAFEGUARDS_MODEL": "off"}, "SAFEGUARDS_MODEL", "off"),
        ({"SMALL_MODEL": ""}, "SAFEGUARDS_MODEL", "no deployment"),
        ({"REASONING_SUMMARY": "detailed"}, "REASONING_SUMMARY", "detailed"),
        ({"CURSOR_REASONING_DISPLAY": "field"}, "CURSOR_REASONING_DISPLAY", "field"),
        ({}, "CORS_ALLOWED_ORIGINS", "none"),
        ({"CORS_ALLOWED_ORIGINS": "https://a.example, *"}, "CORS_ALLOWED_ORIGINS",
         "https://a.example, *"),
        ({}, "functionTimeout", "no limit"),
        ({"AzureFunctionsJobHost__functionTimeout": "00:30:00"}, "functionTimeout", "29 minutes"),
    ],
)  # fmt: skip
def test_a_feature(environ: dict[str, str], setting: str, value: str) -> None:
    assert features(**environ)[setting] == value


@pytest.mark.parametrize(("token", "shown"), [("the-token", ANY_TOKEN), ("", NO_TOKEN)])
def test_lines_to_paste_hold_no_token_of_ours(token: str, shown: str) -> None:
    texts = [snippet["text"] for snippet in status(ANTHROPIC_AUTH_TOKEN=token)["snippets"]]
    assert any(shown in text for text in texts)
    assert not any("the-token" in text for text in texts)


def test_what_checks_would_cost() -> None:
    assert {*status()["checks"]} == {"quick", "full"}
    assert all({"calls", "tokens"} <= {*plan} for plan in status()["checks"].values())


def test_a_family_without_its_dash() -> None:
    settings = replace(Settings.from_environ(ENVIRON), big_model="gpt-6.2-sol")
    doctor = Doctor(settings, Azure(settings))
    assert write_status(settings, doctor, ())["deployments"][0]["family"] == "gpt-6.2"
