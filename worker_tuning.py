"""What the Functions worker and the process under it need put right before they serve.

https://github.com/Azure/azure-functions-python-worker

A repair whose target is gone is skipped and says so: a new runtime may have mended it. The web
server needs none, because it is the app's own (web_extension.py).
"""

import ctypes
import gc
import importlib
import json
import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

Modules = Mapping[str, Any]

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


def tune(modules: Modules = sys.modules) -> None:
    """Applies every repair once. Call it at import of proxy_app, after its other imports."""
    for repair in REPAIRS:
        _apply(repair.__name__, partial(repair, modules))


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


def silence_invocation_logs(modules: Modules) -> None:
    """Three INFO records per request, sent to the host over gRPC, are 0.45 of 0.97 ms CPU.

    They are system logs: neither the console nor Application Insights ever shows them
    (proxy_worker/logging.py, `is_system_log_category`). Warnings stay, and with
    PYTHON_ENABLE_DEBUG_LOGGING, which sets the root logger to DEBUG, everything does.
    """
    if not logging.getLogger().isEnabledFor(logging.DEBUG):
        logging.getLogger("azure.functions").setLevel(logging.WARNING)


def silence_calls(modules: Modules) -> None:
    """httpx logs each call at INFO, with the resource's URL: 0.25 of 2.6 ms CPU per request."""
    if not logging.getLogger().isEnabledFor(logging.DEBUG):
        logging.getLogger("httpx").setLevel(logging.WARNING)


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
    silence_invocation_logs,
    silence_calls,
    give_back_large_blocks,
    allow_open_files,
    keep_what_is_loaded,
    hand_over_often,
)
