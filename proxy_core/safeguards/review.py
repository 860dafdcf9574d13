"""Asks the safeguards deployment about the calls of one reply, before the reply ends."""

from typing import Any

from proxy_core.azure.calls import Azure
from proxy_core.conversation import Request
from proxy_core.deployments.models import Deployment
from proxy_core.errors import ProxyError, UpstreamError
from proxy_core.reply.client import Patience
from proxy_core.reply.client_name import name_client
from proxy_core.reply.exchange import Exchange
from proxy_core.reply.relay import Relay
from proxy_core.reply.request_log import RequestLog
from proxy_core.safeguards.question import (
    AnswerCollector,
    CallRecorder,
    Verdicts,
    read_verdicts,
    select_shown,
    write_review,
)

LONGEST_REVIEW = Patience(one_piece=20.0)  # a slower answer counts as none


class Review:
    """Reviews one reply to `request`. Create one per request."""

    def __init__(
        self, azure: Azure, request: Request, judge: Deployment | None, log: RequestLog
    ) -> None:
        self.recorder = CallRecorder()
        self._azure = azure
        self._shown = select_shown(request)  # of the request, which is let go meanwhile
        self._judge = judge
        self._log = log
        self._verdicts: Verdicts = {}

    def status(self) -> dict[str, Any]:
        """What the client is told. A call that is not named was not evaluated."""
        if self._judge is None:
            return {"type": "unsupported"}
        return {"type": "available", "tool_uses": self._verdicts}

    @property
    def is_due(self) -> bool:
        return self._judge is not None and bool(self.recorder.calls)

    async def run(self) -> None:
        """Ends when the calls have been judged, or could not be."""
        assert self._judge, "there is no judge"
        calls, answer = self.recorder.calls, AnswerCollector()
        question = write_review(self._shown, calls, self._judge.name)
        judge, route = self._judge.name, "safeguards"
        log = self._log.beside(route, judge, name_client(route, {}))
        relay = Relay(self._azure, Exchange(question, self._judge, answer, log, LONGEST_REVIEW))
        try:
            if await relay.hold() is None:
                log.fail(UpstreamError("The review took too long.", status=504))
            else:
                self._verdicts = read_verdicts(answer.text, calls) if answer.is_whole else {}
        except ProxyError:
            pass  # logged by the relay
        finally:
            relay.end()
