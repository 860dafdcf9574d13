"""The project's own app under the real Functions runtime, or under local.host."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.servers import App, copy_app, local_host
from tests.host.processes import ROOT, Server, stand_in_host

HOSTS = ("functions", "local")


def simulated(simulator: Server) -> dict[str, str]:
    """The settings of an app that asks the simulator, for Claude's clients."""
    return {
        "AZURE_OPENAI_ENDPOINT": f"{simulator.url}/openai/v1",
        "AZURE_OPENAI_API_KEY": "simulated-key",
        "BIG_MODEL": "gpt-5.4",
        "SMALL_MODEL": "gpt-5.4-mini",
    }


@contextmanager
def app_under(host: str, folder: Path, **settings: str) -> Iterator[App | Server]:
    """`folder` is the app's, where local.host serves it."""
    if host == "functions":
        with stand_in_host(ROOT, **settings) as server:
            yield server
    else:
        copy_app(folder)
        with local_host(folder, folder / "log", **settings) as app:
            yield app
