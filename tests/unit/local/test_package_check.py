"""The check of a package: small apps beside a runtime that does nothing."""

import sys
from pathlib import Path

import pytest

from local import package_check
from local.failure import Failure
from local.package import PACKAGES, write_zip
from local.package_check import check, find_azures_python, routes

APP = """
from types import SimpleNamespace as New
import os, sys
assert "azure_functions_runtime" in sys.modules
methods = [New(name="GET"), New(name="POST")]
trigger = New(route="v1/x", methods=methods)
functions = [New(get_trigger=lambda: trigger)]
app = New(get_functions=lambda: functions)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    packages = tmp_path / "app" / PACKAGES
    packages.mkdir(parents=True)
    (packages / "azure_functions_runtime.py").touch()
    return tmp_path / "app"


def test_the_routes_of_a_zip(folder: Path, tmp_path: Path) -> None:
    (folder / "function_app.py").write_text(APP)
    write_zip(folder, tmp_path / "app.zip")
    assert check(tmp_path / "app.zip", sys.executable) == ["/v1/x GET POST"]


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("import nowhere", "cannot be imported: ModuleNotFoundError: No module named 'nowhere'$"),
        ("import httpx", "No module named 'httpx'$"),  # of .venv, where it is
        ("import proxy_core", "No module named 'proxy_core'$"),  # of this project
        ("raise SystemExit(3)", "cannot be imported: it says nothing$"),
        (APP + "\nfunctions.clear()", "its app has no routes.$"),
        (
            APP + '\nprint(\'{"event": "worker_tuning_skipped", "repair": "a"}\')',
            'does not find what it repairs: .*"repair": "a"}$',
        ),
        (
            "import os\nassert not os.environ.get('PYTHONPATH')\n"
            "assert os.environ['AZURE_OPENAI_API_KEY'] == 'not-asked'\nraise ValueError('clean')",
            "ValueError: clean$",
        ),
    ],
)
def test_what_is_wrong_with_it_is_one_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, code: str, sentence: str
) -> None:
    monkeypatch.setenv("PYTHONPATH", "x")
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "a-real-one")
    (folder / "function_app.py").write_text(code)
    with pytest.raises(Failure, match=f"^The package was built, but .*{sentence}"):
        routes(folder, sys.executable)


def test_an_app_that_never_ends_its_import(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package_check, "PATIENCE", 0.5)
    (folder / "function_app.py").write_text("import threading; threading.Event().wait()")
    with pytest.raises(Failure, match=r"its app is not imported in 0\.5 s\.$"):
        routes(folder, sys.executable)


def test_without_azures_python_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: object) -> None:
        raise Failure("No Python.")

    monkeypatch.setattr(package_check, "find_interpreter", nothing)
    assert find_azures_python({}) is None
