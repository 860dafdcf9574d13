"""What the Functions worker needs put right before it serves.

https://github.com/Azure/azure-functions-python-worker

The worker imports function_app first and creates its web application and web server afterwards
(azure_functions_runtime/handle_event.py, `worker_init_request`, and the same order in
`function_environment_reload_request`). So what `tune` replaces while proxy_app is imported is
what serves. A repair whose target is gone is skipped and says so: a new runtime may have mended it.

Not repaired here: Starlette's own responses notice a hang-up at once only while uvicorn announces
ASGI 2.3 (B8; from 2.4 on, at the next send). proxy_response listens for it itself.
"""

import asyncio
import ctypes
import gc
import importlib
import inspect
import json
import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from types import SimpleNamespace
from typing import Any

from starlette.routing import request_response
from starlette.types import ASGIApp, Receive, Scope, Send

Modules = Mapping[str, Any]

EXTENSION = "azurefunctions.extensions.http.fastapi.web"
COORDINATORS = ("azure_functions_runtime.http_v2", "azure_functions_worker.http_v2")

PROCESSES = "FUNCTIONS_WORKER_PROCESS_COUNT"

M_MMAP_THRESHOLD = -3  # malloc.h
LARGE = 1024 * 1024  # bytes

# Seconds after which a thread at work lets go of the interpreter for one that waits. Python's own
# 5 ms are waited at each event of a stream, for the loop lets go to look at its sockets.
TURN = 0.0005

# Two for each reply under way: its client's connection and Azure's. macOS gives a program 256 and
# takes no number above this one (sys/syslimits.h, OPEN_MAX).
OPEN_FILES = 10_240

CUT_OFF = "ASGI callable returned without completing response."  # uvicorn's words

# Seconds that replies have to end by themselves once the worker is asked to end. App Service kills
# a container 5 s after that (WEBSITES_CONTAINER_STOP_TIME_LIMIT), Docker after 10.
# https://learn.microsoft.com/azure/app-service/reference-app-settings
GRACE = 3.0


def tune(
    end_replies: Callable[[], None],
    modules: Modules = sys.modules,
    *,
    when_ended: Callable[[], None] = lambda: None,
) -> None:
    """Applies every repair once. Call it at import of proxy_app, after its other imports.

    `end_replies` is called when the worker is about to end; `when_ended`, which may take a moment,
    once all replies are out.
    """
    for repair in REPAIRS:
        _apply(repair.__name__, partial(repair, modules))
    _apply(end_first.__name__, partial(_end_first, end_replies, when_ended, modules))


def warnings(environ: Mapping[str, str]) -> Iterator[str]:
    """What the worker is set to that costs more than it brings."""
    count = environ.get(PROCESSES, "").strip()
    if count.isdecimal() and int(count) > 1:
        yield (
            f"{PROCESSES} is {count}: each process learns, remembers and connects for itself, so "
            "Cursor's reasoning gets lost between them (docs/decisions/0011). One is enough."
        )


def _apply(name: str, repair: Callable[[], None]) -> None:
    try:
        repair()
    except (AttributeError, KeyError, OSError, TypeError, ValueError) as change:
        skipped = {"level": "warning", "event": "worker_tuning_skipped"}
        print(json.dumps(skipped | {"repair": name, "because": repr(change)}))


def forget_answered_invocations(modules: Modules) -> None:
    """B1: HttpCoordinator keeps 2 kB of every invocation for ever (`_context_references`).

    azure-functions-runtime 1.3.0 and worker 4.34.0, http_v2.py. The last one to ask for an
    invocation is `_pop_http_response`. Without a Functions worker no coordinator is loaded.
    """
    for coordinator in [modules[name].http_coordinator for name in COORDINATORS if name in modules]:
        _forget_when_answered(coordinator, coordinator._pop_http_response)


def _forget_when_answered(coordinator: Any, pop_response: Callable[[str], Any]) -> None:
    references = coordinator._context_references

    def pop_and_forget(invocation_id: str) -> Any:
        try:
            return pop_response(invocation_id)
        finally:
            references.pop(invocation_id, None)

    coordinator._pop_http_response = pop_and_forget


def hand_over_every_request(modules: Modules) -> None:
    """B4: what its one route does not match, the worker's FastAPI answers itself.

    Its own documentation pages; a method that azurefunctions-extensions-http-fastapi 1.0.1 does not
    list (web.py, `WebApp.route`), such as QUERY; a path with a line break. The invocation behind
    such a request never completes, and after functionTimeout the host restarts the worker.
    """
    web = modules[EXTENSION]
    pages = {"docs_url": None, "redoc_url": None, "openapi_url": None}
    web.FastAPI = _with_defaults(_without_routes(web.FastAPI), **pages)


def _without_routes(fastapi: Any) -> Any:
    """Whatever would be a route answers everything. Routing costs time, besides."""

    class WithoutRoutes(fastapi):  # type: ignore[misc]  # a class that is only known at run time
        def api_route(self, path: str, **options: Any) -> Callable[[Any], Any]:
            def register(answer: Any) -> Any:
                self.router.default = _with_path_params(request_response(answer))
                return answer

            return register

    return WithoutRoutes


def _with_path_params(app: ASGIApp) -> ASGIApp:
    """The worker fills in what the host has found; a request without any would forget it."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "path_params": {}}, receive, send)

    return answer


def serve_quietly(modules: Modules) -> None:
    """B10: `Server: uvicorn` reaches the client, and every request writes an access log line.

    azurefunctions-extensions-http-fastapi 1.0.1, web.py, `WebServer`. An own Server header would
    be sent beside uvicorn's, and uvicorn.Config resets the level of its loggers: so its defaults.
    """
    _change_server(modules[EXTENSION], access_log=False, server_header=False)


def outlive_idle_connections(modules: Modules) -> None:
    """The worker closes an idle connection after 5 s; the host keeps it for reuse for 60 s.

    So a request can meet a closing connection (https://github.com/dotnet/runtime/issues/60644),
    unless the side that sends is the one that closes. The host's YARP uses .NET's default for
    SocketsHttpHandler.PooledConnectionIdleTimeout.
    """
    _change_server(modules[EXTENSION], timeout_keep_alive=75)


def silence_invocation_logs(modules: Modules) -> None:
    """Three INFO records per request, sent to the host over gRPC, are 0.45 of 0.97 ms CPU.

    They are system logs: neither the console nor Application Insights ever shows them
    (proxy_worker/logging.py, `is_system_log_category`). Warnings stay, and with
    PYTHON_ENABLE_DEBUG_LOGGING, which sets the root logger to DEBUG, everything does.
    """
    if not logging.getLogger().isEnabledFor(logging.DEBUG):
        logging.getLogger("azure.functions").setLevel(logging.WARNING)


def end_first(
    server: Any,
    end_replies: Callable[[], None],
    after: float = GRACE,
    when_ended: Callable[[], None] = lambda: None,
) -> Any:
    """The class of a uvicorn server, changed: before it ends, so do the replies under way.

    uvicorn waits for them without a limit, until the whole container is killed.
    """

    class EndingFirst(server):  # type: ignore[misc]  # a class that is only known at run time
        async def shutdown(self, *arguments: Any, **options: Any) -> None:
            asyncio.get_running_loop().call_later(after, end_replies)
            await super().shutdown(*arguments, **options)
            await asyncio.to_thread(when_ended)

    return EndingFirst


def _end_first(
    end_replies: Callable[[], None], when_ended: Callable[[], None], modules: Modules
) -> None:
    web = modules[EXTENSION]
    server = end_first(web.uvicorn.Server, end_replies, when_ended=when_ended)
    _replace_server(web, web.uvicorn.Config, server)


def silence_calls(modules: Modules) -> None:
    """httpx logs each call at INFO, with the resource's URL: 0.25 of 2.6 ms CPU per request."""
    if not logging.getLogger().isEnabledFor(logging.DEBUG):
        logging.getLogger("httpx").setLevel(logging.WARNING)


def silence_cut_offs(modules: Modules) -> None:
    """proxy_response ends a reply that cannot be completed as ASGI wants it: it just returns.

    uvicorn then breaks the connection, as it should, and calls it an error in a line of its own.
    The reply's own log line has said what happened.
    """
    logging.getLogger("uvicorn.error").addFilter(_is_no_cut_off)


def _is_no_cut_off(record: logging.LogRecord) -> bool:
    return record.msg != CUT_OFF


def give_back_large_blocks(modules: Modules) -> None:
    """glibc keeps what large bodies needed; blocks of a megabyte and more it is told to return.

    https://man7.org/linux/man-pages/man3/mallopt.3.html. 24 bodies of 10 MB left 329 MB in the
    worker, and 258 MB so. Other systems do it by themselves.
    """
    _lower_mmap_threshold(sys.platform, ctypes.CDLL)


def _lower_mmap_threshold(platform: str, load: Callable[[None], Any]) -> None:
    if platform == "linux" and hasattr(libc := load(None), "mallopt"):  # musl has none
        libc.mallopt(M_MMAP_THRESHOLD, LARGE)


def allow_open_files(modules: Modules) -> None:
    """A process may open more files than it is given at first, and only has to ask.

    With none left, asyncio logs every connection that it cannot accept, over and over.
    """
    with suppress(ModuleNotFoundError):  # Windows has no such limit
        _raise_file_limit(importlib.import_module("resource"))


def _raise_file_limit(resource: Any) -> None:
    files = resource.RLIMIT_NOFILE
    soft, hard = resource.getrlimit(files)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(files, (wanted, hard))


def keep_what_is_loaded(modules: Modules) -> None:
    """Python's collector looks at every object there is, while no reply moves on.

    80,000 of them are the app itself, which stays: 135 ms for each full collection, and none of it
    when they are frozen. https://docs.python.org/3/library/gc.html#gc.freeze
    proxy_app has turned it off while it imports.
    """
    gc.enable()
    gc.freeze()


def hand_over_often(modules: Modules) -> None:
    """While a thread works on a large body, or counts, the loop gets round to all its streams.

    https://docs.python.org/3/library/sys.html#sys.setswitchinterval. Of 50 streams beside a body
    of 3 MB the slowest waited 39 ms, and 15 ms so; the body took no longer.
    """
    sys.setswitchinterval(TURN)


REPAIRS: tuple[Callable[[Modules], None], ...] = (
    forget_answered_invocations,
    hand_over_every_request,
    serve_quietly,
    outlive_idle_connections,
    silence_invocation_logs,
    silence_calls,
    silence_cut_offs,
    give_back_large_blocks,
    allow_open_files,
    keep_what_is_loaded,
    hand_over_often,
)


def _change_server(web: Any, **options: Any) -> None:
    config = _with_defaults(web.uvicorn.Config, **options)
    _replace_server(web, config, web.uvicorn.Server)


def _replace_server(web: Any, config: Any, server: Any) -> None:
    web.uvicorn = SimpleNamespace(Config=config, Server=server)


def _with_defaults(make: Callable[..., Any], **defaults: Any) -> Callable[..., Any]:
    inspect.signature(make).bind_partial(**defaults)  # better a TypeError now than when it serves
    return partial(make, **defaults)
