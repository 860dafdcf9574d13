"""The app beside another program: started for it, quietly, and ended with it.

`python -m local.background --port 7071` is `dev.py start` in the .venv that is ready already.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from local.commands import explain
from local.failure import Failure
from local.loopback import is_healthy
from local.processes import Processes, Program
from local.start import STARTING_TIME, start

ROOT = Path(__file__).resolve().parent.parent
LOOKING_INTERVAL = 0.1


def start_beside(processes: Processes, port: int, environ: Mapping[str, str]) -> Path | None:
    """The log of the app that now serves; None when another one was faster."""
    # a name that nobody can have taken before, and that nobody else may read
    descriptor, name = tempfile.mkstemp(prefix="azure-gpt-proxy-", suffix=".log")
    command = ["-u", "-m", "local.leash", "local.background", "--port", str(port)]
    try:
        program = processes.start(
            "The proxy", [sys.executable, *command], environ, descriptor, stderr=descriptor
        )
    finally:
        os.close(descriptor)
    return Path(name) if _serves(program, port, Path(name)) else None


def _serves(program: Program, port: int, log: Path) -> bool:
    deadline = time.monotonic() + STARTING_TIME
    while not is_healthy(port):
        if program.process.poll() is not None and not is_healthy(port):
            raise Failure(f"{_last_line(log)}\nThe proxy did not start; its log: {log}")
        if time.monotonic() > deadline:
            raise Failure(f"The proxy did not serve in time; its log: {log}")
        time.sleep(LOOKING_INTERVAL)
    return program.process.poll() is None


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line for line in reversed(lines) if line.strip()), "It said nothing.")


def main() -> int:
    parser = argparse.ArgumentParser("local.background")
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    return explain(lambda: start(ROOT, port, is_prepared=True))


if __name__ == "__main__":
    sys.exit(main())
