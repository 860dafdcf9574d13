"""The app behind `python -m local.host`, and its Azure: the simulator. Both are subprocesses."""

import json
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from local.loopback import is_healthy
from local.processes import Processes
from tests.host.processes import PASSED_ON, ROOT, START_SECONDS, eventually

APP = (
    "function_app.py",
    "proxy_app.py",
    "proxy_response.py",
    "web_extension.py",
    "worker_tuning.py",
    "wrong_packages.py",
    "host.json",
    "proxy_core",
    "local",
)
TOKEN = "a-token-of-ours"
SETTLED_SECONDS = 5.0


@dataclass(frozen=True)
class App:
    url: str
    log: Path
    pid: int

    def output(self) -> str:
        return self.log.read_text()

    def statuses(self, route: str = "messages") -> list[int]:
        """What clients have got on this route since the app began."""
        lines = (json.loads(line) for line in self.output().splitlines() if line[:1] == "{")
        return [line["status"] for line in lines if line.get("route") == route]

    def defects(self) -> list[str]:
        """Lines in which the app reports errors of its own making."""
        return [line for line in self.output().splitlines() if '"defect"' in line]


@dataclass(frozen=True)
class Azure:
    """The simulator as a test sees it: what it received since the test began."""

    client: httpx.Client

    def clear(self) -> None:
        self.client.delete("/simulator/requests")
        self.client.delete("/simulator/faults")

    def fail_next(self, fault: str) -> None:
        self.client.post("/simulator/faults", json={"name": fault}).raise_for_status()

    def requests(self) -> list[dict[str, Any]]:
        """Whatever came, once nothing is under way any more."""
        assert eventually(self._is_idle, seconds=SETTLED_SECONDS), "a request to Azure stays open"
        requests: list[dict[str, Any]] = self._state()["requests"]
        return requests

    def received(self) -> int:
        """How many requests have come, under way or not."""
        return len(self._state()["requests"])

    def bodies(self) -> list[dict[str, Any]]:
        return [request["body"] for request in self.requests()]

    def _is_idle(self) -> bool:
        return not self._state()["open_requests"]

    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.client.get("/simulator/requests").json()
        return state


def copy_app(folder: Path) -> None:
    """Leaves local.settings.json behind: it would fill in what a test does not set."""
    for name in APP:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, folder / name)


@contextmanager
def local_host(folder: Path, log: Path, **settings: str) -> Iterator[App]:
    port = _free_port()
    command = [sys.executable, "-u", "-m", "local.leash", "local.host", "--port", str(port)]
    with log.open("w") as output, Processes(folder) as processes:
        environ = {**passed_on(), **settings}
        process = processes.start("The app", command, environ, output.fileno()).process
        eventually(lambda: process.poll() is not None or is_healthy(port), seconds=START_SECONDS)
        assert is_healthy(port), f"the app did not start: {log.read_text()}"
        yield App(f"http://127.0.0.1:{port}", log, process.pid)


def passed_on() -> dict[str, str]:
    """An environment without the developer's own settings and proxies."""
    return {name: os.environ[name] for name in PASSED_ON if name in os.environ}


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
