"""One connection to a server of ours: uvicorn's, bounded where uvicorn waits without an end.

https://learn.microsoft.com/dotnet/api/microsoft.aspnetcore.server.kestrel.core.kestrelserverlimits

Rules:
- a request's head comes within HEAD_TIME, as the real host's Kestrel wants it; while more than
  MANY heads are awaited, within HURRIED;
- nothing here limits a body or a reply: proxy_core does that;
- what is no HTTP gets a 400, unless the reply has begun: then the connection ends.
"""

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_TIME = 30.0  # seconds, Kestrel's RequestHeadersTimeout
HURRIED = 2.0  # seconds
MANY = 64  # a quarter of the files that macOS lets a program open


class Connection(H11Protocol):
    """Create one per connection, as uvicorn does."""

    _due: asyncio.TimerHandle | None = None
    """Runs while a head is awaited."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:  # a part of a head, perhaps on a connection kept
            self._await_head()
        else:
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            super().send_400_response(msg)
        else:
            self.transport.close()
        if self.cycle:  # the app may still be at work: to it, the client has left
            self.cycle.disconnected = True
            self.cycle.message_event.set()

    def _await_head(self) -> None:
        self._due = self._due or self.loop.call_later(HURRIED, self._hurry)

    def _stop_waiting(self) -> None:
        if self._due:
            self._due.cancel()
            self._due = None

    def _hurry(self) -> None:
        if self._count_awaited() > MANY:
            self._give_up()
        else:
            self._due = self.loop.call_later(HEAD_TIME - HURRIED, self._give_up)

    def _give_up(self) -> None:
        self._stop_waiting()
        self.transport.close()

    def _count_awaited(self) -> int:
        ours = (one for one in self.connections if isinstance(one, Connection))
        return sum(one._due is not None for one in ours)
