"""Every request comes in here and every reply goes out. Hosts call `Proxy` and nothing else.

Where the settings cannot be used, `misconfigured.py` stands in for it.

A request's way: `endpoints` reads it and finds its deployment, `reply` asks Azure, translates what
it says, and holds and streams that.
"""

import time
from collections.abc import AsyncIterable, Callable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from proxy_core.answering import Answering
from proxy_core.azure.calls import Azure
from proxy_core.endpoints import AnthropicEndpoints, CursorEndpoints
from proxy_core.endpoints.paths import below_v1
from proxy_core.reply.body_log import watch_request
from proxy_core.reply.client import CLAUDE, CURSOR, Reply
from proxy_core.reply.relays import Relays
from proxy_core.reply.request_log import RequestLog
from proxy_core.settings import Settings
from proxy_core.translation.reasoning_memory import InProcessMemory, ReasoningMemory

if TYPE_CHECKING:
    from proxy_core.endpoints.setup import SetupEndpoints


class Proxy:
    """`headers` are looked up by lower-case names; a body is read only once its token is known.

    `host_warnings`: what the host has to say of its own settings, in sentences. `also` is told of
    each request when it is over.
    """

    def __init__(
        self,
        settings: Settings,
        azure: Azure,
        memory: ReasoningMemory | None = None,
        host_warnings: Iterable[str] = (),
        also: Callable[[RequestLog], None] = lambda _: None,
    ) -> None:
        self.problems: tuple[str, ...] = ()
        self.warnings = (*settings.warnings, *host_warnings)
        self._answer = Answering(settings.cors_origins, also)
        self._relays = Relays(azure, settings.longest_reply)
        self._anthropic = AnthropicEndpoints(settings, azure, self._relays)
        self._cursor = CursorEndpoints(
            settings, self._relays, memory or InProcessMemory(time.monotonic)
        )
        self._settings = settings
        self._azure = azure

    @cached_property
    def _setup(self) -> "SetupEndpoints":
        from proxy_core.endpoints.setup import SetupEndpoints  # no start needs it, nor the doctor

        return SetupEndpoints(self._settings, self._azure, self.warnings)

    def end_replies(self) -> None:
        """The app ends: each reply under way gets an error, and no new one begins."""
        self._relays.end_all()

    async def messages(self, headers: Mapping[str, str], body: AsyncIterable[bytes]) -> Reply:
        """`POST /v1/messages`."""
        log = self._answer.begin_log("messages", headers)
        return await self._answer(
            CLAUDE, log, headers, self._anthropic.messages(log, headers, watch_request(log, body))
        )

    async def count_tokens(self, headers: Mapping[str, str], body: AsyncIterable[bytes]) -> Reply:
        """`POST /v1/messages/count_tokens`. Never calls Azure."""
        log = self._answer.begin_log("count_tokens", headers)
        return await self._answer(
            CLAUDE,
            log,
            headers,
            self._anthropic.count_tokens(log, headers, watch_request(log, body)),
        )

    async def other(
        self, headers: Mapping[str, str], method: str, path: str, body: AsyncIterable[bytes]
    ) -> Reply:
        """Any other path of the Anthropic API. `path` is what follows `/v1/`."""
        match method, below_v1(path).removesuffix("/"):
            case "POST", "messages":
                return await self.messages(headers, body)
            case "POST", "messages/count_tokens":
                return await self.count_tokens(headers, body)
            case _, inner:
                log = self._answer.begin_log("other", headers)
                return await self._answer(
                    CLAUDE, log, headers, self._anthropic.other(log, headers, method, inner)
                )

    async def cursor(
        self, headers: Mapping[str, str], method: str, path: str, body: AsyncIterable[bytes]
    ) -> Reply:
        """Everything below `/cursor/`. `path` is what follows it."""
        log = self._answer.begin_log("cursor", headers)
        return await self._answer(
            CURSOR,
            log,
            headers,
            self._cursor.answer(log, headers, method, path, watch_request(log, body)),
        )

    async def setup(
        self, headers: Mapping[str, str], method: str, path: str, body: AsyncIterable[bytes]
    ) -> Reply:
        """The setup page, and everything below `/setup/`. `path` is what follows it."""
        if file := self._setup.find_file(headers, method, path):
            return file  # for anyone, and nothing that a log needs to know
        log = self._answer.begin_log("setup", headers)
        return await self._answer(
            CLAUDE, log, headers, self._setup.answer(log, headers, method, path, body)
        )
