"""What our servers say when something goes wrong.

Rules:
- what is planned, and what a client did, is no defect: uvicorn's traceback for it is dropped;
- out of open files is one line in QUIET seconds: asyncio tries thousands of times a second;
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
# The app's way to end a connection without a complete body. By name: no app is imported here.
PLANNED = "ReplyCutOff"

log = logging.getLogger("uvicorn.error")


def is_news(record: logging.LogRecord) -> bool:
    """A filter for uvicorn's records."""
    error = record.exc_info[1] if record.exc_info else None
    is_ending = str(record.msg).startswith("Cancel ")  # replies that are cut off by Ctrl-C
    is_upgrade = "WebSocket library" in str(record.msg)  # there is none on purpose
    return not (is_ending or is_upgrade or (error and is_planned(error)))


def is_planned(error: BaseException) -> bool:
    match error:
        case BaseExceptionGroup():
            return all(map(is_planned, error.exceptions))
        case asyncio.CancelledError():
            return True  # only the server cancels what it runs
        case _:
            return type(error).__name__ == PLANNED


class FewWords:
    """An event loop's exception handler."""

    def __init__(self, log: logging.Logger = log) -> None:
        self._log = log
        self._quiet_until = 0.0

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if STARTING_AGAIN in context.get("message", ""):
            return  # the server ended, and with it the socket on which it waited
        if "socket" not in context or getattr(error, "errno", None) not in OUT_OF_RESOURCES:
            loop.default_exception_handler(context)
        elif loop.time() >= self._quiet_until:
            self._quiet_until = loop.time() + QUIET
            self._log.warning("New connections have to wait: %s. `ulimit -n` says how many.", error)


class QuietServer(uvicorn.Server):
    async def startup(self, sockets: list[socket] | None = None) -> None:
        asyncio.get_running_loop().set_exception_handler(FewWords())
        await super().startup(sockets)
