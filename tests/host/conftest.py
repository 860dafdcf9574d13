"""Function apps under the real Functions runtime. Its package exists from Python 3.13 on."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.servers import TOKEN
from tests.host.either_host import HOSTS, app_under, simulated
from tests.host.processes import ROOT, STREAMS, Server, azure_simulator, stand_in_host

HERE = Path(__file__).parent
RUNTIME_MISSING = importlib.util.find_spec("azure_functions_runtime") is None
WHY_SKIPPED = "azure-functions-runtime, the worker's code, exists from Python 3.13 on"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.host)
            if RUNTIME_MISSING or sys.version_info < (3, 13):
                item.add_marker(pytest.mark.skip(reason=WHY_SKIPPED))


@pytest.fixture(scope="session", autouse=True)
def _direct() -> Iterator[None]:
    """Everything is on this machine; whoever has an HTTP proxy does not mean this."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        yield


@pytest.fixture(scope="session")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("notes")


@pytest.fixture(scope="session")
def streams(notes: Path) -> Iterator[Server]:
    """apps/streams, tuned as the project is."""
    with stand_in_host(STREAMS, NOTES=str(notes)) as host:
        yield host


@pytest.fixture(scope="session")
def untuned() -> Iterator[Server]:
    """apps/streams in a worker as Microsoft ships it."""
    with stand_in_host(STREAMS, UNTUNED="1") as host:
        yield host


@pytest.fixture(scope="session")
def simulator() -> Iterator[Server]:
    with azure_simulator() as server:
        yield server


@pytest.fixture(scope="session")
def proxy(simulator: Server) -> Iterator[Server]:
    """The project's own function app, with the simulator as Azure."""
    with stand_in_host(
        ROOT,
        **simulated(simulator),
    ) as host:
        yield host


@pytest.fixture(scope="session", params=HOSTS)
def cursor_url(
    request: pytest.FixtureRequest, simulator: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The same app with a token, set up for Cursor: under the runtime, and under local.host."""
    settings = {
        "AZURE_OPENAI_ENDPOINT": f"{simulator.url}/openai/v1",
        "AZURE_OPENAI_API_KEY": "simulated-key",
        "ANTHROPIC_AUTH_TOKEN": TOKEN,
        "CURSOR_AZURE_DEPLOYMENT": "gpt-5.4",
    }
    with app_under(request.param, tmp_path_factory.mktemp("app"), **settings) as app:
        yield f"{app.url}/cursor"
