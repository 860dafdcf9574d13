"""What is written for other programs -> what those programs' own checkers say of it.

Run by .venv's Python: `python -m local.checkers`. Rules:
- a checker that is not installed is shown as skipped, with what to install, and fails nothing; the
  one that comes from npm is fetched where npm is;
- all of them work offline, so that the same files always get the same answer.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from local.audit import Verdict

ROOT = Path(__file__).resolve().parent.parent
AZURE_YAML = Path(__file__).with_name("azure_yaml.schema.json")
KUSTO = "@kusto/language-service-next"
KUSTO_VERSION = "12.4.1"
NODE_MODULES = Path(sys.prefix) / "node_modules"  # in .venv, and as easily removed
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
    node, modules = shutil.which("node"), NODE_MODULES
    if node is None or not ((modules / KUSTO).is_dir() or _fetch_kusto(modules)):
        return _skipped(f"needs Node.js, and npm to fetch {KUSTO}@{KUSTO_VERSION}")
    queries = sorted(root.glob("infra/queries/**/*.kql"))
    return _run([node, "local/kusto.js", str(modules), *map(str, queries)], root)


def _fetch_kusto(modules: Path) -> bool:
    if (npm := shutil.which("npm")) is None:
        return False
    place = ["--prefix", str(modules.parent), "--no-save", "--ignore-scripts"]
    # a network that is not there is not waited for
    quiet = ["--no-audit", "--no-fund", "--fetch-retries=0"]
    install = [npm, "install", *place, *quiet, f"{KUSTO}@{KUSTO_VERSION}"]
    return not _run(install, ROOT).failed and (modules / KUSTO).is_dir()


def check_azure_yaml(root: Path) -> Verdict:
    """Against what azd's schema says of the parts that we use; the whole one asks the network."""
    if find_spec("yaml") is None or find_spec("jsonschema") is None:
        return _skipped("PyYAML or jsonschema is not installed")
    yaml = import_module("yaml")
    try:
        project = yaml.safe_load((root / "azure.yaml").read_text("utf-8"))
    except yaml.YAMLError as error:
        return _judge([f"azure.yaml: {error}"])
    return _judge(f"azure.yaml: {mistake}" for mistake in azure_yaml_mistakes(project))


def azure_yaml_mistakes(project: Any) -> list[str]:
    schema = json.loads(AZURE_YAML.read_text("utf-8"))
    found = import_module("jsonschema").Draft202012Validator(schema).iter_errors(project)
    return [f"{error.json_path}: {error.message}" for error in found]


def check_shell(root: Path) -> Verdict:
    """azd's hooks: their grammar. What they do is tests/infra's."""
    scripts = map(str, sorted(root.glob("infra/hooks/*.sh")))
    sh = shutil.which("sh")
    if sh is None:
        return _skipped("there is no sh")
    verdicts = [_run([sh, "-n", script], root) for script in scripts]
    return next((verdict for verdict in verdicts if verdict.failed), Verdict("ok"))


def check_powershell(root: Path) -> Verdict:
    """The grammar alone; PowerShell itself is on none of the registries that this project uses."""
    if find_spec("tree_sitter") is None or find_spec("tree_sitter_powershell") is None:
        return _skipped("tree-sitter-powershell is not installed")
    tree_sitter, grammar = map(import_module, ("tree_sitter", "tree_sitter_powershell"))
    parser = tree_sitter.Parser(tree_sitter.Language(grammar.language()))
    return _judge(
        f"{script.relative_to(root)}:{mistake}"
        for script in sorted(root.glob("infra/hooks/*.ps1"))
        if (mistake := _first_error(parser.parse(script.read_bytes()).root_node))
    )


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
    "azd": check_azure_yaml,
    "sh": check_shell,
    "pwsh": check_powershell,
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


def _first_error(node: Any) -> str:
    """Its line, and what is there."""
    if not node.has_error:
        return ""
    inner = next((child for child in node.children if child.has_error), None)
    if inner is not None:
        return _first_error(inner)
    first = node.text.decode(errors="replace").partition("\n")[0]
    return f"{node.start_point[0] + 1}: not understood: {first}"


def _skipped(reason: str) -> Verdict:
    return Verdict(f"skipped ({reason})")


if __name__ == "__main__":
    sys.exit(main())
