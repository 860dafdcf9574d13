"""All replies under way: each is begun here, and all can be ended at once."""

import asyncio
from weakref import WeakSet

from proxy_core.azure.calls import Azure
from proxy_core.errors import ShuttingDown
from proxy_core.o200k import encoding
from proxy_core.reply.client import EVENT_STREAM, JSON_HEADERS, Reply
from proxy_core.reply.exchange import Exchange
from proxy_core.reply.relay import Relay
from proxy_core.reply.translator import write_reply
from proxy_core.translation.output_limit import is_near
from proxy_core.translation.search_policy import declined_search
from proxy_core.translation.upstreams import find_own_limit


class Relays:
    """One per process. `longest`: seconds that a reply may take."""

    def __init__(self, azure: Azure, longest: float | None = None) -> None:
        self._azure = azure
        self._longest = longest
        self._open: WeakSet[Relay] = WeakSet()
        self._is_ending = False

    async def relay(self, exchange: Exchange) -> Reply:
        """Asks Azure and holds. Raises ProxyError when the reply fails before it has begun."""
        if self._is_ending:
            raise ShuttingDown
        request, deployment, log = exchange.request, exchange.deployment, exchange.log
        log.deployment, log.api = deployment.name, deployment.api
        log.conversation = request.conversation_id or ""
        headers = dict(EVENT_STREAM if request.stream else JSON_HEADERS)
        if declined := declined_search(request, deployment, log.request_id):
            log.outcome = {"stop_reason": "end"}
            return Reply(200, write_reply(declined, exchange.writer), headers)
        if is_near(find_own_limit(request, deployment)):
            await asyncio.to_thread(encoding)  # which takes long the first time
        relay = self._begin(exchange)
        try:
            reply = await relay.hold()
        except BaseException:
            relay.close()
            raise
        if reply is not None:
            return Reply(200, reply, headers)
        return Reply(200, relay.body(), headers, relay.end)

    def end_all(self) -> None:
        """The app ends: whoever still waits for a reply is told so."""
        self._is_ending = True
        for relay in list(self._open):
            relay.give_up(ShuttingDown())

    def _begin(self, exchange: Exchange) -> Relay:
        relay = Relay(self._azure, exchange)
        self._open.add(relay)
        if self._longest is not None:
            relay.give_up_after(self._longest)
        return relay
