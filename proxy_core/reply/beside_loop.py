"""Work on large bodies, beside the event loop, while that serves the others.

What is done with a small one takes less than a few milliseconds, and is done at once.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

LARGE = 256 * 1024  # bytes

# Few, for they compete with the loop; more than one, so that nobody waits for the slowest body.
_threads = ThreadPoolExecutor(2, "body")


async def work_on(size: int, work: Callable[[], T]) -> T:
    """What `work` makes of a body of so many bytes."""
    if size <= LARGE:
        return work()
    return await asyncio.get_running_loop().run_in_executor(_threads, work)
