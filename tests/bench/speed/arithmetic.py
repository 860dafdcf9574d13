"""Medians, slopes, how far values lie apart. Pure."""

from collections.abc import Iterable, Sequence
from statistics import median

Line = tuple[float, float]
"""Where it begins, and how it rises."""


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
