"""Receipts and measurements -> figures, the line of a phase, the table, problems. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.bench.replies import Receipt

KB = 1024
MB = 1024 * KB
COLUMNS = (
    "when", "phase", "streams", "whole", "lost", "crossed", "first p50", "first p99", "pace",
    "worst gap", "peak memory", "CPU",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Usage:
    """What a phase cost the worker."""

    before: int  # bytes of memory
    peak: int
    cpu: float  # seconds
    most_open: int = 0  # streams that the simulator had open at the same moment

    @property
    def growth(self) -> int:
        return self.peak - self.before


@dataclass(slots=True)
class Outcome:
    phase: str
    receipts: Sequence[Receipt]
    usage: Usage
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    when: str = ""
    left: bool = False  # these clients left on purpose, so nothing had to come whole

    def expect(self, kept: bool, problem: str) -> None:
        if not kept:
            self.problems.append(problem)

    def note_memory(self, note: str) -> None:
        if self.usage.peak:
            self.notes.append(note)

    def expect_whole(self) -> None:
        """Every stream came whole, and brought nothing of another."""
        asked, whole = len(self.receipts), self.count("whole")
        reasons = Counter(receipt.failure for receipt in self.receipts if receipt.failure)
        why = "".join(f"; {count} x {reason}" for reason, count in reasons.most_common(3))
        self.expect(whole == asked, f"{asked - whole} of {asked} streams are not whole{why}")
        for what in ("lost", "crossed", "repeated"):
            self.expect(not self.count(what), f"{self.count(what)} deltas {what}")

    def count(self, what: str) -> int:
        return sum(getattr(receipt, what) for receipt in self.receipts)

    @property
    def worst_gap(self) -> float:
        return max((receipt.worst_gap for receipt in self.receipts), default=0.0)

    @property
    def pace(self) -> float:
        """Seconds between deltas, of most streams."""
        gaps = Counter(receipt.script.gap for receipt in self.receipts)
        return gaps.most_common(1)[0][0]

    def cells(self) -> tuple[str, ...]:
        firsts = [r.first_after for r in self.receipts if r.first_after is not None]
        return (
            self.when,
            self.phase,
            str(len(self.receipts)),
            "-" if self.left else str(self.count("whole")),
            "-" if self.left else str(self.count("lost")),
            str(self.count("crossed")),
            f"{percentile(firsts, 50):.2f} s",
            f"{percentile(firsts, 99):.2f} s",
            f"{self.pace:.1f} s" if self.pace else "-",
            f"{self.worst_gap:.2f} s",
            megabytes(self.usage.peak),
            f"{self.usage.cpu:.1f} s" if self.usage.peak else "not measured",
        )

    def line(self) -> str:
        named = zip(COLUMNS[2:], self.cells()[2:], strict=True)
        figures = "; ".join([*(f"{name} {cell}" for name, cell in named), *self.notes])
        return f"{self.when}, {self.phase}: {figures}"


@dataclass(frozen=True, slots=True)
class Rest:
    """The worker after some idle seconds."""

    when: str
    memory: int
    open_files: int

    def line(self) -> str:
        files = f", {self.open_files} open files" if self.memory else ""
        return f"at rest {self.when}: {megabytes(self.memory, 1)}{files}"


def percentile(values: Iterable[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] if ordered else 0.0


def megabytes(size: int, digits: int = 0) -> str:
    return f"{size / MB:.{digits}f} MB" if size else "not measured"


def table(outcomes: Sequence[Outcome]) -> str:
    rows = [COLUMNS, *(outcome.cells() for outcome in outcomes)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
