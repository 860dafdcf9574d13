"""dev.py as people call it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.commands import explain, main, run_check
from local.failure import AlreadyExplained, Failure
from local.loopback import open_listener

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "COMMAND"),
        (["bake"], "bake"),
        (["start", "--port", "seventy"], "a port is a number from 1 to 65535, not seventy"),
        (["start", "--port", "65536"], "not 65536"),
        (["check", "more"], "more"),
        (["bench"], "bench needs --load"),
        (["bench", "--load", "more"], "more"),
    ],
)
def test_wrong_usage_ends_with_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], complaint: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments, "Title.\n\nthe usage")
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert complaint in error
    assert error.startswith("usage: ")


def test_a_taken_port_is_one_sentence_before_anything_starts() -> None:
    with open_listener("127.0.0.1", 0) as listener:
        port = str(listener.getsockname()[1])
        ended = dev("start", "--port", port)
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr == f"Port {port} is taken by another program; choose one with --port.\n"


def test_a_bad_switch_is_one_sentence() -> None:
    ended = dev("start", SIMULATE_AZURE="maybe")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "SIMULATE_AZURE is 'maybe'; it can be true or false.\n"


def test_a_python_that_is_not_there_is_one_sentence() -> None:
    ended = dev("check", DEV_PYTHON=str(ROOT / "nowhere"))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.count("\n") == 1
    assert "is not a working Python with venv" in ended.stderr


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (Failure("No."), 1, "No.\n"),
        (AlreadyExplained(), 1, ""),
        (PermissionError(13, "Permission denied", ".venv"), 1, ".venv: Permission denied.\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_every_failure_is_a_sentence_and_a_code(
    capsys: pytest.CaptureFixture[str], error: BaseException, code: int, sentence: str
) -> None:
    def fail() -> int:
        raise error

    assert explain(fail) == code
    assert capsys.readouterr().err == sentence


@pytest.mark.parametrize(("status", "passed"), [(0, True), (1, False)])
def test_a_check_speaks_up_only_when_it_fails(
    capfd: pytest.CaptureFixture[str], status: int, passed: bool
) -> None:
    code = f"print('details'); raise SystemExit({status})"
    assert run_check("lint", [sys.executable, "-c", code]) is passed
    printed = capfd.readouterr().out
    assert ("details" in printed) is not passed
    assert printed.endswith("lint    ok\n" if passed else "lint    FAILED\n")


def dev(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "dev.py"), *arguments],
        env={**os.environ, **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
