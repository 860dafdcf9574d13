"""The whole life of a request, top to bottom. Hosts call `Proxy` and nothing else."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from proxy_core import access, anthropic_messages
from proxy_core.anthropic_messages.token_count import count_tokens, estimate_tokens
from proxy_core.attempts import Attempts
from proxy_core.azure import Azure
from proxy_core.conversation import Request
from proxy_core.errors import BadRequest, InternalError, NotFound, ProxyError
from proxy_core.exchange import ReplyTranslator
from proxy_core.models import Deployment
from proxy_core.relay import Patience, Relay
from proxy_core.request_log import RequestLog
from proxy_core.settings import Settings
from proxy_core.wire_json import to_json

RETRY_BUDGET = 10.0  # seconds; Claude Code goes on trying by itself

JSON = {"content-type": "application/json"}
EVENT_STREAM = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
    "x-accel-buffering": "no",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What a host sends. A streamed body must be closed, also when it was never begun."""

    status: int
    body: bytes | AsyncGenerator[bytes]
    headers: dict[str, str] = field(default_factory=dict)
    close: Callable[[], None] = lambda: None


class Proxy:
    def __init__(self, settings: Settings, azure: Azure) -> None:
        self._settings = settings
        self._azure = azure

    async def messages(self, headers: Mapping[str, str], body: bytes) -> Reply:
        """`POST /v1/messages`. `headers` are looked up by lower-case names."""
        log = RequestLog(_new_id("req"), "messages")
        return await self._answer(log, self._messages(log, headers, body))

    async def count_tokens(self, headers: Mapping[str, str], body: bytes) -> Reply:
        """`POST /v1/messages/count_tokens`. Never calls Azure."""
        log = RequestLog(_new_id("req"), "count_tokens")
        return await self._answer(log, self._count_tokens(log, headers, body))

    async def not_found(self, headers: Mapping[str, str], method: str, path: str) -> Reply:
        """Any other path of the Anthropic API."""
        log = RequestLog(_new_id("req"), "not_found")
        return await self._answer(log, self._not_found(headers, method, path))

    async def _answer(self, log: RequestLog, answer: Awaitable[Reply]) -> Reply:
        """The one place that catches what went wrong before the reply began."""
        try:
            reply = await answer
        except ProxyError as error:
            reply = self._refuse(log, error)
        except Exception as defect:
            log.write_defect(defect)
            reply = self._refuse(log, InternalError())
        except asyncio.CancelledError:
            log.write()
            raise
        log.begin(reply.status)
        if isinstance(reply.body, bytes):
            log.write()
        reply.headers["request-id"] = log.request_id
        return reply

    def _refuse(self, log: RequestLog, error: ProxyError) -> Reply:
        log.fail(error)
        envelope = anthropic_messages.write_error(error, log.request_id)
        headers = JSON | anthropic_messages.error_headers(error)
        return Reply(error.status, to_json(envelope).encode(), headers)

    async def _messages(self, log: RequestLog, headers: Mapping[str, str], body: bytes) -> Reply:
        access.check(headers, self._settings)
        request = anthropic_messages.read_request(_parse(body))
        deployment = self._settings.find_deployment(request.model)
        log.model, log.stream = request.model, request.stream
        log.deployment, log.api = deployment.name, deployment.api
        return await self._relay(log, request, deployment)

    async def _relay(self, log: RequestLog, request: Request, deployment: Deployment) -> Reply:
        head = anthropic_messages.ReplyHead(
            id=_new_id("msg"),
            model=request.model,
            thinking=request.thinking,
            request_id=log.request_id,
            input_tokens=_InputEstimate(request) if request.stream else int,
        )
        writer = anthropic_messages.ReplyWriter(head, stream=request.stream)
        translator = ReplyTranslator(request, deployment, writer)
        attempts = Attempts(self._azure, request, deployment, log, budget=RETRY_BUDGET)
        relay = Relay(attempts, translator, writer, log, Patience())
        try:
            whole = await relay.hold()
        except BaseException:
            relay.close()
            raise
        if whole is not None:
            relay.close()
            return Reply(200, whole, dict(JSON))
        headers = EVENT_STREAM if request.stream else JSON
        return Reply(200, relay.body(), dict(headers), relay.end)

    async def _count_tokens(
        self, log: RequestLog, headers: Mapping[str, str], body: bytes
    ) -> Reply:
        access.check(headers, self._settings)
        request = anthropic_messages.read_count_request(_parse(body))
        log.model = request.model
        count = await asyncio.to_thread(count_tokens, request)
        log.outcome = {"input_tokens": count}
        return Reply(200, to_json({"input_tokens": count}).encode(), dict(JSON))

    async def _not_found(self, headers: Mapping[str, str], method: str, path: str) -> Reply:
        access.check(headers, self._settings)
        raise NotFound(f"{method} /{path} is not an endpoint of this proxy.")


class _InputEstimate:
    """Counts a request's tokens beside the call to Azure, and never makes the reply wait for it."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._count = asyncio.ensure_future(asyncio.to_thread(count_tokens, request))

    def __call__(self) -> int:
        if self._count.done() and not self._count.exception():
            return self._count.result()
        return estimate_tokens(self._request)


def _parse(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequest("The request body is not valid JSON.") from error
    if not isinstance(parsed, dict):
        raise BadRequest("The request body must be a JSON object.")
    return parsed


def _new_id(prefix: str) -> str:
    return f"{prefix}_{uuid4().hex}"
