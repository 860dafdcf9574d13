"""The programs `dev.py start` runs: started together, ended together."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO

from local.failure import Failure

TIME_TO_END = 5.0  # seconds a program has to end by itself


@dataclass(frozen=True)
class Program:
    name: str
    process: subprocess.Popen[str]


def end_on_signals() -> None:
    """Make every way of being told to end a KeyboardInterrupt.

    Also Ctrl-C where it is ignored, because shells start `dev.py &` that way.
    """
    _on_ending_signals(_interrupt)


class Processes:
    """Leaving the `with` block ends every program, whatever the reason for leaving."""

    def __init__(self, folder: Path, patience: float = TIME_TO_END) -> None:
        self._folder = folder
        self._patience = patience
        self._programs: list[Program] = []

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *_: object) -> None:
        for program in self._programs:
            _ask_to_end(program.process)
        for program in self._programs:
            _make_end(program.process, self._patience)

    def start(
        self,
        name: str,
        command: Sequence[str],
        environ: Mapping[str, str],
        stdout: int | None,
        stderr: int | None = None,
    ) -> Program:
        process = subprocess.Popen(
            command,
            cwd=self._folder,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=stderr,
            encoding="utf-8",
            errors="replace",
            # So that its own children can be ended with it, and Ctrl-C reaches only us.
            start_new_session=True,
        )
        program = Program(name, process)
        self._programs.append(program)
        return program

    def find_ended(self) -> Program | None:
        return next((p for p in self._programs if p.process.poll() is not None), None)


def read_url(program: Program, timeout: float) -> str:
    """The address a program prints when it is ready. What it prints later is read and dropped."""
    found: queue.Queue[str] = queue.Queue()
    assert program.process.stdout
    threading.Thread(
        target=_drain, args=(program.process.stdout, found), name="drain", daemon=True
    ).start()
    try:
        url = found.get(timeout=timeout)
    except queue.Empty:
        raise Failure(f"{program.name} did not start within {timeout:.0f} seconds.") from None
    if not url:
        raise Failure(f"{program.name} did not start.")
    return url


def _drain(lines: IO[str], found: queue.Queue[str]) -> None:
    with lines:
        for line in lines:
            url = re.search(r"http://[\w.]+:\d+", line)
            if url:
                found.put(url.group())
    found.put("")


def _ask_to_end(process: subprocess.Popen[str]) -> None:
    if sys.platform == "win32":
        tree = ["taskkill", "/T", "/F", "/PID", str(process.pid)]
        subprocess.run(tree, capture_output=True, check=False)
    else:
        _signal_group(process, signal.SIGTERM)


def _make_end(process: subprocess.Popen[str], patience: float) -> None:
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        if sys.platform == "win32":
            process.kill()
        else:
            _signal_group(process, signal.SIGKILL)
        process.wait()
    if process.stdin:
        process.stdin.close()


def _signal_group(process: subprocess.Popen[str], number: signal.Signals) -> None:
    # A program may be gone already and have left children behind.
    if sys.platform != "win32":
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)


def _interrupt(number: int, frame: FrameType | None) -> None:
    _on_ending_signals(signal.SIG_IGN)  # an impatient second Ctrl-C must not stop the tidying up
    raise KeyboardInterrupt


def _on_ending_signals(handler: Callable[[int, FrameType | None], None] | signal.Handlers) -> None:
    signal.signal(signal.SIGINT, handler)
    signal.signal(signal.SIGTERM, handler)
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signal.signal(signal.SIGHUP, handler)  # ignored under nohup, which is asked for
