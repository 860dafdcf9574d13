"""Clients that send far too much, each in its own way; each returns the status it reads."""

import urllib.error
import urllib.request
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import httpx
import pytest

BIG = b" " * 40_000_000


def by_httpx(url: str, headers: dict[str, str]) -> int:
    return httpx.post(url, content=BIG, headers=headers).status_code


def by_httpx_in_chunks(url: str, headers: dict[str, str]) -> int:
    chunks = (BIG[:1_000_000] for _ in range(40))
    return httpx.post(url, content=chunks, headers=headers).status_code


def by_http_client(url: str, headers: dict[str, str]) -> int:
    """It reads nothing before it has sent everything, and keeps the connection."""
    address = urlsplit(url)
    with closing(HTTPConnection(address.netloc)) as connection:
        for _ in range(2):
            connection.request("POST", address.path, BIG, headers)
            with connection.getresponse() as reply:
                reply.read()
        return reply.status


def by_urllib(url: str, headers: dict[str, str]) -> int:
    """The same, but it asks for the connection to be closed."""
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
            urllib.request.Request(url, data=BIG, headers=headers, method="POST")
        )
    caught.value.close()
    return caught.value.code


SENDERS = [by_httpx, by_httpx_in_chunks, by_http_client, by_urllib]
