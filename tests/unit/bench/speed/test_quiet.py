import pytest

from tests.bench.speed.quiet import Moment, Quiet, find_noises

CALM = [Moment(0.010, 0.0101), Moment(0.0102, 0.0104)]


def test_a_quiet_machine_has_no_noises() -> None:
    assert list(find_noises(0.2, CALM, 0.0)) == []
    assert list(find_noises(0.2, [], 0.0)) == []


@pytest.mark.parametrize(
    ("load", "moments", "stolen", "noise"),
    [
        (2.5, CALM, 0.0, "the load was 2.50 for each core when we began"),
        (0.0, [*CALM, Moment(0.013, 0.0132)], 0.0, "the same loop's times were 29% apart"),
        (0.0, [Moment(0.01, 0.02)], 0.0, "others had the core for 50% of the loop"),
        (0.0, CALM, 0.05, "5% of the time was stolen by another machine"),
    ],
)
def test_each_noise_is_named(load: float, moments: list[Moment], stolen: float, noise: str) -> None:
    assert list(find_noises(load, moments, stolen)) == [noise]


def test_each_look_is_told() -> None:
    quiet = Quiet(load=0.25)
    quiet.look(set(), set())
    assert quiet.line().startswith("load of a core when we began 0.25; the same loop took ")
    assert quiet.line().count(",") == 1
    assert isinstance(quiet.noises(), list)
