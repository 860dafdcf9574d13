import asyncio
import socket

import pytest

from proxy_core.azure.name_lookup import is_private, look_up
from proxy_core.errors import Unreachable


def test_each_address_once() -> None:
    assert "127.0.0.1" in asyncio.run(look_up("127.0.0.1"))


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (socket.gaierror(socket.EAI_NONAME, "x"), "unknown_host"),
        (socket.gaierror(socket.EAI_AGAIN, "x"), ""),
        (UnicodeError("x"), ""),
    ],
)
def test_a_name_that_leads_nowhere(
    error: Exception, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("socket.getaddrinfo", fail)
    with pytest.raises(Unreachable, match=r"my\.example") as caught:
        asyncio.run(look_up("my.example"))
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("address", "private"),
    [("10.0.0.1", True), ("20.0.0.1", False), ("127.0.0.1", False), ("fd00::1%eth0", True)],
)
def test_private_addresses(address: str, private: bool) -> None:
    assert is_private(address) is private
