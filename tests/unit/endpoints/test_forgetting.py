import asyncio

import pytest

from proxy_core.endpoints import forgetting
from proxy_core.endpoints.forgetting import LONGEST_UNASKED, forget_later
from proxy_core.wire.memory import Memory
from tests.eager_memory import EagerMemory
from tests.virtual_time import run


@pytest.fixture(autouse=True)
def memory(monkeypatch: pytest.MonkeyPatch) -> Memory:
    own = EagerMemory()
    monkeypatch.setattr(forgetting, "MEMORY", own)
    return own


def test_an_idle_process_forgets_all(memory: Memory) -> None:
    async def live() -> None:
        memory.keep(1, "key", "made", lambda: 1)
        forget_later()
        forget_later()
        await asyncio.sleep(LONGEST_UNASKED + 1)
        assert len(memory) == 1
        await asyncio.sleep(LONGEST_UNASKED)
        assert not memory
        memory.keep(1, "key", "made", lambda: 1)
        await asyncio.sleep(10 * LONGEST_UNASKED)
        assert len(memory) == 1  # nobody has come, so nothing waits
        forget_later()
        await asyncio.sleep(2 * LONGEST_UNASKED + 1)
        assert not memory

    run(live())


def test_what_is_asked_for_stays(memory: Memory) -> None:
    async def live() -> None:
        memory.keep(1, "key", "made", lambda: 1)
        for _ in range(10):
            forget_later()
            assert memory.find(1, "key") == "made"
            await asyncio.sleep(LONGEST_UNASKED - 1)

    run(live())
