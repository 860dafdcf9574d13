"""Real clients -> the app -> the simulator. Every test ends with a look at what Azure received."""

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.claude_code import ClaudeCode, install
from tests.e2e.node_modules import copy_programs
from tests.e2e.replay import replies_without_reasoning
from tests.e2e.servers import TOKEN, App, Azure, copy_app, local_host
from tests.host.processes import azure_simulator

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session", autouse=True)
def _undisturbed() -> Iterator[None]:
    """Clients read the environment too: neither proxies nor the developer's own keys count here."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith(("ANTHROPIC_", "OPENAI_")):
                patch.delenv(name)
        patch.setenv("NO_PROXY", "127.0.0.1")
        patch.setenv("no_proxy", "127.0.0.1")
        yield


@pytest.fixture(scope="session")
def _simulator(_undisturbed: None) -> Iterator[Azure]:
    # Below the 5 seconds after which the simulator closes an idle connection.
    limits = httpx.Limits(keepalive_expiry=1.0)
    with azure_simulator() as server, httpx.Client(base_url=server.url, limits=limits) as client:
        yield Azure(client)


@pytest.fixture(scope="session")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("app")
    copy_app(folder)
    return folder


@pytest.fixture(scope="session")
def _apps() -> list[App]:
    """Those that run by now."""
    return []


@pytest.fixture(scope="session")
def app(_simulator: Azure, _folder: Path, _apps: list[App]) -> Iterator[App]:
    """On the Responses API, as most people run it."""
    settings = _settings(
        _simulator,
        BIG_MODEL="gpt-5.4",
        SMALL_MODEL="gpt-5.4-mini",
        CURSOR_AZURE_DEPLOYMENT="gpt-5.4",
    )
    with local_host(_folder, _folder / "responses.log", **settings) as app:
        _apps.append(app)
        yield app


@pytest.fixture(scope="session")
def search_app(_simulator: Azure, _folder: Path, _apps: list[App]) -> Iterator[App]:
    """Azure may search the web, at the efforts of a model that cannot search at each of them."""
    settings = _settings(_simulator, BIG_MODEL="gpt-5.4", SMALL_MODEL="gpt-5", WEB_SEARCH="on")
    with local_host(_folder, _folder / "search.log", **settings) as app:
        _apps.append(app)
        yield app


@pytest.fixture(scope="session")
def chat_app(_simulator: Azure, _folder: Path, _apps: list[App]) -> Iterator[App]:
    """On Chat Completions."""
    settings = _settings(
        _simulator, BIG_MODEL="gpt-5", SMALL_MODEL="gpt-4.1", CURSOR_AZURE_DEPLOYMENT="gpt-5"
    )
    with local_host(_folder, _folder / "chat.log", AZURE_OPENAI_API="chat", **settings) as app:
        _apps.append(app)
        yield app


@pytest.fixture(scope="session")
def unjudging_app(_simulator: Azure, _folder: Path, _apps: list[App]) -> Iterator[App]:
    """Nobody answers Claude Code's safety question."""
    settings = _settings(_simulator, BIG_MODEL="gpt-5.4", SAFEGUARDS_MODEL="off")
    with local_host(_folder, _folder / "unjudging.log", **settings) as app:
        _apps.append(app)
        yield app


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("typescript")
    copy_programs(folder)
    return folder


@pytest.fixture
def claude(tmp_path: Path, app: App) -> ClaudeCode:
    return install(tmp_path, app)


@pytest.fixture(params=["app", "chat_app"], ids=["responses", "chat"])
def any_claude(tmp_path: Path, request: pytest.FixtureRequest) -> ClaudeCode:
    """Each test that asks for this runs over both of Azure's APIs."""
    return install(tmp_path, request.getfixturevalue(request.param))


@pytest.fixture
def azure(_simulator: Azure) -> Azure:
    _simulator.clear()
    return _simulator


@pytest.fixture(autouse=True)
def _nothing_amiss(azure: Azure, _apps: list[App]) -> Iterator[None]:
    yield
    for sent in azure.requests():
        if not sent["fault"]:  # which the test asked for
            assert sent["problems"] == [], sent["body"]
            assert sent["warnings"] == []
        assert replies_without_reasoning(sent) == []
    assert [app.defects() for app in _apps] == [[] for _ in _apps]


def _settings(azure: Azure, **settings: str) -> dict[str, str]:
    return {
        "AZURE_OPENAI_ENDPOINT": f"{azure.client.base_url}/openai/v1",
        "AZURE_OPENAI_API_KEY": "simulated-key",
        "ANTHROPIC_AUTH_TOKEN": TOKEN,
        "LOG_LEVEL": "debug",  # so that lists of models leave a line as well
        **settings,
    }
