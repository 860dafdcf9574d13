"""The setup page in Chromium, from the app behind local.host, with the simulator as Azure.

Needs the package `playwright` and a Chromium of the system's, on the PATH or in CHROMIUM. With
`--screenshots` the pictures of the README are taken anew.
"""

import asyncio
import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.servers import TOKEN, App, Azure, copy_app, local_host
from tests.host.processes import azure_simulator

HERE = Path(__file__).parent
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
# Without the first, Chromium refuses to run as root; the others keep it from the network.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def why_skipped() -> str | None:
    if importlib.util.find_spec("playwright") is None:
        return "needs the package playwright: python -m pip install playwright"
    if CHROMIUM is None:
        return "needs Chromium: apt-get install chromium, or CHROMIUM=path"
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reason = why_skipped()
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.timeout(300))
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def _browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            running = asyncio.get_running_loop()
            asyncio._set_running_loop(None)
            yield browser, running
            asyncio._set_running_loop(running)
            browser.close()


@pytest.fixture
def browser(_browser: Any) -> Iterator[Any]:
    """Playwright's loop runs on in this thread: only while a test here does may it be seen."""
    browser, running = _browser
    asyncio._set_running_loop(running)
    yield browser
    asyncio._set_running_loop(None)


@pytest.fixture(scope="session")
def _simulator() -> Iterator[Azure]:
    import httpx

    with azure_simulator() as server, httpx.Client(base_url=server.url) as client:
        yield Azure(client)


@pytest.fixture
def azure(_simulator: Azure) -> Azure:
    _simulator.clear()
    return _simulator


@pytest.fixture(scope="session")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("app")
    copy_app(folder)
    return folder


@pytest.fixture(scope="session")
def open_app(_simulator: Azure, _folder: Path) -> Iterator[App]:
    """As `dev.py start` runs it: without a token."""
    with local_host(_folder, _folder / "open.log", **_settings(_simulator)) as app:
        yield app


@pytest.fixture(scope="session")
def guarded_app(_simulator: Azure, _folder: Path) -> Iterator[App]:
    settings = {**_settings(_simulator), "ANTHROPIC_AUTH_TOKEN": TOKEN}
    with local_host(_folder, _folder / "guarded.log", **settings) as app:
        yield app


@pytest.fixture(scope="session")
def closed_app(_simulator: Azure, _folder: Path) -> Iterator[App]:
    settings = {**_settings(_simulator), "WEBSITE_SITE_NAME": "deployed"}
    with local_host(_folder, _folder / "closed.log", **settings) as app:
        yield app


@pytest.fixture(scope="session")
def misconfigured_app(_simulator: Azure, _folder: Path) -> Iterator[App]:
    settings = {
        **_settings(_simulator),
        "ANTHROPIC_AUTH_TOKEN": TOKEN,
        "BIG_EFFORT": "lots",
        "BIG_MODL": "gpt-5.4",
        "WEBSITE_SITE_NAME": "deployed",
    }
    with local_host(_folder, _folder / "misconfigured.log", **settings) as app:
        yield app


def _settings(azure: Azure) -> dict[str, str]:
    return {
        "AZURE_OPENAI_ENDPOINT": f"{azure.client.base_url}/openai/v1",
        "AZURE_OPENAI_API_KEY": "simulated-key",
        "BIG_MODEL": "gpt-5.4",
        "SMALL_MODEL": "gpt-5.4-mini",
        "CURSOR_AZURE_DEPLOYMENT": "gpt-5.4",
    }


Open = Callable[..., Any]


@pytest.fixture
def open_page(browser: Any) -> Iterator[Open]:
    """Opens a page in a browser of its own. What went wrong in it fails the test at its end."""
    contexts, wrongs = [], []

    def open_url(url: str, *, expected: str = "", **options: Any) -> Any:
        options = {"permissions": ["clipboard-read", "clipboard-write"], **options}
        context = browser.new_context(**options)
        contexts.append(context)
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.on("pageerror", lambda error: wrongs.append(str(error)))

        def note(message: Any) -> None:
            is_wrong = message.type in ("error", "warning")
            if is_wrong and not (expected and expected in message.text):
                wrongs.append(message.text)

        page.on("console", note)
        page.goto(url)
        if options.get("java_script_enabled", True):
            page.wait_for_selector("#state:not(:text-is('It is up.'))")
        return page

    yield open_url
    for context in contexts:
        context.close()
    assert wrongs == []
