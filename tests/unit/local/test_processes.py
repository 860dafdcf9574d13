import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.failure import Failure
from local.processes import Processes, Program, read_url

WAIT = "import sys; print('at http://127.0.0.1:1234/x', flush=True); sys.stdin.read()"


def test_leaving_ends_every_program(tmp_path: Path) -> None:
    with Processes(tmp_path) as processes:
        programs = [start(processes, WAIT), start(processes, WAIT)]
        assert [read_url(program, 20) for program in programs] == ["http://127.0.0.1:1234"] * 2
        assert processes.find_ended() is None
    assert all(program.process.returncode for program in programs)


def test_a_program_that_ends_is_found(tmp_path: Path) -> None:
    with Processes(tmp_path) as processes:
        start(processes, WAIT, subprocess.DEVNULL)
        brief = start(processes, "raise SystemExit(3)", subprocess.DEVNULL)
        brief.process.wait(20)
        assert processes.find_ended() == brief


def test_a_program_that_ends_without_an_address_is_a_failure(tmp_path: Path) -> None:
    with Processes(tmp_path) as processes, pytest.raises(Failure, match="It did not start"):
        read_url(start(processes, "print('no address')"), 20)


@pytest.mark.skipif(os.name == "nt", reason="taskkill asks nobody")
def test_a_program_without_ears_is_killed(tmp_path: Path) -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + WAIT
    with Processes(tmp_path, patience=0.1) as processes:
        program = start(processes, deaf)
        read_url(program, 20)
    assert program.process.returncode == -9


def test_a_leashed_module_ends_with_its_parent(tmp_path: Path) -> None:
    (tmp_path / "serves_forever.py").write_text(
        "import sys, threading; print(*sys.argv[1:], flush=True); threading.Event().wait()"
    )
    leash = Path(__file__).parents[3] / "local" / "leash.py"
    environ = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, str(leash), "serves_forever", "--port", "1"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ
    ) as process:
        assert process.stdout
        assert process.stdin
        assert process.stdout.readline() == "--port 1\n"
        process.stdin.close()
        assert process.wait(20)


def start(processes: Processes, code: str, stdout: int = subprocess.PIPE) -> Program:
    return processes.start("It", [sys.executable, "-c", code], os.environ, stdout)
