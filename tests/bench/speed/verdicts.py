"""Rows and their targets -> the table, the JSON, the exit code. Pure.

On a machine that is not quiet a time says nothing, and neither does a ratio to what ran elsewhere
or at another time. CPU time in units that were taken beside it (units.py) stays: four runs of
the same code, on two busy cores that jumped between two speeds, were 4 to 26 % apart. So a miss by
more than BLUR is one on any machine.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

BLUR = 0.3
COLUMNS = ("what", "measured", "in units", "target", "verdict")


class Verdict(Enum):
    OK = "ok"
    MISSED = "missed"
    NO_TARGET = ""
    NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class Target:
    limit: float
    unit: str  # what the limit counts
    at_least: bool = False
    beside: bool = False  # it counts CPU time in units that were taken beside it

    def is_met_by(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit

    def is_missed_for_sure_by(self, value: float) -> bool:
        """Also on a machine that is not quiet."""
        leeway = 1 - BLUR if self.at_least else 1 + BLUR
        return self.beside and not self.is_met_by(value / leeway)

    def __str__(self) -> str:
        return f"{'at least' if self.at_least else 'at most'} {number(self.limit)} {self.unit}"


def at_most(limit: float, unit: str, *, beside: bool = False) -> Target:
    return Target(limit, unit, beside=beside)


def at_least(limit: float, unit: str) -> Target:
    return Target(limit, unit, at_least=True)


@dataclass(frozen=True, slots=True)
class Row:
    """`value`: what the target limits, in its unit; `measured`: the plain figure behind it."""

    what: str
    measured: str
    value: float | None = None
    unit: str = ""
    target: Target | None = None

    @property
    def verdict(self) -> Verdict:
        if self.target is None:
            return Verdict.NO_TARGET
        if self.value is None:
            return Verdict.NOT_MEASURED
        return Verdict.OK if self.target.is_met_by(self.value) else Verdict.MISSED

    def cells(self) -> tuple[str, ...]:
        unit = self.target.unit if self.target else self.unit
        relation = "" if self.value is None else f"{number(self.value)} {unit}".rstrip()
        target = str(self.target) if self.target else ""
        return (self.what, self.measured, relation, target, self.verdict.value)

    def as_json(self) -> dict[str, Any]:
        target = self.target
        return {
            "what": self.what,
            "measured": self.measured,
            "value": self.value,
            "unit": target.unit if target else self.unit,
            "limit": target.limit if target else None,
            "at_least": target.at_least if target else None,
            "verdict": self.verdict.value,
        }


def number(value: float) -> str:
    """Three digits that count, and no exponent."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return f"{value:,.{digits}f}"


def milliseconds(seconds: float) -> str:
    return f"{number(seconds * 1e3)} ms"


def microseconds(seconds: float) -> str:
    return f"{number(seconds * 1e6)} us"


def table(rows: Sequence[Row]) -> str:
    """Markdown, in columns that line up."""
    cells = [COLUMNS, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    head, *lines = [" | ".join(map(str.ljust, line, widths)) for line in cells]
    rule = " | ".join("-" * width for width in widths)
    return "\n".join(f"| {line} |" for line in (head, rule, *lines))


def missed(rows: Iterable[Row], *, was_quiet: bool = True) -> list[Row]:
    """On a machine that was not quiet: what was missed for sure."""
    found = [row for row in rows if row.verdict is Verdict.MISSED]
    return found if was_quiet else [row for row in found if _is_sure(row)]


def _is_sure(row: Row) -> bool:
    assert row.target
    assert row.value is not None
    return row.target.is_missed_for_sure_by(row.value)


def exit_code(rows: Iterable[Row], *, was_quiet: bool) -> int:
    return 1 if missed(rows, was_quiet=was_quiet) else 0


def conclusion(rows: Sequence[Row], noises: Sequence[str]) -> str:
    verdicts = [row.verdict for row in rows]
    count = verdicts.count(Verdict.MISSED)
    judged = count + verdicts.count(Verdict.OK)
    said = f"{count} of {judged} targets missed." if count else f"All {judged} targets met."
    if unmeasured := [row.what for row in rows if row.verdict is Verdict.NOT_MEASURED]:
        said += f" Not measured: {', '.join(unmeasured)}."
    if noises:
        sure = len(missed(rows, was_quiet=False))
        said += (
            f" The machine was not quiet, so this decides {sure or 'nothing'}"
            f"{' of the misses' if sure else ''}: {'; '.join(noises)}."
        )
    return said
