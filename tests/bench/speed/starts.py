"""How long it takes to import function_app, and until it is ready to serve. The disk is warm.

The import is that of the packages which are deployed: of what only development has installed, some
would be imported as well (httpx's command line, where there is rich). What makes it ready sees all.
"""

import importlib.util
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.utils import canonicalize_name

from local.audit import deployed
from local.failure import Failure
from local.loopback import is_healthy
from local.processes import Processes
from tests.bench.processes import free_port, leashed
from tests.bench.speed.arithmetic import median_of
from tests.bench.speed.cores import pin
from tests.bench.speed.stage import START_SECONDS, Stage
from tests.bench.speed.verdicts import Row, at_most
from tests.e2e.servers import copy_app

TIMES = 5
IMPORT = """
import sys, time
sys.modules.update(dict.fromkeys(sys.argv[1:]))
began = time.perf_counter()
import function_app
print(time.perf_counter() - began)
"""


def measure(stage: Stage) -> Iterator[Row]:
    folder = stage.new_folder()
    copy_app(folder)
    hidden = _not_deployed()
    # the first one writes byte code
    imports = [_import(stage, folder, hidden) for _ in range(TIMES + 1)][1:]
    took = median_of(imports)
    yield Row("import function_app", f"{took:.2f} s", took, target=at_most(0.5, "s"))
    ready = median_of([_ready(stage, folder, "local.host") for _ in range(TIMES)])
    yield Row("ready under local.host", f"{ready:.2f} s", ready, "s")
    target = at_most(1, "s")
    if not importlib.util.find_spec("azure_functions_runtime"):
        yield Row("ready under the Functions runtime", "not installed", target=target)
        return
    stand_in = ("tests.host.stand_in", "--app", str(folder))
    ready = median_of([_ready(stage, folder, *stand_in) for _ in range(TIMES)])
    yield Row("ready under the Functions runtime", f"{ready:.2f} s", ready, target=target)


def _not_deployed() -> list[str]:
    """The modules that only packages of development have."""
    names = deployed()
    return [
        module
        for module, packages in packages_distributions().items()
        if names.isdisjoint(map(canonicalize_name, packages))
    ]


def _import(stage: Stage, folder: Path, hidden: list[str]) -> float:
    command = [sys.executable, "-c", IMPORT, *hidden]
    environ = stage.settings()
    with subprocess.Popen(
        command, cwd=folder, env=environ, stdout=subprocess.PIPE, text=True
    ) as process:
        pin(process.pid, stage.core)
        assert process.stdout
        lines = process.stdout.read().split()
    return float(lines[-1])


def _ready(stage: Stage, folder: Path, *host: str) -> float:
    """Seconds from its start until /cursor/health answers."""
    port = free_port()
    command = leashed(*host, "--port", str(port))
    with Processes(folder) as processes:
        began = time.perf_counter()
        silent = (subprocess.DEVNULL, subprocess.DEVNULL)
        program = processes.start(host[0], command, stage.settings(), *silent)
        pin(program.process.pid, stage.core)
        while not is_healthy(port):
            if program.process.poll() is not None or time.perf_counter() - began > START_SECONDS:
                raise Failure(f"{host[0]} did not start.")
            time.sleep(0.005)
        return time.perf_counter() - began
