"""Application settings -> Settings, and model name -> deployment."""

from collections.abc import Mapping
from typing import Any

import pytest

from proxy_core.deployments.models import UNKNOWN
from proxy_core.errors import BadRequest, SettingsError
from proxy_core.settings import FUNCTION_TIMEOUT, Settings

REQUIRED = {
    "AZURE_OPENAI_ENDPOINT": "https://r.openai.azure.com",
    "AZURE_OPENAI_API_KEY": "key",
    "ANTHROPIC_AUTH_TOKEN": "a-token-of-mine",
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
    [resource] = settings.resources
    assert resource.address.base == "https://r.openai.azure.com/openai/v1"
    assert resource.api_key == "key"
    assert settings == Settings((resource,), families={}, auth_tokens=("a-token-of-mine",))
    assert not settings.closed


SETTINGS: list[tuple[str, str, str, Any]] = [
    ("AZURE_OPENAI_ENTRA_SCOPE", "api://mine", "entra_scope", "api://mine"),
    ("CORS_ALLOWED_ORIGINS", "https://a.example/, *", "cors_origins", ("https://a.example", "*")),
    (FUNCTION_TIMEOUT, "00:30:00", "longest_reply", 29 * 60),
    (FUNCTION_TIMEOUT, "1.01:00:30", "longest_reply", 25 * 3600 - 30),
    (FUNCTION_TIMEOUT, "00:01:00", "longest_reply", 30),
    (FUNCTION_TIMEOUT, "-1", "longest_reply", None),
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
    *(("WEB_SEARCH", word, "web_search", True) for word in ("true", "YES", "1")),
    *(("ALLOW_ANONYMOUS", word, "allow_anonymous", True) for word in ("true", "On", "yes", "1")),
    *(("ALLOW_ANONYMOUS", word, "allow_anonymous", False) for word in ("false", "no", "0")),
    *(("REASONING_SUMMARY", word, "summary", "off") for word in ("no", "FALSE", "0")),
    *(("SAFEGUARDS_MODEL", word, "safeguards_model", "off") for word in ("off", "No", "false")),
    ("LOG_FORMAT", "Text", "log_format", "text"),
    *(("LOG_LEVEL", word, "log_level", word.lower()) for word in ("debug", "Info", "WARNING")),
    ("LOG_LEVEL", "error", "log_level", "error"),
    ("LOG_BODIES", "true", "log_bodies", True),
    ("CORS_ALLOWED_ORIGINS", "HTTPS://A.Example", "cors_origins", ("https://a.example",)),
    ("CORS_ALLOWED_ORIGINS", "vscode-webview://x1", "cors_origins", ("vscode-webview://x1",)),
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
        (PASTED, "V1", "v1"),
        (PASTED, "2025-04-01-Preview", DATED),
        ("https://r.openai.azure.com", "latest", "v1"),
        ("https://r.openai.azure.com?api-version=Latest", "", "v1"),
        ("https://gateway.example/azure", "Version-3", "Version-3"),
    ],
)
def test_the_version_set_beats_the_one_pasted(endpoint: str, version: str, expected: str) -> None:
    settings = read(AZURE_OPENAI_ENDPOINT=endpoint, AZURE_API_VERSION=version)
    assert settings.resources[0].address.version == expected


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
        ({"CONTAINER_NAME": "c"}, True),
        ({"CONTAINER_NAME": "c", "AZURE_FUNCTIONS_ENVIRONMENT": "Staging"}, True),
        ({"CONTAINER_NAME": "c", "AZURE_FUNCTIONS_ENVIRONMENT": "Development"}, False),
        ({"KUBERNETES_SERVICE_HOST": "h", "AZURE_FUNCTIONS_ENVIRONMENT": "Development"}, False),
        ({"WEBSITE_POD_NAME": "p", "AZURE_FUNCTIONS_ENVIRONMENT": "Development"}, True),
        ({"LEGION_SERVICE_HOST": "h"}, True),
        ({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, True),
        ({"KUBERNETES_SERVICE_HOST": "10.0.0.1", "ANTHROPIC_AUTH_TOKEN": "t"}, False),
        ({"WEBSITE_SITE_NAME": " "}, False),
        ({"WEBSITE_INSTANCE_ID": "1", "ANTHROPIC_AUTH_TOKEN": "t"}, False),
        ({"WEBSITE_INSTANCE_ID": "1", "ALLOW_ANONYMOUS": "TRUE"}, False),
        ({"WEBSITE_INSTANCE_ID": "1", "ALLOW_ANONYMOUS": "false"}, True),
    ],
)
def test_on_azure_a_proxy_without_a_token_is_closed(
    environ: dict[str, str], is_closed: bool
) -> None:
    settings = read({**REQUIRED, "ANTHROPIC_AUTH_TOKEN": ""}, **environ)
    assert ("ANTHROPIC_AUTH_TOKEN is missing" in settings.closed) is is_closed
    assert settings.allow_anonymous is (environ.get("ALLOW_ANONYMOUS") == "TRUE")


# --- several resources ------------------------------------------------------

TWO = {"AZURE_OPENAI_FALLBACK_ENDPOINT": "https://s.openai.azure.com, t.openai.azure.com"}


@pytest.mark.parametrize(
    ("keys", "expected"),
    [("s,t", ["key", "s", "t"]), ("", ["key", "", ""])],
)
def test_resources_to_fall_back_to(keys: str, expected: list[str]) -> None:
    settings = read(AZURE_OPENAI_FALLBACK_API_KEY=keys, **TWO)
    hosts = [resource.address.base.split(".")[0] for resource in settings.resources]
    assert hosts == ["https://r", "https://s", "https://t"]
    assert [resource.api_key for resource in settings.resources] == expected


def test_each_fallback_needs_its_key_or_none_has_one() -> None:
    with pytest.raises(SettingsError, match=r"or none, .* 2 of these, and 1 of"):
        read(AZURE_OPENAI_FALLBACK_API_KEY="only one", **TWO)


SPELLINGS = [
    "https://r.openai.azure.com",
    "r.openai.azure.com/openai/v1",
    "HTTPS://R.OpenAI.Azure.Com/",
    "https://r.openai.azure.com:443/openai/responses?api-version=preview",
    "https://r.openai.azure.com.",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [("key", "", "key"), ("", "other", "other"), ("key", "other", "key")],
)
def test_twice_the_same_resource_is_one_with_its_first_key(
    spelling: str, first: str, second: str, kept: str
) -> None:
    settings = read(
        AZURE_OPENAI_API_KEY=first,
        AZURE_OPENAI_FALLBACK_ENDPOINT=f"{spelling},https://s.openai.azure.com",
        AZURE_OPENAI_FALLBACK_API_KEY=f"{second},s" if second else "",
    )
    assert [resource.api_key for resource in settings.resources] == [kept, "s" if second else ""]
    assert any("named before" in doubt for doubt in settings.doubts)
    assert read(**TWO).doubts == ()


def test_a_deployment_is_known_on_each_resource() -> None:
    first = read(
        AZURE_OPENAI_FALLBACK_ENDPOINT=f"https://s.openai.azure.com?api-version={DATED}",
        AZURE_OPENAI_FALLBACK_API_KEY="s",
        BIG_MODEL="gpt-5",
    ).find_deployment("claude-x")
    [other] = first.elsewhere
    assert (first.name, first.api, first.setting) == ("gpt-5", "responses", "BIG_MODEL")
    assert (other.name, other.api, other.setting) == ("gpt-5", "chat", "BIG_MODEL")
    assert first.resource != other.resource
    assert other.elsewhere == ()


def test_keys_are_not_shown() -> None:
    assert "key" not in repr(read().resources).replace("api_key", "")


# --- problems ---------------------------------------------------------------

UNRESOLVED = [
    "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/s)",
    " @microsoft.keyvault(VaultName=v;SecretName=s) ",
    "@Microsoft.AppConfiguration(Endpoint=https://c.azconfig.io; Key=k)",
    "a-token, @Microsoft.KeyVault(VaultName=v;SecretName=s)",
]


@pytest.mark.parametrize("value", UNRESOLVED)
@pytest.mark.parametrize(
    "name",
    ["AZURE_OPENAI_API_KEY", "AZURE_OPENAI_FALLBACK_API_KEY", "BIG_MODEL", "ALLOW_ANONYMOUS"],
)
def test_a_reference_that_was_not_resolved_is_a_problem(name: str, value: str) -> None:
    with pytest.raises(
        SettingsError, match=f"{name} is a reference that Azure could not"
    ) as caught:
        read(**{name: value})
    assert "Microsoft" not in str(caught.value)


@pytest.mark.parametrize("value", UNRESOLVED)
@pytest.mark.parametrize("more", [{}, {"ALLOW_ANONYMOUS": "true"}, {"WEBSITE_SITE_NAME": "s"}])
def test_a_token_that_was_not_resolved_closes_the_proxy(value: str, more: dict[str, str]) -> None:
    settings = read(ANTHROPIC_AUTH_TOKEN=value, **more)
    assert "the setting ANTHROPIC_AUTH_TOKEN is a reference" in settings.closed
    assert settings.auth_tokens == ()
    assert next(iter(settings.warnings)) == settings.closed


def test_capitals_do_not_count_in_a_name_and_the_last_spelling_does() -> None:
    """As proxy_app gives host.json's value first, and Windows tells all names in capitals."""
    in_capitals = {FUNCTION_TIMEOUT.upper(): "00:10:00", "Big_Model": "gpt"}
    settings = read({FUNCTION_TIMEOUT: "00:30:00", **REQUIRED, **in_capitals})
    assert (settings.longest_reply, settings.big_model) == (9 * 60, "gpt")
    blank = read({FUNCTION_TIMEOUT: "00:30:00", **REQUIRED, FUNCTION_TIMEOUT.upper(): " "})
    assert blank.longest_reply == 29 * 60


def test_all_problems_are_named_at_once_each_in_a_line() -> None:
    with pytest.raises(SettingsError) as caught:
        read({"BIG_EFFORT": "huge", "AZURE_MODEL_FAMILIES": "x", "SMALL_EFFORT": "huge"})
    begun = ["AZURE_OPENAI_ENDPOINT", "BIG_EFFORT", "SMALL_EFFORT", "AZURE_MODEL_FAMILIES"]
    problems = sorted(caught.value.problems)
    assert [problem.split()[0] for problem in problems] == sorted(begun)
    heading, *lines = str(caught.value).split("\n  ")
    assert heading == "These settings cannot be used:"
    assert tuple(lines) == caught.value.problems


# --- warnings ---------------------------------------------------------------

COMPLETE = {
    **REQUIRED,
    "BIG_MODEL": "gpt-5.4",
    "SMALL_MODEL": "gpt-5.4-mini",
}


@pytest.mark.parametrize(
    ("environ", "warnings"),
    [
        ({}, []),
        ({"ANTHROPIC_AUTH_TOKEN": ""}, ["ANTHROPIC_AUTH_TOKEN is not set"]),
        ({"AZURE_OPENAI_API_KEY": ""}, ["Entra ID tokens are used"]),
        ({"AZURE_OPENAI_FALLBACK_ENDPOINT": "https://s.openai.azure.com"}, ["Entra ID tokens"]),
        (
            {"ANTHROPIC_AUTH_TOKEN": "", "WEBSITE_INSTANCE_ID": "1"},
            ["the setting ANTHROPIC_AUTH_TOKEN is missing"],
        ),
        (
            {"AZURE_OPENAI_FALLBACK_ENDPOINT": REQUIRED["AZURE_OPENAI_ENDPOINT"]},
            ["names a resource that was named before"],
        ),
        ({"SMALL_MODEL": ""}, ["SMALL_MODEL is not set"]),
        ({"LOG_BODIES": "on"}, ["LOG_BODIES IS ON"]),
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
        (
            {"BIG_MODEL": "haiku", "SMALL_MODEL": ""},
            ["SMALL_MODEL is not", "the name of a Claude model", "deployment 'haiku'"],
        ),
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
        ("anthropic/claude-fable-6", "big", "high"),
        ("anthropic.claude-v2:1", "big", "high"),
        ("us.anthropic.claude-opus-4-20250514-v1:0", "big", "high"),
        ("eu.anthropic.claude-haiku-4-5-20251001-v1:0", "small", "low"),
        ("Anthropic/Claude-Haiku-4.5", "small", "low"),
        ("claude-opus-4@20250514", "big", "high"),
        ("vertex_ai/claude-mythos@2027", "big", "high"),
        (
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/anthropic.claude-v3",
            "big",
            "high",
        ),
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
    "model",
    [
        *("", ".", "..", "...", "../../admin", "a/../b", "a/./b", "/a", "a//b", "a/", "..%2fadmin"),
        *("a b", "a\x00", "é", "m?x=1", "x" * 129, "claude-" + "x" * 1_000_000, "haiku" * 99),
    ],
)
def test_a_name_that_no_deployment_can_have(model: str) -> None:
    with pytest.raises(BadRequest, match="no name of a deployment") as caught:
        read().find_deployment(model)
    assert caught.value.status == 404


def test_the_names_of_gateways_are_taken() -> None:
    assert read().find_deployment("openai/gpt-5.4:latest").name == "openai/gpt-5.4:latest"


@pytest.mark.parametrize(
    ("model", "setting"), [("claude-haiku-4-5", "SMALL_MODEL"), ("claude-opus-5", "BIG_MODEL")]
)
def test_an_alias_without_a_deployment_is_refused_by_name(model: str, setting: str) -> None:
    with pytest.raises(BadRequest, match=f"{model}.* needs the setting {setting}") as caught:
        read().find_deployment(model)
    assert caught.value.about == "setting"


def test_which_deployment_judges_proposed_tool_uses() -> None:
    named = read(**MODELS, SAFEGUARDS_MODEL="judge").find_safeguards_deployment()
    assert named
    assert (named.name, named.setting) == ("judge", "SAFEGUARDS_MODEL")
    small = read(**MODELS).find_safeguards_deployment()
    assert small
    assert (small.name, small.setting) == (MODELS["SMALL_MODEL"], "SMALL_MODEL")
    for off in ("off", "OFF"):
        assert read(**MODELS, SAFEGUARDS_MODEL=off).find_safeguards_deployment() is None
    assert read().find_safeguards_deployment() is None


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


@pytest.mark.parametrize(
    ("choice", "is_set"), [("auto", False), ("chat", True), ("responses", True)]
)
def test_who_chose_the_api(choice: str, is_set: bool) -> None:
    assert read(AZURE_OPENAI_API=choice).find_deployment("gpt-5.4").api_is_set is is_set


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
