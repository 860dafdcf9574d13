"""The worker: the real runtime, told what the host would tell it over gRPC.

What runs it, Microsoft's proxy_worker, is on no package index; what of it a function app can notice
is rebuilt here: the loop's policy and the tasks.
https://github.com/Azure/azure-functions-python-worker/tree/dev/workers/proxy_worker
"""

import asyncio
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import azure_functions_runtime as runtime  # type: ignore[import-untyped]
from azure_functions_runtime.http_v2 import http_coordinator  # type: ignore[import-untyped]

from tests.host.stand_in.protobuf import PROTOS, Message
from tests.host.stand_in.routes import Match, Route, RouteTable

NO_TRACE = Message(trace_parent="", trace_state="", attributes={})
NO_RETRY = Message(retry_count=0, max_retry_count=0, exception=None)


class ContextEnabledTask(asyncio.Task[Any]):
    """Knows for whom it runs, by way of the task that made it (dispatcher.py)."""

    AZURE_INVOCATION_ID = "__azure_function_invocation_id__"

    def __init__(self, coro: Any, loop: Any, context: Any = None, **options: Any) -> None:
        super().__init__(coro, loop=loop, context=context, **options)
        current = asyncio.current_task(loop)
        if invocation_id := getattr(current, self.AZURE_INVOCATION_ID, None):
            self.set_azure_invocation_id(invocation_id)

    def set_azure_invocation_id(self, invocation_id: str) -> None:
        setattr(self, self.AZURE_INVOCATION_ID, invocation_id)


def choose_loop() -> None:
    """As start_worker.py does. On Windows there is no uvloop, and the worker does without."""
    with suppress(ImportError):
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())


class Worker:
    """One app in one worker process. `start` it on the loop that is to serve it."""

    def __init__(self, http_uri: str, routes: RouteTable) -> None:
        self.http_uri = http_uri
        self.routes = routes
        self.results: dict[str, int] = {"Failure": 0, "Success": 0}
        self._running: set[asyncio.Task[Message]] = set()

    @classmethod
    async def start(cls, app: Path) -> "Worker":
        _enter(app)
        asyncio.get_running_loop().set_task_factory(
            lambda loop, coro, context=None, **options: ContextEnabledTask(
                coro, loop, context, **options
            )
        )
        runtime.start_threadpool_executor()
        start = Message(capabilities={}, function_app_directory=str(app))
        init = await runtime.worker_init_request(_request(worker_init_request=start))
        _raise_for(init.result)
        metadata = await runtime.functions_metadata_request(_request())
        prefix = _route_prefix(app)
        functions = metadata.function_metadata_results or ()
        routes = RouteTable(Route.of(function, prefix) for function in functions)
        return cls(init.capabilities.get("HttpUri", ""), routes)

    def invoke(self, invocation_id: str, match: Match, method: str, url: str) -> None:
        """Announces the request that is being forwarded. Nobody can cancel it (worker#1097)."""
        # The body travels over HTTP.
        invocation = self._describe(invocation_id, match, method, url, {}, Message())
        task = asyncio.create_task(self._invoke(invocation))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def answer(
        self,
        invocation_id: str,
        match: Match,
        method: str,
        url: str,
        headers: dict[str, str],
        body: bytes,
    ) -> Message:
        """Of an app that does not stream: all of it travels over gRPC."""
        content = Message(bytes=body) if body else Message()
        invocation = self._describe(invocation_id, match, method, url, headers, content)
        response = await self._invoke(invocation)
        _raise_for(response.result)
        answered: Message = response.return_value.http
        return answered

    @staticmethod
    def _describe(
        invocation_id: str,
        match: Match,
        method: str,
        url: str,
        headers: dict[str, str],
        body: Message,
    ) -> Message:
        http = Message(method=method, url=url, params=match.values, headers=headers, query={})
        http.body = body
        request = Message(name=match.route.request_name, data=Message(http=http))
        return Message(
            invocation_id=invocation_id,
            function_id=match.route.function_id,
            input_data=[request],
            trigger_metadata={},
            trace_context=NO_TRACE,
            retry_context=NO_RETRY,
        )

    async def _invoke(self, invocation: Message) -> Message:
        if isinstance(task := asyncio.current_task(), ContextEnabledTask):
            task.set_azure_invocation_id(invocation.invocation_id)
        response = await runtime.invocation_request(_request(invocation_request=invocation))
        failed = response.result.status == PROTOS.StatusResult.Failure
        self.results["Failure" if failed else "Success"] += 1
        return response  # type: ignore[no-any-return]

    def announce_by_arrival(self) -> None:
        """Without a host: each request that arrives announces its own invocation."""
        set_request = http_coordinator.set_http_request

        def announce(invocation_id: str, request: Any) -> None:
            path = request.scope["raw_path"].decode("latin-1")
            match = self.routes.match(request.method, path)
            if match is None:
                raise RuntimeError(f"the host would have passed on no {path}")
            self.invoke(invocation_id, match, request.method, path)
            set_request(invocation_id, request)

        http_coordinator.set_http_request = announce

    def state(self) -> dict[str, Any]:
        return {
            "http_uri": self.http_uri,
            "running_invocations": len(self._running),
            "remembered_invocations": len(http_coordinator._context_references),
            "results": self.results,
            "loop": type(asyncio.get_running_loop()).__module__.partition(".")[0],
            "task": type(asyncio.current_task()).__name__,
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
