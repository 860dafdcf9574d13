"""When what is remembered of requests (wire/memory.py) is forgotten: some minutes after the last
request that had it, whether others come or none does.
"""

import asyncio
from weakref import WeakSet

from proxy_core.wire.memory import MEMORY

LONGEST_UNASKED = 300.0  # seconds; what nobody asks for is forgotten after one to two of these

_waiting: WeakSet[asyncio.AbstractEventLoop] = WeakSet()  # those with a timer, as a rule one


def forget_later() -> None:
    loop = asyncio.get_running_loop()
    if loop not in _waiting:
        _waiting.add(loop)
        loop.call_later(LONGEST_UNASKED, _forget, loop)


def _forget(loop: asyncio.AbstractEventLoop) -> None:
    _waiting.discard(loop)
    MEMORY.turn()
    if MEMORY:
        forget_later()
