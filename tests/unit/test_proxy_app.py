"""The app as its hosts load it: its routes, what of `Proxy` each one reaches, and its settings."""

import asyncio
import gc
import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import worker_tuning
from proxy_core.configuration.deployed import CONTAINER_MARKS, DEPLOYED_MARKS
from proxy_core.errors import SettingsError
from proxy_core.reply import body_log
from proxy_core.reply.log_lines import BANNER_TELLS, choose
from proxy_core.settings import BODIES_ARE_LOGGED, FUNCTION_TIMEOUT, RESERVE, Settings
from proxy_response import ProxyResponse
from tests.e2e.servers import passed_on
from web_extension import Ending, Request, WebServer
from worker_tuning import PROCESSES

ROOT = Path(__file__).parents[2]
ENVIRON = {
    "AZURE_OPENAI_ENDPOINT": "https://my.openai.azure.com/openai/v1",
    "AZURE_OPENAI_API_KEY": "a-key",
    "ANTHROPIC_AUTH_TOKEN": "a-good-token",
    "BIG_MODEL": "gpt-5.4",
    "SMALL_MODEL": "gpt-5.4-mini",
}
KEY = {"x-api-key": "a-good-token", "content-type": "application/json"}
ALL = {"GET", "POST", "DELETE", "HEAD", "PATCH", "PUT", "OPTIONS"}
READING = {"GET", "HEAD"}


@dataclass(frozen=True)
class App:
    settings: Settings
    functions: dict[str, tuple[set[str], Callable[..., Any]]]
    """Each route's methods and handler."""
    when_ended: Callable[[], None]


QUESTION = b'{"model": "claude-x", "messages": [{"role": "user", "content": "hi"}]}'

Load = Callable[..., App]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """Imports the app anew with these settings. What it tunes is put back."""
    loggers = [logging.getLogger(name) for name in ("azure.functions", "httpx", "uvicorn.error")]
    before = [(logger, logger.level, [*logger.filters]) for logger in loggers]
    monkeypatch.setattr(WebServer, "ending", Ending())
    for name in (FUNCTION_TIMEOUT, PROCESSES, *DEPLOYED_MARKS, *CONTAINER_MARKS):
        monkeypatch.delenv(name, raising=False)

    def load_app(**environ: str) -> App:
        for name, value in (ENVIRON | environ).items():
            monkeypatch.setenv(name, value)
        spec = spec_from_file_location("proxy_app", ROOT / "proxy_app.py")
        assert spec
        assert spec.loader
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        return App(module.settings, dict(functions(module)), module.when_ended)

    yield load_app
    gc.enable()
    gc.unfreeze()
    for logger, level, filters in before:
        logger.setLevel(level)
        logger.filters[:] = filters


def functions(module: ModuleType) -> Iterator[tuple[str, tuple[set[str], Callable[..., Any]]]]:
    for function in module.app.get_functions():
        triggers = [json.loads(text) for text in function.get_raw_bindings()]
        (trigger,) = (each for each in triggers if each["type"] == "httpTrigger")
        assert trigger["authLevel"].upper() == "ANONYMOUS"  # the token is the proxy's own
        yield trigger["route"], ({*trigger["methods"]}, function.get_user_function())


def test_the_routes_and_their_methods(load: Load) -> None:
    assert {route: methods for route, (methods, _) in load().functions.items()} == {
        "v1/messages": {"POST"},
        "v1/messages/count_tokens": {"POST"},
        "v1/{*path}": ALL,
        "api/hello": READING,
        "cursor/{*path}": ALL,
        "cursor/health": READING,
        "/": READING,
        "setup/{*path}": ALL,
    }


def test_there_is_no_prefix_before_them() -> None:
    assert json.loads((ROOT / "host.json").read_text())["extensions"]["http"]["routePrefix"] == ""


def ask(
    app: App, route: str, method: str, path: str | None = None, body: bytes = b""
) -> tuple[int, dict[str, str], bytes]:
    """What the route's handler answers to a request with the token."""
    messages: list[dict[str, Any]] = []
    incoming = [{"type": "http.request", "body": body}]

    async def receive() -> dict[str, Any]:
        return incoming.pop() if incoming else await asyncio.Event().wait()  # type: ignore[return-value]

    async def send(message: Any) -> None:
        messages.append(message)

    async def answer() -> None:
        scope = {
            "type": "http",
            "method": method,
            "headers": [(name.encode(), value.encode()) for name, value in KEY.items()],
        }
        _, handler = app.functions[route]
        response = await handler(Request(scope, {} if path is None else {"path": path}))
        assert isinstance(response, ProxyResponse)
        await response(scope, receive, send)

    asyncio.run(answer())
    start, *pieces = messages
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], headers, b"".join(piece["body"] for piece in pieces)


@pytest.mark.parametrize(
    ("route", "method", "path", "status", "says"),
    [
        ("v1/messages", "POST", None, 400, "max_tokens"),
        ("v1/messages/count_tokens", "POST", None, 200, '"input_tokens":'),
        ("v1/{*path}", "GET", "some/where", 404, "GET /v1/some/where is not an endpoint"),
        ("v1/{*path}", "PATCH", "messages", 405, "/v1/messages takes POST, not PATCH"),
        ("v1/{*path}", "GET", "models", 200, "claude"),
        ("v1/{*path}", "GET", "models/gpt-5.4", 200, "gpt-5.4"),
        ("v1/{*path}", "GET", "models/a%2Fb", 200, '"id":"a/b"'),
        ("v1/{*path}", "GET", None, 200, ""),
        ("api/hello", "GET", None, 200, ""),
        ("cursor/{*path}", "GET", "models", 200, "gpt-high"),
        ("cursor/{*path}", "PUT", "some/where", 404, "PUT /cursor/some/where is not an endpoint"),
        ("cursor/{*path}", "GET", None, 404, "GET /cursor/ is not an endpoint"),
        ("cursor/{*path}", "OPTIONS", "health", 204, ""),
        ("cursor/health", "GET", None, 200, '{"status":"ok"}'),
        ("setup/{*path}", "GET", "status", 200, '"deployments":'),
        ("setup/{*path}", "PUT", "status", 405, "/setup/status takes GET, not PUT"),
        ("setup/{*path}", "GET", "nowhere", 404, "GET /setup/nowhere is not an endpoint"),
    ],
)
def test_each_route_reaches_its_part_of_the_proxy(
    load: Load, route: str, method: str, path: str | None, status: int, says: str
) -> None:
    got, headers, body = ask(load(), route, method, path, QUESTION)
    assert got == status
    assert says in body.decode() if says else body == b""
    assert status == 204 or headers["content-type"].startswith("application/json")


@pytest.mark.parametrize(
    ("route", "path"),
    [
        ("v1/{*path}", None),
        ("v1/{*path}", "models"),
        ("v1/{*path}", "models/gpt-5.4"),
        ("v1/{*path}", "messages"),
        ("v1/{*path}", "nowhere"),
        ("api/hello", None),
        ("cursor/{*path}", "models"),
        ("cursor/{*path}", "nowhere"),
        ("cursor/health", None),
        ("/", None),
        ("setup/{*path}", None),
        ("setup/{*path}", "page.js"),
        ("setup/{*path}", "status"),
        ("setup/{*path}", "checks"),
    ],
)
def test_head_is_answered_as_get_is(load: Load, route: str, path: str | None) -> None:
    app = load()
    (status, headers, _), (as_get, get_headers, _) = (
        ask(app, route, method, path) for method in ("HEAD", "GET")
    )
    assert status == as_get
    told = ("content-type", "content-length", "allow")
    assert [headers.get(name) for name in told] == [get_headers.get(name) for name in told]


@pytest.mark.parametrize("route", ["/", "setup/{*path}"])
def test_the_page(load: Load, route: str) -> None:
    status, headers, body = ask(load(), route, "GET")
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert body.startswith(b"<!doctype html>")


def test_what_the_host_has_to_say_is_on_the_page(load: Load) -> None:
    _, _, body = ask(load(**{PROCESSES: "2"}), "setup/{*path}", "GET", "status")
    assert json.loads(body)["warnings"] == [*worker_tuning.warnings({PROCESSES: "2"})]


def test_the_worker_is_tuned_and_its_server_knows_what_ends_with_it(load: Load) -> None:
    gc.unfreeze()
    app = load()
    assert gc.get_freeze_count() > 0
    assert WebServer.ending.when_ended is app.when_ended
    assert WebServer.ending.end_replies.__name__ == "end_replies"


# --- settings ---------------------------------------------------------------


def test_a_reply_may_take_as_long_as_the_function_less_a_minute(load: Load) -> None:
    assert json.loads((ROOT / "host.json").read_text())["functionTimeout"] == "00:30:00"
    assert load().settings.longest_reply == 30 * 60 - RESERVE == 29 * 60
    for document in ("docs/load.md", "docs/decisions/0010-httpx-over-aiohttp.md"):
        text = (ROOT / document).read_text(encoding="utf-8")
        assert "`functionTimeout` (30 min)" in text or "`functionTimeout` of 30" in text


@pytest.mark.parametrize(
    ("environ", "longest"),
    [("01:00:00", 59 * 60), ("-1", None), ("", 29 * 60)],
    ids=["longer", "none", "blank"],
)
def test_the_environment_goes_before_host_json(
    load: Load, environ: str, longest: float | None
) -> None:
    assert load(**{FUNCTION_TIMEOUT: environ}).settings.longest_reply == longest


def test_warnings_are_lines_of_the_log(load: Load, capsys: pytest.CaptureFixture[str]) -> None:
    load(ANTHROPIC_AUTH_TOKEN="", **{PROCESSES: "2"})
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {line["level"] for line in lines} == {"warning"}
    told = [line["message"] for line in lines]
    assert any(message.startswith("ANTHROPIC_AUTH_TOKEN is not set") for message in told)
    assert any(message.startswith(f"{PROCESSES} is 2") for message in told)


def test_warnings_that_a_banner_tells_are_not_told_twice(
    load: Load, capsys: pytest.CaptureFixture[str]
) -> None:
    load(ANTHROPIC_AUTH_TOKEN="", **{BANNER_TELLS: "true"})
    assert capsys.readouterr().out == ""


def test_the_log_is_written_as_its_setting_says(
    load: Load, capsys: pytest.CaptureFixture[str]
) -> None:
    load(ANTHROPIC_AUTH_TOKEN="", LOG_FORMAT="text")
    choose("auto")
    assert capsys.readouterr().out.startswith("Warning: ANTHROPIC_AUTH_TOKEN is not set")


@pytest.fixture
def _as_they_were() -> Iterator[None]:
    yield
    choose()
    body_log.choose()


@pytest.mark.usefixtures("_as_they_were")
def test_what_is_said_is_logged_only_where_a_setting_asks_and_every_start_warns(
    load: Load, capsys: pytest.CaptureFixture[str]
) -> None:
    bodies = ["client_request", "client_reply"]
    for switch, told in (("", []), ("true", [BODIES_ARE_LOGGED, *bodies])):
        app = load(LOG_BODIES=switch)
        ask(app, "v1/messages", "POST", None, b'{"model": "claude-x"}')
        app.when_ended()  # until then they may wait
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        said = [line.get("message") or line.get("body") for line in lines]
        assert [*filter(None, said)] == told


@pytest.mark.usefixtures("_as_they_were")
def test_settings_that_cannot_be_used_log_no_bodies(
    load: Load, capsys: pytest.CaptureFixture[str]
) -> None:
    app = load(WEBSITE_INSTANCE_ID="1", BIG_EFFORT="lots", LOG_BODIES="true", LOG_LEVEL="loud")
    ask(app, "v1/messages", "POST", None, QUESTION)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    told = [line["message"] for line in lines if "message" in line]
    assert [words.split(" ")[0] for words in told] == ["BIG_EFFORT", "LOG_LEVEL"]
    assert not [line for line in lines if "body" in line]


@pytest.mark.usefixtures("_as_they_were")
def test_below_its_level_nothing_is_written(load: Load, capsys: pytest.CaptureFixture[str]) -> None:
    app = load(LOG_LEVEL="ERROR", BIG_MODEL="")
    ask(app, "v1/messages", "POST", None, QUESTION)
    assert capsys.readouterr().out == ""


def test_there_are_none_where_all_is_well(load: Load, capsys: pytest.CaptureFixture[str]) -> None:
    load()
    assert capsys.readouterr().out == ""


# --- settings that cannot be used -------------------------------------------

UNUSABLE = {
    "missing": {"AZURE_OPENAI_ENDPOINT": ""},
    "unresolved": {"AZURE_OPENAI_API_KEY": "@Microsoft.KeyVault(VaultName=v;SecretName=s)"},
    "no such effort": {"BIG_EFFORT": "lots"},
    "no such time": {FUNCTION_TIMEOUT: "soon"},
    "no such HTTP proxy": {"HTTPS_PROXY": "socks4://127.0.0.1:1", "NO_PROXY": ""},
}
TOLD = {
    "missing": "AZURE_OPENAI_ENDPOINT is not set",
    "unresolved": "AZURE_OPENAI_API_KEY is a reference that Azure could not resolve",
    "no such effort": "BIG_EFFORT is 'lots'",
    "no such time": "functionTimeout is 'soon'",
    "no such HTTP proxy": "The proxy for my.openai.azure.com cannot be used",
}


@pytest.mark.parametrize("kind", UNUSABLE)
@pytest.mark.parametrize("mark", [*DEPLOYED_MARKS, *CONTAINER_MARKS])
def test_deployed_it_starts_and_says_so(
    load: Load, capsys: pytest.CaptureFixture[str], kind: str, mark: str
) -> None:
    app = load(**UNUSABLE[kind], **{mark: "deployed", PROCESSES: "2"})
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["level"] for line in lines] == ["error", "warning"]
    assert lines[0]["message"].startswith(TOLD[kind])
    status, headers, body = ask(app, "v1/messages", "POST", None, QUESTION)
    assert (status, headers["x-should-retry"]) == (503, "false")
    assert TOLD[kind] in json.loads(body)["error"]["message"]
    status, _, body = ask(app, "cursor/{*path}", "POST", "chat/completions", QUESTION)
    assert (status, TOLD[kind] in json.loads(body)["error"]["message"]) == (400, True)
    _, _, body = ask(app, "setup/{*path}", "GET", "status")
    assert [line["message"] for line in lines] == [
        sentence for sentences in json.loads(body).values() for sentence in sentences
    ]


@pytest.mark.parametrize(
    ("route", "method", "status"),
    [("cursor/health", "GET", 200), ("api/hello", "HEAD", 200), ("/", "GET", 200)],
)
def test_deployed_it_is_up_all_the_same(load: Load, route: str, method: str, status: int) -> None:
    app = load(BIG_EFFORT="lots", WEBSITE_SITE_NAME="deployed")
    assert ask(app, route, method)[0] == status


@pytest.mark.parametrize("kind", UNUSABLE)
def test_elsewhere_the_start_ends(load: Load, kind: str) -> None:
    with pytest.raises(SettingsError, match=TOLD[kind]):
        load(**UNUSABLE[kind], AZURE_FUNCTIONS_ENVIRONMENT="Development", CONTAINER_NAME="mine")


# --- what a start costs ------------------------------------------------------

START = """
import gc, sys, function_app
print(*sys.modules)
print(gc.isenabled(), gc.get_freeze_count() > 20_000, file=sys.stderr)
"""
NOT_FOR_A_START = (
    "azure.identity",
    "azurefunctions.extensions.http",
    "fastapi",
    "msal",
    "proxy_core.client_setup",
    "proxy_core.doctor",
    "proxy_core.endpoints.setup",
    "pydantic",
    "regex",
    "requests",
    "starlette",
    "tiktoken",
)


@pytest.mark.parametrize("is_usable", [True, False])
def test_a_start_imports_what_its_first_request_needs(is_usable: bool) -> None:
    """And the collector is on again, with nothing to look for in what was loaded."""
    environ = ENVIRON if is_usable else {"WEBSITE_SITE_NAME": "deployed"}
    started = subprocess.run(
        [sys.executable, "-c", START],
        cwd=ROOT,
        env=passed_on() | environ,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(started.stdout.split())
    assert "proxy_core.endpoints.anthropic" in loaded
    assert loaded.isdisjoint(NOT_FOR_A_START)
    assert started.stderr.split() == ["True", "True"]


# --- what is published ------------------------------------------------------


def test_all_that_the_app_imports_is_published(load: Load) -> None:
    load()
    ignored = (ROOT / ".funcignore").read_text().split()
    paths = (getattr(module, "__file__", None) for module in [*sys.modules.values()])
    own = {Path(path).resolve().relative_to(ROOT).parts[0] for path in paths if is_ours(path)}
    needed = {"function_app.py", "host.json", "requirements.txt"} | own
    assert needed >= {"proxy_response.py", "web_extension.py", "worker_tuning.py", "proxy_core"}
    for name in needed - {"tests", "local", "dev.py"}:
        assert (ROOT / name).exists()
        assert not any(fnmatch(name, pattern) for pattern in ignored), name


def is_ours(path: str | None) -> bool:
    return path is not None and ROOT in Path(path).resolve().parents and ".venv" not in path
