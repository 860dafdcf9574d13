import pytest

from tests.bench.speed.units import EVERY, Look, Units, between, look

BEFORE, FAST, SLOW, AFTER = (
    Look(1.0, 0.009, 0.0009),
    Look(2.0, 0.001, 0.0001),
    Look(2.02, 0.003, 0.0003),
    Look(3.0, 0.009, 0.0009),
)
LOOKS = [BEFORE, FAST, SLOW, AFTER]


@pytest.mark.parametrize(
    ("began", "ended", "paced", "body"),
    [
        (1.99, 2.03, True, 0.002),  # as much of each speed as there was time of it
        (1.99, 2.03, False, 0.0015),  # in the fast stretch three times as much was done
        (2.03, 2.04, True, 0.003),
        (2.0 - EVERY, 2.0 - EVERY, False, 0.001),  # shorter than the time between two looks
        (5.0, 6.0, True, 0.0055),  # none at all: what there is
    ],
)
def test_units_are_those_of_the_stretch(
    began: float, ended: float, paced: bool, body: float
) -> None:
    units = between(LOOKS, began, ended, paced=paced)
    assert (units.body, units.event) == pytest.approx((body, body / 10))


@pytest.mark.parametrize("paced", [True, False])
def test_a_servers_cost_in_units_is_the_same_however_its_core_jumps(paced: bool) -> None:
    """Work of 7 units at a time; `slow` of ten stretches are at half the speed."""
    found = []
    for slow in range(11):
        lengths = [0.002] * slow + [0.001] * (10 - slow)
        looks = [Look(float(n), unit, unit / 100) for n, unit in enumerate(lengths)]
        if paced:  # the same work in each stretch
            done, cpu = 10.0, sum(7 * unit for unit in lengths)
        else:  # all of each stretch is worked through
            done, cpu = sum(1 / (7 * unit) for unit in lengths), 10.0
        found.append(cpu / done / between(looks, 0, 9, paced=paced).body)
    assert found == pytest.approx([7] * 11)


def test_a_look_takes_the_body_and_the_event() -> None:
    one, other = look(), look()
    assert one.at < other.at
    assert one.body > one.event > 0
    assert isinstance(between([one, other], one.at, other.at, paced=True), Units)
