"""The simulator and one worker with the app, each a process of its own on loopback.

They end with the `with` block; and with this process, however that ends (local/leash.py).
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from local.failure import Failure
from local.loopback import is_healthy, open_listener
from local.processes import Processes, Program, read_url
from tests.bench.vitals import Vitals
from tests.e2e.servers import copy_app, passed_on
from tests.host.processes import ROOT

START_SECONDS = 60

# glibc keeps large blocks that were freed, more of them each time, and a leak would not show.
RETURNING = {"MALLOC_MMAP_THRESHOLD_": "1048576"}


@dataclass(frozen=True, slots=True)
class Simulator:
    url: str
    session: aiohttp.ClientSession

    async def open_requests(self) -> int:
        return int((await self._get("/simulator/health"))["open_requests"])

    async def most_events(self) -> int:
        """Of the replies since `forget`: how many events the longest has sent so far."""
        requests = (await self._get("/simulator/requests"))["requests"]
        return max((request["events"] for request in requests), default=0)

    async def forget(self) -> None:
        """It keeps the bodies of the last 1,000 requests."""
        async with self.session.delete(f"{self.url}/simulator/requests") as answer:
            await answer.read()

    async def _get(self, path: str) -> dict[str, Any]:
        async with self.session.get(self.url + path) as answer:
            body: dict[str, Any] = await answer.json()
            return body


@dataclass(frozen=True, slots=True)
class Worker:
    url: str
    vitals: Vitals
    log: Path

    def count_requests(self) -> int:
        """Each request writes one line with `total_ms`."""
        return self._read_log().count('"total_ms"')

    def count_retries(self) -> int:
        return sum(
            int(times) - 1 for times in re.findall(r'"attempts": ([1-9]\d*)', self._read_log())
        )

    def defects(self) -> list[str]:
        """Errors of the app's own making, and those that its server met."""
        lines = self._read_log().splitlines()
        return [line for line in lines if '"defect"' in line or line.startswith("Traceback")]

    def _read_log(self) -> str:
        return self.log.read_text(errors="replace")


@dataclass(frozen=True, slots=True)
class Started:
    simulator_url: str
    worker: Worker


@contextmanager
def local_host(folder: Path) -> Iterator[Started]:
    """The app in one process with nothing else in it."""
    copy_app(folder)  # without local.settings.json, which would fill in what is not set here
    with _started(folder, folder, ["local.host"], RETURNING) as started:
        yield started


@contextmanager
def functions_host(folder: Path) -> Iterator[Started]:
    """The app under the real Functions runtime. The host's stand-in shares the process."""
    with _started(ROOT, folder, ["tests.host.stand_in", "--app", str(ROOT)], {}) as started:
        yield started


@contextmanager
def _started(
    app: Path, folder: Path, host: Sequence[str], environ: Mapping[str, str]
) -> Iterator[Started]:
    log = folder / "worker.log"
    with Processes(app) as processes:
        simulator = _start_simulator(processes)
        port = free_port()
        command = leashed("tests.bench.quietly", str(log), *host, "--port", str(port))
        settings = {**passed_on(), **_settings(simulator), **environ}
        program = processes.start("The worker", command, settings, stdout=None)
        wait_until_served(program, port, log)
        worker = Worker(f"http://127.0.0.1:{port}", Vitals(program.process.pid), log)
        yield Started(simulator, worker)


def _start_simulator(processes: Processes) -> str:
    command = leashed("local.azure_simulator", "--port", "0")
    program = processes.start("The simulator", command, passed_on(), subprocess.PIPE)
    return read_url(program, START_SECONDS)


def _settings(simulator: str) -> dict[str, str]:
    return {
        "PYTHONPATH": str(ROOT),  # a copy of the app lies before it on the path, without tests
        "AZURE_OPENAI_ENDPOINT": f"{simulator}/openai/v1",
        "AZURE_OPENAI_API_KEY": "simulated-key",
        "BIG_MODEL": "gpt-5.4",
        "SMALL_MODEL": "gpt-5.4-mini",
        "CURSOR_AZURE_DEPLOYMENT": "gpt-5.4",
        "CURSOR_REASONING_DISPLAY": "off",  # the deltas are to be those of the script
    }


def wait_until_served(program: Program, port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not is_healthy(port):
        if program.process.poll() is not None or time.monotonic() > deadline:
            said = log.read_text(errors="replace").splitlines() if log.exists() else []
            raise Failure("\n".join([*said[-5:], f"{program.name} did not start."]))
        time.sleep(0.1)


def leashed(*command: str) -> list[str]:
    return [sys.executable, "-u", "-m", "local.leash", *command]


def free_port() -> int:
    with open_listener("127.0.0.1", 0) as listener:
        port: int = listener.getsockname()[1]
        return port


def allow_open_files(wanted: int) -> int:
    """Raises this process's limit, which those it starts inherit; returns what is allowed."""
    if os.name == "nt":  # knows no such limit
        return wanted
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return allowed
