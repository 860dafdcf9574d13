import asyncio
from itertools import pairwise

import httpx
import pytest

from tests.bench.speed import azure_replies, events
from tests.bench.speed.events import LAP, FakeAzure, Laps


def test_laps_cost_what_lies_between_two_units(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([1.0, 4.0, 5.0, 9.0, 9.5])  # after a unit; before and after each other one
    units = iter([0.01, 0.02, 0.03])
    monkeypatch.setattr(events.time, "process_time", lambda: next(moments))
    monkeypatch.setattr(events, "event_unit", lambda: next(units))
    laps = Laps()
    for place in (1000, 2000, 2400):
        laps.turn(place)
    cost = laps.cost(size=10)
    assert (laps.work, laps.passed) == (7.0, 1400)
    assert (cost.seconds, cost.units) == pytest.approx((0.05, 2.5))


@pytest.mark.parametrize("joined", [True, False])
@pytest.mark.parametrize("format", [azure_replies.responses(), azure_replies.chat()])
def test_only_deltas_lie_between_two_units(
    format: azure_replies.Format, joined: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "LENGTH", 1000)
    azure, places = FakeAzure(format, joined=joined), []
    monkeypatch.setattr(Laps, "turn", lambda _, place: places.append(place))

    async def read() -> bytes:
        async with httpx.AsyncClient(transport=httpx.MockTransport(azure.answer)) as client:
            return (await client.get("https://bench.openai.azure.com/")).content

    whole = asyncio.run(read())
    opening, closing = (len(azure_replies.unchunked(format, 1000)[end]) for end in (0, -1))
    assert len(places) >= 2
    assert opening + LAP * azure.size <= places[0] < places[-1] <= len(whole) - closing
    assert all(one + LAP * azure.size <= other for one, other in pairwise(places))
