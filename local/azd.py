"""azd, where its environment of this folder is the app's: how a package gets there by it.

https://learn.microsoft.com/azure/developer/azure-developer-cli/reference#azd-deploy

Rules:
- it deploys from a project of its own, which says `remoteBuild: false`: in azure.yaml that would
  make `azd up` want a package that somebody has built (azd knows it since Azure/azure-dev#6748;
  older ones let Azure build all the same, with the versions of constraints.txt);
- of azd's environment only the place of the app goes there, and no secret;
- it gets a copy of the zip: some versions delete what they have sent.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from local.azure_tools import ask_program

SERVICE = "api"
ENVIRONMENT = "publish"
NAME, URL = "AZURE_FUNCTION_NAME", "PROXY_URL"
PLACE = ("AZURE_SUBSCRIPTION_ID", "AZURE_LOCATION", "AZURE_RESOURCE_GROUP")


def find_place(azd: str, root: Path, app: str) -> dict[str, str] | None:
    """Where the app is, and its URL; None where azd's environment is another app's, or none."""
    if _ask(azd, root, NAME) != app:
        return None
    place = {name: _ask(azd, root, name) for name in (*PLACE, URL)}
    return place if all(place[name] for name in PLACE) else None


def _ask(azd: str, root: Path, name: str) -> str:
    """Empty for no answer: what it prints of a name that it does not know may be on stdout."""
    answer = ask_program([azd, "env", "get-value", name, "--no-prompt"], root)
    return "" if answer is None else answer.strip()


def write_project(folder: Path, app: str, place: Mapping[str, str], zip_file: Path) -> None:
    """JSON is YAML. Nothing in single quotes is read as anything else."""
    service = {"project": ".", "language": "python", "host": "function", "remoteBuild": False}
    project = {"name": "publish", "services": {SERVICE: {**service, "resourceName": app}}}
    (folder / "azure.yaml").write_text(json.dumps(project))
    environment = folder / ".azure" / ENVIRONMENT
    environment.mkdir(parents=True)
    config = {"version": 1, "defaultEnvironment": ENVIRONMENT}
    (folder / ".azure" / "config.json").write_text(json.dumps(config))
    values = {"AZURE_ENV_NAME": ENVIRONMENT, **{name: place[name] for name in PLACE}}
    lines = [f"{name}='{value}'\n" for name, value in values.items()]
    (environment / ".env").write_text("".join(lines))
    shutil.copyfile(zip_file, folder / "app.zip")


def command(azd: str) -> list[str]:
    """To be run in that project."""
    options = ["--from-package", "app.zip", "--environment", ENVIRONMENT, "--no-prompt"]
    return [azd, "deploy", SERVICE, *options]
