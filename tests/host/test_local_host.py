"""The local host as `dev.py start` runs it: no token, a process of its own, real sockets."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import httpx
import pytest

from local.loopback import is_healthy, knows_ipv6, open_listeners
from local.trouble import CROWDED
from tests.e2e.servers import App, copy_app, passed_on
from tests.host.either_host import simulated
from tests.host.processes import START_SECONDS, Server, eventually
from tests.host.wire import connect, exchange

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="needs prlimit")
OPEN_FILES = 128
RECOVERED = 10.0  # seconds


@pytest.fixture(scope="module")
def app(simulator: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """What it prints goes to its log, errors as well."""
    folder = tmp_path_factory.mktemp("app")
    copy_app(folder)
    settings = simulated(simulator)
    listeners = open_listeners("localhost", 0)
    port = listeners[0].getsockname()[1]
    for listener in listeners:
        listener.close()
    log = folder / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "local.leash", "local.host", "--port", str(port)],
            cwd=folder,
            env={**passed_on(), **settings},
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        with process:
            assert eventually(lambda: is_healthy(port), seconds=START_SECONDS), log.read_text()
            yield App(f"http://127.0.0.1:{port}", log, process.pid)
            process.kill()


def ask(app: App, name: str) -> int:
    return httpx.get(f"{app.url}/v1/models", headers={"host": name}).status_code


def test_a_page_that_leads_its_name_here_reads_nothing(app: App) -> None:
    assert ask(app, "page.example") == 403
    assert ask(app, "localhost:7071") == 200


def test_who_calls_by_no_name_is_no_browser(app: App) -> None:
    assert exchange(app.url, b"GET /v1/models HTTP/1.0\r\n\r\n").status == 200


@pytest.mark.skipif(not knows_ipv6(), reason="this machine has no IPv6 loopback")
def test_localhost_is_both_addresses(app: App) -> None:
    port = urlsplit(app.url).port
    assert httpx.get(f"http://[::1]:{port}/v1/models").status_code == 200


def test_an_address_in_the_head_of_a_request_changes_nothing(app: App) -> None:
    absolute = b"GET http://page.example/v1/models HTTP/1.1\r\nhost: localhost\r\n\r\n"
    assert exchange(app.url, absolute).status == 404


@LINUX
def test_more_connections_than_open_files(app: App) -> None:
    """Each with a head that never ends. Run last: the limit stays."""
    import resource

    resource.prlimit(app.pid, resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    before = len(app.output())
    with ExitStack() as connections:
        for _ in range(OPEN_FILES + 20):
            connection = connections.enter_context(connect(app.url))
            connection.sendall(b"GET / HTTP/1.1\r\nx: ")
        assert eventually(lambda: is_answered(app), seconds=RECOVERED)
    said = app.output()[before:]
    assert 1 <= said.count(CROWDED) <= 2
    assert said.count("New connections have to wait") <= 2  # uvloop closes them instead
    assert "Traceback" not in said
    assert len(said) < 2000


def is_answered(app: App) -> bool:
    try:
        return httpx.get(f"{app.url}/v1/models", timeout=1).status_code == 200
    except httpx.TransportError:
        return False
