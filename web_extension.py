"""The app's web extension: how the Functions worker serves HTTP that streams.

https://github.com/Azure/azure-functions-python-extensions (azurefunctions-extensions-base)

The worker knows functions that stream by the types of their request and response, and takes WebApp
and WebServer from the module that defines them, once function_app is imported
(azure_functions_runtime/http_v2.py, `initialize_http_server`). So only one such module may be
imported. Between its host and its functions there is ASGI alone (docs/decisions/0002).

Rules:
- every request is handed over, whatever its method and its path: behind one that is answered here,
  the invocation never ends;
- a failure is the server's to answer, with 500, and to print.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import uvicorn
from azurefunctions.extensions import base

from proxy_response import ProxyResponse, Receive, Scope, Send

ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

# The worker closes an idle connection no sooner than the host, which keeps it for 60 s (.NET's
# SocketsHttpHandler.PooledConnectionIdleTimeout): or a request can meet a closing connection
# (https://github.com/dotnet/runtime/issues/60644).
IDLE = 75  # seconds

# Seconds that replies have to end by themselves once the worker is asked to end. App Service kills
# a container 5 s after that (WEBSITES_CONTAINER_STOP_TIME_LIMIT), Docker after 10.
# https://learn.microsoft.com/azure/app-service/reference-app-settings
GRACE = 3.0

CUT_OFF = "ASGI callable returned without completing response."  # uvicorn's words


class Headers(Mapping[str, str]):
    """A request's, by lower-case names. Of a repeated one the first; `items` has them all."""

    __slots__ = ("_all", "_first")

    def __init__(self, raw: Iterable[tuple[bytes, bytes]]) -> None:
        self._all = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in raw]
        self._first = dict(reversed(self._all))

    def __getitem__(self, name: str) -> str:
        return self._first[name]

    def get(self, name: str, default: Any = None) -> Any:
        return self._first.get(name, default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._first)

    def __len__(self) -> int:
        return len(self._first)

    def items(self) -> list[tuple[str, str]]:  # type: ignore[override]
        return self._all


class Request:
    """What a function is called with; its body is the response's to read."""

    __slots__ = ("headers", "method", "path_params", "scope")

    def __init__(self, scope: Scope, path_params: Mapping[str, str] | None = None) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.headers = Headers(scope["headers"])
        self.path_params: Mapping[str, str] = path_params or {}


HandOver = Callable[[Request], Awaitable[ASGIApp]]


class _PathParams(base.RequestSynchronizer):  # type: ignore[misc]  # which has no types
    def sync_route_params(self, request: Request, path_params: Mapping[str, str]) -> None:
        """The host has found them; the worker learns them beside the request."""
        request.path_params = path_params


class _Requests(metaclass=base.RequestTrackerMeta):  # type: ignore[metaclass]
    request_type = Request
    synchronizer = _PathParams()


class _Responses(metaclass=base.ResponseTrackerMeta):  # type: ignore[metaclass]
    label = base.ResponseLabels.STANDARD
    response_type = ProxyResponse


class WebApp(base.WebApp):  # type: ignore[misc]
    """Hands each request to the worker, and lets the response that comes back answer it."""

    def route(self, hand_over: HandOver) -> HandOver:
        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            response = await hand_over(Request(scope))
            await response(scope, receive, send)

        self._answer = answer
        return hand_over

    def get_app(self) -> ASGIApp:
        return self._answer


@dataclass(frozen=True)
class Ending:
    """What the app wants done when its server ends."""

    end_replies: Callable[[], None] = lambda: None
    """Once it is about to: those that do not end by themselves."""
    when_ended: Callable[[], None] = lambda: None
    """Once all replies are out. It may take a moment."""


class EndingServer(uvicorn.Server):
    """Before it ends, so do the replies under way.

    uvicorn waits for them without a limit, until the whole container is killed.
    """

    def __init__(self, config: uvicorn.Config, ending: Ending, grace: float) -> None:
        super().__init__(config)
        self._ending, self._grace = ending, grace

    async def shutdown(self, *arguments: Any, **options: Any) -> None:
        asyncio.get_running_loop().call_later(self._grace, self._ending.end_replies)
        await super().shutdown(*arguments, **options)
        await asyncio.to_thread(self._ending.when_ended)


class WebServer(base.WebServer):  # type: ignore[misc]
    ending = Ending()
    """proxy_app's, by the time that the worker makes a server."""

    async def serve(self) -> None:
        config = configure(
            self.web_app,
            host=self.hostname,
            port=self.port,
            http="httptools",  # h11 refuses a long head that comes in two reads
            timeout_keep_alive=IDLE,
        )
        await EndingServer(config, self.ending, GRACE).serve()


def configure(app: ASGIApp, **options: Any) -> uvicorn.Config:
    """uvicorn as each of the app's hosts has it: it adds, asks and logs nothing of its own."""
    config = uvicorn.Config(
        app,
        interface="asgi3",
        lifespan="off",
        ws="none",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # nobody here asks for the client's address
        **options,
    )
    logging.getLogger("uvicorn.error").addFilter(_is_no_cut_off)
    return config


def _is_no_cut_off(record: logging.LogRecord) -> bool:
    """A reply that cannot be completed just returns, and its own log line has said why.

    uvicorn then breaks the connection, as it should, and calls it an error in a line of its own.
    """
    return record.msg != CUT_OFF
