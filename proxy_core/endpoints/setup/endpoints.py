"""Everything below `/setup`: the page's files for everyone, what they show for whoever may call."""

from collections.abc import AsyncIterable, Mapping

from proxy_core.azure.calls import Azure
from proxy_core.doctor import Doctor
from proxy_core.endpoints import access
from proxy_core.endpoints.body import read
from proxy_core.endpoints.paths import WrongMethod, not_found
from proxy_core.endpoints.setup.checks import Checks, read_depth
from proxy_core.endpoints.setup.files import PageFiles
from proxy_core.endpoints.setup.status import write_status
from proxy_core.errors import AccessDenied, UnusableSettings
from proxy_core.reply.client import Reply, json_reply
from proxy_core.reply.request_log import RequestLog
from proxy_core.settings import Settings

PRIVATE = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
}


class SetupEndpoints:
    """`warnings`: of the start, in sentences."""

    def __init__(self, settings: Settings, azure: Azure, warnings: tuple[str, ...]) -> None:
        self._settings = settings
        self._warnings = warnings
        self._doctor = Doctor(settings, azure)
        self._checks = Checks(self._doctor)
        self._files = PageFiles()

    def find_file(self, headers: Mapping[str, str], method: str, path: str) -> Reply | None:
        """What of the page this is, if it is any. `path` is what follows `/setup/`."""
        return self._files.find(headers, path) if method == "GET" else None

    async def answer(
        self,
        log: RequestLog,
        headers: Mapping[str, str],
        method: str,
        path: str,
        body: AsyncIterable[bytes],
    ) -> Reply:
        place = path.removesuffix("/")
        if (method, place) == ("GET", "access"):
            return tell_access(log, headers, self._settings)
        log.caller = access.check(headers, self._settings)
        match method, place:
            case "GET", "status":
                return self._tell_status()
            case "POST", "checks":
                depth, _ = await read(headers, body, read_depth)
                reply = self._checks.run(depth, log)
                reply.headers.update(PRIVATE)
                return reply
            case _, "checks":
                raise WrongMethod(method, "/setup/checks", "POST")
            case _, _ if place in ("access", "status") or place in self._files:
                raise WrongMethod(method, f"/setup/{place}", "GET")
            case _:
                raise not_found(method, f"/setup/{path}")

    def _tell_status(self) -> Reply:
        status = write_status(self._settings, self._doctor, self._warnings)
        return json_reply(status, headers=PRIVATE)


class MisconfiguredSetup:
    """The same page, where the settings cannot be used: of them it shows only why."""

    def __init__(
        self, settings: Settings, problems: tuple[str, ...], warnings: tuple[str, ...]
    ) -> None:
        self._settings = settings
        self._problems = problems
        self._warnings = warnings
        self._files = PageFiles()

    def find_file(self, headers: Mapping[str, str], method: str, path: str) -> Reply | None:
        return self._files.find(headers, path) if method == "GET" else None

    async def answer(
        self, log: RequestLog, headers: Mapping[str, str], method: str, path: str
    ) -> Reply:
        match method, path.removesuffix("/"):
            case "GET", "access":
                return tell_access(log, headers, self._settings)
            case "GET", "status":
                log.caller = access.check(headers, self._settings)
                shown = {"problems": self._problems, "warnings": self._warnings}
                return json_reply(shown, headers=PRIVATE)
            case _:
                log.caller = access.check(headers, self._settings)
                raise UnusableSettings(self._problems)


def tell_access(log: RequestLog, headers: Mapping[str, str], settings: Settings) -> Reply:
    """Whether who asks may see more: what any refusal says, without the browser's alarm."""
    why = ""
    try:
        log.caller = access.check(headers, settings)
    except AccessDenied as denied:
        log.fail(denied)
        why = denied.message
    needs_token = bool(settings.auth_tokens)
    return json_reply({"why_not": why, "needs_token": needs_token}, headers=PRIVATE)
