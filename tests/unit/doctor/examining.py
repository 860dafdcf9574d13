"""Runs an examination against the simulator, and looks at what it found."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx

from local.azure_simulator import RunningSimulator
from proxy_core.azure.calls import Azure
from proxy_core.azure.credentials import Credential
from proxy_core.doctor import Depth, Doctor, Finding
from proxy_core.settings import Settings
from tests import virtual_time

KEY = "simulated-key"
UNUSUAL = {
    "ANTHROPIC_AUTH_TOKEN": "a-token-that-nobody-guesses",
    "AZURE_FUNCTIONS_ENVIRONMENT": "Development",
}

Answer = Callable[[httpx.Request], httpx.Response]


def settings_for(simulator: RunningSimulator, **more: str) -> dict[str, str]:
    """Those of a person who has made no mistake."""
    return {
        "AZURE_OPENAI_ENDPOINT": f"{simulator.url}/openai/v1",
        "AZURE_OPENAI_API_KEY": KEY,
        "BIG_MODEL": "gpt-5.4",
        "SMALL_MODEL": "gpt-5.4",
        **UNUSUAL,
        **more,
    }


def examine(
    environ: dict[str, str], depth: Depth = "quick", **options: Any
) -> tuple[list[Finding], Doctor]:
    """With real connections."""
    return asyncio.run(_examine(environ, depth, **options))


def examine_answers(
    environ: dict[str, str],
    answer: Answer,
    depth: Depth = "quick",
    entra: Credential | None = None,
    **options: Any,
) -> tuple[list[Finding], Doctor]:
    """Without any: what is asked is answered here, and time does not pass by itself."""
    transport = httpx.MockTransport(answer)
    return virtual_time.run(_examine(environ, depth, transport, entra, **options))


async def _examine(
    environ: dict[str, str],
    depth: Depth,
    transport: httpx.AsyncBaseTransport | None = None,
    entra: Credential | None = None,
    **options: Any,
) -> tuple[list[Finding], Doctor]:
    settings = Settings.from_environ(environ)
    azure = Azure(settings, transport, entra)
    doctor = Doctor(settings, azure, **options)
    try:
        return [finding async for finding in doctor.examine(depth)], doctor
    finally:
        await azure.close()


def one(findings: list[Finding], id: str) -> Finding:
    [found] = [finding for finding in findings if finding.id == id]
    return found


def states(findings: list[Finding]) -> dict[str, str]:
    return {finding.id: finding.state for finding in findings}
