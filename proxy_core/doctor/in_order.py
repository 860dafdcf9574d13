"""Several examinations at once, told one after the other."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from proxy_core.doctor.finding import Finding

Findings = AsyncGenerator[Finding]


async def in_order(examinations: Sequence[Findings], at_once: int) -> Findings:
    """Those of the first as they are made, then those of the second, and so on."""
    slots = asyncio.Semaphore(at_once)
    queues: list[asyncio.Queue[Finding | None]] = [asyncio.Queue() for _ in examinations]
    tasks = [
        asyncio.create_task(_run(examination, queue, slots))
        for examination, queue in zip(examinations, queues, strict=True)
    ]
    try:
        for queue, task in zip(queues, tasks, strict=True):
            while finding := await queue.get():
                yield finding
            await task  # raises what went wrong in it
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _run(
    examination: Findings, queue: asyncio.Queue[Finding | None], slots: asyncio.Semaphore
) -> None:
    try:
        async with slots, aclosing(examination):
            async for finding in examination:
                queue.put_nowait(finding)
    finally:
        queue.put_nowait(None)
