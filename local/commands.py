"""What dev.py can do, and how every failure ends: one sentence, exit code 1 (2 for usage).

Rule: this file and what it imports run before anything is installed, under Python 3.8 or newer.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local.failure import AlreadyExplained, Failure
from local.interpreters import this_machine
from local.processes import Processes, end_on_signals
from local.start import start
from local.virtual_environment import DEVELOPING, VirtualEnvironment, child_environ

ROOT = Path(__file__).resolve().parent.parent
COVERAGE = ["--cov", "--cov-report=term-missing"]
TWO_WORKERS = ["-n", "2"]
CHECKS = {
    "format": ["-m", "ruff", "format", "--check", "."],
    "lint": ["-m", "ruff", "check", "."],
    "types": ["-m", "mypy"],
    # It has no __main__; its script would break when the folder is moved.
    "layers": ["-c", "from importlinter.cli import lint_imports_command as run; run()"],
}


def main(arguments: list[str], usage: str) -> int:
    return explain(lambda: run(arguments, usage))


def explain(command: Callable[[], int]) -> int:
    try:
        return command()
    except AlreadyExplained:
        pass
    except Failure as failure:
        print(failure, file=sys.stderr)
    except OSError as error:
        print(f"{error.filename or 'dev.py'}: {error.strerror or error}.", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1


def run(arguments: list[str], usage: str) -> int:
    if arguments[:1] == ["test"]:  # everything after it belongs to pytest
        return test(arguments[1:])
    options = read_options(arguments, usage)
    if options.command == "bench":
        return bench()
    return start(ROOT, options.port) if options.command == "start" else check()


def read_options(arguments: list[str], usage: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser("dev.py", usage="\n" + usage.partition("\n\n")[2].rstrip())
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND", prog="dev.py"
    )
    starting = commands.add_parser("start", usage="dev.py start [--port 7071]")
    starting.add_argument("--port", type=port_number, default=7071)
    commands.add_parser("check", usage="dev.py check")
    commands.add_parser("test", usage="dev.py test [ARGUMENT...]")
    benching = commands.add_parser("bench", usage="dev.py bench --load")
    benching.add_argument("--load", action="store_true")
    options = parser.parse_args(arguments)
    if options.command == "bench" and not options.load:
        benching.error("bench needs --load: so far it measures nothing else")
    return options


def port_number(text: str) -> int:
    if text.isdecimal() and 0 < int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f"a port is a number from 1 to 65535, not {text}")


def test(arguments: list[str]) -> int:
    """The whole suite is measured; a part of it could not reach the threshold."""
    options = arguments or [*COVERAGE, *TWO_WORKERS]
    return subprocess.call([prepared_python(), "-m", "pytest", *options], **in_project())


def check() -> int:
    """Every check runs, also after one has failed."""
    python = prepared_python()
    passed = [run_check(name, [python, *command]) for name, command in CHECKS.items()]
    passed.append(subprocess.call([python, "-m", "local.audit"], **in_project()) == 0)
    return 0 if all(passed) else 1


def run_check(name: str, command: list[str]) -> bool:
    finished = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **in_project()
    )
    if finished.returncode:
        print(finished.stdout.decode(errors="replace").rstrip())
    print(f"{name:8}{'FAILED' if finished.returncode else 'ok'}", flush=True)
    return not finished.returncode


def bench() -> int:
    """The load ends with us, and what it has started with it."""
    command = [prepared_python(), "-u", "-m", "local.leash", "tests.bench.load"]
    with Processes(ROOT) as processes:
        load = processes.start("The load", command, child_environ(os.environ), stdout=None)
        return load.process.wait()


def prepared_python() -> str:
    end_on_signals()
    venv = VirtualEnvironment(ROOT)
    venv.prepare(DEVELOPING, this_machine(os.environ))
    return venv.python


def in_project() -> dict[str, Any]:
    return {"cwd": ROOT, "env": child_environ(os.environ), "stdin": subprocess.DEVNULL}
