"""azure.yaml and its hooks against an azd of our own; their grammar is local/checkers.py's."""

import os
import re
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from proxy_core.cursor.model_ids import IDS
from tests.infra.bicep import INFRA, ROOT, read

SCRIPTS = sorted((INFRA / "hooks").iterdir())
NAMES = re.compile(r"\b(?:AZURE|ANTHROPIC|ASSIGN|CREATE|PROXY)_[A-Z_]+\b")
HEX = re.compile(r"[0-9a-f]{48}")
ACCOUNT = "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/a"
AZD = """#!/bin/sh
# Its environment is a folder with a file for each value.
case "$2" in
  set) printf '%s' "$4" > "$AZD_VALUES/$3" ;;
  get-value)
    [ -f "$AZD_VALUES/$3" ] && cat "$AZD_VALUES/$3" && echo && exit
    echo "ERROR: key '$3' not found in the environment values"
    exit 1 ;;
esac
"""


def hooks() -> Mapping[str, Mapping[str, Any]]:
    yaml = pytest.importorskip("yaml", reason="needs PyYAML (requirements-dev.txt)")
    hooks: Mapping[str, Mapping[str, Any]] = yaml.safe_load((ROOT / "azure.yaml").read_text())[
        "hooks"
    ]
    return hooks


def test_it_runs_every_hook_on_every_system() -> None:
    told = [hook[system]["run"] for hook in hooks().values() for system in ("posix", "windows")]
    assert sorted(told) == sorted(str(script.relative_to(ROOT)) for script in SCRIPTS)


@pytest.mark.parametrize("name", ["preprovision", "postprovision", "postdeploy"])
def test_both_shells_ask_azd_for_the_same(name: str) -> None:
    asked = [
        {*NAMES.findall((INFRA / "hooks" / file).read_text())}
        for file in (f"{name}.sh", f"{name}.ps1")
    ]
    assert asked[0] == asked[1] != set()


def test_they_ask_for_what_is_said_somewhere() -> None:
    """By a person, a hook, or the outputs of main.bicep; the last is what they tell a client."""
    parameters = (INFRA / "main.parameters.json").read_text()
    known = {*re.findall(r"\$\{(\w+)", parameters), *read("main.bicep")["outputs"]}
    for script in SCRIPTS:
        asked = {*NAMES.findall(script.read_text())} - {"ANTHROPIC_BASE_URL"}
        assert asked <= known, script.name


class Azd:
    """azd as a hook sees it."""

    def __init__(self, folder: Path) -> None:
        self._values, self._programs = folder / "values", folder / "programs"
        self._values.mkdir()
        self._programs.mkdir()
        program = self._programs / "azd"
        program.write_text(AZD)
        program.chmod(0o755)

    def set(self, **values: str) -> None:
        for name, value in values.items():
            (self._values / name).write_text(value)

    def get(self, name: str) -> str:
        file = self._values / name
        return file.read_text() if file.exists() else ""

    def run(self, hook: str, **environ: str) -> subprocess.CompletedProcess[str]:
        path = f"{self._programs}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            ["sh", str(INFRA / "hooks" / f"{hook}.sh")],
            env={"PATH": path, "AZD_VALUES": str(self._values), **environ},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def azd(tmp_path: Path) -> Azd:
    if os.name != "posix":
        pytest.skip("needs sh")
    return Azd(tmp_path)


# --- before anything is made ------------------------------------------------


@pytest.mark.parametrize(
    "where",
    [
        {"AZURE_OPENAI_RESOURCE_ID": ACCOUNT},
        {"AZURE_OPENAI_ENDPOINT": "https://a.openai.azure.com"},
        {"CREATE_OPENAI": "true"},
    ],
)
def test_a_token_is_made_once_and_not_shown(azd: Azd, where: dict[str, str]) -> None:
    azd.set(**where)
    first = azd.run("preprovision")
    token = azd.get("ANTHROPIC_AUTH_TOKEN")
    assert HEX.fullmatch(token)
    assert first.returncode == 0
    assert "ANTHROPIC_AUTH_TOKEN" in first.stdout
    assert token not in first.stdout + first.stderr
    again = azd.run("preprovision")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert azd.get("ANTHROPIC_AUTH_TOKEN") == token


def test_the_token_of_a_shell_is_another_services(azd: Azd) -> None:
    azd.set(CREATE_OPENAI="true")
    azd.run("preprovision", ANTHROPIC_AUTH_TOKEN="sk-of-anthropic")
    assert HEX.fullmatch(azd.get("ANTHROPIC_AUTH_TOKEN"))


@pytest.mark.parametrize("said", [{}, {"CREATE_OPENAI": "false"}, {"AZURE_OPENAI_ENDPOINT": ""}])
def test_without_models_nothing_is_made(azd: Azd, said: dict[str, str]) -> None:
    azd.set(**said)
    ended = azd.run("preprovision")
    assert ended.returncode == 1
    for name in ("AZURE_OPENAI_RESOURCE_ID", "AZURE_OPENAI_ENDPOINT", "CREATE_OPENAI"):
        assert f"azd env set {name} " in ended.stderr
    assert azd.get("ANTHROPIC_AUTH_TOKEN") == ""


@pytest.mark.parametrize(
    "name",
    [
        *("AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_API_KEY", "AZURE_OPENAI_RESOURCE_ID"),
        *("AZURE_OPENAI_FALLBACK_ENDPOINT", "AZURE_OPENAI_FALLBACK_API_KEY"),
    ],
)
def test_what_only_the_shell_says_is_asked_about(azd: Azd, name: str) -> None:
    """azd would take it, and a key for something else would go up without a word."""
    azd.set(CREATE_OPENAI="true")
    ended = azd.run("preprovision", **{name: "of-a-shell"})
    assert ended.returncode == 1
    assert f"{name} is set in this shell" in ended.stderr
    assert "of-a-shell" not in ended.stdout + ended.stderr
    azd.set(**{name: "of-azd"})
    assert azd.run("preprovision", **{name: "of-a-shell"}).returncode == 0


@pytest.mark.parametrize("pipeline", ["CI", "TF_BUILD"])
def test_a_pipeline_says_it_by_its_variables(azd: Azd, pipeline: str) -> None:
    said = {pipeline: "true", "AZURE_OPENAI_ENDPOINT": "https://a.openai.azure.com"}
    ended = azd.run("preprovision", **said)
    assert ended.returncode == 1
    assert "ANTHROPIC_AUTH_TOKEN" in ended.stderr
    ended = azd.run("preprovision", **said, ANTHROPIC_AUTH_TOKEN="t")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert azd.get("ANTHROPIC_AUTH_TOKEN") == ""


# --- afterwards -------------------------------------------------------------


def test_the_role_is_left_to_whoever_may_give_it(azd: Azd) -> None:
    azd.set(AZURE_OPENAI_RESOURCE_ID=ACCOUNT, ASSIGN_OPENAI_ROLE="false", PROXY_PRINCIPAL_ID="p-1")
    told = azd.run("postprovision").stdout
    command = re.search(r"az role (?:.*\\\n)*.*", told)
    assert command
    assert shlex.split(command[0].replace("\\\n", " ")) == [
        *("az", "role", "assignment", "create"),
        *("--assignee-object-id", "p-1", "--assignee-principal-type", "ServicePrincipal"),
        *("--role", "Cognitive Services OpenAI User", "--scope", ACCOUNT),
    ]


@pytest.mark.parametrize("said", [{}, {"AZURE_OPENAI_RESOURCE_ID": ACCOUNT}])
def test_else_only_the_403_of_the_first_seconds_is_told(azd: Azd, said: dict[str, str]) -> None:
    azd.set(**said)
    told = azd.run("postprovision").stdout
    assert "az role" not in told
    assert "403" in told
    assert "azd deploy" in told


@pytest.mark.parametrize("token", ["0123abcd", "first, second", "it's", 'a"b$c`d\\'])
def test_what_to_paste_is_shown_at_the_end(azd: Azd, token: str) -> None:
    azd.set(PROXY_URL="https://func-x.azurewebsites.net", ANTHROPIC_AUTH_TOKEN=token)
    told = azd.run("postdeploy").stdout
    exports = "\n".join(re.findall(r"export .*", told))
    shown = subprocess.run(
        ["sh", "-c", f'{exports}\nprintf "%s %s" "$ANTHROPIC_BASE_URL" "$ANTHROPIC_AUTH_TOKEN"'],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    own = token.partition(",")[0]
    assert shown == f"https://func-x.azurewebsites.net {own}"
    assert "https://func-x.azurewebsites.net/cursor\n" in told
    assert f"OpenAI API Key: {own}\n" in told
    assert ", ".join(IDS) in told
    assert "https://func-x.azurewebsites.net/setup\n" in told


@pytest.mark.parametrize("pipeline", ["CI", "TF_BUILD"])
def test_a_log_keeps_no_token(azd: Azd, pipeline: str) -> None:
    azd.set(PROXY_URL="https://func-x.azurewebsites.net", ANTHROPIC_AUTH_TOKEN="0123abcd")
    told = azd.run("postdeploy", **{pipeline: "true"}).stdout
    assert "0123abcd" not in told
    assert "azd env get-value ANTHROPIC_AUTH_TOKEN" in told
