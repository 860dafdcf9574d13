"""Medians, slopes, costs, how far values lie apart. Pure."""

from collections.abc import Iterable, Sequence
from statistics import median
from typing import NamedTuple

Line = tuple[float, float]
"""Where it begins, and how it rises."""


class Cost(NamedTuple):
    """CPU seconds of one, and how many units of the same stretch of time they are."""

    seconds: float
    units: float


def through(*points: tuple[float, float]) -> Line:
    """The line of least squares: what is fixed, and what each unit adds."""
    count = len(points)
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    width = sum((x - mean_x) ** 2 for x, _ in points)
    if not width:
        raise ValueError("a line needs two different places")
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / width
    return mean_y - slope * mean_x, slope


def spread(values: Sequence[float]) -> float:
    """How far the values lie apart, as a part of their median."""
    middle = median(values) if values else 0.0
    return (max(values) - min(values)) / middle if middle else 0.0


def median_of(values: Iterable[float]) -> float:
    """0 where there is nothing."""
    found = list(values)
    return median(found) if found else 0.0


def middle_of(costs: Sequence[Cost]) -> Cost:
    """The middle of the rounds' ratios, not the ratio of the middles."""
    return Cost(median_of(cost.seconds for cost in costs), median_of(cost.units for cost in costs))


def times(ours: Iterable[float], theirs: Iterable[float]) -> float:
    """How many times theirs ours is: the middle of what each round says."""
    return median_of(one / other for one, other in zip(ours, theirs, strict=True) if other)
