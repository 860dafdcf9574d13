"""The entry point where packages were built elsewhere, and that it is written as ours is."""

import asyncio
import json
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import azure.functions as func
import pytest

from proxy_core import built_for
from proxy_core.anthropic_messages.error_writer import write_error as for_claude
from proxy_core.built_for import WrongPackages
from proxy_core.configuration.deployed import CONTAINER_MARKS, DEPLOYED_MARKS
from proxy_core.errors import ProxyError
from proxy_core.openai_chat.error_writer import write_error as for_cursor
from tests.e2e.servers import passed_on

ROOT = Path(__file__).parents[2]
WHY = "The packages beside this app were built for another."


@pytest.fixture(autouse=True)
def _nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for mark in (*DEPLOYED_MARKS, *CONTAINER_MARKS):
        monkeypatch.delenv(mark, raising=False)


def load(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    def refuse() -> None:
        raise WrongPackages(WHY)

    monkeypatch.setattr(built_for, "check_packages", refuse)
    return read_routes()


def read_routes() -> dict[str, Any]:
    """Each route's trigger and handler."""
    spec = spec_from_file_location("function_app", ROOT / "function_app.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return {
        trigger["route"]: (trigger, function.get_user_function())
        for function in module.app.get_functions()
        for trigger in map(json.loads, function.get_raw_bindings()[:1])
    }


@pytest.mark.parametrize("mark", [*DEPLOYED_MARKS, *CONTAINER_MARKS])
def test_deployed_each_client_reads_it_in_its_own_dialect(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], mark: str
) -> None:
    monkeypatch.setenv(mark, "deployed")
    routes = load(monkeypatch)
    assert json.loads(capsys.readouterr().out)["message"] == WHY
    error = ProxyError(WHY)
    claude = for_claude(error, "")
    del claude["request_id"]  # there is no line of the log that could have it
    for route, status, expected in (
        ("{*path}", 503, claude),
        ("cursor/{*path}", 400, for_cursor(error)),
    ):
        trigger, handler = routes.pop(route)
        assert trigger["authLevel"] == "ANONYMOUS"
        assert "methods" not in trigger  # all of them
        answered: func.HttpResponse = asyncio.run(handler(func.HttpRequest("POST", "/", body=b"")))
        assert (answered.status_code, answered.mimetype) == (status, "application/json")
        assert answered.headers["x-should-retry"] == "false"
        assert json.loads(answered.get_body()) == expected
    assert routes == {}


def test_with_the_right_ones_it_is_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    app = func.FunctionApp()
    app.route("ours")(lambda req: None)
    monkeypatch.setitem(sys.modules, "proxy_app", SimpleNamespace(app=app))  # type: ignore[misc]
    monkeypatch.setattr(built_for, "check_packages", lambda: None)
    assert [*read_routes()] == ["ours"]


def test_elsewhere_the_start_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WrongPackages, match=WHY):
        load(monkeypatch)


NOTHING_COMPILED = """
import sys
from importlib.machinery import PathFinder

class Hidden:
    def find_spec(self, name, path=None, target=None):
        spec = PathFinder.find_spec(name, path, target)
        origin = spec and spec.origin or ""
        if "site-packages" in origin and origin.endswith((".so", ".pyd")):
            raise ImportError(name)

sys.meta_path.insert(0, Hidden())
from proxy_core import built_for
def refuse(): raise built_for.WrongPackages("why")
built_for.check_packages = refuse
import function_app
print(len(function_app.app.get_functions()), "azurefunctions.extensions.base" in sys.modules)
"""


def test_nothing_compiled_is_needed_for_it() -> None:
    """Whatever is added to the requirements. Nor the web extension: with it, the worker takes no
    functions of the classic kind."""
    ended = subprocess.run(
        [sys.executable, "-c", NOTHING_COMPILED],
        cwd=ROOT,
        env=passed_on() | {"WEBSITE_SITE_NAME": "deployed"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout.splitlines()[-1] == "2 False"
