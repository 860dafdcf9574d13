"""requirements*.txt -> a .venv that is ready to use.

Rules:
- a stamp inside .venv says what is installed; when it still holds, nothing is done;
- a .venv that was left half-made, lost its Python or lost packages is made anew;
- another Python than the one .venv has is used only when PYTHON asks for it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.failure import Failure
from local.file_lock import wait_for_turn
from local.install_errors import Attempt, explain_error, explain_output
from local.interpreters import (
    OLDEST,
    Interpreter,
    Machine,
    demanded_interpreter,
    find_interpreter,
    read_version,
    what_is_untested,
)

DEPLOYED = "requirements.txt"
RUNNING = "requirements-local.txt"  # includes it
OTEL = "requirements-otel.txt"  # for OPENTELEMETRY=true
DEVELOPING = "requirements-dev.txt"  # includes them all
CONSTRAINTS = "constraints.txt"  # which DEPLOYED includes
UNFINISHED: dict[str, Any] = {"unfinished": True}
RETRIES = "2"  # pip's own five take 20 seconds to find that there is no network

# These would lead .venv's Python or its pip to other packages than its own.
FOREIGN = {"PYTHONHOME", "PYTHONPATH", "PYTHONSAFEPATH", "PIP_TARGET", "PIP_PREFIX", "PIP_USER"}

PROBE = """
import importlib.util, sys, sysconfig
print("%d.%d" % sys.version_info[:2])
print(sysconfig.get_path("purelib"))
assert importlib.util.find_spec("pip") and sys.prefix != sys.base_prefix
"""


@dataclass(frozen=True)
class Probed:
    """What .venv's Python says of itself."""

    version: str
    packages: frozenset[str]


@dataclass(frozen=True)
class VirtualEnvironment:
    root: Path
    windows: bool = os.name == "nt"

    @property
    def folder(self) -> Path:
        return self.root / ".venv"

    @property
    def scripts(self) -> Path:
        return self.folder / ("Scripts" if self.windows else "bin")

    @property
    def python(self) -> str:
        return str(self.scripts / ("python.exe" if self.windows else "python"))

    def prepare(self, requirements: str, machine: Machine) -> None:
        """Make and fill .venv where that is needed.

        Two commands started together must not both do it. The lock lies on a file we have.
        """
        try:
            with wait_for_turn(self.root / DEVELOPING, _tell_of_another):
                self._prepare(requirements, machine)
        except OSError as error:
            raise Failure(explain_error(error, Attempt(self.root, requirements))) from None

    def _prepare(self, requirements: str, machine: Machine) -> None:
        demanded = demanded_interpreter(machine)
        probed = self._probe_unless_broken()
        if not probed or (demanded and demanded.version != probed.version):
            self._make(demanded or find_interpreter(machine), requirements, broken=not probed)
            probed = self._probe()
        if not probed:
            raise Failure("The .venv just made does not work; set PYTHON to another Python.")
        if not self._holds(requirements, probed.version):
            self._install(requirements, probed.version, machine.environ)

    def _probe_unless_broken(self) -> Probed | None:
        stamp = self._read_stamp()
        probed = None if stamp == UNFINISHED else self._probe()
        if not probed or read_version(probed.version) < OLDEST:
            return None
        return probed if probed.packages.issuperset(stamp.get("packages", [])) else None

    def _probe(self) -> Probed | None:
        try:
            answer = subprocess.run(
                [self.python, "-I", "-c", PROBE],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                timeout=30,
                check=True,
            )
            version, site_packages = answer.stdout.splitlines()[-2:]
            packages = (file.name for file in Path(site_packages).glob("*.dist-info"))
            return Probed(version, frozenset(packages))
        except (OSError, ValueError, subprocess.SubprocessError):
            return None

    def _make(self, interpreter: Interpreter, requirements: str, *, broken: bool) -> None:
        if broken and os.path.lexists(self.folder):
            say("The .venv here is half-made, damaged or another machine's.")
        say(f"Making .venv with Python {interpreter.version}{what_is_untested(interpreter)}.")
        self._remove()
        self.folder.mkdir()
        self._write_stamp(UNFINISHED)
        self._run(
            [interpreter.path, "-m", "venv", str(self.folder)],
            Attempt(self.root, requirements, interpreter.version),
            f"Python {interpreter.version} cannot make .venv; its last words are above.",
        )

    def _remove(self) -> None:
        if self.folder.is_symlink() or self.folder.is_file():
            self.folder.unlink()
        elif self.folder.exists():
            shutil.rmtree(self.folder)

    def _install(self, requirements: str, version: str, environ: Mapping[str, str]) -> None:
        say(f"Installing the packages of {requirements}. The first time takes a minute or so.")
        stamp_before = self._read_stamp()
        self._write_stamp(UNFINISHED)
        command = [self.python, "-m", "pip", "install", "--quiet", "--no-input"]
        command += ["--disable-pip-version-check", "-r", str(self.root / requirements)]
        try:
            self._run(
                command,
                Attempt(self.root, requirements, version),
                f"pip cannot install {requirements}; its last words are above.",
                {"PIP_RETRIES": RETRIES, **child_environ(environ)},
            )
        except Failure:  # without a network, what was there can still be used
            self._write_stamp(stamp_before)
            raise
        self._write_stamp(self._describe(requirements, version))

    def _run(
        self,
        command: list[str],
        attempt: Attempt,
        complaint: str,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        status, output = run_quietly(command, environ)
        if status:
            cause = explain_output(output, attempt)
            if not cause:
                print("\n".join(output.splitlines()[-10:]), file=sys.stderr)
            raise Failure(cause or complaint)

    def _describe(self, requirements: str, version: str) -> dict[str, Any]:
        probed = self._probe()
        packages = sorted(probed.packages) if probed else []
        return {"digest": self._digest(requirements, version), "packages": packages}

    def _holds(self, requirements: str, version: str) -> bool:
        enough = {RUNNING, DEVELOPING} if requirements == RUNNING else {requirements}
        return self._read_stamp().get("digest") in {self._digest(name, version) for name in enough}

    def _digest(self, requirements: str, version: str) -> str:
        files = [DEPLOYED, CONSTRAINTS, RUNNING]
        files += [] if requirements == RUNNING else [OTEL, DEVELOPING]
        content = b"\0".join((self.root / name).read_bytes() for name in files)
        return hashlib.sha256(version.encode() + b"\0" + content).hexdigest()

    @property
    def _stamp(self) -> Path:
        return self.folder / "dev-stamp.json"

    def _read_stamp(self) -> dict[str, Any]:
        """Empty for a .venv that somebody else made: it is filled, not thrown away."""
        try:
            stamp = json.loads(self._stamp.read_text(encoding="utf-8"))
        except OSError:
            return {}
        except ValueError:
            return UNFINISHED
        return stamp if isinstance(stamp, dict) else UNFINISHED

    def _write_stamp(self, stamp: dict[str, Any]) -> None:
        self._stamp.write_text(json.dumps(stamp), encoding="utf-8")


def child_environ(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if name not in FOREIGN}


def run_quietly(command: list[str], environ: Mapping[str, str] | None = None) -> tuple[int, str]:
    """The exit code, and everything that was said."""
    finished = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        env=environ,
        check=False,
    )
    return finished.returncode, finished.stdout


def say(sentence: str) -> None:
    """On stderr: what a command prints may be meant for a program."""
    print(sentence, file=sys.stderr, flush=True)


def _tell_of_another() -> None:
    say("Another dev.py is installing; waiting for it.")
