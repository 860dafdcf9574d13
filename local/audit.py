"""What requirements.txt brought into .venv -> what is known to be vulnerable in it.

Run by .venv's Python. Rules:
- the versions that are installed are audited, and of them only what is deployed;
- a vulnerability fails the check, unless IGNORED says why it has to stay;
- no answer is no verdict: it is shown as skipped, and fails nothing.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from local.lock import requirement_lines

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements.txt"
IGNORED: dict[str, str] = {}  # the id of a vulnerability nobody has mended: why it may stay
LONGEST_AUDIT = 15.0  # seconds for the whole audit; a network can be slow in more ways than one
ANSWER = 5  # seconds for one answer
# pip-audit ends with a traceback where it is offline, but for a time-out while it connects.
UNREACHABLE = re.compile(
    r"^requests\.exceptions\.|Could not connect to PyPI|PyPI is not redirecting properly", re.M
)
WHAT_TO_DO = (
    "Raise it in requirements.txt, or name it there, and run local.lock. What nobody has mended"
    " can be listed, with a reason, in IGNORED (local/audit.py)."
)


@dataclass(frozen=True)
class Finished:
    """How pip-audit ended."""

    code: int
    output: str
    errors: str


@dataclass(frozen=True)
class Verdict:
    word: str
    details: str = ""
    failed: bool = False


NO_ANSWER = Verdict("skipped (no vulnerability service can be reached)")


def main() -> int:
    try:
        versions = {name: metadata.version(name) for name in deployed()}
        verdict = judge(versions, ask(versions))
    except KeyboardInterrupt:
        return 130
    if verdict.details:
        print(verdict.details)
    print(f"{'audit':8}{verdict.word}", flush=True)
    return int(verdict.failed)


# --- what is deployed -------------------------------------------------------


def deployed() -> set[str]:
    lines = requirement_lines(REQUIREMENTS.read_text("utf-8"))
    return closure(lines, lambda name: metadata.requires(name) or ())


def closure(lines: Iterable[str], requires: Callable[[str], Iterable[str]]) -> set[str]:
    """The names of all packages that these requirements bring, directly and by each other."""
    waiting = [*_applicable(lines)]
    seen: set[tuple[str, str]] = set()
    while waiting:
        wanted = waiting.pop()
        for part in {(canonicalize_name(wanted.name), extra) for extra in ("", *wanted.extras)}:
            if part not in seen:
                seen.add(part)
                waiting += _applicable(requires(part[0]), extra=part[1])
    return {name for name, _ in seen}


def _applicable(lines: Iterable[str], extra: str = "") -> Iterator[Requirement]:
    for requirement in map(Requirement, lines):
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            yield requirement


# --- what is known about it -------------------------------------------------


def ask(versions: Mapping[str, str], environ: Mapping[str, str] | None = None) -> Finished | None:
    """Nothing is resolved or installed again: pip-audit gets a list of exact versions."""
    with TemporaryDirectory() as folder:
        pins = Path(folder, "installed.txt")
        lines = [f"{name}=={versions[name]}\n" for name in sorted(versions)]
        pins.write_text("".join(lines), "utf-8")
        return run(audit_command(pins, IGNORED), environ)


def audit_command(pins: Path, ignored: Iterable[str]) -> list[str]:
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(pins)]
    command += ["--no-deps", "--disable-pip", "--timeout", str(ANSWER)]
    command += ["--format", "json", "--desc", "off", "--progress-spinner", "off"]
    command += ["--cache-dir", str(Path(sys.prefix, "audit-cache"))]
    return command + [part for id in ignored for part in ("--ignore-vuln", id)]


def run(
    command: list[str], environ: Mapping[str, str] | None = None, patience: float = LONGEST_AUDIT
) -> Finished | None:
    """None for a command that had to be ended."""
    try:
        ended = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            env=environ,
            timeout=patience,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    return Finished(ended.returncode, ended.stdout, ended.stderr)


def judge(versions: Mapping[str, str], finished: Finished | None) -> Verdict:
    """Its exit code says too little: 0 also where it could audit nothing, 1 for all the rest."""
    if finished is None:
        return NO_ANSWER
    report = _read_report(finished.output)
    found = [line for package in report or () for line in _describe(package)]
    if found:
        return Verdict("FAILED", "\n".join([*found, WHAT_TO_DO]), failed=True)
    if report is None or finished.code:
        return _judge_failure(finished)
    unknown = sorted({*versions} - {package["name"] for package in report if "vulns" in package})
    if unknown == sorted(versions):
        return NO_ANSWER  # a mirror that has the packages only answers 404
    if unknown:
        return Verdict(f"skipped for what PyPI does not know: {', '.join(unknown)}")
    return Verdict("ok")


def _judge_failure(finished: Finished) -> Verdict:
    if UNREACHABLE.search(finished.errors):
        return NO_ANSWER
    return Verdict("FAILED", (finished.errors or finished.output).rstrip(), failed=True)


def _read_report(output: str) -> list[dict[str, Any]] | None:
    """None where pip-audit came to nothing."""
    try:
        packages: list[dict[str, Any]] = json.loads(output)["dependencies"]
    except (ValueError, LookupError, TypeError):
        return None
    return packages


def _describe(package: dict[str, Any]) -> Iterator[str]:
    for found in package.get("vulns", ()):
        ids = ", ".join([found["id"], *sorted(found.get("aliases", ()))])
        mended = " or ".join(found["fix_versions"]) or "no version"
        yield f"{package['name']} {package['version']}: {ids}; mended in {mended}"


if __name__ == "__main__":
    sys.exit(main())
