"""Asks the safeguards deployment about the calls of one reply, before the reply ends."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from proxy_core.azure.calls import Azure
from proxy_core.conversation import Request
from proxy_core.deployments.models import Deployment
from proxy_core.errors import ProxyError, UpstreamError
from proxy_core.reply.attempts import Attempts
from proxy_core.reply.request_log import RequestLog
from proxy_core.reply.translator import ReplyTranslator
from proxy_core.safeguards.question import (
    CallRecorder,
    TextCollector,
    Verdicts,
    read_verdicts,
    write_review,
)

SLOWEST = 20.0  # seconds; a slower answer counts as none


class Review:
    """Reviews one reply to `request`. Create one per request."""

    def __init__(
        self, azure: Azure, request: Request, deployment: Deployment | None, request_id: str
    ) -> None:
        self.recorder = CallRecorder()
        self._azure = azure
        self._request = request
        self._deployment = deployment
        self._log = RequestLog(request_id, "safeguards")
        self._verdicts: Verdicts = {}

    def status(self) -> dict[str, Any]:
        """What the client is told. A call that is not named was not evaluated."""
        if self._deployment is None:
            return {"type": "unsupported"}
        return {"type": "available", "tool_uses": self._verdicts}

    async def run(self) -> AsyncGenerator[bytes]:
        """Yields nothing; ends when the calls have been judged, or could not be."""
        if self._deployment and self.recorder.calls:
            try:
                async with asyncio.timeout(SLOWEST):
                    self._verdicts = await self._judge(self._deployment)
            except TimeoutError:
                self._log.fail(UpstreamError("The review took too long.", status=504))
            self._log.write()
        return
        yield  # makes this a generator

    async def _judge(self, deployment: Deployment) -> Verdicts:
        calls, collector = self.recorder.calls, TextCollector()
        question = write_review(self._request, calls, deployment.name)
        self._log.model, self._log.deployment = deployment.name, deployment.name
        attempts = Attempts(self._azure, question, deployment, self._log, budget=0)
        translator = ReplyTranslator(question, attempts.deployment, collector)
        try:
            async with aclosing(attempts.ask()) as chunks:
                async for chunk in chunks:
                    translator.feed(chunk)
            translator.close()
        except ProxyError as error:
            translator.fail(error)
        if translator.error:
            self._log.fail(translator.error)
        if translator.finished is None:
            return {}
        self._log.finish(translator.finished)
        is_unstreamed = translator.finished.stop_reason == "end"
        return read_verdicts(collector.text, calls) if is_unstreamed else {}
