import pytest

from tests.bench.speed.arithmetic import Cost, median_of, middle_of, spread, through, times


def test_a_line_finds_what_is_fixed_and_what_each_unit_adds() -> None:
    assert through((3, 5 + 3 * 2), (300, 5 + 300 * 2)) == pytest.approx((5, 2))


def test_a_line_goes_between_points_that_lie_apart() -> None:
    assert through((0, 1), (0, 3), (10, 11), (10, 13)) == pytest.approx((2, 1))


def test_a_line_needs_two_places() -> None:
    with pytest.raises(ValueError, match="two different places"):
        through((3, 1), (3, 2))


@pytest.mark.parametrize(
    ("values", "middle", "apart"),
    [([], 0, 0), ([4], 4, 0), ([0, 0], 0, 0), ([9, 10, 12], 10, 0.3)],
)
def test_medians_and_how_far_values_lie_apart(
    values: list[float], middle: float, apart: float
) -> None:
    assert median_of(values) == middle
    assert spread(values) == pytest.approx(apart)


def test_the_middle_of_ratios_is_not_the_ratio_of_middles() -> None:
    assert middle_of([Cost(9, 1), Cost(1, 3), Cost(2, 2)]) == Cost(2, 2)
    assert middle_of([Cost(1, 7), Cost(2, 1), Cost(3, 2)]) == Cost(2, 2)
    assert middle_of([]) == Cost(0, 0)


@pytest.mark.parametrize(
    ("ours", "theirs", "ratio"),
    [
        ([2, 4, 9], [1, 2, 3], 2),  # each round by itself
        ([2, 40, 6], [1, 10, 1], 4),
        ([2, 4], [0, 2], 2),  # a round in which nothing was measured
        ([], [], 0),
    ],
)
def test_how_many_times(ours: list[float], theirs: list[float], ratio: float) -> None:
    assert times(ours, theirs) == ratio
