"""What is written for other programs -> what those programs' own checkers say of it.

Run by .venv's Python: `python -m local.checkers`. Rules:
- a checker that is not installed is shown as skipped, with what to install, and fails nothing;
- all of them work offline, so that the same files always get the same answer.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from local.audit import Verdict

ROOT = Path(__file__).resolve().parent.parent
KUSTO = "@kusto/language-service-next"
KUSTO_VERSION = "12.4.1"
PATIENCE = 120  # seconds for one checker


def main() -> int:
    failed = False
    for name, check in CHECKERS.items():
        verdict = check(ROOT)
        if verdict.details:
            print(verdict.details)
        print(f"{name:8}{verdict.word}", flush=True)
        failed |= verdict.failed
    return int(failed)


def check_bicep(root: Path) -> Verdict:
    """Its grammar; names and roles are tests/infra's, names of properties nobody's."""
    if find_spec("pycep") is None:
        return _skipped("pycep-parser is not installed")
    parser = import_module("pycep").BicepParser()
    return _judge(
        f"{file.relative_to(root)}: {mistake}"
        for file in sorted(root.glob("infra/*.bicep"))
        if (mistake := _mistake(parser.parse, file.read_text("utf-8")))
    )


def check_queries(root: Path) -> Verdict:
    """The grammar and the functions of KQL; the names of columns are nobody's."""
    node = shutil.which("node")
    modules = Path(os.environ.get("E2E_NODE_MODULES") or root / "node_modules")
    if node is None or not (modules / KUSTO).is_dir():
        return _skipped(f"needs Node.js and `npm install --no-save {KUSTO}@{KUSTO_VERSION}`")
    queries = sorted(root.glob("infra/queries/**/*.kql"))
    return _run([node, "local/kusto.js", str(modules), *map(str, queries)], root)


def check_workflows(root: Path) -> Verdict:
    workflows = map(str, sorted(root.glob(".github/workflows/*.yml")))
    return _run_installed("jactionlint", ["--shellcheck=", *workflows], root)


def check_security(root: Path) -> Verdict:
    """Of the workflows: actions that are not pinned, permissions, secrets, injections."""
    return _run_installed("zizmor", ["--offline", "--quiet", ".github/workflows"], root)


def check_dockerfiles(root: Path) -> Verdict:
    return _run_installed("hadolint", [*map(str, sorted(root.glob("Dockerfile*")))], root)


CHECKERS: dict[str, Callable[[Path], Verdict]] = {
    "bicep": check_bicep,
    "kql": check_queries,
    "actions": check_workflows,
    "zizmor": check_security,
    "docker": check_dockerfiles,
}


def _run_installed(program: str, arguments: list[str], root: Path) -> Verdict:
    """Of .venv alone: another version on the PATH could say something else."""
    path = shutil.which(program, path=str(Path(sys.executable).parent))
    return _run([path, *arguments], root) if path else _skipped(f"{program} is not installed")


def _run(command: list[str], root: Path) -> Verdict:
    try:
        ended = subprocess.run(
            command,
            cwd=root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            env={**os.environ, "NO_COLOR": "1"},
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Verdict("FAILED", f"{Path(command[0]).name} did not end.", failed=True)
    if ended.returncode:
        said = (ended.stdout + ended.stderr).strip()
        return Verdict("FAILED", said or f"exit code {ended.returncode}", failed=True)
    return Verdict("ok")


def _judge(mistakes: Iterable[str]) -> Verdict:
    found = "\n".join(mistakes)
    return Verdict("FAILED", found, failed=True) if found else Verdict("ok")


def _mistake(parse: Callable[..., object], text: str) -> str:
    try:
        parse(text=text)
    except Exception as error:  # each parser has its own kinds
        return str(error).partition("\nExpected")[0].strip()
    return ""


def _skipped(reason: str) -> Verdict:
    return Verdict(f"skipped ({reason})")


if __name__ == "__main__":
    sys.exit(main())
