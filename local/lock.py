"""requirements*.txt -> constraints.txt and requirements*.lock: what is deployed, the same tomorrow.

https://docs.astral.sh/uv/pip/compile/

    python3 dev.py run local.lock             what still fits stays
    python3 dev.py run local.lock --upgrade   the newest of everything

Rules:
- constraints.txt has the version of every package on every Python and system. requirements.txt
  includes it, so `.venv`, images and remote builds get these versions;
- requirements.lock has those of Azure's Python with the hashes of their files, for any Linux
  processor; `dev.py publish` installs from it, and pip refuses any other file;
- requirements-otel.lock has the same and what OpenTelemetry needs. It comes last, and binds nobody:
  what cannot be had beside the others leaves them as they are.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from local.failure import Failure
from local.virtual_environment import CONSTRAINTS, DEPLOYED, OTEL, child_environ

ROOT = Path(__file__).resolve().parent.parent
LOCK = "requirements.lock"
OTEL_LOCK = "requirements-otel.lock"
OLDEST, AZURES = "3.11", "3.13"
COMMAND = "python3 dev.py run local.lock"


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(COMMAND, description="Says which versions are deployed.")
    parser.add_argument("--upgrade", action="store_true", help="the newest of everything")
    options = parser.parse_args(arguments)
    try:
        write_locks(root, find_uv(), upgrade=options.upgrade)
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


def requirement_lines(text: str) -> Iterator[str]:
    """Without comments, and without what is for pip itself."""
    for line in text.splitlines():
        requirement = line.partition("#")[0].strip()
        if requirement and not requirement.startswith("-"):
            yield requirement


def find_uv() -> list[str]:
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv is None:
        raise Failure("uv is not installed: it is among requirements-dev.txt.")
    return [uv]


def write_locks(root: Path, uv: Sequence[str], *, upgrade: bool) -> None:
    """Constraints first: the lock is to have the same versions."""
    wanted, more = (_read_requirements(root / name) for name in (DEPLOYED, OTEL))
    newest = ["--upgrade"] if upgrade else []
    everywhere = ["--universal", "--python-version", OLDEST, *newest]
    _compile(root, uv, wanted, CONSTRAINTS, everywhere)
    # The hashes are those of every file of a version, so the processor does not matter.
    azure = ["--python-platform", "x86_64-unknown-linux-gnu", "--python-version", AZURES]
    azure += ["--only-binary", ":all:", "--generate-hashes", "--constraint", CONSTRAINTS, *newest]
    _compile(root, uv, wanted, LOCK, azure)
    _compile(root, uv, f"{wanted}\n{more}", OTEL_LOCK, azure)


def _read_requirements(file: Path) -> str:
    return "\n".join(requirement_lines(file.read_text("utf-8")))


def _compile(
    root: Path, uv: Sequence[str], wanted: str, output: str, options: Sequence[str]
) -> None:
    command = [*uv, "pip", "compile", "--quiet", "--no-config", "--no-annotate"]
    command += ["--custom-compile-command", COMMAND, *options, "--output-file", output, "-"]
    ended = subprocess.run(
        command,
        cwd=root,
        env=child_environ(os.environ),
        input=wanted,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if ended.returncode:
        raise Failure(f"{output} stays as it is; uv says: {' '.join(ended.stderr.split())}")


if __name__ == "__main__":
    sys.exit(main())
