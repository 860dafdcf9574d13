"""The doctor's checks, each finding sent as it is made.

They cost money, so there is one run at a time. It ends with its client, and whatever hangs in it
ends it. https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import asdict
from typing import Any

from proxy_core.doctor import Depth, Doctor, Finding
from proxy_core.errors import BadRequest, InternalError, ProxyError
from proxy_core.reply.client import CLAUDE, EVENT_STREAM, Reply
from proxy_core.reply.request_log import RequestLog
from proxy_core.wire import fields
from proxy_core.wire.sse import encode_event

LONGEST_CHECK = 90.0  # seconds
LONGEST_RUN = 15 * 60.0
DEPTHS: dict[str, Depth] = {"first": "first", "quick": "quick", "full": "full"}


class CheckHangs(ProxyError):
    status = 504

    def __init__(self) -> None:
        super().__init__("A check did not end in time. Those after it were not made.")


class Checks:
    def __init__(self, doctor: Doctor) -> None:
        self._doctor = doctor
        self._is_running = False

    def run(self, depth: Depth, log: RequestLog) -> Reply:
        if self._is_running:
            raise BadRequest("The checks are running already. Wait until they end.", status=409)
        self._is_running = True
        log.stream = True

        def end() -> None:
            self._is_running = False
            log.write()

        return Reply(200, self._write(depth, log), dict(EVENT_STREAM), end)

    async def _write(self, depth: Depth, log: RequestLog) -> AsyncGenerator[bytes]:
        count = 0
        try:
            yield encode_event(asdict(self._doctor.plan(depth)), "plan")
            async with aclosing(self._doctor.examine(depth)) as findings:
                async for finding in _in_time(findings):
                    yield encode_event(asdict(finding), "finding")
                    count += 1
        except ProxyError as error:
            yield _write_error(error, log)
        except Exception as defect:
            log.write_defect(defect)
            yield _write_error(InternalError(), log)
        else:
            log.outcome = {"findings": count}
            yield encode_event({"findings": count}, "end")


async def _in_time(findings: AsyncIterator[Finding]) -> AsyncIterator[Finding]:
    now = asyncio.get_running_loop().time
    deadline = now() + LONGEST_RUN
    while True:
        try:
            async with asyncio.timeout(min(LONGEST_CHECK, deadline - now())):
                finding = await anext(findings)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise CheckHangs from error
        yield finding


def _write_error(error: ProxyError, log: RequestLog) -> bytes:
    log.fail(error)
    return encode_event(CLAUDE.write_error(error, log.tell_id()), "error")


def read_depth(body: dict[str, Any]) -> Depth:
    depth = fields.optional(body, "depth", str)
    if depth is None:
        return "quick"
    if depth not in DEPTHS:
        raise BadRequest(f"depth: must be one of {', '.join(DEPTHS)}")
    return DEPTHS[depth]
