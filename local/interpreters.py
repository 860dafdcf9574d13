"""This machine -> the Python that .venv is made with.

Rules:
- 3.13 first, then 3.12 and 3.11, which are tested; then 3.14 and later, which are not;
- a candidate counts only after it has been run, because a file of the right name may be a shim
  that refuses, a pre-release, or a Python without venv.
"""

from __future__ import annotations

import glob
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from local.failure import Failure
from local.settings_file import setting

TESTED = ("3.13", "3.12", "3.11")
UNTESTED = tuple(f"3.{minor}" for minor in range(14, 30))
OLDEST = (3, 11)
OVERRIDES = ("DEV_PYTHON", "PYTHON")

# Prints the version and the path of the interpreter itself, also when a shim or a venv was run.
PROOF = """
import ensurepip, sys, sysconfig, venv
assert sys.implementation.name == "cpython" and sys.version_info.releaselevel == "final"
assert not sysconfig.get_config_var("Py_GIL_DISABLED")
print("%d.%d" % sys.version_info[:2], getattr(sys, "_base_executable", "") or sys.executable)
"""


@dataclass(frozen=True)
class Interpreter:
    version: str
    path: str


@dataclass(frozen=True)
class Machine:
    environ: Mapping[str, str]
    home: Path
    windows: bool
    running: str
    """The interpreter that dev.py itself runs on."""


def this_machine(environ: Mapping[str, str]) -> Machine:
    home = os.path.expanduser("~")  # Path.home() fails for a user without one
    return Machine(environ, Path(home), os.name == "nt", sys.executable)


def find_interpreter(
    machine: Machine, versions: Sequence[str] = (*TESTED, *UNTESTED)
) -> Interpreter:
    for version in versions:
        found = _find_version(version, machine)
        if found:
            return found
    raise Failure(
        f"No Python 3.11 or newer with venv was found. Install Python {TESTED[0]} "
        "(https://www.python.org/downloads/; on Debian and Ubuntu also its package "
        "python3-venv), or set PYTHON to where it is."
    )


def what_is_untested(interpreter: Interpreter) -> str:
    if read_version(interpreter.version) <= read_version(TESTED[0]):
        return ""
    return f" (untested: the newest that this project is tested with is {TESTED[0]})"


def read_version(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))


def demanded_interpreter(machine: Machine) -> Interpreter | None:
    """The one that DEV_PYTHON or PYTHON asks for: a version, a command or a path."""
    for name in OVERRIDES:
        demand = setting(machine.environ, name)
        if demand:
            return _read_demand(name, demand, machine)
    return None


def _read_demand(name: str, demand: str, machine: Machine) -> Interpreter:
    if re.fullmatch(r"3\.\d+", demand):
        found = _find_version(demand, machine)
    else:
        found = prove((os.path.expanduser(demand),))
    if not found:
        raise Failure(
            f"{name}={demand} is not a working Python with venv "
            "(pre-releases and free-threaded builds are not taken)."
        )
    if read_version(found.version) < OLDEST:
        raise Failure(f"{name}={demand} is Python {found.version}; 3.11 or newer is needed.")
    return found


def _find_version(version: str, machine: Machine) -> Interpreter | None:
    proven = (prove(command) for command in candidates(version, machine))
    return next((found for found in proven if found and found.version == version), None)


@lru_cache(maxsize=100)
def prove(command: tuple[str, ...]) -> Interpreter | None:
    try:
        answer = subprocess.run(
            [*command, "-I", "-c", PROOF],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=30,
            check=True,
        ).stdout.strip()
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    version, _, path = answer.rpartition("\n")[2].partition(" ")
    return Interpreter(version, path) if path else None


def candidates(version: str, machine: Machine) -> Iterator[tuple[str, ...]]:
    yield (machine.running,)
    yield from _on_path([f"python{version}", "python3", "python"], machine)
    if machine.windows:
        yield ("py", f"-{version}")
    for pattern in _installed(version, machine):
        for path in sorted(glob.glob(pattern), key=_by_number, reverse=True):
            yield (path,)


def _on_path(names: list[str], machine: Machine) -> Iterator[tuple[str, ...]]:
    suffix = ".exe" if machine.windows else ""
    folders = [folder for folder in machine.environ.get("PATH", "").split(os.pathsep) if folder]
    for name in names:
        for folder in folders:
            file = os.path.join(folder, name + suffix)
            if os.path.isfile(file):  # which, unlike Path's, takes a folder that is closed to us
                yield (file,)


def _by_number(path: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", path)]


def _installed(version: str, machine: Machine) -> Iterator[str]:
    """Where pyenv, uv, asdf, mise, Homebrew and the installers put a version, as glob patterns."""
    places = _windows_places if machine.windows else _unix_places
    for folder, rest in places(version, machine):
        if folder:
            yield os.path.join(glob.escape(str(folder)), *rest.split("/"))


def _unix_places(version: str, machine: Machine) -> Iterator[tuple[Path | str, str]]:
    environ, home = machine.environ, machine.home
    data = Path(setting(environ, "XDG_DATA_HOME") or home / ".local" / "share")
    python = f"bin/python{version}"
    yield setting(environ, "PYENV_ROOT"), f"versions/{version}[.-]*/{python}"
    yield home / ".pyenv", f"versions/{version}[.-]*/{python}"
    yield setting(environ, "UV_PYTHON_INSTALL_DIR"), f"cpython-{version}[.-]*/{python}"
    yield data / "uv" / "python", f"cpython-{version}[.-]*/{python}"
    yield home / "Library/Application Support/uv/python", f"cpython-{version}[.-]*/{python}"
    yield home / ".asdf", f"installs/python/{version}[.-]*/{python}"
    yield data / "mise", f"installs/python/{version}[.-]*/{python}"
    for prefix in ("/opt/homebrew", "/usr/local", "/home/linuxbrew/.linuxbrew"):
        yield prefix, python
        yield prefix, f"opt/python@{version}/{python}"
    yield "/Library/Frameworks/Python.framework/Versions", f"{version}/{python}"
    yield "/usr", python


def _windows_places(version: str, machine: Machine) -> Iterator[tuple[Path | str, str]]:
    environ, home = machine.environ, machine.home
    for root in ("PYENV_ROOT", "PYENV"):
        yield setting(environ, root), f"versions/{version}.*/python.exe"
    yield home / ".pyenv" / "pyenv-win", f"versions/{version}.*/python.exe"
    yield setting(environ, "UV_PYTHON_INSTALL_DIR"), f"cpython-{version}[.-]*/python.exe"
    for data in ("uv/python", "uv/data/python"):
        yield setting(environ, "APPDATA"), f"{data}/cpython-{version}[.-]*/python.exe"
    folder = "Python" + version.replace(".", "")
    yield setting(environ, "LOCALAPPDATA"), f"Programs/Python/{folder}/python.exe"
    yield setting(environ, "ProgramFiles"), f"{folder}/python.exe"
    yield setting(environ, "ProgramFiles".upper()), f"{folder}/python.exe"
