"""Every process that a part needs, and how they are asked. They end with the `with` block.

The generator, the upstream and this process share what cores are left beside that of the server
under measure. Servers are started when they are first asked for; idle ones cost nothing.
"""

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from local.failure import Failure
from local.processes import Processes, Program, read_url
from tests.bench.processes import free_port, leashed, wait_until_served
from tests.bench.speed import bodies, nginx
from tests.bench.speed.cores import pin, split_cores
from tests.bench.speed.listening import wait_for_port
from tests.bench.speed.orders import Answer, Order
from tests.bench.speed.units import Look, Units, between
from tests.bench.vitals import Vitals
from tests.e2e.servers import copy_app, passed_on
from tests.host.processes import ROOT

START_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Server:
    """What is measured: a route through the proxy, or a relay."""

    name: str
    port: int
    pid: int
    path: str
    dialect: str = "anthropic"

    @property
    def vitals(self) -> Vitals:
        return Vitals(self.pid)

    def order(self, **fields: Any) -> Order:
        given: dict[str, Any] = {
            "path": self.path,
            "dialect": self.dialect,
            "measured": self.pid,
        }
        return Order(port=self.port, **given | fields)


@dataclass(frozen=True, slots=True)
class Route:
    """A client's format, and the API it is answered from."""

    name: str
    dialect: str
    api: str

    @property
    def path(self) -> str:
        return bodies.DIALECTS[self.dialect].path


ANTHROPIC_RESPONSES = Route("Anthropic over Responses", "anthropic", "responses")
ANTHROPIC_CHAT = Route("Anthropic over Chat", "anthropic", "chat")
CURSOR_RESPONSES = Route("Cursor over Responses", "cursor", "responses")
ROUTES = (ANTHROPIC_RESPONSES, ANTHROPIC_CHAT, CURSOR_RESPONSES)
NGINX, RELAY, BARE = "nginx", "plain relay", "web server and client alone"
UPSTREAM_PATH = "/openai/v1/responses"


class Generator:
    """The clients' process; a second one can be asked while the first is at work."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def begin(self, order: Order) -> None:
        assert self._program.process.stdin
        self._program.process.stdin.write(order.line() + "\n")
        self._program.process.stdin.flush()

    def finish(self) -> Answer:
        assert self._program.process.stdout
        answer = Answer.read(self._program.process.stdout.readline())
        if answer.failures:
            raise Failure(f"The generator was not answered as it should be: {answer.failures[:3]}")
        return answer

    def ask(self, order: Order) -> Answer:
        self.begin(order)
        return self.finish()


class Clock:
    """The process that takes the units on the core of what is measured."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def begin(self) -> None:
        self._say("begin")

    def finish(self) -> list[Look]:
        self._say("end")
        assert self._program.process.stdout
        return [Look(*look) for look in json.loads(self._program.process.stdout.readline())]

    def _say(self, line: str) -> None:
        assert self._program.process.stdin
        self._program.process.stdin.write(line + "\n")
        self._program.process.stdin.flush()


class Stage:
    """`full`: take the time that the longest measures need."""

    def __init__(self, folder: Path, *, full: bool = False) -> None:
        self.full = full
        self.core, self.others = split_cores()
        self._folder = folder
        self._stack = ExitStack()
        self._apps: dict[str, Server] = {}
        self._gap = 0.0

    def __enter__(self) -> "Stage":
        pin(os.getpid(), self.others)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @cached_property
    def clients(self) -> Generator:
        return Generator(self._start_asked("generator", self.others))

    @cached_property
    def clock(self) -> Clock:
        return Clock(self._start_asked("clock", self.core))

    @cached_property
    def intruder(self) -> Generator:
        """More clients, beside the others."""
        return Generator(self._start_asked("generator", self.others))

    @cached_property
    def upstream(self) -> int:
        """Its port."""
        return self._start_printing("upstream", self.others)[0]

    @cached_property
    def relay(self) -> Server:
        port, pid = self._start_printing("relay", self.core, str(self.upstream))
        return Server(RELAY, port, pid, UPSTREAM_PATH)

    @cached_property
    def bare(self) -> Server:
        port, pid = self._start_printing("bare", self.core, str(self.upstream))
        return Server(BARE, port, pid, UPSTREAM_PATH)

    @cached_property
    def nginx(self) -> Server | None:
        if not nginx.find_nginx():
            return None
        folder = self.new_folder()
        port, _ = self._start_printing("nginx", self.core, str(folder), str(self.upstream))
        return Server(NGINX, port, nginx.read_pid(folder), UPSTREAM_PATH)

    def direct(self) -> Server:
        """The upstream itself: what the generator and it can do."""
        return Server("no proxy at all", self.upstream, 0, UPSTREAM_PATH)

    def relays(self) -> list[Server]:
        """What converts nothing: nginx first, where it is installed."""
        return [found for found in (self.nginx, self.relay, self.bare) if found]

    def proxy(self, route: Route = ANTHROPIC_RESPONSES) -> Server:
        """One app for each API, started when it is first asked for."""
        if route.api not in self._apps:
            self._apps[route.api] = self.start_app(AZURE_OPENAI_API=route.api)
        app = self._apps[route.api]
        return replace(app, name=route.name, path=route.path, dialect=route.dialect)

    def pace(self, deltas: int, gap: float = 0.0) -> None:
        """How many deltas each reply has from now on, and how many seconds they are apart."""
        self._gap = gap
        connection = http.client.HTTPConnection("127.0.0.1", self.upstream, timeout=10)
        connection.request("PUT", f"/mode/{deltas}/{round(gap * 1e6)}")
        connection.getresponse().read()
        connection.close()

    def time(self, order: Order) -> tuple[Answer, Units]:
        """The answer, and the units while it was measured."""
        self.clock.begin()
        answer = self.clients.ask(order)
        ended = answer.began + answer.elapsed
        paced = self._gap > 0
        return answer, between(self.clock.finish(), answer.began, ended, paced=paced)

    def start_app(self, **environ: str) -> Server:
        """The app in one process with nothing else in it."""
        folder = self.new_folder()
        copy_app(folder)  # without local.settings.json, which would fill in what is not set here
        port, log = free_port(), folder / "app.log"
        command = leashed("tests.bench.quietly", str(log), "local.host", "--port", str(port))
        program = self._start(command, {**self.settings(), **environ}, None, self.core, folder)
        wait_until_served(program, port, log)
        return Server("proxy", port, program.process.pid, bodies.ANTHROPIC.path)

    def start_worker(self) -> Server:
        """The same app in the Functions worker."""
        app = self.new_folder()
        copy_app(app)
        port, pid = self._start_printing("worker_host", self.core, str(app))
        wait_for_port(port)
        return Server("Functions worker", port, pid, bodies.ANTHROPIC.path)

    def settings(self) -> dict[str, str]:
        return {
            **passed_on(),
            "PYTHONPATH": str(ROOT),  # a copy of the app lies before it on the path, without tests
            "AZURE_OPENAI_ENDPOINT": f"http://127.0.0.1:{self.upstream}/openai/v1",
            "AZURE_OPENAI_API_KEY": "nobody-asks-for-it",
            "BIG_MODEL": "gpt-5.4",
            "SMALL_MODEL": "gpt-5.4-mini",
            "CURSOR_AZURE_DEPLOYMENT": "gpt-5.4",
            "CURSOR_REASONING_DISPLAY": "off",
        }

    def new_folder(self) -> Path:
        return Path(mkdtemp(dir=self._folder))

    def _start_asked(self, module: str, cores: set[int]) -> Program:
        # Not on the leash: it reads its orders from the same standard input, and ends with that.
        command = [sys.executable, "-u", "-m", f"tests.bench.speed.{module}"]
        return self._start(command, passed_on(), subprocess.PIPE, cores)

    def _start_printing(self, module: str, cores: set[int], *arguments: str) -> tuple[int, int]:
        """Its port and its pid."""
        command = leashed(f"tests.bench.speed.{module}", *arguments)
        environ = self.settings() if module == "worker_host" else passed_on()
        with (self.new_folder() / "stderr").open("w") as errors:
            program = self._start(command, environ, subprocess.PIPE, cores, stderr=errors.fileno())
        port = int(read_url(program, START_SECONDS).rpartition(":")[2])
        return port, program.process.pid

    def _start(
        self,
        command: Sequence[str],
        environ: dict[str, str],
        stdout: int | None,
        cores: set[int],
        folder: Path = ROOT,
        stderr: int | None = None,
    ) -> Program:
        processes = Processes(folder)
        self._stack.enter_context(processes)
        program = processes.start(command[-1], command, environ, stdout, stderr)
        pin(program.process.pid, cores)
        return program
