"""One connection to a server of ours: uvicorn's, bounded where uvicorn waits without an end.

https://learn.microsoft.com/dotnet/api/microsoft.aspnetcore.server.kestrel.core.kestrelserverlimits

Rules:
- a request's head comes within HEAD_TIME, as the real host's Kestrel wants it; while more than
  MANY heads are awaited, within HURRIED;
- what says nothing (a head, a chunk's size, a trailer) ends within LONGEST bytes;
- who has their reply and goes on sending the request is an idle connection;
- nothing here limits a body or a reply: proxy_core does that;
- what is no HTTP gets a 400, unless the reply has begun: then the connection ends.
"""

import asyncio
from enum import Enum

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from local.trouble import CROWDED

HEAD_TIME = 30.0  # seconds, Kestrel's RequestHeadersTimeout
HURRIED = 2.0  # seconds
MANY = 64  # a quarter of the files that macOS lets a program open
LONGEST = 40 * 1024  # bytes; of Kestrel's heads, 8 KB for the first line and 32 KB for the others
STEP = 16 * 1024  # bytes; how exactly LONGEST is counted


class Part(Enum):
    """What of a request comes next."""

    HEAD = "its head, or the rest of it"
    BODY = "its body, or the end of it"
    NOTHING = "it is whole"


class Connection(HttpToolsProtocol):
    """Create one per connection, as uvicorn does."""

    _due: asyncio.TimerHandle | None = None
    """Runs while a head is awaited."""
    _next = Part.HEAD
    _idle_bytes = 0
    """How many have come since one said anything."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), STEP):
            self._read(data[start : start + STEP])
            if self.transport.is_closing():
                return
        if self._next is Part.HEAD:
            self._await_head()
        elif self.cycle.response_complete:
            self._close_when_idle()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._next = Part.HEAD

    def on_headers_complete(self) -> None:
        self._check_host()
        super().on_headers_complete()
        self.scope["raw_path"] = self.url  # as it came: who asks for "http://x/y" gets no "/y"
        self._note(Part.BODY)
        self._stop_waiting()

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._note(Part.BODY)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._note(Part.NOTHING)

    def send_400_response(self, msg: str) -> None:
        if self.cycle and self.cycle.response_started and not self.cycle.response_complete:
            self.transport.close()
        else:
            super().send_400_response(msg)
        if self.cycle:  # the app may still be at work: to it, the client has left
            self.cycle.disconnected = True
            self.cycle.message_event.set()

    def _read(self, data: bytes) -> None:
        if self._next is Part.NOTHING:
            self._next = Part.HEAD
        self._idle_bytes += len(data)
        super().data_received(data)
        if self._idle_bytes > LONGEST and not self.transport.is_closing():
            self.send_400_response("This is too long for a head.")

    def _check_host(self) -> None:
        """https://www.rfc-editor.org/rfc/rfc9112#section-3.2"""
        hosts = [name for name, _ in self.headers].count(b"host")
        if hosts > 1 or (not hosts and self.parser.get_http_version() != "1.0"):
            raise ValueError("one Host header is wanted")  # to the parser: this is no HTTP

    def _note(self, following: Part) -> None:
        self._next = following
        self._idle_bytes = 0

    def _close_when_idle(self) -> None:
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def _await_head(self) -> None:
        self._due = self._due or self.loop.call_later(HURRIED, self._hurry)

    def _stop_waiting(self) -> None:
        if self._due:
            self._due.cancel()
            self._due = None

    def _hurry(self) -> None:
        if self._count_awaited() > MANY:
            self.loop.call_exception_handler({"message": CROWDED})
            self._give_up()
        else:
            self._due = self.loop.call_later(HEAD_TIME - HURRIED, self._give_up)

    def _give_up(self) -> None:
        self._stop_waiting()
        self.transport.close()

    def _count_awaited(self) -> int:
        ours = (one for one in self.connections if isinstance(one, Connection))
        return sum(one._due is not None for one in ours)
