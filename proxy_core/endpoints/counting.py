"""A request's tokens, counted beside the loop, and only while somebody waits for them."""

import asyncio
from threading import Event

from proxy_core.conversation import Request
from proxy_core.openai.token_count import EXACT, Measure, count_tokens


async def count(request: Request, measure: Measure = EXACT) -> int:
    """Cancelled, it ends the thread too, before the next text."""
    left = Event()
    try:
        return await asyncio.to_thread(count_tokens, request, measure, left.is_set)
    finally:
        left.set()
