"""Everything below `/cursor/`: Chat Completions, in whatever shape Cursor posts them."""

import re
import time
from collections.abc import AsyncIterable, Mapping
from functools import cache, partial
from typing import Any

import msgspec
from msgspec.structs import replace

from proxy_core import cursor, openai_chat
from proxy_core.conversation import ReplyFinished
from proxy_core.endpoints import access, cors
from proxy_core.endpoints.body import read
from proxy_core.endpoints.paths import below_v1, not_found, split
from proxy_core.openai.input_estimate import InputEstimate, TokenRates
from proxy_core.openai.token_count import Media, measure_media
from proxy_core.openai.tools import custom_names
from proxy_core.reply.client import CURSOR, Reply, json_reply, new_id
from proxy_core.reply.exchange import Exchange
from proxy_core.reply.relays import Relays
from proxy_core.reply.request_log import RequestLog
from proxy_core.settings import Settings
from proxy_core.translation.call_digest import said_before
from proxy_core.translation.reasoning_memory import CallKey, ReasoningMemory
from proxy_core.translation.reasoning_trace import TraceRecorder, restored
from proxy_core.translation.search_policy import allowed_search
from proxy_core.wire import fields

PREFLIGHT = cors.ANYONE | cors.PREFLIGHT  # the editor asks, from an origin of its own

AZURE_PATH = re.compile(r"openai/deployments/([^/]+)/chat/completions")


class Asked(msgspec.Struct, frozen=True):
    body: cursor.CursorRequest
    before: tuple[str, ...]  # what was said before each message, and before the reply
    media: Media


class CursorEndpoints:
    def __init__(self, settings: Settings, relays: Relays, memory: ReasoningMemory) -> None:
        self._settings = settings
        self._relays = relays
        self._memory = memory
        self._rates = TokenRates()
        self._find_deployment = cache(settings.find_cursor_deployment)

    async def answer(
        self,
        log: RequestLog,
        headers: Mapping[str, str],
        method: str,
        path: str,
        body: AsyncIterable[bytes],
    ) -> Reply:
        """`path` is what follows `/cursor/`."""
        if method == "OPTIONS":
            return Reply(204, b"", dict(PREFLIGHT))
        log.caller = access.check(headers, self._settings)
        match method, below_v1(path).removesuffix("/"):
            case "GET", "models":
                return json_reply(cursor.list_models())
            case "GET", inner if inner.startswith("models/"):
                return json_reply(cursor.read_model(_read_id(inner), self._settings.cursor_model))
            case "POST", "chat/completions":
                return await self._chat(log, *await self._read(headers, body, ""))
            case "POST", inner if azure := AZURE_PATH.fullmatch(inner):
                return await self._chat(log, *await self._read(headers, body, azure[1]))
            case _:
                raise not_found(method, f"/cursor/{path}")

    async def _read(
        self, headers: Mapping[str, str], body: AsyncIterable[bytes], path_model: str
    ) -> tuple[Asked, int]:
        """With the body's size in bytes."""

        def read_request(body: dict[str, Any]) -> Asked:
            asked = cursor.read_request(
                body,
                path_model=path_model,
                default_effort=self._settings.cursor_effort,
                display=self._settings.reasoning_display,
            )
            messages = asked.request.messages
            return Asked(asked, said_before(messages), measure_media(messages))

        return await read(headers, body, read_request)

    async def _chat(self, log: RequestLog, read: Asked, size: int) -> Reply:
        asked, before, memory = read.body, read.before, self._memory
        request = asked.request
        log.model, log.stream, log.left_out = request.model, request.stream, asked.left_out
        deployment = self._find_deployment()
        if request.web_search and not deployment.can_search:
            log.left_out |= {"web_search"}
            request = allowed_search(request, deployment)
        estimate = InputEstimate(
            self._rates, size, read.media, deployment.name, request.conversation_id
        )
        head = openai_chat.ReplyHead(
            id=new_id("chatcmpl"),
            model=request.model,
            created=int(time.time()),
            include_usage=asked.include_usage,
            display=asked.display,
            is_structured=request.output_schema is not None,
            custom_tools=custom_names(request.tools),
            input_tokens=estimate,
        )
        key = partial(CallKey, log.caller, request.conversation_id or "")
        messages = restored(request.messages, before, lambda call: memory.recall(key(call)))
        recorder = TraceRecorder(before[-1], lambda call, trace: memory.remember(key(call), trace))

        def when_ended(finished: ReplyFinished | None) -> None:
            recorder.end()
            estimate.learn(finished)

        exchange = Exchange(
            replace(request, messages=messages),
            deployment,
            openai_chat.ReplyWriter(head, stream=request.stream),
            log,
            CURSOR.patience,
            size,
            recorder,
            when_ended=when_ended,
        )
        return await self._relays.relay(exchange)


def _read_id(path: str) -> str:
    """Of a model; slashes are part of it, whether a host has decoded them or not."""
    _, *segments = split(path)
    return fields.at_most(fields.LONGEST_MODEL, "/".join(segments), "model")
