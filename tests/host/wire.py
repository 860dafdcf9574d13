"""Sockets without an HTTP library: what a client may send that no library would, and to whom."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from tests.unit.test_proxy import HELLO

SILENT = 2.0  # seconds without a byte


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def exchange(url: str, *pieces: bytes) -> Answer:
    """What comes back for these bytes. TimeoutError: nothing, or not all of it."""
    with connect(url) as connection:
        for piece in pieces:
            connection.sendall(piece)
        return read_answer(connection)


def connect(url: str) -> socket.socket:
    address = urlsplit(url)
    assert address.hostname
    assert address.port
    return socket.create_connection((address.hostname, address.port), SILENT)


def read_answer(connection: socket.socket) -> Answer:
    """One answer, as long as it says itself. ConnectionError: it is cut off."""
    with connection.makefile("rb") as file:
        status = int(file.readline().split()[1])
        headers: dict[str, str] = {}
        while line := file.readline().strip():
            name, _, value = line.decode("latin-1").partition(":")
            assert name.lower() not in headers, f"{name} comes twice"
            headers[name.lower()] = value.strip()
        length = headers.get("content-length")
        body = b"" if status in (100, 204) else file.read(int(length) if length else None)
        if length and len(body) != int(length):
            raise ConnectionError("the answer is cut off")
        return Answer(status, headers, body)


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


@dataclass
class Received:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class AzureRecorder:
    """Stands for Azure and for every other address: notes who asks it for what."""

    url: str
    received: list[Received] = field(default_factory=list)
    redirects: bool = False

    def answer(self, handler: BaseHTTPRequestHandler) -> tuple[int, dict[str, str], bytes]:
        headers = {name.lower(): value for name, value in handler.headers.items()}
        body = handler.rfile.read(int(headers.get("content-length", "0")))
        self.received.append(Received(handler.command, handler.path, headers, body))
        if self.redirects:
            return 307, {"location": f"{self.url}/elsewhere"}, b""
        return 200, {"content-type": "text/event-stream"}, HELLO

    def take(self) -> list[Received]:
        taken, self.received = self.received, []
        return taken

    def sent(self) -> dict[str, Any]:
        """The body of the one request that came."""
        [request] = self.take()
        body: dict[str, Any] = json.loads(request.body)
        return body


@contextmanager
def azure_recorder() -> Iterator[AzureRecorder]:
    class Handler(BaseHTTPRequestHandler):
        timeout = SILENT

        def do_GET(self) -> None:
            status, headers, body = recorder.answer(self)
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = False  # closing waits for them

    with Server(("127.0.0.1", 0), Handler) as server:
        recorder = AzureRecorder(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        try:
            yield recorder
        finally:
            server.shutdown()
