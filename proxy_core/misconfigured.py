"""What stands in for `Proxy` where the app is deployed and its settings cannot be used.

An app that ends its start is dead on Azure: its clients read nothing at all. So it starts, and
tells whoever may call what is wrong. The token may be what is missing: then nobody may
(docs/decisions/0036).
"""

from collections.abc import AsyncIterable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, NoReturn

from proxy_core.answering import Answering
from proxy_core.endpoints import access
from proxy_core.endpoints.anthropic import answer_anyone
from proxy_core.endpoints.cursor import PREFLIGHT
from proxy_core.endpoints.paths import below_v1
from proxy_core.errors import SettingsError, UnusableSettings
from proxy_core.reply.client import CLAUDE, CURSOR, Reply
from proxy_core.reply.request_log import RequestLog
from proxy_core.settings import Settings

if TYPE_CHECKING:
    from proxy_core.endpoints.setup import MisconfiguredSetup


class MisconfiguredProxy:
    """`settings`: only who may call (`Settings.of_access`). No body is ever read."""

    def __init__(
        self, settings: Settings, error: SettingsError, host_warnings: Iterable[str] = ()
    ) -> None:
        self.problems = error.problems
        closed = (settings.closed,) if settings.closed else ()
        self.warnings = (*closed, *error.doubts, *host_warnings)
        self._settings = settings
        self._answer = Answering(settings.cors_origins)

    @cached_property
    def _setup(self) -> "MisconfiguredSetup":
        from proxy_core.endpoints.setup import MisconfiguredSetup  # as in proxy.py

        return MisconfiguredSetup(self._settings, self.problems, self.warnings)

    def end_replies(self) -> None:
        """None takes any time."""

    async def messages(self, headers: Mapping[str, str], body: AsyncIterable[bytes]) -> Reply:
        log = self._answer.begin_log("messages", headers)
        return await self._answer(CLAUDE, log, headers, self._refuse(log, headers))

    async def count_tokens(self, headers: Mapping[str, str], body: AsyncIterable[bytes]) -> Reply:
        log = self._answer.begin_log("count_tokens", headers)
        return await self._answer(CLAUDE, log, headers, self._refuse(log, headers))

    async def other(
        self, headers: Mapping[str, str], method: str, path: str, body: AsyncIterable[bytes]
    ) -> Reply:
        log = self._answer.begin_log("other", headers)
        return await self._answer(
            CLAUDE, log, headers, self._other(log, headers, method, below_v1(path))
        )

    async def cursor(
        self, headers: Mapping[str, str], method: str, path: str, body: AsyncIterable[bytes]
    ) -> Reply:
        log = self._answer.begin_log("cursor", headers)
        return await self._answer(CURSOR, log, headers, self._cursor(log, headers, method))

    async def setup(
        self, headers: Mapping[str, str], method: str, path: str, body: AsyncIterable[bytes]
    ) -> Reply:
        if file := self._setup.find_file(headers, method, path):
            return file
        log = self._answer.begin_log("setup", headers)
        return await self._answer(
            CLAUDE, log, headers, self._setup.answer(log, headers, method, path)
        )

    async def _other(
        self, log: RequestLog, headers: Mapping[str, str], method: str, path: str
    ) -> Reply:
        origins = self._settings.cors_origins
        return answer_anyone(headers, method, path, origins) or await self._refuse(log, headers)

    async def _cursor(self, log: RequestLog, headers: Mapping[str, str], method: str) -> Reply:
        if method == "OPTIONS":
            return Reply(204, b"", dict(PREFLIGHT))
        await self._refuse(log, headers)

    async def _refuse(self, log: RequestLog, headers: Mapping[str, str]) -> NoReturn:
        log.caller = access.check(headers, self._settings)
        raise UnusableSettings(self.problems)
