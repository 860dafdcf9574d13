"""A request as a client makes it, and all that came back: when, in which pieces, or why not.

https://www.python-httpx.org/exceptions/

Rules:
- no redirect is followed, for no client of an API does it with a token;
- every answer ends: in bytes, in silence and in time;
- the token goes to no host beyond this machine unless it travels encrypted.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from local.loopback import is_loopback_name
from proxy_core.azure.host_names import NO_SUCH_NAME
from proxy_core.doctor import Verdict
from proxy_core.wire.json import to_json

CONNECTING = 20.0  # seconds
SILENCE = 60.0  # seconds: longer than an app needs that starts from zero
LONGEST = 180.0  # seconds for one answer
LARGEST = 2_000_000  # bytes of one answer
TRUE_NAME = (
    "The app's true host name (new ones have a region and random letters in it): az functionapp "
    "show --name APP --resource-group GROUP --query properties.defaultHostName --output tsv"
)


@dataclass(frozen=True)
class Piece:
    at: float  # seconds since the request
    data: bytes


@dataclass(frozen=True)
class Answer:
    status: int
    headers: httpx.Headers
    pieces: tuple[Piece, ...]
    seconds: float  # to its end
    broken: bool = False  # the connection ended before it

    @property
    def body(self) -> bytes:
        return b"".join(piece.data for piece in self.pieces)

    @property
    def content_type(self) -> str:
        return str(self.headers.get("content-type", "")).partition(";")[0].strip().lower()


class NoAnswer(Exception):
    def __init__(self, detail: str, remedy: str) -> None:
        super().__init__(detail)
        self.verdict = Verdict("failed", detail, remedy)


def open_client(url: str) -> httpx.Client:
    return httpx.Client(
        timeout=httpx.Timeout(SILENCE, connect=CONNECTING),
        trust_env=not is_loopback_name(urlsplit(url).netloc),  # a web proxy cannot reach it
        headers={"user-agent": "azure-gpt-proxy-doctor", "accept-encoding": "gzip"},
    )


class Visitor:
    def __init__(
        self,
        url: str,
        client: httpx.Client,
        token: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.url = url
        self.token = token
        self.calls = 0
        self._client = client
        self._clock = clock
        parts = urlsplit(url)
        self.host = parts.hostname or ""
        self.is_local = is_loopback_name(parts.netloc)
        self.is_encrypted = parts.scheme == "https"

    def get(self, path: str, *, known: bool = True) -> Answer:
        return self._ask("GET", path, None, known)

    def post(self, path: str, body: dict[str, Any]) -> Answer:
        return self._ask("POST", path, body, True)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None, known: bool) -> Answer:
        """`known`: with the token. Raises NoAnswer."""
        headers: dict[str, Any] = {"anthropic-version": "2023-06-01"}
        if known and self.token and (self.is_encrypted or self.is_local):
            headers["authorization"] = b"Bearer " + self.token.encode(errors="surrogateescape")
        content = None
        if body is not None:
            content = to_json(body).encode()
            headers["content-type"] = "application/json"
        self.calls += 1
        started = self._clock()
        try:
            with self._client.stream(
                method, f"{self.url}{path}", headers=headers, content=content
            ) as response:
                return self._read(response, started)
        except httpx.HTTPError as error:
            raise explain(error, self.host) from error

    def _read(self, response: httpx.Response, started: float) -> Answer:
        pieces: list[Piece] = []
        size, broken = 0, False
        try:
            for data in response.iter_bytes():
                at = self._clock() - started
                pieces.append(Piece(at, data))
                size += len(data)
                if size > LARGEST or at > LONGEST:
                    raise NoAnswer(
                        f"The answer did not end within {LONGEST:.0f} s and {LARGEST:,} bytes.",
                        "Is this address the proxy's?",
                    )
        except httpx.HTTPError:
            broken = True
        seconds = self._clock() - started
        return Answer(response.status_code, response.headers, tuple(pieces), seconds, broken)


# --- why there is none ------------------------------------------------------


def explain(error: httpx.HTTPError, host: str) -> NoAnswer:
    causes = (_explain_cause(cause, host) for cause in _causes(error))
    return next(filter(None, causes), None) or _explain_kind(error, host)


def _explain_cause(cause: BaseException, host: str) -> NoAnswer | None:
    match cause:
        case socket.gaierror(errno=number) if number in NO_SUCH_NAME:
            return NoAnswer(f"There is no host of the name {host}.", TRUE_NAME)
        case socket.gaierror():
            return NoAnswer(f"The name {host} could not be looked up.", "Try again in a minute.")
        case ssl.SSLCertVerificationError(verify_message=why):
            return NoAnswer(
                f"The certificate of {host} is not trusted: {why}.",
                "A name of your own needs a certificate of its own (docs/deployment.md). In a "
                "network that reads along, name its authority's file in SSL_CERT_FILE.",
            )
        case ssl.SSLError():
            return NoAnswer(
                f"{host} does not speak TLS on this port.",
                "Check the port; a proxy on this machine is asked by http://.",
            )
        case ConnectionRefusedError():
            return NoAnswer(f"Nothing listens at {host} on this port.", "Is the app running?")
    return None


def _explain_kind(error: httpx.HTTPError, host: str) -> NoAnswer:
    match error:
        case httpx.ProxyError():
            return NoAnswer("The web proxy of this network refused.", "Look at HTTPS_PROXY.")
        case httpx.ConnectTimeout() | httpx.ConnectError():
            return NoAnswer(
                f"{host} cannot be reached.",
                "Behind a private endpoint it is reached from its own network alone, and Cursor "
                "does not reach it at all.",
            )
        case httpx.TimeoutException():
            return NoAnswer(
                f"{host} took the request, and said nothing for {SILENCE:.0f} s.",
                "If it was starting, ask again. Else look at its log stream: az webapp log tail "
                "--name APP --resource-group GROUP",
            )
    return NoAnswer(
        f"{host} ended the connection without an answer.", "Ask again; then look at its log stream."
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__cause__ or error.__context__
