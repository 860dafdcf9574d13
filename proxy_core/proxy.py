"""Every request comes in here and every reply goes out. Hosts call `Proxy` and nothing else.

A request's way: `endpoints` reads it and finds its deployment, `relay` holds and streams the reply,
`attempts` asks Azure, `exchange` translates between the two formats.
"""

import asyncio
from collections.abc import Awaitable, Mapping

from proxy_core.azure import Azure
from proxy_core.client import CLAUDE, CURSOR, Client, Reply, new_id
from proxy_core.endpoints import AnthropicEndpoints, CursorEndpoints
from proxy_core.errors import BadRequest, InternalError, ProxyError
from proxy_core.reasoning_memory import InProcessMemory, ReasoningMemory
from proxy_core.request_log import RequestLog
from proxy_core.settings import Settings


class Proxy:
    """`headers` are looked up by lower-case names."""

    def __init__(
        self, settings: Settings, azure: Azure, memory: ReasoningMemory | None = None
    ) -> None:
        self._anthropic = AnthropicEndpoints(settings, azure)
        self._cursor = CursorEndpoints(settings, azure, memory or InProcessMemory())

    async def messages(self, headers: Mapping[str, str], body: bytes) -> Reply:
        """`POST /v1/messages`."""
        log = RequestLog(new_id("req"), "messages")
        return await _answer(CLAUDE, log, self._anthropic.messages(log, headers, body))

    async def count_tokens(self, headers: Mapping[str, str], body: bytes) -> Reply:
        """`POST /v1/messages/count_tokens`. Never calls Azure."""
        log = RequestLog(new_id("req"), "count_tokens")
        return await _answer(CLAUDE, log, self._anthropic.count_tokens(log, headers, body))

    async def other(self, headers: Mapping[str, str], method: str, path: str) -> Reply:
        """Any other path of the Anthropic API. `path` is what follows `/v1/`."""
        log = RequestLog(new_id("req"), "other")
        return await _answer(CLAUDE, log, self._anthropic.other(headers, method, path))

    async def cursor(
        self, headers: Mapping[str, str], method: str, path: str, body: bytes
    ) -> Reply:
        """Everything below `/cursor/`. `path` is what follows it."""
        log = RequestLog(new_id("req"), "cursor")
        return await _answer(CURSOR, log, self._cursor.answer(log, headers, method, path, body))


async def _answer(client: Client, log: RequestLog, answer: Awaitable[Reply]) -> Reply:
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


def _refuse(client: Client, log: RequestLog, error: ProxyError) -> Reply:
    log.fail(error)
    return client.refuse(error, log.request_id)
