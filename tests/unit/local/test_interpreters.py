"""The search, with made-up interpreters of versions that no machine has."""

import os
import sys
from pathlib import Path

import pytest

from local.failure import Failure
from local.interpreters import (
    UNTESTED,
    Interpreter,
    Machine,
    candidates,
    demanded_interpreter,
    find_interpreter,
    prove,
    this_machine,
    what_is_untested,
)

VERSIONS = ("9.13", "9.12")
unix = pytest.mark.skipif(os.name == "nt", reason="the made-up interpreters are shell scripts")


@unix
def test_a_shim_that_refuses_is_passed_over(tmp_path: Path) -> None:
    refuse(tmp_path / "shims/python9.13")
    pyenv = pretend(tmp_path / "pyenv/versions/9.13.0/bin/python9.13", "9.13")
    found = find_interpreter(machine(tmp_path, PYENV_ROOT=tmp_path / "pyenv"), VERSIONS)
    assert found == Interpreter("9.13", pyenv)


@unix
def test_a_later_folder_of_the_path_is_tried_too(tmp_path: Path) -> None:
    refuse(tmp_path / "shims/python9.13")
    good = pretend(tmp_path / "good/python9.13", "9.13")
    path = os.pathsep.join([str(tmp_path / "shims"), str(tmp_path / "good")])
    assert find_interpreter(machine(tmp_path, PATH=path), VERSIONS).path == good


@unix
def test_the_name_is_not_believed(tmp_path: Path) -> None:
    pretend(tmp_path / "shims/python9.13", "9.9")
    twelve = pretend(tmp_path / "shims/python3", "9.12")
    assert find_interpreter(machine(tmp_path), VERSIONS) == Interpreter("9.12", twelve)


@unix
@pytest.mark.parametrize(
    "place",
    [
        ".pyenv/versions/9.13.0/bin",
        ".local/share/uv/python/cpython-9.13.1-linux-x86_64-gnu/bin",
        ".asdf/installs/python/9.13.2/bin",
        ".local/share/mise/installs/python/9.13.2/bin",
    ],
)
def test_the_tools_that_install_python_are_known(tmp_path: Path, place: str) -> None:
    python = pretend(tmp_path / place / "python9.13", "9.13")
    pretend(tmp_path / "shims/python3", "9.12")
    assert find_interpreter(machine(tmp_path), VERSIONS).path == python


@unix
def test_the_newest_patch_goes_first(tmp_path: Path) -> None:
    for patch in (9, 10, 2):
        pretend(tmp_path / f".pyenv/versions/9.13.{patch}/bin/python9.13", "9.13")
    assert "9.13.10" in find_interpreter(machine(tmp_path), VERSIONS).path


@unix
def test_a_newer_one_is_taken_when_no_tested_one_is_there(tmp_path: Path) -> None:
    newer = pretend(tmp_path / "shims/python3.27", "3.27")
    pretend(tmp_path / "shims/python3", "3.28")
    nothing_else = machine(tmp_path)
    assert find_interpreter(nothing_else, ("3.26", *UNTESTED)) == Interpreter("3.27", newer)


@pytest.mark.parametrize(
    ("version", "noted"), [("3.11", False), ("3.13", False), ("3.14", True), ("3.20", True)]
)
def test_what_is_untested_is_noted(version: str, noted: bool) -> None:
    note = what_is_untested(Interpreter(version, "python"))
    assert ("untested" in note) is noted
    assert "\n" not in note


@unix
def test_no_entry_of_the_path_ends_the_search(tmp_path: Path) -> None:
    good = pretend(tmp_path / "good/python9.13", "9.13")
    closed = tmp_path / "closed"
    pretend(closed / "python9.13", "9.13")
    closed.chmod(0)
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    (tmp_path / "file").touch()
    (tmp_path / "folder/python9.13").mkdir(parents=True)
    odd = ["", " ", "~", "/" + "x" * 5_000, "/nowhere", *map(str, (closed, loop))]
    odd += [str(tmp_path / "file"), str(tmp_path / "folder")]
    found = find_interpreter(machine(tmp_path, PATH=os.pathsep.join([*odd, good[:-11]])), VERSIONS)
    closed.chmod(0o700)
    assert found.path in (good, str(closed / "python9.13"))  # nothing is closed to root


def test_none_at_all_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"^No Python 3\.11 or newer with venv was found\. [^\n]*$"):
        find_interpreter(machine(tmp_path), VERSIONS)


def test_the_running_interpreter_is_proven_as_itself() -> None:
    found = prove((sys.executable,))
    assert found
    assert found.version == "{}.{}".format(*sys.version_info)


@unix
def test_a_demand_is_a_path(tmp_path: Path) -> None:
    python = pretend(tmp_path / "elsewhere", "9.11")
    asked = machine(tmp_path, PYTHON=python)
    assert demanded_interpreter(asked) == Interpreter("9.11", python)


@unix
def test_a_demand_may_be_just_a_version(tmp_path: Path) -> None:
    python = pretend(tmp_path / "shims/python3.99", "3.99")
    assert demanded_interpreter(machine(tmp_path, PYTHON="3.99")) == Interpreter("3.99", python)


@unix
def test_dev_python_goes_before_python(tmp_path: Path) -> None:
    python = pretend(tmp_path / "mine", "9.11")
    asked = machine(tmp_path, DEV_PYTHON=python, PYTHON="/nowhere/python2")
    assert demanded_interpreter(asked) == Interpreter("9.11", python)


@unix
def test_a_demand_that_cannot_be_met_is_refused(tmp_path: Path) -> None:
    old = pretend(tmp_path / "old", "3.9")
    with pytest.raises(Failure, match=r"is Python 3\.9; 3\.11 or newer is needed"):
        demanded_interpreter(machine(tmp_path, PYTHON=old))
    with pytest.raises(Failure, match="PYTHON=/nowhere is not a working Python"):
        demanded_interpreter(machine(tmp_path, PYTHON="/nowhere"))


def test_without_a_demand_there_is_none(tmp_path: Path) -> None:
    assert demanded_interpreter(machine(tmp_path, PYTHON=" ")) is None


def test_windows_places(tmp_path: Path) -> None:
    installed = tmp_path / "Programs" / "Python" / "Python913" / "python.exe"
    installed.parent.mkdir(parents=True)
    installed.touch()
    windows = Machine({"LOCALAPPDATA": str(tmp_path)}, tmp_path, windows=True, running="me.exe")
    commands = list(candidates("9.13", windows))
    assert ("py", "-9.13") in commands
    assert (str(installed),) in commands


def machine(tmp_path: Path, **environ: object) -> Machine:
    texts = {"PATH": str(tmp_path / "shims")} | {name: str(v) for name, v in environ.items()}
    this = this_machine(texts)
    return Machine(texts, tmp_path, this.windows, running=str(tmp_path / "none"))


def pretend(file: Path, version: str) -> str:
    script(file, f'echo "a line of noise"; echo "{version} $0"')
    return str(file)


def refuse(file: Path) -> None:
    script(file, 'echo "command not found" >&2; exit 127')


def script(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
