"""Real connections on this machine that fail in every way, and answers that do not end."""

import datetime
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from local.deployed import Visitor, open_client, visitor
from tests.unit.local.deployed.app import App

REPLY = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


@contextmanager
def server(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """One connection, which ends with the test at the latest."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)

        def run() -> None:
            try:
                with listener.accept()[0] as connection:
                    connection.settimeout(10)
                    serve(connection)
            except OSError:
                pass

        thread = Thread(target=run)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def ask(url: str) -> httpx.Response:
    with open_client(url) as client:
        Visitor(url, client).get("/cursor/health")
    raise AssertionError("it was answered")


def told(url: str) -> str:
    with pytest.raises(visitor.NoAnswer) as failed:
        ask(url)
    verdict = failed.value.verdict
    assert (verdict.state, bool(verdict.remedy)) == ("failed", True)
    return verdict.detail


def test_where_nothing_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert "Nothing listens" in told(f"http://127.0.0.1:{taken.getsockname()[1]}")


@pytest.mark.parametrize(
    ("number", "said"),
    [(socket.EAI_NONAME, "There is no host of the name"), (socket.EAI_AGAIN, "looked up")],
)
def test_a_name_that_is_nobodys(number: int, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(number, "no")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    monkeypatch.setenv("NO_PROXY", "*")
    assert said in told("https://no-such-app.example.com")


def test_a_server_that_speaks_no_tls() -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(999)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with server(serve) as port:
        assert "does not speak TLS" in told(f"https://127.0.0.1:{port}")


def test_a_certificate_that_nobody_trusts(certificate: ssl.SSLContext) -> None:
    def serve(connection: socket.socket) -> None:
        certificate.wrap_socket(connection, server_side=True)

    with server(serve) as port:
        assert "is not trusted" in told(f"https://127.0.0.1:{port}")


def test_a_connection_that_ends_without_a_word() -> None:
    with server(lambda connection: [connection.recv(999), None][1]) as port:
        assert "ended the connection without an answer" in told(f"http://127.0.0.1:{port}")


def test_what_is_no_http() -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(999)
        connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n")

    with server(serve) as port:
        assert "ended the connection without an answer" in told(f"http://127.0.0.1:{port}")


def test_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitor, "SILENCE", 0.05)

    def serve(connection: socket.socket) -> None:
        while connection.recv(999):
            pass

    with server(serve) as port:
        assert "said nothing for" in told(f"http://127.0.0.1:{port}")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (httpx.ConnectTimeout("late"), "cannot be reached"),
        (httpx.ConnectError("unreachable"), "cannot be reached"),
        (httpx.ProxyError("407"), "web proxy of this network"),
    ],
)
def test_what_cannot_be_made_here(error: httpx.HTTPError, said: str) -> None:
    failed = visitor.explain(error, "app.example.com").verdict
    assert said in failed.detail


def test_a_web_proxy_is_not_asked_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    def serve(connection: socket.socket) -> None:
        connection.recv(999)
        connection.sendall(REPLY)

    with server(serve) as port, open_client(f"http://127.0.0.1:{port}") as client:
        assert Visitor(f"http://127.0.0.1:{port}", client).get("/").body == b"{}"


@pytest.mark.parametrize(("piece", "pause"), [(b"x" * 300_000, 0.0), (b":\n\n", 10.0)])
def test_an_answer_without_an_end_is_left(piece: bytes, pause: float) -> None:
    app = App()
    app.replies["GET /v1/models"] = lambda _: app.stream([piece.decode()] * 99, pause)
    with pytest.raises(visitor.NoAnswer, match="did not end within"):
        app.visitor.get("/v1/models")


def test_a_token_of_any_letters_is_sent_as_bytes() -> None:
    app = App(token="gehe\u00efm")
    app.examine(quick=True)
    [asked] = [r for r in app.asked if r.url.path == "/setup/status"]
    sent = dict(asked.headers.raw)[b"authorization"]
    assert sent == "Bearer gehe\u00efm".encode()


@pytest.fixture
def certificate(tmp_path: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "server.pem"
    encoding, none = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, none)
    file.write_bytes(private + signed.public_bytes(encoding))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
