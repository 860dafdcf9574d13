"""az and func, whichever is there: what Azure knows of the app, and how a package gets to it.

https://learn.microsoft.com/cli/azure/functionapp
https://learn.microsoft.com/azure/azure-functions/functions-core-tools-reference

Rules:
- az is asked for names of settings, never for their values;
- what az cannot say (nobody is signed in, no network) is not known, and stops nothing.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.failure import Failure
from local.lock import AZURES

PATIENCE = 60  # seconds for one answer of a program
# Some versions of az put all under `properties`. No `||`: on Windows az is run by a shell.
HOST = ("properties.defaultHostName", "defaultHostName")
PYTHON = (
    "properties.functionAppConfig.runtime.version",
    "functionAppConfig.runtime.version",
    "properties.siteConfig.linuxFxVersion",
    "siteConfig.linuxFxVersion",
)

FILLED = "[?value].name"  # a blank value counts as none


@dataclass(frozen=True)
class KnownApp:
    name: str
    group: str
    host: str
    python: str
    """Empty where Azure does not say it."""
    settings: frozenset[str] | None
    """The names of those that are not blank; None where they may not be listed."""


def find_tool(name: str) -> str | None:
    return shutil.which(name)


# --- what Azure knows -------------------------------------------------------


def ask_about(app: str, group: str | None, az: str) -> KnownApp | None:
    """None where az cannot say."""
    group = group or _find_group(app, az)
    if group is None:
        return None
    place = ["--name", app, "--resource-group", group]
    shown = _ask(az, "functionapp", "show", *place, "--query", f"[{','.join(HOST + PYTHON)}]")
    if not isinstance(shown, list):
        return None
    host, *_ = [*filter(None, shown[: len(HOST)]), ""]
    python = re.search(r"\b3\.\d+", " ".join(map(str, filter(None, shown[len(HOST) :]))))
    names = _ask(az, "functionapp", "config", "appsettings", "list", *place, "--query", FILLED)
    settings = frozenset(names) if isinstance(names, list) else None
    return KnownApp(app, group, host, python.group() if python else "", settings)


def _find_group(app: str, az: str) -> str | None:
    query = f"[?name=='{app}'].resourceGroup"
    groups = _ask(az, "functionapp", "list", "--query", query)
    if groups is None:
        return None
    if not groups:
        raise Failure(
            f"az finds no function app {app} in the subscription it is signed in to: make it "
            "first (docs/deployment.md), or choose another one with `az account set`."
        )
    return str(groups[0])


def _ask(az: str, *arguments: str) -> Any:
    """None for no answer."""
    answer = ask_program([az, *arguments, "--only-show-errors", "--output", "json"])
    try:
        return None if answer is None else json.loads(answer)
    except ValueError:
        return None


def ask_program(command: Sequence[str], folder: Path | None = None) -> str | None:
    """What it prints; None where it fails, is not there or does not end."""
    try:
        ended = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            errors="replace",
            timeout=PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return None if ended.returncode else ended.stdout


def refuse_other_python(app: KnownApp) -> None:
    if app.python and app.python != AZURES:
        raise Failure(
            f"{app.name} runs Python {app.python}, and the package is for {AZURES}: give the app "
            f"Python {AZURES}, or let Azure build with `func azure functionapp publish {app.name}`."
        )


def missing_settings(settings: frozenset[str]) -> list[str]:
    """What the app cannot serve without."""
    needed = ["AZURE_OPENAI_ENDPOINT", "BIG_MODEL", "SMALL_MODEL"]
    if "ALLOW_ANONYMOUS" not in settings:
        needed.append("ANTHROPIC_AUTH_TOKEN")
    return [name for name in needed if name not in settings]


# --- how a package gets there -----------------------------------------------


def az_command(az: str, app: KnownApp, zip_file: Path) -> list[str]:
    place = ["--resource-group", app.group, "--name", app.name]
    return [az, "functionapp", "deployment", "source", "config-zip", *place, "--src", str(zip_file)]


def func_command(func: str, app: str) -> list[str]:
    """To be run in the unpacked package. `--python`: it has no local.settings.json to say so."""
    return [func, "azure", "functionapp", "publish", app, "--no-build", "--python"]


def run(command: Sequence[str], folder: Path) -> bool:
    """What it prints is shown as it comes."""
    return subprocess.run(command, cwd=folder, check=False).returncode == 0
