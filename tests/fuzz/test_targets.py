"""Every target survives genuine material, every type in every field, and a run of libFuzzer."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.fuzz.mutation import every_field
from tests.fuzz.seeds import seeds
from tests.fuzz.targets import TARGETS, read_strictly

ROOT = Path(__file__).resolve().parents[2]
needs_atheris = pytest.mark.skipif(not find_spec("atheris"), reason="atheris is not installed here")
every_target = pytest.mark.parametrize("target", TARGETS)


@every_target
def test_genuine_material(target: str) -> None:
    assert len(seeds(target)) > 20
    for seed in seeds(target):
        TARGETS[target](seed)


@every_target
def test_every_type_in_every_field(target: str) -> None:
    for data in every_field(seeds(target)):
        try:
            TARGETS[target](data)
        except Exception as error:
            raise AssertionError(f"neither read nor refused: {data[:2_000]!r}") from error


@pytest.mark.parametrize("text", ["[NaN]", "[-Infinity]", "[1e999]", '["\\ud800"]'])
def test_what_other_parsers_would_refuse(text: str) -> None:
    with pytest.raises((AssertionError, ValueError)):
        read_strictly(text)


@needs_atheris
@every_target
def test_a_bounded_run(target: str, tmp_path: Path) -> None:
    ended = fuzz(target, str(tmp_path / "found"), "-runs=800", "-seed=1")
    assert ended.returncode == 0, f"{ended.stderr[-2_000:]}\n{describe_crashes(tmp_path)}"
    assert b"Done 800 runs" in ended.stderr


def fuzz(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "tests.fuzz.run", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, timeout=60, check=False)


def describe_crashes(folder: Path) -> str:
    return "\n".join(repr(file.read_bytes()[:2_000]) for file in folder.rglob("crash-*"))
