"""One request, and everything its reply needs."""

from collections.abc import Callable
from typing import Protocol

import msgspec
from msgspec.structs import replace

from proxy_core.conversation import ReplyFinished, Request
from proxy_core.deployments.models import Deployment
from proxy_core.reply.client import Patience
from proxy_core.reply.request_log import RequestLog
from proxy_core.reply.translator import Recorder, ReplyWriter
from proxy_core.translation.upstreams import without_history


class Review(Protocol):
    """What is to be known of a whole reply before its end is told."""

    @property
    def is_due(self) -> bool: ...
    async def run(self) -> None: ...


class Exchange(msgspec.Struct, frozen=True):
    request: Request
    deployment: Deployment
    writer: ReplyWriter
    log: RequestLog
    patience: Patience
    size: int = 0  # of the client's body, in bytes
    recorder: Recorder | None = None  # sees what the model says
    review: Review | None = None
    # called once, however the reply ends; None: it failed, or its client has left
    when_ended: Callable[[ReplyFinished | None], None] = lambda finished: None

    @property
    def retry_budget(self) -> float:
        """Seconds from the first failure in which Azure may be asked again."""
        patience = self.patience
        if self.request.stream:
            return patience.retrying
        # a reply in one piece can fail with a message only until it begins
        return min(patience.retrying, patience.one_piece / 2)

    def hold(self, *, is_retrying: bool) -> float:
        """Seconds until the reply begins, whatever Azure does."""
        patience = self.patience
        if not self.request.stream:
            return patience.one_piece
        return patience.hold_retrying if is_retrying else patience.hold

    def without_history(self) -> "Exchange":
        return replace(self, request=without_history(self.request))
