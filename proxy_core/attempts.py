"""Asks Azure, and asks again where that can help.

Rules, all of them only as long as the model has said nothing:
* a passing failure (a broken connection, 408, 409, 429, 5xx) is tried again, not before the wait
  that Azure asks for, nor before a growing one with jitter, within the budget of the client;
* reasoning that Azure does not take back is dropped, and the request sent once more;
* what a refusal teaches about the deployment (`lessons.py`) is heeded, and the request sent again.
"""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from proxy_core.azure import Azure
from proxy_core.conversation import Request
from proxy_core.errors import UpstreamError
from proxy_core.exchange import without_reasoning, write_request
from proxy_core.models import Deployment
from proxy_core.openai_errors import refuses_reasoning
from proxy_core.request_log import RequestLog

PASSING = frozenset({408, 409, 429, 500, 502, 503, 504})

FIRST_WAIT = 0.5  # seconds; doubles with every attempt
LONGEST_OWN_WAIT = 8.0


@dataclass(slots=True)
class Attempts:
    """The attempts at one request. `budget`: seconds from now in which a new one may begin."""

    azure: Azure
    request: Request
    deployment: Deployment
    log: RequestLog
    budget: float
    failures: int = 0
    _deadline: float | None = None

    def __post_init__(self) -> None:
        self.deployment = self.azure.lessons.adapt(self.deployment)

    async def ask(self, wait: float = 0.0) -> AsyncGenerator[bytes]:
        """Azure's reply, asked for after `wait` seconds."""
        if wait:
            await asyncio.sleep(wait)
        self.log.attempts += 1
        self.log.api = self.deployment.api
        call = self.azure.call(self.deployment, write_request(self.request, self.deployment))
        async with aclosing(call.chunks()) as chunks:
            async for chunk in chunks:
                self.log.azure_request_id = call.request_id
                yield chunk

    def wait_after(self, error: UpstreamError) -> float | None:
        """Seconds until the next attempt, or None when another would not help or come too late."""
        self.failures += 1
        if refuses_reasoning(error):
            bare = without_reasoning(self.request)
            changed, self.request = bare != self.request, bare
            return 0.0 if changed else None
        if self.azure.lessons.learn(self.deployment, error):
            self.deployment = self.azure.lessons.adapt(self.deployment)
            return 0.0
        if error.status not in PASSING:
            return None
        now = asyncio.get_running_loop().time()
        wait = max(self._own_wait(), error.retry_after or 0)
        if self._deadline is None:
            self._deadline = now + self.budget
        return wait if now + wait <= self._deadline else None

    def _own_wait(self) -> float:
        growing = FIRST_WAIT * 2.0 ** (self.failures - 1)
        return min(growing, LONGEST_OWN_WAIT) * random.uniform(0.75, 1.25)
