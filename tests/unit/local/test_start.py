import os
from pathlib import Path

import pytest

from local import start
from local.start import activate, simulate, why_simulated
from local.virtual_environment import VirtualEnvironment
from proxy_core.reply import log_lines

URL = "http://127.0.0.1:1234"


@pytest.mark.parametrize(
    ("environ", "why"),
    [
        ({}, "unconfigured"),
        ({"AZURE_OPENAI_ENDPOINT": " "}, "unconfigured"),
        ({"SIMULATE_AZURE": "true"}, "unconfigured"),
        ({"AZURE_OPENAI_ENDPOINT": "https://x"}, ""),
        ({"AZURE_OPENAI_ENDPOINT": "https://x", "SIMULATE_AZURE": "true"}, "asked"),
        ({"SIMULATE_AZURE": "false"}, ""),
    ],
)
def test_when_the_simulator_is_used(environ: dict[str, str], why: str) -> None:
    assert why_simulated(environ) == why


def test_simulated_settings_fill_what_is_not_set() -> None:
    assert simulate({"BIG_MODEL": "mine", "SMALL_MODEL": ""}, URL) == {
        "AZURE_OPENAI_ENDPOINT": f"{URL}/openai/v1",
        "AZURE_OPENAI_API_KEY": "simulated-key",
        "BIG_MODEL": "mine",
        "SMALL_MODEL": "gpt-5.4-mini",
        "CURSOR_AZURE_DEPLOYMENT": "gpt-5.4",
        "SIMULATE_AZURE": "true",
        "NO_PROXY": "localhost,127.0.0.1,::1",
        "no_proxy": "localhost,127.0.0.1,::1",
    }


def test_a_simulated_app_reaches_no_real_resource() -> None:
    real = {
        f"AZURE_OPENAI_{name}": "real"
        for name in ("ENDPOINT", "API_KEY", "FALLBACK_ENDPOINT", "FALLBACK_API_KEY")
    }
    assert "real" not in simulate(real, URL).values()


def test_core_tools_find_the_python_of_the_venv() -> None:
    venv = VirtualEnvironment(Path("project"), windows=False)
    environ = activate({"PATH": "before"}, venv)
    assert environ["PATH"].split(os.pathsep) == [str(venv.scripts), "before"]
    assert environ["VIRTUAL_ENV"] == str(venv.folder)
    assert environ["FUNCTIONS_WORKER_RUNTIME"] == "python"


def test_the_host_and_the_app_mean_the_same_variable() -> None:
    assert start.BANNER_TELLS == log_lines.BANNER_TELLS
