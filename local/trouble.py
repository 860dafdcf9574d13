"""What our servers say when something goes wrong.

Rules:
- what the server itself cancels, and what a client did, is no defect: uvicorn's traceback for it is
  dropped. What the app cuts off on purpose, web_extension silences, for every host;
- out of open files is one line in QUIET seconds: asyncio tries thousands of times a second. uvloop
  says nothing, and closes what it has no file for; then CROWDED is what is said;
- everything else is said in full.
"""

import asyncio
import errno
import logging
from socket import socket
from typing import Any

import uvicorn

QUIET = 10.0  # seconds
OUT_OF_RESOURCES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
STARTING_AGAIN = "_start_serving"  # what asyncio does a second after it was out of resources

CROWDED = "Many connections send no request: they get little time."

log = logging.getLogger("uvicorn.error")


def is_news(record: logging.LogRecord) -> bool:
    """A filter for uvicorn's records."""
    error = record.exc_info[1] if record.exc_info else None
    is_ending = str(record.msg).startswith("Cancel ")  # replies that are cut off by Ctrl-C
    is_upgrade = "WebSocket library" in str(record.msg)  # there is none on purpose
    is_cancelled = isinstance(error, asyncio.CancelledError)  # by the server: nobody else does
    return not (is_ending or is_upgrade or is_cancelled)


class FewWords:
    """An event loop's exception handler."""

    def __init__(self, log: logging.Logger = log) -> None:
        self._log = log
        self._quiet_until: dict[str, float] = {}  # by what was said

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if STARTING_AGAIN in context.get("message", ""):
            return  # the server ended, and with it the socket on which it waited
        if context.get("message") == CROWDED:
            self._say(loop, CROWDED)
        elif "socket" not in context or getattr(error, "errno", None) not in OUT_OF_RESOURCES:
            loop.default_exception_handler(context)
        else:
            wait = f"New connections have to wait: {error}. `ulimit -n` says how many."
            self._say(loop, wait)

    def _say(self, loop: asyncio.AbstractEventLoop, sentence: str) -> None:
        if loop.time() >= self._quiet_until.get(sentence, 0.0):
            self._quiet_until[sentence] = loop.time() + QUIET
            self._log.warning(sentence)


class QuietServer(uvicorn.Server):
    async def startup(self, sockets: list[socket] | None = None) -> None:
        asyncio.get_running_loop().set_exception_handler(FewWords())
        await super().startup(sockets)
