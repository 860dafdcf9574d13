"""Each checker against good files, bad ones, and its own absence."""

import shutil
import sys
from pathlib import Path

import pytest

from local import checkers
from local.checkers import CHECKERS, KUSTO, KUSTO_VERSION, ROOT

FILES = {  # a checker -> where its file lies, one that is good, one that is not
    "bicep": ("infra/a.bicep", "param a string\n", "resource a 'b@1' = {\n"),
    "azd": (
        "azure.yaml",
        (ROOT / "azure.yaml").read_text(),
        "name: a\nservices: {api: {project: ., host: function, remotebuild: false}}\n",
    ),
    "sh": ("infra/hooks/a.sh", "if true; then echo; fi\n", "if true; then echo\n"),
    "pwsh": ("infra/hooks/a.ps1", "if ($a) { exit 0 }\n", "exit 0\nif ($a) { exit 0\n"),
    "kql": ("infra/queries/a.kql", "traces | take 1\n", "traces | tke 1\n"),
    "actions": (
        ".github/workflows/a.yml",
        (ROOT / ".github/workflows/ci.yml").read_text(),
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    stps: []\n",
    ),
    "zizmor": (
        ".github/workflows/a.yml",
        (ROOT / ".github/workflows/ci.yml").read_text(),
        "name: a\non: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n"
        "    steps:\n      - uses: actions/checkout@v4\n",
    ),
    "docker": ("Dockerfile", "FROM scratch\n", "FROM python\nRUN cd /\n"),
}


@pytest.fixture(autouse=True)
def reader(tmp_path: Path) -> None:
    (tmp_path / "local").mkdir()
    shutil.copy(ROOT / "local/kusto.js", tmp_path / "local/kusto.js")


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


@pytest.mark.parametrize("name", FILES)
def test_a_good_file_passes_and_a_bad_one_fails(name: str, tmp_path: Path) -> None:
    path, good, bad = FILES[name]
    write(tmp_path, path, good)
    verdict = CHECKERS[name](tmp_path)
    if verdict.word.startswith("skipped"):
        pytest.skip(verdict.word)
    assert (verdict.word, verdict.failed, verdict.details) == ("ok", False, "")
    write(tmp_path, path, bad)
    verdict = CHECKERS[name](tmp_path)
    assert (verdict.word, verdict.failed) == ("FAILED", True)
    assert verdict.details


def test_every_checker_is_tried_here() -> None:
    assert {*FILES} == {*CHECKERS}


def test_our_own_files_pass(capsys: pytest.CaptureFixture[str]) -> None:
    assert checkers.main() == 0, capsys.readouterr().out


def test_what_is_not_installed_is_told_and_fails_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr(checkers, "NODE_MODULES", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(checkers, "find_spec", lambda name: None)
    assert checkers.main() == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [*CHECKERS]
    assert all("skipped (" in line for line in lines)


def test_a_checker_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(checkers, "PATIENCE", 0.1)
    verdict = checkers._run([sys.executable, "-c", "import signal; signal.sigwait([])"], tmp_path)
    assert (verdict.word, verdict.failed) == ("FAILED", True)


def test_a_failure_without_a_word_still_says_something(tmp_path: Path) -> None:
    verdict = checkers._run([sys.executable, "-c", "raise SystemExit(3)"], tmp_path)
    assert verdict.details == "exit code 3"


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands in for npm")
@pytest.mark.parametrize("comes", [True, False])
def test_the_parser_of_queries_is_fetched_once(
    comes: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By npm, into .venv; without a network it is skipped."""
    tools, modules = tmp_path / "tools", tmp_path / "venv" / "node_modules"
    fetched = f'mkdir -p "$3/node_modules/{KUSTO}" && echo "$*" >> "{tmp_path}/asked"'
    write(tools, "npm", f"#!/bin/sh\n{fetched if comes else 'exit 1'}\n")
    write(tools, "node", "#!/bin/sh\nexit 0\n")
    for tool in tools.iterdir():
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    monkeypatch.setattr(checkers, "NODE_MODULES", modules)
    word = "ok" if comes else f"skipped (needs Node.js, and npm to fetch {KUSTO}@{KUSTO_VERSION})"
    assert [checkers.check_queries(tmp_path).word for _ in range(2)] == [word, word]
    if comes:
        [asked] = (tmp_path / "asked").read_text().splitlines()
        assert asked.startswith(f"install --prefix {modules.parent} ")
        assert asked.endswith(f"{KUSTO}@{KUSTO_VERSION}")
