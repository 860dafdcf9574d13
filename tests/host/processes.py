"""The stand-in host and the Azure simulator, as subprocesses that print their URL when ready."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]
STREAMS = Path(__file__).parent / "apps" / "streams"
URL = re.compile(r"^[^{]*?(http://[\w.]+:\d+)", re.MULTILINE)  # not inside a JSON log line
START_SECONDS = 20
UVLOOP = (spec := importlib.util.find_spec("uvloop")) and spec.origin  # None on Windows
PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT")  # nobody's own settings


@dataclass(frozen=True)
class Server:
    """A running subprocess; `folder` holds what it writes to stdout and stderr."""

    url: str
    folder: Path
    pid: int

    def output(self) -> str:
        return "".join((self.folder / name).read_text() for name in ("stdout", "stderr"))

    def state(self) -> dict[str, Any]:
        """Of a stand-in host: see stand_in.worker.Worker.state."""
        state: dict[str, Any] = httpx.get(f"{self.url}/admin/stand-in").json()
        return state


@contextmanager
def stand_in_host(app: Path, *options: str, **environ: str) -> Iterator[Server]:
    with _process("tests.host.stand_in", "--app", str(app), *options, environ=environ) as server:
        yield server


@contextmanager
def stand_in_host_of_package(app: Path, folder: Path, **environ: str) -> Iterator[Server]:
    """With the packages that lie in the app's folder, as on Azure, and nothing of this project's.

    `folder`: an empty one, for a copy of the stand-in host.
    """
    shutil.copytree(ROOT / "tests/host/stand_in", folder / "tests/host/stand_in")
    if UVLOOP:  # which the worker brings
        shutil.copytree(Path(UVLOOP).parent, folder / "uvloop")
    environ["PYTHONPATH"] = str(app / ".python_packages/lib/site-packages")
    python = str(getattr(sys, "_base_executable", sys.executable))  # which knows nothing of .venv
    options = ["--app", str(app)]
    with _process("tests.host.stand_in", *options, environ=environ, at=(python, folder)) as server:
        yield server


@contextmanager
def azure_simulator() -> Iterator[Server]:
    with _process("local.azure_simulator", "--port", "0") as server:
        yield server


def eventually(condition: Callable[[], object], *, seconds: float) -> bool:
    """For what another process does in its own time: asks until it is so, or the time is over."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@contextmanager
def _process(
    module: str,
    *options: str,
    environ: dict[str, str] | None = None,
    at: tuple[str, Path] = (sys.executable, ROOT),
) -> Iterator[Server]:
    python, project = at
    command = [python, "-u", "-m", module, *options]
    passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    environ = passed_on | (environ or {})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # Into files: nobody has to read on, and a chatty process never blocks on a full pipe.
        with (folder / "stdout").open("w") as out, (folder / "stderr").open("w") as err:
            process = subprocess.Popen(command, cwd=project, env=environ, stdout=out, stderr=err)
        try:
            yield Server(_url(process, folder), folder, process.pid)
        finally:
            process.kill()
            process.wait()


def _url(process: "subprocess.Popen[bytes]", folder: Path) -> str:
    def printed() -> re.Match[str] | None:
        return URL.search((folder / "stdout").read_text())

    eventually(lambda: printed() or process.poll() is not None, seconds=START_SECONDS)
    if found := printed():
        return found[1]
    raise RuntimeError(f"{process.args!r} did not start:\n{(folder / 'stderr').read_text()}")
