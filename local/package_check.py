"""A zip for Azure -> whether the app in it imports, and the routes it has.

Rule: only where Azure's Python and its Linux are; elsewhere the wheels cannot be loaded, and the
caller is told so instead.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from local.failure import Failure
from local.interpreters import Interpreter, find_interpreter, this_machine
from local.lock import AZURES

ROUTES = Path(__file__).with_name("package_routes.py")
PATIENCE = 120  # seconds
SKIPPED_REPAIR = "worker_tuning_skipped"
# As good as any: nothing is asked while the app is imported.
SETTINGS = {
    "AZURE_OPENAI_ENDPOINT": "https://not-asked.openai.azure.com",
    "AZURE_OPENAI_API_KEY": "not-asked",
    "ANTHROPIC_AUTH_TOKEN": "not-asked-0123456789",
    "BIG_MODEL": "gpt-5.4",
    "SMALL_MODEL": "gpt-5.4",
}


def find_azures_python(environ: Mapping[str, str]) -> Interpreter | None:
    try:
        return find_interpreter(this_machine(environ), (AZURES,))
    except Failure:
        return None


def can_run_wheels() -> bool:
    """Those of local/package.py, PLATFORMS."""
    here = (sys.platform, platform.machine(), platform.libc_ver()[0])
    return here == ("linux", "x86_64", "glibc")


def check(zip_file: Path, python: str) -> list[str]:
    """The routes. Nothing of this folder or of .venv is in reach of the app."""
    with TemporaryDirectory() as folder:
        with ZipFile(zip_file) as zipped:
            zipped.extractall(folder)
        return routes(Path(folder), python)


def routes(folder: Path, python: str) -> list[str]:
    system = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    try:
        ended = subprocess.run(
            [python, "-I", "-S", str(ROUTES), str(folder)],
            env={**system, **SETTINGS},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Failure(
            f"The package was built, but its app is not imported in {PATIENCE} s."
        ) from None
    if ended.returncode:
        last = (ended.stderr.splitlines() or ["it says nothing"])[-1]
        raise Failure(f"The package was built, but its app cannot be imported: {last}")
    lines = ended.stdout.splitlines()
    skipped = next((line for line in lines if SKIPPED_REPAIR in line), None)
    if skipped:
        raise Failure(
            "The package was built, but a repair of worker_tuning.py does not find what it "
            f"repairs: {skipped}"
        )
    found = [line for line in lines if line.startswith("/")]
    if not found:
        raise Failure("The package was built, but its app has no routes.")
    return found
