"""The load's judgement of a stream has to be able to fail, in every way it knows."""

import pytest

from tests.bench.replies import Receipt, long_script, script


def receive(*deltas: str, ended: bool = True) -> Receipt:
    receipt = Receipt(script("s0001", 3, gap=1.0), asked_at=10.0, ended=ended)
    for second, delta in enumerate(deltas):
        receipt.take(delta, 11.5 + second * second)
    return receipt


def test_a_prompt_asks_for_deltas_that_name_their_stream() -> None:
    asked = script("s0001", 3, gap=1.0)
    assert asked.prompt == "[[slow 1.0]] [[silent 0.0]] [[say s0001-1 s0001-2 s0001-3]]"
    assert long_script(5).prompt == "[[long 5]]"


def test_a_whole_stream() -> None:
    receipt = receive("s0001-1", " s0001-2", " s0001-3")
    assert receipt.whole
    assert receipt.first_after == 0.5  # of 1.5 seconds, one was the simulator's
    assert receipt.worst_gap == 3.0


def test_a_long_stream_counts_the_simulators_own_words() -> None:
    receipt = Receipt(long_script(2), asked_at=0.0, ended=True)
    receipt.take("word1 ", 1.0)
    receipt.take("word2 ", 1.0)
    assert receipt.whole


@pytest.mark.parametrize(
    ("deltas", "lost", "crossed", "repeated"),
    [
        (["s0001-1", " s0001-3"], 1, 0, 0),
        (["s0001-1", " s0001-2"], 1, 0, 0),
        ([], 3, 0, 0),
        (["s0001-1", " s0002-2", " s0001-3"], 1, 1, 0),
        (["s0001-1", " s0001-2", " s0001-3", " s0002-3"], 0, 1, 0),
        (["s0001-1", " s0001-2", " s0001-2", " s0001-3"], 0, 0, 1),
        (["s0001-2", " s0001-1", " s0001-3"], 1, 0, 1),
    ],
)
def test_what_is_not_whole(deltas: list[str], lost: int, crossed: int, repeated: int) -> None:
    receipt = receive(*deltas)
    assert not receipt.whole
    assert (receipt.lost, receipt.crossed, receipt.repeated) == (lost, crossed, repeated)


@pytest.mark.parametrize("strange", ["s0001-1 s0001-2", "nonsense", "s0001-"])
def test_a_delta_that_nobody_sent_is_a_failure(strange: str) -> None:
    receipt = receive("s0001-1", strange)
    assert receipt.failure == "a delta that nobody sent"
    assert receipt.crossed == 0


def test_a_stream_without_its_end_is_not_whole() -> None:
    assert not receive("s0001-1", " s0001-2", " s0001-3", ended=False).whole
    assert receive().first_after is None
