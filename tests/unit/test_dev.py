"""dev.py as people call it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from local.commands import explain, main, module_command, run_check
from local.failure import AlreadyExplained, Failure
from local.loopback import open_listener
from local.options import is_passed_on
from local.quick_tests import quick_tests, slow_tests
from local.version import describe_version

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "COMMAND"),
        (["bake"], "bake"),
        (["start", "--port", "seventy"], "a port is a number from 1 to 65535, not seventy"),
        (["start", "--port", "65536"], "not 65536"),
        (["check", "more"], "more"),
        (["bench", "--only", "bread"], "bread"),
        (["bench", "--load", "--full"], "--load takes no other option"),
        (["bench", "--load", "more"], "more"),
        (["doctor", "--qiuck"], "--qiuck"),
        (["run"], "MODULE"),
        (["publish"], "APP"),
        (["publish", "a.azurewebsites.net"], "unlike a.azurewebsites.net"),
        (["publish", "--no-upload", "my app"], "2 to 60 letters"),
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


COMMANDS = ["start", "claude", "doctor", "publish", "test", "check", "bench", "run"]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_comes_at_once(capsys: pytest.CaptureFixture[str], command: str) -> None:
    for flag in ("--help", "-h"):
        with pytest.raises(SystemExit) as ended:
            main([command, flag], "Title.")
        assert ended.value.code == 0
        assert f"dev.py {command}" in capsys.readouterr().out


def test_each_command_has_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"], "Title.")
    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    assert [words[0] for words in lines if words and words[0] in COMMANDS and words[1]] == COMMANDS


@pytest.mark.parametrize(
    ("arguments", "passed_on"),
    [
        (["claude"], True),
        (["claude", "--help"], False),
        (["claude", "--print", "--help"], True),
        (["claude", "--", "--help"], True),
        (["run"], False),
        (["run", "pytest", "--help"], True),
        (["test"], True),
        (["test", "-h"], False),
        (["test", "-k", "-h"], True),
        (["check"], False),
        ([], False),
    ],
)
def test_whose_the_arguments_are(arguments: list[str], passed_on: bool) -> None:
    assert is_passed_on(arguments) is passed_on


def test_the_version_is_one_line() -> None:
    ended = dev("--version")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == f"{describe_version(ROOT)}\n"


def test_a_module_is_handed_everything(tmp_path: Path) -> None:
    """Its folder, its input, its exit code; and what would lead it astray leads only its child."""
    (tmp_path / "platform.py").write_text("raise SystemExit('not this one')")
    command = module_command(sys.executable, "platform", ["--", "a b"])
    hand = f"from local.commands import hand_over; raise SystemExit(hand_over({command!r}))"
    ended = subprocess.run(
        [sys.executable, "-c", hand],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout


def test_the_exit_code_is_the_modules_own() -> None:
    command = module_command(sys.executable, "json.tool", ["nowhere"])
    hand = f"from local.commands import hand_over; hand_over({command!r})"
    ended = subprocess.run([sys.executable, "-c", hand], cwd=ROOT, capture_output=True, check=False)
    assert ended.returncode != 0


def test_quick_is_what_performs_no_io() -> None:
    quick = quick_tests(ROOT)
    assert {"tests/golden", "tests/unit/wire", "tests/unit/endpoints/test_access.py"} <= {*quick}
    assert not {"tests/unit/azure", "tests/unit/local", "tests/unit/reply"} & {*quick}


def test_quick_says_what_it_leaves_out() -> None:
    """Every folder of tests is run or named."""
    named = " ".join([*quick_tests(ROOT), *slow_tests(ROOT)])
    folders = {file.relative_to(ROOT).parts[1] for file in ROOT.glob("tests/*/**/test_*.py")}
    assert [folder for folder in folders if f"tests/{folder}" not in named] == []


def test_a_check_with_a_verdict_of_its_own_keeps_it(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_check("", [sys.executable, "-c", "print('details\\naudit   skipped')"])
    assert re.fullmatch(r"details\naudit   skipped +\d+\.\d s\n", capfd.readouterr().out)


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
    assert re.search(
        rf"^lint    {'ok' if passed else 'FAILED'} +\d+\.\d s\n$", printed, re.MULTILINE
    )


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
