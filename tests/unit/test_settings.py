"""Application settings -> Settings, and model name -> deployment."""

from collections.abc import Mapping
from typing import Any

import pytest

from proxy_core.errors import BadRequest, SettingsError
from proxy_core.models import UNKNOWN
from proxy_core.settings import Settings

REQUIRED = {
    "AZURE_OPENAI_ENDPOINT": "https://r.openai.azure.com",
    "AZURE_OPENAI_API_KEY": "key",
}
OLD, DATED = "2024-10-21", "2025-04-01-preview"
PASTED = (
    "https://r.openai.azure.com/openai/deployments/pasted/chat/completions"
    "?api-version=2025-01-01-preview"
)


def read(environ: Mapping[str, str] = REQUIRED, **more: str) -> Settings:
    return Settings.from_environ({**environ, **more})


# --- every setting ----------------------------------------------------------


def test_defaults() -> None:
    settings = read(PATH="/usr/bin")
    assert settings.endpoint.base == "https://r.openai.azure.com/openai/v1"
    assert settings == Settings(settings.endpoint, "key", families={})
    assert not settings.must_authenticate


SETTINGS: list[tuple[str, str, str, Any]] = [
    ("AZURE_OPENAI_API_KEY", "k2", "api_key", "k2"),
    ("ANTHROPIC_AUTH_TOKEN", "t", "auth_tokens", ("t",)),
    ("ANTHROPIC_AUTH_TOKEN", " t, next,", "auth_tokens", ("t", "next")),
    ("BIG_MODEL", "gpt", "big_model", "gpt"),
    ("SMALL_MODEL", "mini", "small_model", "mini"),
    ("BIG_EFFORT", "XHigh", "big_effort", "xhigh"),
    ("SMALL_EFFORT", "minimal", "small_effort", "minimal"),
    ("AZURE_OPENAI_API", "Chat", "api", "chat"),
    ("AZURE_OPENAI_API", "responses", "api", "responses"),
    ("AZURE_MODEL_FAMILIES", "a=gpt-5.4, b = o3 ,", "families", {"a": "gpt-5.4", "b": "o3"}),
    ("REASONING_SUMMARY", "detailed", "summary", "detailed"),
    ("REASONING_SUMMARY", "off", "summary", "off"),
    ("CURSOR_AZURE_DEPLOYMENT", "gpt-5.4", "cursor_model", "gpt-5.4"),
    ("CURSOR_EFFORT", "Minimal", "cursor_effort", "minimal"),
    ("CURSOR_EFFORT", "none", "cursor_effort", "none"),
    ("CURSOR_REASONING_DISPLAY", "details", "reasoning_display", "details"),
    ("CURSOR_REASONING_DISPLAY", "Think", "reasoning_display", "think"),
    ("CURSOR_REASONING_DISPLAY", "off", "reasoning_display", "off"),
    ("WEB_SEARCH", "On", "web_search", True),
    ("WEB_SEARCH", "off", "web_search", False),
]


@pytest.mark.parametrize(("name", "value", "field", "expected"), SETTINGS)
def test_a_setting(name: str, value: str, field: str, expected: Any) -> None:
    assert getattr(read(**{name: f" {value} "}), field) == expected


@pytest.mark.parametrize("name", sorted({name for name, *_ in SETTINGS} - REQUIRED.keys()))
def test_a_blank_setting_is_not_set(name: str) -> None:
    assert read(**{name: "  "}) == read()


@pytest.mark.parametrize(
    ("endpoint", "version", "expected"),
    [
        ("https://r.openai.azure.com", "", ""),
        ("https://r.openai.azure.com", DATED, DATED),
        (PASTED, "", "2025-01-01-preview"),
        (PASTED, DATED, DATED),
        (PASTED, "v1", "v1"),
    ],
)
def test_the_version_set_beats_the_one_pasted(endpoint: str, version: str, expected: str) -> None:
    settings = read(AZURE_OPENAI_ENDPOINT=endpoint, AZURE_API_VERSION=version)
    assert settings.endpoint.version == expected


@pytest.mark.parametrize(
    ("environ", "models"),
    [
        ({}, ("pasted", "pasted", "pasted")),
        ({"SMALL_MODEL": "mini"}, ("pasted", "mini", "pasted")),
        ({"CURSOR_AZURE_DEPLOYMENT": "gpt"}, ("pasted", "pasted", "gpt")),
    ],
)
def test_a_deployment_in_the_pasted_url_stands_for_every_model(
    environ: dict[str, str], models: tuple[str, ...]
) -> None:
    settings = read(AZURE_OPENAI_ENDPOINT=PASTED, **environ)
    assert (settings.big_model, settings.small_model, settings.cursor_model) == models


@pytest.mark.parametrize(
    ("environ", "is_closed"),
    [
        ({}, False),
        ({"WEBSITE_INSTANCE_ID": "1"}, True),
        ({"WEBSITE_SITE_NAME": "my-proxy"}, True),
        ({"WEBSITE_POD_NAME": "p"}, True),
        ({"CONTAINER_APP_NAME": "my-proxy"}, True),
        ({"WEBSITE_SITE_NAME": " "}, False),
        ({"WEBSITE_INSTANCE_ID": "1", "ANTHROPIC_AUTH_TOKEN": "t"}, False),
        ({"WEBSITE_INSTANCE_ID": "1", "ALLOW_ANONYMOUS": "TRUE"}, False),
        ({"WEBSITE_INSTANCE_ID": "1", "ALLOW_ANONYMOUS": "false"}, True),
    ],
)
def test_on_azure_a_proxy_without_a_token_is_closed(
    environ: dict[str, str], is_closed: bool
) -> None:
    assert read(**environ).must_authenticate is is_closed


# --- problems ---------------------------------------------------------------

URL_PROBLEM = "AZURE_OPENAI_ENDPOINT is not a URL such as https://my-resource.openai.azure.com"
EFFORTS = "none, minimal, low, medium, high, xhigh, max"
PAIRS_PROBLEM = "AZURE_MODEL_FAMILIES must read deployment=model,deployment=model"


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("AZURE_OPENAI_ENDPOINT", " ", "AZURE_OPENAI_ENDPOINT is not set"),
        ("AZURE_OPENAI_ENDPOINT", "my resource", URL_PROBLEM),
        ("AZURE_OPENAI_ENDPOINT", "https://", URL_PROBLEM),
        ("AZURE_OPENAI_API_KEY", "", "AZURE_OPENAI_API_KEY is not set"),
        ("BIG_EFFORT", "huge", f"BIG_EFFORT must be one of {EFFORTS}"),
        ("SMALL_EFFORT", "1", f"SMALL_EFFORT must be one of {EFFORTS}"),
        ("AZURE_OPENAI_API", "v1", "AZURE_OPENAI_API must be one of auto, responses, chat"),
        ("REASONING_SUMMARY", "on", "REASONING_SUMMARY must be one of auto, detailed, off"),
        ("ALLOW_ANONYMOUS", "yes", "ALLOW_ANONYMOUS must be one of true, false"),
        ("CURSOR_EFFORT", "gpt-high", f"CURSOR_EFFORT must be one of {EFFORTS}"),
        (
            "CURSOR_REASONING_DISPLAY",
            "on",
            "CURSOR_REASONING_DISPLAY must be one of details, think, off",
        ),
        ("AZURE_MODEL_FAMILIES", "gpt-5", PAIRS_PROBLEM),
        ("AZURE_MODEL_FAMILIES", "a=gpt-5,=o3", PAIRS_PROBLEM),
        ("AZURE_MODEL_FAMILIES", "a=", PAIRS_PROBLEM),
    ],
)
def test_a_setting_that_cannot_be_used(name: str, value: str, problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(**{name: value})
    assert str(caught.value) == f"These settings cannot be used: {problem}."


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        read({"BIG_EFFORT": "huge", "AZURE_MODEL_FAMILIES": "x"})
    assert str(caught.value) == (
        "These settings cannot be used: AZURE_OPENAI_ENDPOINT is not set; "
        f"AZURE_OPENAI_API_KEY is not set; BIG_EFFORT must be one of {EFFORTS}; {PAIRS_PROBLEM}."
    )


def test_a_problem_never_quotes_the_value() -> None:
    with pytest.raises(SettingsError) as caught:
        read(AZURE_OPENAI_ENDPOINT="my secret key", BIG_EFFORT="another secret")
    assert "secret" not in str(caught.value)


# --- warnings ---------------------------------------------------------------

COMPLETE = {
    **REQUIRED,
    "ANTHROPIC_AUTH_TOKEN": "t",
    "BIG_MODEL": "gpt-5.4",
    "SMALL_MODEL": "gpt-5.4-mini",
}


@pytest.mark.parametrize(
    ("environ", "warnings"),
    [
        ({}, []),
        ({"ANTHROPIC_AUTH_TOKEN": ""}, ["ANTHROPIC_AUTH_TOKEN is not set"]),
        ({"ANTHROPIC_AUTH_TOKEN": "", "WEBSITE_INSTANCE_ID": "1"}, []),
        ({"SMALL_MODEL": ""}, ["SMALL_MODEL is not set"]),
        ({"BIG_MODEL": "", "SMALL_MODEL": ""}, ["BIG_MODEL is not set", "SMALL_MODEL is not set"]),
        ({"BIG_MODEL": "prod"}, ["AZURE_MODEL_FAMILIES=prod=gpt-5.4"]),
        ({"BIG_MODEL": "prod", "AZURE_MODEL_FAMILIES": "prod=gpt-5.5"}, []),
        ({"CURSOR_AZURE_DEPLOYMENT": "gpt-5.4"}, []),
        ({"CURSOR_AZURE_DEPLOYMENT": "prod"}, ["AZURE_MODEL_FAMILIES=prod=gpt-5.4"]),
        (
            {"BIG_MODEL": "a", "SMALL_MODEL": "b", "CURSOR_AZURE_DEPLOYMENT": "a"},
            ["deployment 'a'", "deployment 'b'"],
        ),
        # a deployment may be called like a model of Claude's
        ({"BIG_MODEL": "haiku", "SMALL_MODEL": ""}, ["SMALL_MODEL is not", "deployment 'haiku'"]),
    ],
)
def test_warnings(environ: dict[str, str], warnings: list[str]) -> None:
    said = [*read(COMPLETE, **environ).warnings]
    assert len(said) == len(warnings)
    for warning, words in zip(said, warnings, strict=True):
        assert words in warning


# --- model name -> deployment -----------------------------------------------

MODELS = {"BIG_MODEL": "big", "BIG_EFFORT": "high", "SMALL_MODEL": "small", "SMALL_EFFORT": "low"}


@pytest.mark.parametrize(
    ("model", "name", "effort"),
    [
        ("claude-haiku-4-5-20251001", "small", "low"),
        ("claude-3-5-haiku-latest", "small", "low"),
        ("Haiku", "small", "low"),
        ("claude-sonnet-5", "big", "high"),
        ("claude-opus-5-5[1m]", "big", "high"),
        ("anthropic/claude-3.5-sonnet", "big", "high"),
        ("opus", "big", "high"),
        ("claude-fable-6", "big", "high"),
        ("CLAUDE-2", "big", "high"),
        ("gpt-5.4", "gpt-5.4", None),
        ("My-Deployment", "My-Deployment", None),
    ],
)
def test_which_deployment_answers(model: str, name: str, effort: str | None) -> None:
    deployment = read(**MODELS).find_deployment(model)
    assert (deployment.name, deployment.effort) == (name, effort)


@pytest.mark.parametrize(
    ("model", "setting"), [("claude-haiku-4-5", "SMALL_MODEL"), ("claude-opus-5", "BIG_MODEL")]
)
def test_an_alias_without_a_deployment_is_refused_by_name(model: str, setting: str) -> None:
    with pytest.raises(BadRequest, match=f"{model}.* needs the setting {setting}") as caught:
        read().find_deployment(model)
    assert caught.value.status == 404


def test_which_deployment_answers_cursor() -> None:
    deployment = read(**MODELS, CURSOR_AZURE_DEPLOYMENT="gpt-5.4").find_cursor_deployment()
    assert (deployment.name, deployment.family.prefix) == ("gpt-5.4", "gpt-5.4")
    assert deployment.effort is None  # a model id chooses it, for each request
    declared = read(CURSOR_AZURE_DEPLOYMENT="prod", AZURE_MODEL_FAMILIES="prod=gpt-5.5")
    assert declared.find_cursor_deployment().family.prefix == "gpt-5.5"


def test_without_one_cursor_is_refused_and_told_which_setting_to_set() -> None:
    with pytest.raises(BadRequest, match="needs the setting CURSOR_AZURE_DEPLOYMENT"):
        read(**MODELS).find_cursor_deployment()


def test_a_declared_family_beats_the_name() -> None:
    settings = read(AZURE_MODEL_FAMILIES="prod=GPT-5.4-mini,gpt-4o=gpt-5")
    assert settings.find_deployment("prod").family.prefix == "gpt-5.4-mini"
    assert settings.find_deployment("gpt-4o").family.prefix == "gpt-5"
    assert settings.find_deployment("gpt-5.2-eu").family.prefix == "gpt-5.2"
    assert settings.find_deployment("other").family is UNKNOWN


def test_reasoning_returns_to_its_resource_and_family() -> None:
    settings, other = read(), read(AZURE_OPENAI_ENDPOINT="https://s.openai.azure.com")
    origin = settings.find_deployment("gpt-5.4").origin
    assert origin == settings.find_deployment("gpt-5.4-2026-03-05").origin
    assert origin != settings.find_deployment("gpt-5.5").origin
    assert origin != other.find_deployment("gpt-5.4").origin


@pytest.mark.parametrize(("value", "summary"), [("", "auto"), ("detailed", "detailed")])
def test_the_summary_asked_for(value: str, summary: str) -> None:
    assert read(REASONING_SUMMARY=value).find_deployment("gpt-5.4").summary == summary


def test_no_summary_asked_for() -> None:
    assert read(REASONING_SUMMARY="off").find_deployment("gpt-5.4").summary is None


@pytest.mark.parametrize(
    ("choice", "version", "model", "api"),
    [
        # the user's word
        ("chat", "", "gpt-5.4", "chat"),
        ("chat", "", "gpt-5-pro", "chat"),
        ("responses", OLD, "gpt-4o", "responses"),
        ("responses", "", "deepseek-v4", "responses"),
        # v1: Responses, except for models of other makers
        ("auto", "", "gpt-5.4", "responses"),
        ("auto", "preview", "gpt-4o", "responses"),
        ("auto", "", "unknown", "responses"),
        ("auto", "", "DeepSeek-V4", "chat"),
        ("auto", "", "Mistral-Large-3", "chat"),
        # dated: Chat Completions, except for families that cannot do without Responses
        ("auto", DATED, "gpt-4o", "chat"),
        ("auto", DATED, "gpt-5", "chat"),
        ("auto", DATED, "gpt-5.4", "responses"),
        ("auto", DATED, "gpt-5.6", "responses"),
        ("auto", DATED, "gpt-6-astra", "responses"),
        ("auto", DATED, "gpt-5-codex", "responses"),
        ("auto", OLD, "gpt-5-codex", "chat"),
        ("auto", OLD, "gpt-4o", "chat"),
    ],
)
def test_which_api_is_asked(choice: str, version: str, model: str, api: str) -> None:
    settings = read(AZURE_OPENAI_API=choice, AZURE_API_VERSION=version)
    assert settings.find_deployment(model).api == api
