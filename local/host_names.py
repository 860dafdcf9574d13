"""Whether the hosts exist that the settings name; asked beside the start, which never waits."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from threading import Thread
from urllib.parse import urlsplit

from local.settings_file import setting
from proxy_core.azure.host_names import NO_SUCH_NAME

ENDPOINTS = ("AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_FALLBACK_ENDPOINT")
PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")  # they look names up themselves


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
            host = _read_host(endpoint)
            if host and _is_unknown(host):
                yield f"There is no host of the name {host}: check {name}."


def _read_host(endpoint: str) -> str:
    with suppress(ValueError):
        return urlsplit(endpoint if "//" in endpoint else f"//{endpoint}").hostname or ""
    return ""


def _is_unknown(host: str) -> bool:
    try:
        socket.getaddrinfo(host, 443)
    except socket.gaierror as error:
        return error.errno in NO_SUCH_NAME
    except (OSError, ValueError):
        return False
    return False
