"""Every target survives genuine material, every type in every field, and a run of libFuzzer."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.daily import SEED, repeat_it
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


RUNS = 800


@needs_atheris
@every_target
def test_a_bounded_run(target: str, tmp_path: Path) -> None:
    ended = fuzz(target, str(tmp_path / "found"), f"-runs={RUNS}", f"-seed={SEED}")
    told = f"{ended.stderr[-2_000:]}\n{describe_crashes(tmp_path)}\n{repeat_it(SEED)}"
    assert ended.returncode == 0, told
    assert runs_done(ended.stderr) >= RUNS, told


def fuzz(*arguments: str) -> subprocess.CompletedProcess[str]:
    """However long it takes: the test has a time limit of its own."""
    command = [sys.executable, "-m", "tests.fuzz.run", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def runs_done(output: str) -> int:
    """It may do more than it was asked for, and without this line it did not come to its end."""
    found = re.search(r"^Done (\d+) runs in ", output, re.MULTILINE)
    return int(found[1]) if found else 0


@pytest.mark.parametrize(
    ("output", "runs"),
    [
        ("Done 800 runs in 3 second(s)\n", 800),
        ("#2\tINITED\nDone 838 runs in 61 second(s)\n", 838),
        ("#799\tNEW\n", 0),
    ],
)
def test_how_many_runs_there_were(output: str, runs: int) -> None:
    assert runs_done(output) == runs


def describe_crashes(folder: Path) -> str:
    return "\n".join(repr(file.read_bytes()[:2_000]) for file in folder.rglob("crash-*"))
