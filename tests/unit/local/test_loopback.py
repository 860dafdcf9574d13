import socket
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from local.failure import Failure
from local.loopback import (
    HEALTH,
    claim_port,
    is_healthy,
    is_loopback_name,
    keep_ipv6_port,
    knows_ipv6,
    open_listener,
    open_listeners,
    refuse_taken_port,
)

IPV6 = pytest.mark.skipif(not knows_ipv6(), reason="this machine has no IPv6 loopback")


def test_a_free_port_is_accepted() -> None:
    with open_listener("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
    refuse_taken_port(port)
    assert not is_healthy(port)


def test_a_taken_port_is_one_sentence() -> None:
    with open_listener("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(Failure, match=f"^Port {port} is taken by another program; [^\n]*$"):
            refuse_taken_port(port)
        with pytest.raises(Failure, match=f"^Port {port} is taken"):
            open_listener("127.0.0.1", port)


def test_of_two_that_start_at_once_one_is_told(tmp_path: Path) -> None:
    with open_listener("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
    told = pytest.raises(Failure, match=f"^Port {port} is taken by another dev.py, [^\n]*$")
    with claim_port(port, tmp_path), told:
        claim_port(port, tmp_path).__enter__()
    with claim_port(port, tmp_path):
        pass


def test_a_port_may_have_been_taken_before_it_is_claimed(tmp_path: Path) -> None:
    with open_listener("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(Failure, match="is taken by another program"):
            claim_port(port, tmp_path).__enter__()


@pytest.mark.parametrize(
    ("status", "owner"), [(200, "this proxy, which runs already"), (404, "another program")]
)
def test_who_has_taken_the_port(status: int, owner: str) -> None:
    class Health(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == HEALTH else 500)
            self.end_headers()

        def log_message(self, format: str, *values: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Health) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            with pytest.raises(Failure, match=f"^Port {server.server_port} is taken by {owner}"):
                refuse_taken_port(server.server_port)
        finally:
            server.shutdown()
            thread.join()


def test_an_address_of_another_machine_is_one_sentence() -> None:
    with pytest.raises(Failure, match=r"^Cannot listen on 192\.0\.2\.1:0: [^\n]+\.$"):
        open_listener("192.0.2.1", 0)


@IPV6
def test_localhost_is_both_addresses() -> None:
    first, second = open_listeners("localhost", 0)
    with first, second:
        port = first.getsockname()[1]
        assert (first.getsockname()[0], *second.getsockname()[:2]) == ("127.0.0.1", "::1", port)
        for host in ("127.0.0.1", "::1"):
            with pytest.raises(Failure, match=f"^Port {port} is taken"):
                open_listener(host, port)


@IPV6
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_half_of_localhost_is_not_enough(host: str) -> None:
    with open_listener(host, 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(Failure, match=f"^Port {port} is taken"):
            open_listeners("localhost", port)
        with pytest.raises(Failure, match=f"^Port {port} is taken"):
            refuse_taken_port(port)
    for listener in open_listeners("localhost", port):  # nothing of the attempt was left open
        listener.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_an_address_that_was_asked_for_is_one(host: str) -> None:
    [listener] = open_listeners(host, 0)
    with listener:
        assert listener.getsockname()[0] == host


@IPV6
def test_a_port_is_kept_for_a_program_on_the_other_address() -> None:
    with open_listener("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with keep_ipv6_port(port):
            with pytest.raises(Failure, match=f"^Port {port} is taken"):
                open_listener("::1", port)
            with closing(socket.create_connection(("localhost", port), 5)) as client:
                assert client.getpeername()[0] == "127.0.0.1"
        open_listener("::1", port).close()


# --- its names ---

OURS = [
    *("localhost", "localhost:7071", "LocalHost:1", "127.0.0.1", "127.0.0.1:65535"),
    *("127.255.1.9:80", "[::1]", "[::1]:7071"),
]
NOT_OURS = [
    *("", "page.example", "page.example:7071", "localhost.page.example", "127.0.0.1.page.example"),
    *("page.example:localhost", "localhost@page.example", "page.example#localhost"),
    *("localhost:", "localhost:x", "localhost ", "localhost,page.example", "xlocalhost"),
    *("128.0.0.1", "127.0.0", "127.1", "0.0.0.0", "::1", "[::]", "[::2]", "[fe80::1]", "10.0.0.1"),
    *("1270.0.0.1", "127.0.0.1\n", "127.0.0.\u0661", "host.docker.internal:7071"),
]


@pytest.mark.parametrize("name", OURS)
def test_names_of_loopback(name: str) -> None:
    assert is_loopback_name(name)


@pytest.mark.parametrize("name", NOT_OURS)
def test_names_that_somebody_else_can_own(name: str) -> None:
    assert not is_loopback_name(name)
