"""Real .venvs, without packages and so without a network: one is made, the others copy it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from local.failure import Failure
from local.interpreters import Machine, this_machine
from local.virtual_environment import (
    CONSTRAINTS,
    DEPLOYED,
    DEVELOPING,
    OTEL,
    RUNNING,
    VirtualEnvironment,
    child_environ,
)

Prepare = Callable[[str], str]
pytestmark = pytest.mark.timeout(300)  # as for what else starts programs: see tests/conftest.py


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """This Python; but where it would make a .venv, it copies one, which takes no seconds."""
    if os.name == "nt":
        return sys.executable
    folder = tmp_path_factory.mktemp("copies")
    subprocess.run([sys.executable, "-m", "venv", folder / "made"], check=True)
    version = "{}.{}".format(*sys.version_info)
    script = folder / "python"
    script.write_text(
        f"""#!/bin/sh
        if [ "$2" = venv ]; then exec cp -a "{folder}/made/." "$3"; fi
        echo "{version} $0"
        """
    )
    script.chmod(0o755)
    return str(script)


@pytest.fixture(scope="module")
def machine(python: str) -> Machine:
    """This one, but without what a developer may have asked for."""
    return this_machine({**os.environ, "PYTHON": python, "DEV_PYTHON": ""})


@pytest.fixture(scope="module")
def venv(tmp_path_factory: pytest.TempPathFactory) -> VirtualEnvironment:
    return empty_project(tmp_path_factory.mktemp("project"))


@pytest.fixture
def prepare(
    venv: VirtualEnvironment, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> Prepare:
    """Prepare .venv and tell what was said, which is what was done."""

    def run(requirements: str) -> str:
        venv.prepare(requirements, machine)
        captured = capsys.readouterr()
        assert captured.out == "", "a command may print for a program"
        return captured.err

    return run


def test_the_life_of_a_venv(venv: VirtualEnvironment, prepare: Prepare) -> None:
    """One story, because making a .venv takes seconds."""
    said = prepare(RUNNING)
    assert "Making .venv" in said
    assert f"of {RUNNING}" in said
    assert prepare(RUNNING) == ""

    said = prepare(DEVELOPING)
    assert "Making" not in said
    assert f"of {DEVELOPING}" in said
    assert prepare(RUNNING) == "", "the development packages include those to run"

    for file in (DEPLOYED, RUNNING, CONSTRAINTS):
        (venv.root / file).write_text("# something else\n")
        assert "Making" not in (said := prepare(RUNNING))
        assert "Installing" in said

    (venv.folder / "dev-stamp.json").unlink()
    assert "Making" not in (said := prepare(RUNNING)), "somebody else's .venv is kept"
    assert "Installing" in said


@pytest.mark.parametrize("damage", ["interrupted", "lost package", "lost python"])
def test_damage_is_repaired(venv: VirtualEnvironment, prepare: Prepare, damage: str) -> None:
    prepare(RUNNING)
    stamp = venv.folder / "dev-stamp.json"
    if damage == "interrupted":
        stamp.write_text('{"unfinis')
    elif damage == "lost package":
        stamp.write_text(json.dumps({"packages": ["httpx-0.28.1.dist-info"]}))
    else:
        Path(venv.python).unlink()
    assert "Making .venv" in prepare(RUNNING)
    assert prepare(RUNNING) == ""


def test_packages_that_cannot_be_had_are_one_sentence(
    venv: VirtualEnvironment, prepare: Prepare, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare(RUNNING)
    (venv.root / DEVELOPING).write_text("-r nowhere.txt\n")
    for _ in range(2):  # the second time too: nothing half-made is taken for whole
        with pytest.raises(Failure, match=f"^pip cannot install {DEVELOPING}; [^\n]*$"):
            prepare(DEVELOPING)
        assert "nowhere.txt" in capsys.readouterr().err
    assert prepare(RUNNING) == "", "what was there can still be used"


def test_a_venv_that_is_a_link_to_nowhere_is_replaced(tmp_path: Path, machine: Machine) -> None:
    venv = empty_project(tmp_path)
    venv.folder.symlink_to(tmp_path / "nowhere")
    venv.prepare(RUNNING, machine)
    assert Path(venv.python).exists()
    assert not venv.folder.is_symlink()


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path, machine: Machine) -> None:
    venv = empty_project(tmp_path)
    (tmp_path / RUNNING).unlink()  # so that an OSError comes up in the middle
    with pytest.raises(Failure, match=rf"{RUNNING}: [^\n]+\.$"):
        venv.prepare(RUNNING, machine)


def test_no_network_is_told_soon(tmp_path: Path, machine: Machine) -> None:
    """Nobody listens at the proxy; what pip has been told about other places does not count."""
    venv = empty_project(tmp_path, "azure-gpt-proxy-needs-this")
    alone = {"PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": "", "PIP_RETRIES": "1"}
    away = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), "http://127.0.0.1:9")
    with pytest.raises(Failure, match="the package index cannot be reached"):
        venv.prepare(RUNNING, replace(machine, environ={**machine.environ, **alone, **away}))


def empty_project(folder: Path, requirement: str = "") -> VirtualEnvironment:
    (folder / DEPLOYED).write_text(f"{requirement}\n")
    (folder / RUNNING).write_text(f"-r {DEPLOYED}\n")
    (folder / CONSTRAINTS).touch()
    (folder / DEVELOPING).write_text(f"-r {RUNNING}\n")
    (folder / OTEL).write_text("")
    return VirtualEnvironment(folder)


def test_a_child_finds_only_its_own_packages() -> None:
    assert child_environ({"PYTHONPATH": "x", "PIP_USER": "1", "PATH": "p"}) == {"PATH": "p"}
