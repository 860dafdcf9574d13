"""The connection below a request, for replies that never begin: ASGI has no word for them."""

import asyncio
import socket
import struct
import sys
from typing import Literal

from starlette.types import ASGIApp, Receive, Scope, Send

from local.connections import Connection

EXTENSION = "azure_simulator.connection"
NO_LINGER = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


class OpenProtocol(Connection):
    """Shows each request its connection, among the scope's extensions."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app = _with_connection(self.app, transport)


def drop(scope: Scope, then: Literal["close", "reset"]) -> None:
    """End the connection as it is: closed, or reset (RST)."""
    transport: asyncio.Transport = scope["extensions"][EXTENSION]
    if then == "reset":
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        transport.abort()
    transport.close()


def _with_connection(app: ASGIApp, transport: asyncio.Transport) -> ASGIApp:
    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        extensions = {**scope.get("extensions", {}), EXTENSION: transport}
        await app({**scope, "extensions": extensions}, receive, send)

    return serve
