"""What is asked beside the start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.checkup import check_up

ROOT = Path(__file__).parents[3]


def leashed(*arguments: str) -> list[str]:
    return [sys.executable, "-u", "-m", "local.leash", *arguments]


def test_it_says_what_it_finds_and_ends(capfd: pytest.CaptureFixture[str]) -> None:
    environ = {**os.environ, "AZURE_OPENAI_ENDPOINT": ""}
    check_up(ROOT, leashed("local.doctor", "--start"), environ).join(60)
    assert "No Azure resource is configured" in capfd.readouterr().err


def test_where_it_cannot_run_nothing_happens() -> None:
    check_up(ROOT, ["/no/such/program"], {}).join(60)


def test_it_ends_with_the_start() -> None:
    """Even where that is killed."""
    starting = (
        "import os, sys; from pathlib import Path; from local.checkup import check_up;"
        f"check_up(Path('.'), {leashed('tests.unit.local.endless')!r}, os.environ);"
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", starting],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stdin
        assert process.stdout.readline() == b"on\n"
        process.kill()
        process.stdin.close()
        assert process.stdout.read() == b""  # nobody holds it open any more
