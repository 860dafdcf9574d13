"""`dev.py start`: the app, and the simulator when no Azure resource is configured."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from local.checkup import check_up
from local.core_tools import choose_host
from local.failure import AlreadyExplained, Failure
from local.host_names import warn_of_unknown_hosts
from local.interpreters import this_machine
from local.loopback import (
    HEALTH,
    claim_port,
    is_healthy,
    keep_from_proxies,
    refuse_taken_port,
)
from local.processes import Processes, end_on_signals, read_url
from local.settings_file import add_settings, is_on, setting
from local.virtual_environment import RUNNING, VirtualEnvironment, child_environ

SIMULATOR_KEY = "simulated-key"
SIMULATED_MODELS = {
    "BIG_MODEL": "gpt-5.4",
    "SMALL_MODEL": "gpt-5.4-mini",
    "CURSOR_AZURE_DEPLOYMENT": "gpt-5.4",
}
WORKER_SETTINGS = {
    "AZURE_FUNCTIONS_ENVIRONMENT": "Development",  # as Core Tools and our own host say
    "FUNCTIONS_WORKER_RUNTIME": "python",
    "PYTHON_ENABLE_INIT_INDEXING": "1",  # below 3.13 nothing streams without it
}
ENDPOINT = "AZURE_OPENAI_ENDPOINT"
BANNER_TELLS = "PROXY_BANNER_TELLS_WARNINGS"  # as in proxy_core/reply/log_lines.py
STARTING_TIME = 120.0  # seconds until the app has to serve; Core Tools take their time
LOOKING_INTERVAL = 0.1


def start(root: Path, port: int, *, check: bool = True, is_prepared: bool = False) -> int:
    """Serve until Ctrl-C, which is the ordinary end.

    `check`: ask each deployment meanwhile. `is_prepared`: .venv runs this already.
    """
    end_on_signals()
    try:
        _serve(root, port, dict(os.environ), check, is_prepared)
    except KeyboardInterrupt:
        return 0
    return 1


def _serve(root: Path, port: int, environ: dict[str, str], check: bool, is_prepared: bool) -> None:
    configured = add_settings(environ, root)
    simulated = why_simulated(configured)
    refuse_taken_port(port)
    venv = VirtualEnvironment(root)
    if not is_prepared:
        venv.prepare(RUNNING, this_machine(environ))
    settings = activate(child_environ(configured), venv)
    choice = choose_host(shutil.which("func", path=settings.get("PATH")), settings, port)
    print(choice.reason, flush=True)
    claim = claim_port(port, venv.folder)
    with claim, Processes(root) as processes, choice.keep_ports(port):
        if simulated:
            settings = simulate(settings, _start_simulator(processes, venv, settings))
        settings = {**settings, BANNER_TELLS: "true"}
        if choice.core_tools:
            _check_settings(root, venv, settings)
        command = choice.core_tools or _leashed(venv, "local.host", "--port", str(port))
        processes.start("The app", command, settings, stdout=None)
        _wait_until_served(processes, port)
        _print_banner(root, venv, settings, port, simulated)
        if not simulated and check:
            check_up(root, _leashed(venv, "local.doctor", "--start"), settings)
        elif not simulated:
            warn_of_unknown_hosts(configured)
        _wait_for_an_end(processes)


def why_simulated(environ: Mapping[str, str]) -> str:
    """Why the simulator answers, in the banner's words; empty where Azure does."""
    asked, is_configured = is_on(environ, "SIMULATE_AZURE"), setting(environ, ENDPOINT)
    if not (not is_configured if asked is None else asked):
        return ""
    return "asked" if is_configured else "unconfigured"


def simulate(environ: Mapping[str, str], url: str) -> dict[str, str]:
    """Settings that reach the simulator and nothing else."""
    models = {name: setting(environ, name) or model for name, model in SIMULATED_MODELS.items()}
    resources = ["AZURE_OPENAI"]
    if setting(environ, "AZURE_OPENAI_FALLBACK_ENDPOINT"):
        resources.append("AZURE_OPENAI_FALLBACK")
    endpoints = {f"{name}_ENDPOINT": f"{url}/openai/v1" for name in resources}
    keys = {f"{name}_API_KEY": SIMULATOR_KEY for name in resources}
    simulated = {**models, **endpoints, **keys, "SIMULATE_AZURE": "true"}
    return keep_from_proxies({**environ, **simulated})


def activate(environ: Mapping[str, str], venv: VirtualEnvironment) -> dict[str, str]:
    """What `activate` does, and what Core Tools would otherwise ask for."""
    path = os.pathsep.join([str(venv.scripts), environ.get("PATH", "")])
    unset = {name: value for name, value in WORKER_SETTINGS.items() if not setting(environ, name)}
    environ = {**environ, **unset, "PATH": path, "VIRTUAL_ENV": str(venv.folder)}
    return keep_from_proxies(environ)  # Core Tools and their worker talk over loopback, too


def _start_simulator(
    processes: Processes, venv: VirtualEnvironment, environ: Mapping[str, str]
) -> str:
    command = _leashed(venv, "local.azure_simulator", "--port", "0", "--key", SIMULATOR_KEY)
    simulator = processes.start("The simulator", command, environ, stdout=subprocess.PIPE)
    return read_url(simulator, timeout=60.0)


def _leashed(venv: VirtualEnvironment, *arguments: str) -> list[str]:
    return [venv.python, "-u", "-m", "local.leash", *arguments]


def _check_settings(root: Path, venv: VirtualEnvironment, environ: Mapping[str, str]) -> None:
    """Core Tools would bury a bad setting in a page of output."""
    command = [venv.python, "-m", "local.host", "--check"]
    quiet = subprocess.DEVNULL  # what the app says while it loads is said again when it serves
    if subprocess.run(command, cwd=root, env=environ, stdout=quiet, check=False).returncode:
        raise AlreadyExplained


def _print_banner(
    root: Path, venv: VirtualEnvironment, environ: Mapping[str, str], port: int, simulated: str
) -> None:
    """The app serves whether this can be said or not."""
    command = [venv.python, "-m", "local.banner", "--port", str(port)]
    if simulated:
        command += ["--simulated", simulated]
    subprocess.run(command, cwd=root, env=environ, stdin=subprocess.DEVNULL, check=False)


def _wait_until_served(processes: Processes, port: int) -> None:
    deadline = time.monotonic() + STARTING_TIME
    while not is_healthy(port):
        ended = processes.find_ended()
        if ended and ended.process.returncode == 1:
            raise AlreadyExplained
        if ended:
            raise Failure(f"{ended.name} ended with code {ended.process.returncode}.")
        if time.monotonic() > deadline:
            raise Failure(f"The app did not answer {HEALTH} within {STARTING_TIME:.0f} seconds.")
        time.sleep(LOOKING_INTERVAL)


def _wait_for_an_end(processes: Processes) -> None:
    while True:
        ended = processes.find_ended()
        if ended:
            code = ended.process.returncode
            raise Failure(f"{ended.name} ended unexpectedly, with code {code}.")
        time.sleep(LOOKING_INTERVAL)
