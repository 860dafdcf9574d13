"""Settings -> what the setup page shows of them. Never a key or a token, nor how long one is."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from proxy_core.anthropic_messages import ALIASES, list_models
from proxy_core.client_setup import snippets
from proxy_core.configuration.models import NO_SAFEGUARDS
from proxy_core.configuration.resources import Resource
from proxy_core.deployments.models import Deployment
from proxy_core.doctor import Depth, Doctor
from proxy_core.errors import BadRequest
from proxy_core.settings import Settings

# In the lines to paste. The page puts the address at which it is seen in the first one's place.
ANY_URL = "https://YOUR-PROXY"
ANY_TOKEN = "YOUR-TOKEN"
NO_TOKEN = "anything"

DEPTHS: tuple[Depth, ...] = ("quick", "full")


def write_status(settings: Settings, doctor: Doctor, warnings: Iterable[str]) -> dict[str, Any]:
    token = ANY_TOKEN if settings.auth_tokens else NO_TOKEN
    return {
        "problems": [],  # with one it would not have started
        "warnings": [*warnings],
        "resources": [_write_resource(resource) for resource in settings.resources],
        "deployments": [*_write_deployments(settings)],
        "features": [*_write_features(settings)],
        "models": [model["id"] for model in list_models(settings.find_deployment)],
        "snippets": [asdict(snippet) for snippet in snippets(settings, ANY_URL, token)],
        "checks": {depth: asdict(doctor.plan(depth)) for depth in DEPTHS},
    }


def _write_resource(resource: Resource) -> dict[str, Any]:
    address = resource.address
    return {
        "setting": f"{resource.settings}_ENDPOINT",
        "host": urlsplit(address.base).netloc.rpartition("@")[2],
        "api_version": address.version if address.is_dated else "v1",
        "access": "a key" if resource.api_key else "Entra ID",
    }


def _write_deployments(settings: Settings) -> Iterator[dict[str, Any]]:
    """A row for each kind of request that leads to one."""
    opus, _, haiku = ALIASES
    asked = "as the client asks, else medium"
    cursor = f"as the model id says, else {settings.cursor_effort}"
    judge = settings.find_safeguards_deployment()
    with suppress(BadRequest):  # its setting is missing
        yield _write_deployment("Claude opus, sonnet", settings.find_deployment(opus), asked)
    with suppress(BadRequest):
        yield _write_deployment("Claude haiku", settings.find_deployment(haiku), asked)
    with suppress(BadRequest):
        yield _write_deployment("Cursor", settings.find_cursor_deployment(), cursor)
    if judge:
        yield _write_deployment("auto mode's safety question", judge, "low")


def _write_deployment(use: str, deployment: Deployment, effort: str) -> dict[str, Any]:
    family = deployment.family
    return {
        "use": use,
        "name": deployment.name,
        "family": family.prefix.rstrip("-") or "unknown",
        "api": "Responses" if deployment.api == "responses" else "Chat Completions",
        "effort": (deployment.effort or effort) if family.reasons else "none is sent",
        "max_input": family.max_input,
        "max_output": family.max_output,
    }


def _write_features(settings: Settings) -> Iterator[dict[str, str]]:
    judge = settings.find_safeguards_deployment()
    off = settings.safeguards_model.lower() == NO_SAFEGUARDS
    longest = settings.longest_reply
    for name, value, setting in (
        ("Token", "asked for" if settings.auth_tokens else "none", "ANTHROPIC_AUTH_TOKEN"),
        ("Web search", "on" if settings.web_search else "off", "WEB_SEARCH"),
        (
            "Safety question of auto mode",
            judge.name if judge else "off" if off else "no deployment",
            "SAFEGUARDS_MODEL",
        ),
        ("Summaries of reasoning", settings.summary, "REASONING_SUMMARY"),
        ("Reasoning in Cursor", settings.reasoning_display, "CURSOR_REASONING_DISPLAY"),
        (
            "Other web pages that may call",
            ", ".join(settings.cors_origins) or "none",
            "CORS_ALLOWED_ORIGINS",
        ),
        (
            "Longest reply",
            "no limit" if longest is None else f"{longest / 60:.0f} minutes",
            "functionTimeout",
        ),
    ):
        yield {"name": name, "value": value, "setting": setting}
