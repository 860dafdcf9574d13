"""When events came -> whether it streamed."""

import pytest

from local.deployed.streaming import judge_times


def steadily(count: int, first: float, last: float) -> list[float]:
    return [first + (last - first) * number / (count - 1) for number in range(count)]


@pytest.mark.parametrize(
    ("times", "state", "told"),
    [
        (steadily(60, 0.8, 2.4), "ok", "60 events, the first after 0.8 s, the last after 2.4 s"),
        # in three bursts, as a content filter lets text go
        (steadily(20, 1.0, 1.01) + steadily(40, 2.0, 2.02), "ok", "60 events"),
        (steadily(60, 2.39, 2.4), "warning", "All events of a stream came in its last moment"),
        # what opens a stream comes at once, all else is collected
        ([0.5, *steadily(59, 2.39, 2.4)], "warning", "59 of 60 events"),
        (steadily(60, 0.1, 0.11), "ok", "too quick a reply to measure"),
        (steadily(5, 3.0, 3.0), "ok", "too quick a reply to measure"),
    ],
)
def test_a_reply_that_is_held_back_is_told(times: list[float], state: str, told: str) -> None:
    verdict = judge_times(times)
    assert verdict.state == state
    assert told in verdict.detail
    assert bool(verdict.remedy) == (state == "warning")
