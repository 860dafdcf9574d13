"""What dev.py can do, and how every failure ends: one sentence, exit code 1 (2 for usage).

Rule: this file and what it imports run before anything is installed, under Python 3.8 or newer.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local.failure import AlreadyExplained, Failure
from local.interpreters import this_machine
from local.options import is_passed_on, read_options
from local.processes import Processes, end_on_signals
from local.quick_tests import quick_tests, slow_tests
from local.start import start
from local.version import describe_version
from local.virtual_environment import DEVELOPING, RUNNING, VirtualEnvironment, child_environ, say

ROOT = Path(__file__).resolve().parent.parent
COVERAGE = ["--cov", "--cov-report=term-missing"]
TWO_WORKERS = ["-n", "2", "--dist", "worksteal"]  # the slowest tests come last
FEW_EXAMPLES = ["--hypothesis-profile=quick"]
WHOLE_SUITE = "about 10 minutes on 2 cores"
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


def run(arguments: list[str], title: str) -> int:
    if is_passed_on(arguments):
        return PASSED_ON[arguments[0]](arguments[1:])
    if arguments == ["--version"]:
        print(describe_version(ROOT))
        return 0
    options = read_options(arguments, title)
    if options.command == "start":
        return start(ROOT, options.port, check=not options.no_check)
    if options.command in MODULES:
        return hand_to_module(MODULES[options.command], arguments[1:])
    if options.command == "bench":
        return bench("load" if options.load else "speed", arguments[1:])
    return check()


def hand_to_module(module: str, arguments: list[str]) -> int:
    return hand_over(module_command(prepared_python(RUNNING), module, arguments))


def claude(arguments: list[str]) -> int:
    return hand_to_module("local.claude", arguments)


def run_module(arguments: list[str]) -> int:
    python = prepared_python()
    os.chdir(ROOT)  # as for the tests
    return hand_over(module_command(python, arguments[0], arguments[1:]))


def test(arguments: list[str]) -> int:
    """The whole suite is measured; a part of it could not reach the threshold."""
    python = prepared_python()
    if not arguments:
        say(f"The whole suite: {WHOLE_SUITE}.")
        options = [*COVERAGE, *TWO_WORKERS]
    elif arguments[0] == "--quick":
        say("The golden exchanges and the units of what performs no I/O: half a minute on 2 cores.")
        say(f"Left out: {', '.join(slow_tests(ROOT))}.")
        options = [*quick_tests(ROOT), *TWO_WORKERS, *FEW_EXAMPLES, *arguments[1:]]
    else:
        options = arguments
    return subprocess.call([python, "-m", "pytest", *options], **in_project())


def check() -> int:
    """Every check runs, also after one has failed."""
    python = prepared_python()
    commands = {name: [python, *command] for name, command in CHECKS.items()}
    passed = [run_check(name, command) for name, command in commands.items()]
    for module in ("local.audit", "local.checkers"):  # have verdicts of their own
        passed.append(run_check("", [python, "-m", module]))
    return 0 if all(passed) else 1


def run_check(name: str, command: list[str]) -> bool:
    started = time.monotonic()
    finished = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **in_project()
    )
    details = finished.stdout.decode(errors="replace").rstrip()
    verdict = f"{name:8}{'FAILED' if finished.returncode else 'ok'}"
    if not name:
        details, _, verdict = details.rpartition("\n")
    if details and (finished.returncode or not name):
        print(details)
    print(f"{verdict:16} {time.monotonic() - started:.1f} s", flush=True)
    return not finished.returncode


def bench(kind: str, arguments: list[str]) -> int:
    """It ends with us, and what it has started with it."""
    command = [prepared_python(), "-u", "-m", "local.leash", f"tests.bench.{kind}"]
    command += [argument for argument in arguments if argument != "--load"]
    with Processes(ROOT) as processes:
        started = processes.start("The bench", command, child_environ(os.environ), stdout=None)
        return started.process.wait()


def prepared_python(requirements: str = DEVELOPING) -> str:
    end_on_signals()
    venv = VirtualEnvironment(ROOT)
    venv.prepare(requirements, this_machine(os.environ))
    return venv.python


def module_command(python: str, module: str, arguments: list[str]) -> list[str]:
    # -E: what would lead Python to other packages is meant for what the person runs, not for us.
    return [python, "-E", str(ROOT / "local" / "module.py"), module, *arguments]


def hand_over(command: list[str]) -> int:
    """From here on the terminal, Ctrl-C and the exit code are the command's."""
    sys.stdout.flush()
    if os.name == "posix":
        os.execv(command[0], command)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return subprocess.call(command)


def in_project() -> dict[str, Any]:
    return {"cwd": ROOT, "env": child_environ(os.environ), "stdin": subprocess.DEVNULL}


MODULES = {"doctor": "local.doctor", "publish": "local.publish"}
PASSED_ON = {"claude": claude, "run": run_module, "test": test}
