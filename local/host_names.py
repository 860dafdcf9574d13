"""Whether the hosts exist that the settings name; asked beside the start, which never waits."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from threading import Thread
from urllib.parse import urlsplit

from local.settings_file import setting

ENDPOINTS = ("AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_FALLBACK_ENDPOINT")
PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")  # they look names up themselves
# What a resolver says of a name that does not exist; of all else it may know more later.
NO_SUCH_NAME = {
    getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA") if hasattr(socket, name)
} | {11001, 11004}  # on Windows


def warn_of_unknown_hosts(environ: Mapping[str, str]) -> None:
    """Prints a sentence for each, whenever the resolver knows."""
    Thread(target=_warn, args=(dict(environ),), daemon=True).start()


def _warn(environ: Mapping[str, str]) -> None:
    for sentence in unknown_hosts(environ):
        print(sentence, flush=True)


def unknown_hosts(environ: Mapping[str, str]) -> Iterator[str]:
    if any(environ.get(name) for name in PROXIES):
        return
    for name in ENDPOINTS:
        for endpoint in filter(None, map(str.strip, setting(environ, name).split(","))):
            host = urlsplit(endpoint if "//" in endpoint else f"//{endpoint}").hostname
            if host and _is_unknown(host):
                yield f"There is no host of the name {host}: check {name}."


def _is_unknown(host: str) -> bool:
    try:
        socket.getaddrinfo(host, 443)
    except socket.gaierror as error:
        return error.errno in NO_SUCH_NAME
    except (OSError, ValueError):
        return False
    return False
