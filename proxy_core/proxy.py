"""The whole life of a request, top to bottom. Hosts call `Proxy` and nothing else."""

import asyncio
import json
import re
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from proxy_core import access, anthropic_messages, cursor, openai_chat
from proxy_core.anthropic_messages.token_count import count_tokens, estimate_tokens
from proxy_core.attempts import Attempts
from proxy_core.azure import Azure
from proxy_core.conversation import Request
from proxy_core.errors import BadRequest, InternalError, NotFound, ProxyError, UpstreamError
from proxy_core.exchange import Recorder, ReplyTranslator, ReplyWriter, write_reply
from proxy_core.models import Deployment
from proxy_core.openai_errors import is_overflow
from proxy_core.reasoning_memory import InProcessMemory, ReasoningMemory
from proxy_core.reasoning_trace import TraceRecorder, restored
from proxy_core.relay import Patience, Relay
from proxy_core.request_log import RequestLog
from proxy_core.review import Review
from proxy_core.settings import Settings
from proxy_core.web_search import declined_search
from proxy_core.wire_json import to_json

JSON = {"content-type": "application/json"}
EVENT_STREAM = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
    "x-accel-buffering": "no",
}
PREFLIGHT = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, POST, OPTIONS",
    "access-control-allow-headers": "*, authorization",
    "access-control-max-age": "86400",
}

DOUBLED = re.compile(r"^(?:v1/)+")
AZURE_PATH = re.compile(r"openai/deployments/([^/]+)/chat/completions")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a host sends. A streamed body must be closed, also when it was never begun."""

    status: int
    body: bytes | AsyncGenerator[bytes]
    headers: dict[str, str] = field(default_factory=dict)
    close: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Client:
    """What is particular to a kind of client, apart from its format."""

    write_error: Callable[[ProxyError, str], dict[str, Any]]
    error_status: Callable[[ProxyError], int]
    error_headers: Callable[[ProxyError], dict[str, str]]
    patience: Patience
    retry_budget: float  # seconds


CLAUDE = Client(
    anthropic_messages.write_error,
    lambda error: error.status,
    anthropic_messages.error_headers,
    Patience(),
    retry_budget=10.0,  # these clients try again by themselves
)
CURSOR = Client(
    lambda error, _: openai_chat.write_error(error),
    openai_chat.error_status,
    lambda _: {},
    Patience(hold_retrying=5.0),  # comments keep the line open from then on
    retry_budget=45.0,
)


class Proxy:
    def __init__(
        self, settings: Settings, azure: Azure, memory: ReasoningMemory | None = None
    ) -> None:
        self._settings = settings
        self._azure = azure
        self._memory = memory or InProcessMemory()

    async def messages(self, headers: Mapping[str, str], body: bytes) -> Reply:
        """`POST /v1/messages`. `headers` are looked up by lower-case names."""
        log = RequestLog(_new_id("req"), "messages")
        return await self._answer(CLAUDE, log, self._messages(log, headers, body))

    async def count_tokens(self, headers: Mapping[str, str], body: bytes) -> Reply:
        """`POST /v1/messages/count_tokens`. Never calls Azure."""
        log = RequestLog(_new_id("req"), "count_tokens")
        return await self._answer(CLAUDE, log, self._count_tokens(log, headers, body))

    async def other(self, headers: Mapping[str, str], method: str, path: str) -> Reply:
        """Any other path of the Anthropic API. `path` is what follows `/v1/`."""
        log = RequestLog(_new_id("req"), "other")
        return await self._answer(CLAUDE, log, self._other(headers, method, path))

    async def cursor(
        self, headers: Mapping[str, str], method: str, path: str, body: bytes
    ) -> Reply:
        """Everything below `/cursor/`. `path` is what follows it."""
        log = RequestLog(_new_id("req"), "cursor")
        return await self._answer(CURSOR, log, self._cursor(log, headers, method, path, body))

    async def _answer(self, client: Client, log: RequestLog, answer: Awaitable[Reply]) -> Reply:
        """The one place that catches what went wrong before the reply began."""
        try:
            reply = await answer
        except ProxyError as error:
            reply = _refuse(client, log, error)
        except RecursionError:
            reply = _refuse(client, log, BadRequest("The request body is nested too deeply."))
        except Exception as defect:
            log.write_defect(defect)
            reply = _refuse(client, log, InternalError())
        except asyncio.CancelledError:
            log.write()
            raise
        log.begin(reply.status)
        if isinstance(reply.body, bytes):
            log.outcome = log.outcome or {}
            log.write()
        reply.headers["request-id"] = log.request_id
        return reply

    async def _messages(self, log: RequestLog, headers: Mapping[str, str], body: bytes) -> Reply:
        access.check(headers, self._settings)
        request = anthropic_messages.read_request(_parse(body))
        log.model, log.stream = request.model, request.stream
        deployment = self._settings.find_deployment(request.model)
        review = self._review(request, log.request_id)
        head = anthropic_messages.ReplyHead(
            id=_new_id("msg"),
            model=request.model,
            thinking=request.thinking,
            request_id=log.request_id,
            input_tokens=_InputEstimate(request) if request.stream or request.stop else int,
            safeguard_status=review.status if review else lambda: None,
        )
        writer = anthropic_messages.ReplyWriter(head, stream=request.stream)
        recorder, afterwards = (review.recorder, review.run) if review else (None, None)
        try:
            return await self._relay(CLAUDE, log, request, deployment, writer, recorder, afterwards)
        except UpstreamError as error:
            if is_overflow(error) and deployment.family.max_input:
                raise await _too_long(request, deployment.family.max_input) from error
            raise

    def _review(self, request: Request, request_id: str) -> Review | None:
        if request.safeguard_context is None:
            return None
        judge = self._settings.find_safeguards_deployment()
        return Review(self._azure, request, judge, request_id)

    async def _count_tokens(
        self, log: RequestLog, headers: Mapping[str, str], body: bytes
    ) -> Reply:
        access.check(headers, self._settings)
        request = anthropic_messages.read_count_request(_parse(body))
        log.model = request.model
        count = await asyncio.to_thread(count_tokens, request)
        log.outcome = {"input_tokens": count}
        return Reply(200, to_json({"input_tokens": count}).encode(), dict(JSON))

    async def _other(self, headers: Mapping[str, str], method: str, path: str) -> Reply:
        match method, path.strip("/").split("/"):
            case "GET" | "HEAD", [""]:
                return Reply(200, b"", dict(JSON))  # a probe, which asks for nothing more
        access.check(headers, self._settings)
        match method, path.strip("/").split("/"):
            case "GET", ["models"]:
                return _json(anthropic_messages.write_models(self._list_models()))
            case "GET", ["models", id]:
                deployment = self._settings.find_deployment(id)
                return _json(anthropic_messages.write_model(id, deployment))
            case _:
                raise NotFound(f"{method} /v1/{path} is not an endpoint of this proxy.")

    def _list_models(self) -> Iterator[dict[str, Any]]:
        for id in anthropic_messages.ALIASES:
            with suppress(BadRequest):  # its setting is missing
                yield anthropic_messages.write_model(id, self._settings.find_deployment(id))

    async def _cursor(
        self, log: RequestLog, headers: Mapping[str, str], method: str, path: str, body: bytes
    ) -> Reply:
        if method == "OPTIONS":
            return Reply(204, b"", dict(PREFLIGHT))
        owner = access.check(headers, self._settings)
        match method, DOUBLED.sub("", path.strip("/")):
            case "GET", "models":
                return _json(cursor.list_models())
            case "POST", "chat/completions":
                return await self._chat(log, owner, body, "")
            case "POST", inner if azure := AZURE_PATH.fullmatch(inner):
                return await self._chat(log, owner, body, azure[1])
            case _:
                raise NotFound(f"{method} /cursor/{path} is not an endpoint of this proxy.")

    async def _chat(self, log: RequestLog, owner: str, body: bytes, path_model: str) -> Reply:
        settings = self._settings
        asked = cursor.read_request(
            _parse(body),
            path_model=path_model,
            default_effort=settings.cursor_effort,
            show_reasoning=settings.reasoning_display != "off",
        )
        request = asked.request
        log.model, log.stream = request.model, request.stream
        head = openai_chat.ReplyHead(
            id=_new_id("chatcmpl"),
            model=request.model,
            created=int(time.time()),
            include_usage=asked.include_usage,
            display=settings.reasoning_display,
        )
        writer = openai_chat.ReplyWriter(head, stream=request.stream)
        memory = self._memory
        recalled = restored(request.messages, lambda id: memory.recall(owner, id))
        recorder = TraceRecorder(lambda id, trace: memory.remember(owner, id, trace))
        return await self._relay(
            CURSOR,
            log,
            replace(request, messages=recalled),
            settings.find_cursor_deployment(),
            writer,
            recorder,
        )

    async def _relay(
        self,
        client: Client,
        log: RequestLog,
        request: Request,
        deployment: Deployment,
        writer: ReplyWriter,
        recorder: Recorder | None = None,
        afterwards: Callable[[], AsyncGenerator[bytes]] | None = None,
    ) -> Reply:
        log.deployment, log.api = deployment.name, deployment.api
        headers = EVENT_STREAM if request.stream else JSON
        if declined := declined_search(request, deployment, log.request_id):
            return Reply(200, write_reply(declined, writer), dict(headers))
        translator = ReplyTranslator(request, deployment, writer, recorder)
        attempts = Attempts(self._azure, request, deployment, log, client.retry_budget)
        relay = Relay(attempts, translator, writer, log, client.patience, afterwards)
        try:
            whole = await relay.hold()
        except BaseException:
            relay.close()
            raise
        if whole is not None:
            relay.close()
            return Reply(200, whole, dict(JSON))
        return Reply(200, relay.body(), dict(headers), relay.end)


class _InputEstimate:
    """Counts a request's tokens beside the call to Azure, and never makes the reply wait for it."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._count = asyncio.ensure_future(asyncio.to_thread(count_tokens, request))

    def __call__(self) -> int:
        if self._count.done() and not self._count.exception():
            return self._count.result()
        return estimate_tokens(self._request)


async def _too_long(request: Request, most: int) -> BadRequest:
    """Claude Code compacts the conversation at these words, and at no others so surely."""
    count = await asyncio.to_thread(count_tokens, request)
    # Azure has counted more than it takes; our own count may be short of that.
    return BadRequest(f"prompt is too long: {max(count, most + 1)} tokens > {most} maximum")


def _refuse(client: Client, log: RequestLog, error: ProxyError) -> Reply:
    log.fail(error)
    envelope = client.write_error(error, log.request_id)
    return _json(envelope, client.error_status(error), client.error_headers(error))


def _json(body: Any, status: int = 200, headers: Mapping[str, str] = JSON) -> Reply:
    return Reply(status, to_json(body).encode(), {**JSON, **headers})


def _parse(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body, parse_constant=_refuse_constant)
    except ValueError as error:
        raise BadRequest("The request body is not valid JSON.") from error
    if not isinstance(parsed, dict):
        raise BadRequest("The request body must be a JSON object.")
    return parsed


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")  # Python would read NaN, and Azure would not


def _new_id(prefix: str) -> str:
    return f"{prefix}_{uuid4().hex}"
