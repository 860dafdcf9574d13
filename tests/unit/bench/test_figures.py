from tests.bench.figures import MB, Outcome, Rest, Usage, megabytes, percentile, table
from tests.bench.replies import Receipt, script

USAGE = Usage(before=100 * MB, peak=150 * MB, cpu=1.25)


def stream(*numbers: int, failure: str = "") -> Receipt:
    receipt = Receipt(script("s", 2), asked_at=0.0, ended=True, failure=failure)
    for number in numbers:
        receipt.take(f"s-{number}", float(number))
    return receipt


def test_whole_streams_are_no_problem() -> None:
    outcome = Outcome("two", [stream(1, 2), stream(1, 2)], USAGE)
    outcome.expect_whole()
    assert outcome.problems == []
    assert USAGE.growth == 50 * MB


def test_what_is_missing_is_named_with_its_reasons() -> None:
    outcome = Outcome("four", [stream(1, 2), stream(1), stream(), stream()], USAGE)
    outcome.receipts[2].failure = outcome.receipts[3].failure = "HTTP 502"
    outcome.expect_whole()
    assert outcome.problems == ["3 of 4 streams are not whole; 2 x HTTP 502", "5 deltas lost"]


def test_the_table_lines_up() -> None:
    whole = Outcome("two", [stream(1, 2), stream(1, 2)], USAGE, when="round 1")
    left = Outcome("leavers", [stream(1)], Usage(0, 0, 0.0), when="round 1", left=True)
    head, first, second = table([whole, left]).splitlines()
    assert head.split()[:5] == ["when", "phase", "streams", "whole", "lost"]
    assert first.split()[:7] == ["round", "1", "two", "2", "2", "0", "0"]
    assert first.endswith("150 MB        1.2 s")
    assert second.endswith("not measured  not measured")
    assert head.index("streams") == first.index("2 ") == second.index("1  ", 8)


def test_the_line_of_a_phase_ends_with_its_notes() -> None:
    outcome = Outcome("two", [stream(1, 2)], USAGE, ["memory + 1 MB"], when="round 1")
    assert outcome.line().startswith("round 1, two: streams 1; whole 1; lost 0; crossed 0;")
    assert outcome.line().endswith("; memory + 1 MB")


def test_memory_that_is_not_measured_says_so() -> None:
    assert megabytes(0) == "not measured"
    assert Rest("after round 1", 0, 0).line() == "at rest after round 1: not measured"
    assert Rest("after round 1", 3 * MB, 8).line() == (
        "at rest after round 1: 3.0 MB, 8 open files"
    )


def test_percentiles() -> None:
    assert percentile(range(1000), 50) == 500
    assert percentile(range(1000), 99) == 990
    assert percentile([1.0], 99) == 1.0
    assert percentile([], 99) == 0.0
