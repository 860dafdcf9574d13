"""What the development commands ask of this machine's own network."""

from __future__ import annotations

import errno
import http.client
import os
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

from local.failure import Failure
from local.file_lock import take_turn

HEALTH = "/cursor/health"
LOOPBACK_NAME = re.compile(
    r"(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?", re.ASCII | re.IGNORECASE
)

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")
NO_PROXY = ("NO_PROXY", "no_proxy")  # some programs read one spelling, some the other


def is_loopback_name(authority: str) -> bool:
    """Whether a Host header names this machine to itself, with any port or none.

    Only names that nobody else can own: a web page can make its own name lead to 127.0.0.1 (DNS
    rebinding), and the browser then sends that name.
    """
    return LOOPBACK_NAME.fullmatch(authority) is not None


def is_own_address(address: str) -> bool:
    """Whether what listens there can be reached from this machine alone."""
    try:
        return address == "localhost" or ip_address(address).is_loopback
    except ValueError:
        return False  # a name: who knows where it leads


def keep_from_proxies(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of a program that asks no web proxy for what is on this machine."""
    own = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    hosts = [host.strip() for host in own.split(",") if host.strip()]
    if hosts == ["*"]:  # it means everything only when it stands alone
        return {**environ, **dict.fromkeys(NO_PROXY, "*")}
    hosts += [host for host in LOOPBACK_HOSTS if host not in hosts]
    return {**environ, **dict.fromkeys(NO_PROXY, ",".join(hosts))}


def refuse_taken_port(port: int) -> None:
    # Connecting finds what listens on another address of "localhost"; binding finds the rest.
    if _somebody_answers(port):
        raise _taken(port)
    for listener in open_listeners("localhost", port):
        listener.close()


@contextmanager
def claim_port(port: int, folder: Path) -> Iterator[None]:
    """Of those that start at once, one serves, and the others are told. The claim lies in folder.

    Else each would take the first answer on the port for its own app's.
    """
    with take_turn(folder / f"port-{port}.lock") as ours:
        if not ours:
            raise Failure(
                f"Port {port} is taken by another dev.py, which is starting this proxy there; "
                "choose another one with --port."
            )
        refuse_taken_port(port)  # again: between then and now packages may have been installed
        yield


def open_listeners(host: str, port: int) -> list[socket.socket]:
    """ "localhost" is two addresses with one port: else somebody could take the other one."""
    if host != "localhost":
        return [open_listener(host, port)]
    first = open_listener("127.0.0.1", port)
    try:
        port = first.getsockname()[1]
        return [first, open_listener("::1", port)] if knows_ipv6() else [first]
    except Failure:
        first.close()
        raise


@contextmanager
def keep_ipv6_port(port: int) -> Iterator[None]:
    """Nobody takes [::1] while another program serves the same port on 127.0.0.1 only."""
    with socket.socket(socket.AF_INET6 if knows_ipv6() else socket.AF_INET) as held:
        if held.family == socket.AF_INET6:
            held.bind(("::1", port))  # without listening: clients go on to 127.0.0.1
        yield


def open_listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's delay off only where the protocol is named.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":
        # Elsewhere this option would let two programs share the port.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        if error.errno in (errno.EADDRINUSE, getattr(errno, "WSAEADDRINUSE", None)):
            raise _taken(port) from None
        raise Failure(f"Cannot listen on {host}:{port}: {error.strerror or error}.") from None
    return listener


def is_healthy(port: int, patience: float = 5) -> bool:
    """Whether GET /cursor/health answers 200."""
    # Not urllib: it would ask a configured web proxy for an address that only we can reach.
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience)
    try:
        connection.request("GET", HEALTH)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def knows_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def _somebody_answers(port: int) -> bool:
    try:
        socket.create_connection(("localhost", port), timeout=0.5).close()
    except OSError:
        return False
    return True


def _taken(port: int) -> Failure:
    if is_healthy(port, patience=1):
        return Failure(
            f"Port {port} is taken by this proxy, which runs already: http://localhost:{port}. "
            "Use that one, end it, or choose another port with --port."
        )
    return Failure(f"Port {port} is taken by another program; choose one with --port.")
