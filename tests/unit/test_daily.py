from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.daily import read_seed, repeat_it

NIGHT = datetime(2026, 11, 27, 0, 30, tzinfo=timezone(timedelta(hours=2)))


@pytest.mark.parametrize(
    ("environ", "now", "seed"),
    [
        ({}, NIGHT, 20261126),
        ({}, NIGHT.astimezone(UTC) + timedelta(hours=2), 20261127),
        ({"TEST_SEED": ""}, NIGHT, 20261126),
        ({"TEST_SEED": "20250101"}, NIGHT, 20250101),
    ],
)
def test_the_seed_is_the_utc_day_unless_one_is_given(
    environ: dict[str, str], now: datetime, seed: int
) -> None:
    assert read_seed(environ, now) == seed
    assert f"TEST_SEED={seed} " in repeat_it(seed)


def test_properties_draw_from_it(pytestconfig: pytest.Config) -> None:
    """So the same day draws the same examples, whatever else runs."""

    def examples() -> list[int]:
        drawn: list[int] = []

        @settings(max_examples=20)
        @given(st.integers())
        def draw(number: int) -> None:
            drawn.append(number)

        draw()
        return drawn

    assert examples() == examples()
    assert pytestconfig.getoption("hypothesis_seed")
