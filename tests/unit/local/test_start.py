import os
from pathlib import Path

import pytest

from local.start import activate, simulate, wants_simulator
from local.virtual_environment import VirtualEnvironment

URL = "http://127.0.0.1:1234"


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, True),
        ({"AZURE_OPENAI_ENDPOINT": " "}, True),
        ({"AZURE_OPENAI_ENDPOINT": "https://x"}, False),
        ({"AZURE_OPENAI_ENDPOINT": "https://x", "SIMULATE_AZURE": "true"}, True),
        ({"SIMULATE_AZURE": "false"}, False),
    ],
)
def test_when_the_simulator_is_used(environ: dict[str, str], wanted: bool) -> None:
    assert wants_simulator(environ) is wanted


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
