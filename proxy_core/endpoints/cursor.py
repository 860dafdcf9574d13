"""Everything below `/cursor/`: Chat Completions, in whatever shape Cursor posts them."""

import re
import time
from collections.abc import Mapping
from dataclasses import replace

from proxy_core import access, cursor, openai_chat
from proxy_core.azure import Azure
from proxy_core.client import CURSOR, Reply, json_reply, new_id
from proxy_core.endpoints.body import parse
from proxy_core.errors import NotFound
from proxy_core.reasoning_memory import ReasoningMemory
from proxy_core.reasoning_trace import TraceRecorder, restored
from proxy_core.relay import relay_reply
from proxy_core.request_log import RequestLog
from proxy_core.settings import Settings

PREFLIGHT = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, POST, OPTIONS",
    "access-control-allow-headers": "*, authorization",
    "access-control-max-age": "86400",
}

DOUBLED = re.compile(r"^(?:v1/)+")
AZURE_PATH = re.compile(r"openai/deployments/([^/]+)/chat/completions")


class CursorEndpoints:
    def __init__(self, settings: Settings, azure: Azure, memory: ReasoningMemory) -> None:
        self._settings = settings
        self._azure = azure
        self._memory = memory

    async def answer(
        self, log: RequestLog, headers: Mapping[str, str], method: str, path: str, body: bytes
    ) -> Reply:
        """`path` is what follows `/cursor/`."""
        if method == "OPTIONS":
            return Reply(204, b"", dict(PREFLIGHT))
        owner = access.check(headers, self._settings)
        match method, DOUBLED.sub("", path.strip("/")):
            case "GET", "models":
                return json_reply(cursor.list_models())
            case "POST", "chat/completions":
                return await self._chat(log, owner, body, "")
            case "POST", inner if azure := AZURE_PATH.fullmatch(inner):
                return await self._chat(log, owner, body, azure[1])
            case _:
                raise NotFound(f"{method} /cursor/{path} is not an endpoint of this proxy.")

    async def _chat(self, log: RequestLog, owner: str, body: bytes, path_model: str) -> Reply:
        settings, memory = self._settings, self._memory
        asked = cursor.read_request(
            parse(body),
            path_model=path_model,
            default_effort=settings.cursor_effort,
            show_reasoning=settings.reasoning_display != "off",
        )
        request = asked.request
        log.model, log.stream = request.model, request.stream
        head = openai_chat.ReplyHead(
            id=new_id("chatcmpl"),
            model=request.model,
            created=int(time.time()),
            include_usage=asked.include_usage,
            display=settings.reasoning_display,
        )
        return await relay_reply(
            self._azure,
            CURSOR,
            log,
            replace(
                request, messages=restored(request.messages, lambda id: memory.recall(owner, id))
            ),
            settings.find_cursor_deployment(),
            openai_chat.ReplyWriter(head, stream=request.stream),
            TraceRecorder(lambda id, trace: memory.remember(owner, id, trace)),
        )
