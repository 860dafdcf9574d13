"""The simulator's routes: Azure's own, the identity's, and those for whoever watches it."""

import secrets
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from local.azure_simulator.access import (
    check_access,
    check_dated_version,
    check_v1_version,
    given_key,
    refusal,
)
from local.azure_simulator.delivery import Delivery
from local.azure_simulator.identity_endpoint import identity_routes
from local.azure_simulator.models import families
from local.azure_simulator.refusals import Refusal
from local.azure_simulator.reply_stream import stream, whole
from local.azure_simulator.request_log import RequestRecord
from local.azure_simulator.simulator import Api, Reply, Simulator
from local.azure_simulator.watching import watching_routes

FORWARDED = ("anthropic-", "x-app", "x-claude-", "x-stainless-", "cookie")
SECRETS = ("api-key", "authorization")


def create_app(simulator: Simulator | None = None) -> Starlette:
    simulator = simulator or Simulator()
    v1, dated = "/openai/v1", "/openai"
    chat = "/chat/completions"
    return Starlette(
        routes=[
            _post(f"{v1}/responses", ModelEndpoint(simulator, "responses", dated=False)),
            _post(f"{v1}{chat}", ModelEndpoint(simulator, "chat", dated=False)),
            _post(f"{dated}/responses", ModelEndpoint(simulator, "responses", dated=True)),
            _post(
                f"{dated}/deployments/{{deployment}}{chat}",
                ModelEndpoint(simulator, "chat", dated=True),
            ),
            Route(f"{v1}/models", _models_endpoint(simulator, dated=False)),
            Route(f"{dated}/models", _models_endpoint(simulator, dated=True)),
            *identity_routes(simulator),
            watching_routes(simulator),
        ],
        exception_handlers={HTTPException: _write_not_found, Refusal: _write_refusal},
    )


class ModelEndpoint:
    """Answers the requests to one API, and records each of them."""

    def __init__(self, simulator: Simulator, api: Api, dated: bool) -> None:
        self._simulator = simulator
        self._api: Api = api
        self._dated = dated

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        record = _record(request)
        with self._simulator.log.recording(record):
            try:
                reply = await self._reply(request, record)
            except Refusal as error:
                record.status = error.status
                record.problems.append(str(error))
                answer = _refuse(error.quoting(given_key(request.headers)))
                await answer(scope, receive, send)
            else:
                write = stream if reply.streams else whole
                steps = chain(reply.opening, write(reply.writer, reply.gap, reply.point))
                headers = _reply_headers(reply)
                delivery = Delivery(steps, headers, record, self._simulator.tasks)
                await delivery(scope, receive, send)

    async def _reply(self, request: Request, record: RequestRecord) -> Reply:
        simulator = self._simulator
        if self._dated:
            check_dated_version(request.query_params, self._api == "responses")
        else:
            check_v1_version(request.query_params)
        check_access(request.headers, simulator, self._dated)
        deployment = request.path_params.get("deployment")
        return simulator.reply(self._api, deployment, await request.body(), record)


def _post(path: str, endpoint: ModelEndpoint) -> Route:
    return Route(path, endpoint, methods=["POST"])


def _record(request: Request) -> RequestRecord:
    headers = {name: value for name, value in request.headers.items() if name not in SECRETS}
    record = RequestRecord(request.url.path, dict(request.query_params), headers)
    for name in headers:
        if name.startswith(FORWARDED):
            record.warnings.append(f"header {name}: a client's header was forwarded")
    return record


def _azure_headers() -> dict[str, str]:
    return {
        "apim-request-id": secrets.token_hex(16),
        "x-request-id": secrets.token_hex(16),
        "x-ms-region": "Sweden Central",
        "x-ratelimit-limit-requests": "1000",
        "x-ratelimit-remaining-requests": "999",
        "x-ratelimit-limit-tokens": "1000000",
        "x-ratelimit-remaining-tokens": "999000",
        "strict-transport-security": "max-age=31536000; includeSubDomains; preload",
    }


def _reply_headers(reply: Reply) -> dict[str, str]:
    kind = "text/event-stream; charset=utf-8" if reply.streams else "application/json"
    streaming = str(reply.streams).lower()
    own = {"content-type": kind, "azureai-fe-is-streaming": streaming}
    return {**_azure_headers(), **own, **reply.headers}


def _refuse(error: Refusal) -> Response:
    headers = {**_azure_headers(), **error.headers}
    if isinstance(error.body, str) or error.body is None:
        return PlainTextResponse(error.body or "", error.status, headers)
    return JSONResponse(error.body, error.status, headers)


async def _write_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return _refuse(error)


async def _write_not_found(request: Request, error: Exception) -> Response:
    return _refuse(refusal("resource_not_found"))


def _models_endpoint(simulator: Simulator, dated: bool) -> Any:
    async def list_models(request: Request) -> Response:
        if dated:
            check_dated_version(request.query_params, responses=False)
        else:
            check_v1_version(request.query_params)
        check_access(request.headers, simulator, dated)
        if fault := simulator.faults.take_refusal():
            raise fault
        return JSONResponse({"object": "list", "data": _write_models(simulator.deployments)})

    return list_models


def _write_models(deployments: Mapping[str, str]) -> list[dict[str, Any]]:
    names: Iterable[str] = [family.prefix for family in families() if family.prefix]
    return [
        {"id": name.rstrip("-"), "object": "model", "created": 0, "owned_by": "system"}
        for name in (*names, *deployments)
    ]
