"""The worker: the real runtime, told what the host would tell it over gRPC."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import azure_functions_runtime as runtime  # type: ignore[import-untyped]
from azure_functions_runtime.http_v2 import http_coordinator  # type: ignore[import-untyped]

from tests.host.stand_in.protobuf import PROTOS, Message
from tests.host.stand_in.routes import Match, Route, RouteTable

NO_TRACE = Message(trace_parent="", trace_state="", attributes={})
NO_RETRY = Message(retry_count=0, max_retry_count=0, exception=None)


class Worker:
    """One app in one worker process. `start` it on the loop that is to serve it."""

    def __init__(self, http_uri: str, routes: RouteTable) -> None:
        self.http_uri = http_uri
        self.routes = routes
        self.results: dict[str, int] = {"Failure": 0, "Success": 0}
        self._running: set[asyncio.Task[None]] = set()

    @classmethod
    async def start(cls, app: Path) -> "Worker":
        _enter(app)
        runtime.start_threadpool_executor()
        start = Message(capabilities={}, function_app_directory=str(app))
        init = await runtime.worker_init_request(_request(worker_init_request=start))
        _raise_for(init.result)
        if "HttpUri" not in init.capabilities:
            raise RuntimeError("the app does not stream: no HttpUri among its capabilities")
        metadata = await runtime.functions_metadata_request(_request())
        prefix = _route_prefix(app)
        functions = metadata.function_metadata_results or ()
        routes = RouteTable(Route.of(function, prefix) for function in functions)
        return cls(init.capabilities["HttpUri"], routes)

    def invoke(self, invocation_id: str, match: Match, method: str, url: str) -> None:
        """Announces the request that is being forwarded. Nobody can cancel it (worker#1097)."""
        http = Message(method=method, url=url, params=match.values, headers={}, query={})
        http.body = Message()  # The body travels over HTTP.
        request = Message(name=match.route.request_name, data=Message(http=http))
        invocation = Message(
            invocation_id=invocation_id,
            function_id=match.route.function_id,
            input_data=[request],
            trigger_metadata={},
            trace_context=NO_TRACE,
            retry_context=NO_RETRY,
        )
        task = asyncio.create_task(self._invoke(invocation))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _invoke(self, invocation: Message) -> None:
        response = await runtime.invocation_request(_request(invocation_request=invocation))
        failed = response.result.status == PROTOS.StatusResult.Failure
        self.results["Failure" if failed else "Success"] += 1

    def state(self) -> dict[str, Any]:
        return {
            "http_uri": self.http_uri,
            "running_invocations": len(self._running),
            "remembered_invocations": len(http_coordinator._context_references),
            "results": self.results,
        }


def _request(**content: Message) -> Message:
    properties = {"host": "127.0.0.1", "protos": PROTOS}
    return Message(name="", request=Message(**content), properties=properties)


def _raise_for(result: Message) -> None:
    if result.status == PROTOS.StatusResult.Failure:
        raise RuntimeError(f"{result.exception.message}\n{result.exception.stack_trace}")


def _enter(app: Path) -> None:
    """The environment holds the settings; a developer's local.settings.json is not read."""
    os.environ["FUNCTIONS_WORKER_RUNTIME"] = "python"
    os.environ["AzureWebJobsScriptRoot"] = str(app)  # noqa: SIM112  (the name Azure gave it)
    sys.path.insert(0, str(app))
    os.chdir(app)


def _route_prefix(app: Path) -> str:
    http = json.loads((app / "host.json").read_text()).get("extensions", {}).get("http", {})
    return "/" + str(http.get("routePrefix", "api"))
