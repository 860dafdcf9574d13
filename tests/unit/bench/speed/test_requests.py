import pytest

from tests.bench.speed.requests import Point, fixed_and_rise
from tests.bench.speed.units import Units

BODY, EVENT = 0.0005, 0.000002


@pytest.mark.parametrize(("short", "long"), [(1, 1), (1, 2), (2, 1)])
def test_a_point_is_taken_by_the_units_that_it_met(short: float, long: float) -> None:
    """Ten bodies and six events of each delta, whatever speed the core had."""

    def point(deltas: int, speed: float) -> Point:
        cpu = 10 * BODY + deltas * 6 * EVENT
        return Point(deltas, cpu * speed, Units(BODY * speed, EVENT * speed))

    fixed, each = fixed_and_rise([point(3, short), point(300, long)])
    assert fixed.units == pytest.approx(10)
    assert each.units == pytest.approx(6)
    assert (fixed.seconds == pytest.approx(10 * BODY)) is (short == long)
