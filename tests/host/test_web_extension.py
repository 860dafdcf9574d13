"""The app's own web server in the worker: what reaches it is handed over, whatever it is."""

import socket
from urllib.parse import unquote, urlsplit

import httpx
import pytest

from tests.host.processes import Server, eventually

# What Microsoft's extension answers by itself, or not at all.
REQUESTS = [
    ("GET", "/docs"),
    ("GET", "/docs/oauth2-redirect"),
    ("GET", "/redoc"),
    ("GET", "/openapi.json"),
    ("QUERY", "/x"),
    ("GET", "/a%0Ab"),
    ("GET", "/a%00%0D%7F%C3%A9%FF"),
    ("POST", "/a//b;c=d+e"),
]


@pytest.mark.parametrize(("method", "path"), REQUESTS)
def test_every_request_reaches_the_app(streams: Server, method: str, path: str) -> None:
    response = httpx.request(method, streams.url + path)

    assert (response.status_code, response.json()) == (404, {"path": unquote(path[1:])})
    assert eventually(lambda: streams.state()["running_invocations"] == 0, seconds=1)


@pytest.mark.parametrize(("method", "path"), [*REQUESTS, ("FOO", "/"), ("OPTIONS", "*")])
def test_what_no_host_has_announced_is_a_failure_and_nothing_waits_for_it(
    streams: Server, method: str, path: str
) -> None:
    """At the worker's own address there is no invocation, and so no x-ms-invocation-id."""
    before = streams.state()["remembered_invocations"]
    status, body = ask_worker(streams, f"{method} {path} HTTP/1.1\r\nhost: x\r\n\r\n")

    # Of methods the parser has a list, and the worker's host no others.
    assert (status, body) == (
        (400, b"Invalid HTTP request received.")
        if method == "FOO"
        else (500, b"Internal Server Error")
    )
    assert streams.state()["remembered_invocations"] == before


def ask_worker(host: Server, head: str) -> tuple[int, bytes]:
    address = urlsplit(host.state()["http_uri"])
    assert address.hostname
    assert address.port
    with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
        connection.sendall(head.encode())
        answer = b""
        while data := connection.recv(1000):
            answer += data
    head_of_answer, _, body = answer.partition(b"\r\n\r\n")
    return int(head_of_answer.split()[1]), body


def refused_head(host: Server) -> bool:
    """Whether the worker's own web server refuses a head of 32 KB that comes in two reads."""
    address = urlsplit(host.state()["http_uri"])
    assert address.hostname
    assert address.port
    begun = b"GET /echo/x HTTP/1.1\r\nhost: x\r\nx-ms-invocation-id: a-long-head\r\n"
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.settimeout(0.5)
        connection.sendall(begun + b"x-a: " + b"b" * 32_000)
        try:
            return b" 400 " in connection.recv(100)
        except TimeoutError:
            return False


def test_a_long_head_is_read(streams: Server) -> None:
    """By httptools; h11 would not."""
    assert not refused_head(streams)


def test_the_server_is_not_named(streams: Server) -> None:
    assert "server" not in httpx.get(f"{streams.url}/echo/x").headers


def test_a_repeated_header_is_given_as_often_as_it_came(streams: Server) -> None:
    headers = [("x-a", "1"), ("X-A", "2")]
    echoed = httpx.get(f"{streams.url}/echo/x", headers=headers).json()["headers"]

    assert [value for name, value in echoed if name == "x-a"] == ["1", "2"]
