"""Stand-in for the checks of the configured deployments."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Literal

from proxy_core.azure.calls import Azure
from proxy_core.settings import Settings

Depth = Literal["first", "quick", "full"]


@dataclass(frozen=True)
class Finding:
    id: str
    group: str
    title: str
    state: Literal["ok", "warning", "failed", "skipped"]
    detail: str = ""
    remedy: str = ""
    settings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    calls: int
    tokens: int


class Doctor:
    def __init__(self, settings: Settings, azure: Azure) -> None:
        self._settings = settings

    def plan(self, depth: Depth) -> Plan:
        return Plan(10, 2000) if depth == "full" else Plan(1, 100)

    async def examine(self, depth: Depth) -> AsyncGenerator[Finding]:
        for number, resource in enumerate(self._settings.resources):
            yield Finding(f"settings-{number}", "Settings", "The settings can be read", "ok")
            yield Finding(f"key-{number}", "Resource", f"A key for {resource.settings}", "ok")
        yield Finding(
            "deployment",
            "Deployments",
            f"{self._settings.big_model or 'No deployment'} answers",
            "failed",
            "Azure OpenAI answered 404: no such deployment.",
            "Set BIG_MODEL to the name of a deployment of this resource.",
            ("BIG_MODEL=gpt-5.4",),
        )
        yield Finding("search", "Deployments", "Web search", "skipped", "It is off.")
