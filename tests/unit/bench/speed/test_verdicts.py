import pytest

from tests.bench.speed.verdicts import (
    Row,
    Target,
    Verdict,
    at_least,
    at_most,
    conclusion,
    exit_code,
    microseconds,
    milliseconds,
    number,
    table,
)

MET = Row("met", "80 /s", 0.26, target=at_least(0.25, "x nginx"))
MISSED = Row("missed", "9 ms", 9.0, target=at_most(4, "x"))
SURE = Row("sure", "9 ms", 9.0, target=at_most(4, "x", beside=True))
NEAR = Row("near", "4.5 ms", 4.5, target=at_most(4, "x", beside=True))
UNMEASURED = Row("unmeasured", "not Linux", target=at_most(90, "MB"))
PLAIN = Row("plain", "1 ms", 2.0, "x")


@pytest.mark.parametrize(
    ("target", "value", "met"),
    [
        (at_most(4, "x"), 3.9, True),
        (at_most(4, "x"), 4.0, True),
        (at_most(4, "x"), 4.1, False),
        (at_least(4, "x"), 3.9, False),
        (at_least(4, "x"), 4.0, True),
        (at_least(4, "x"), 4.1, True),
    ],
)
def test_a_target_is_met_at_its_limit(target: Target, value: float, met: bool) -> None:
    assert target.is_met_by(value) is met


@pytest.mark.parametrize(
    ("target", "value", "sure"),
    [
        (at_most(4, "x", beside=True), 4.5, False),
        (at_most(4, "x", beside=True), 5.3, True),
        (at_most(4, "x"), 400, False),
        (Target(4, "x", at_least=True, beside=True), 3.5, False),
        (Target(4, "x", at_least=True, beside=True), 2.7, True),
    ],
)
def test_a_miss_is_sure_where_the_unit_was_taken_beside(
    target: Target, value: float, sure: bool
) -> None:
    assert target.is_missed_for_sure_by(value) is sure


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (MET, Verdict.OK),
        (MISSED, Verdict.MISSED),
        (UNMEASURED, Verdict.NOT_MEASURED),
        (PLAIN, Verdict.NO_TARGET),
        (Row("nothing is something", "0", 0.0, target=at_least(1, "x")), Verdict.MISSED),
    ],
)
def test_verdicts(row: Row, verdict: Verdict) -> None:
    assert row.verdict is verdict


@pytest.mark.parametrize(
    ("rows", "was_quiet", "code"),
    [
        ([MET, PLAIN], True, 0),
        ([MET, MISSED], True, 1),
        ([MET, MISSED], False, 0),
        ([NEAR], True, 1),
        ([NEAR], False, 0),
        ([SURE], False, 1),
        ([MET, UNMEASURED], True, 0),
        ([], True, 0),
    ],
)
def test_a_miss_fails_on_a_quiet_machine_and_a_sure_one_on_any(
    rows: list[Row], was_quiet: bool, code: int
) -> None:
    assert exit_code(rows, was_quiet=was_quiet) == code


def test_the_conclusion_counts_what_was_judged() -> None:
    assert conclusion([MET, PLAIN], []) == "All 1 targets met."
    assert conclusion([MET, UNMEASURED], []) == "All 1 targets met. Not measured: unmeasured."
    assert conclusion([MET, MISSED], ["a", "b"]) == (
        "1 of 2 targets missed. The machine was not quiet, so this decides nothing: a; b."
    )
    assert conclusion([MET, MISSED, NEAR, SURE], ["a"]) == (
        "3 of 4 targets missed. The machine was not quiet, so this decides 1 of the misses: a."
    )


def test_the_table_is_markdown_that_lines_up() -> None:
    assert table([MET, UNMEASURED, PLAIN]).splitlines() == [
        "| what       | measured  | in units      | target                 | verdict      |",
        "| ---------- | --------- | ------------- | ---------------------- | ------------ |",
        "| met        | 80 /s     | 0.260 x nginx | at least 0.250 x nginx | ok           |",
        "| unmeasured | not Linux |               | at most 90.0 MB        | not measured |",
        "| plain      | 1 ms      | 2.00 x        |                        |              |",
    ]


def test_json_says_what_the_table_says() -> None:
    assert MET.as_json() == {
        "what": "met",
        "measured": "80 /s",
        "value": 0.26,
        "unit": "x nginx",
        "limit": 0.25,
        "at_least": True,
        "verdict": "ok",
    }
    assert PLAIN.as_json()["limit"] is None


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0.000"), (0.0444, "0.044"), (1.234, "1.23"), (12.34, "12.3"), (1234.5, "1,234")],
)
def test_three_digits_count(value: float, text: str) -> None:
    assert number(value) == text


def test_times_have_their_unit() -> None:
    assert (milliseconds(0.0125), microseconds(0.0000125)) == ("12.5 ms", "12.5 us")
