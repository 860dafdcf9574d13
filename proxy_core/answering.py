"""What every reply goes through, whoever wrote it: refusals, CORS, the id, the line in the log."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping

from proxy_core.endpoints import cors
from proxy_core.endpoints.paths import WrongMethod
from proxy_core.errors import InternalError, ProxyError
from proxy_core.reply.body_log import watch_reply
from proxy_core.reply.client import Client, Reply, new_id
from proxy_core.reply.client_name import name_client
from proxy_core.reply.request_log import RequestLog


class Answering:
    """`origins`: whose web pages may read the replies. `also`: who is told of each request."""

    def __init__(
        self, origins: Collection[str], also: Callable[[RequestLog], None] = lambda _: None
    ) -> None:
        self._origins = origins
        self._also = also

    def begin_log(self, route: str, headers: Mapping[str, str]) -> RequestLog:
        return RequestLog(
            new_id("req"),
            route,
            client=name_client(route, headers),
            traceparent=headers.get("traceparent", ""),
            also=self._also,
        )

    async def __call__(
        self, client: Client, log: RequestLog, headers: Mapping[str, str], answer: Awaitable[Reply]
    ) -> Reply:
        reply = await _catch(client, log, answer)
        reply.headers.update(cors.headers_for(headers.get("origin", ""), self._origins))
        reply.headers["request-id"] = log.tell_id()
        return watch_reply(log, reply)


async def _catch(client: Client, log: RequestLog, answer: Awaitable[Reply]) -> Reply:
    """The one place that catches what went wrong before the reply began."""
    try:
        reply = await answer
    except ProxyError as error:
        reply = _refuse(client, log, error)
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
    return reply


def _refuse(client: Client, log: RequestLog, error: ProxyError) -> Reply:
    log.fail(error)
    reply = client.refuse(error, log.tell_id())
    if isinstance(error, WrongMethod):
        reply.headers["allow"] = error.allowed
    return reply
