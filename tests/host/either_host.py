"""The project's own app under the real Functions runtime, or under local.host."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.servers import App, copy_app, local_host
from tests.host.processes import ROOT, Server, stand_in_host

HOSTS = ("functions", "local")


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
