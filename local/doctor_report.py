"""How findings are told: to a person, to a program, and below the banner of `dev.py start`."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from textwrap import wrap
from typing import Any, Protocol, TextIO

from proxy_core.doctor import Finding, Plan, Spent, State

STATES: tuple[State, ...] = ("ok", "warning", "failed", "skipped")
MARKS: dict[State, str] = {"ok": "✓", "warning": "!", "failed": "✗", "skipped": "–"}  # noqa: RUF001
ASCII_MARKS: dict[State, str] = {"ok": "+", "warning": "!", "failed": "x", "skipped": "-"}
COLOURS: dict[State, str] = {"ok": "32", "warning": "33", "failed": "31", "skipped": "2"}
WORDS: dict[State, str] = {
    "ok": "fine",
    "warning": "to look at",
    "failed": "failed",
    "skipped": "skipped",
}
TITLES = 28  # characters
WIDTH = 96


class Examiner(Protocol):
    """What a report wants to know at its end, whoever was examined."""

    @property
    def spent(self) -> Spent: ...
    @property
    def settings_to_change(self) -> tuple[str, ...]: ...


class Report(Protocol):
    counts: Counter[State]

    def begin(self, plan: Plan, subject: str = "") -> None: ...
    def add(self, finding: Finding) -> None: ...
    def end(self, doctor: Examiner | None, interrupted: bool = False) -> None: ...


class Pen:
    """Writes what a stream can show: colours on a terminal, ASCII where it knows no more."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._in_colour = stream.isatty() and not os.environ.get("NO_COLOR")
        self._marks = MARKS if _can_write(stream, "".join(MARKS.values()) + "→") else ASCII_MARKS
        self.arrow = "→" if self._marks is MARKS else "->"

    def mark(self, state: State) -> str:
        mark = self._marks[state]
        return f"\x1b[{COLOURS[state]}m{mark}\x1b[0m" if self._in_colour else mark

    def line(self, text: str = "") -> None:
        encoding = self._stream.encoding or "utf-8"
        shown = text.encode(encoding, "replace").decode(encoding)
        print(shown, file=self._stream, flush=True)

    def paragraph(self, text: str, first: str, indent: str = "      ") -> None:
        for number, line in enumerate(wrap(text, WIDTH, break_long_words=False) or [""]):
            self.line(f"{indent}{first if number == 0 else ' ' * len(first)}{line}")


class LineReport:
    """A line for each check, as it is made; details where something is wrong."""

    def __init__(self, stream: TextIO) -> None:
        self.counts: Counter[State] = Counter()
        self._pen = Pen(stream)
        self._group = ""

    def begin(self, plan: Plan, subject: str = "") -> None:
        subject = subject or _number(plan.deployments, "deployment")
        calls = _number(plan.calls, "call")
        self._pen.line(f"{subject}: at most {calls}, about {plan.tokens:,} tokens.")

    def add(self, finding: Finding) -> None:
        self.counts[finding.state] += 1
        if finding.group != self._group:
            self._group = finding.group
            self._pen.line(f"\n{finding.group}")
        is_bad = finding.state in ("failed", "warning")
        told = "" if is_bad else finding.detail
        line = f"  {self._pen.mark(finding.state)} {finding.title:{TITLES}}{told}"
        self._pen.line(line.rstrip())
        if is_bad:
            self._explain(finding)

    def _explain(self, finding: Finding) -> None:
        if finding.detail:
            self._pen.paragraph(finding.detail, "")
        if finding.remedy:
            self._pen.paragraph(finding.remedy, f"{self._pen.arrow} ")
        for line in finding.settings:
            self._pen.paragraph(line, f"{self._pen.arrow} ")

    def end(self, doctor: Examiner | None, interrupted: bool = False) -> None:
        if interrupted:
            self._pen.line("\nStopped before the end.")
        if doctor and doctor.settings_to_change:
            self._pen.line("\nSettings to change:\n")
            for line in doctor.settings_to_change:
                self._pen.line(f"  {line}")
        told = ", ".join(f"{self.counts[state]} {WORDS[state]}" for state in STATES)
        self._pen.line(f"\n{told}." + (_tell_costs(doctor) if doctor else ""))


class JsonReport:
    """One document, written at the end."""

    def __init__(self, stream: TextIO) -> None:
        self.counts: Counter[State] = Counter()
        self._stream = stream
        self._findings: list[dict[str, Any]] = []
        self._plan: dict[str, Any] = {}

    def begin(self, plan: Plan, subject: str = "") -> None:
        self._plan = asdict(plan)

    def add(self, finding: Finding) -> None:
        self.counts[finding.state] += 1
        self._findings.append(asdict(finding))

    def end(self, doctor: Examiner | None, interrupted: bool = False) -> None:
        document = {
            "planned": self._plan,
            "findings": self._findings,
            "counts": {state: self.counts[state] for state in STATES},
            "spent": asdict(doctor.spent) if doctor else {},
            "settings": list(doctor.settings_to_change) if doctor else [],
            "interrupted": interrupted,
        }
        print(json.dumps(document, indent=2), file=self._stream, flush=True)


class StartReport:
    """A line for each deployment, and nothing else."""

    def __init__(self, stream: TextIO) -> None:
        self.counts: Counter[State] = Counter()
        self._pen = Pen(stream)

    def begin(self, plan: Plan, subject: str = "") -> None: ...

    def add(self, finding: Finding) -> None:
        self.counts[finding.state] += 1
        self._pen.line(" ".join(self._words(finding)))

    def _words(self, finding: Finding) -> Iterator[str]:
        yield self._pen.mark(finding.state)
        if finding.state == "ok":
            yield f"{finding.group} answers."
        else:
            yield f"{finding.group}: {finding.detail}"
            yield from filter(None, (finding.remedy, *finding.settings))

    def end(self, doctor: Examiner | None, interrupted: bool = False) -> None: ...


def _can_write(stream: TextIO, text: str) -> bool:
    try:
        text.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _tell_costs(doctor: Examiner) -> str:
    return f" {_number(doctor.spent.calls, 'call')}, {doctor.spent.tokens:,} tokens."


def _number(count: int, name: str) -> str:
    return f"{count} {name}{'' if count == 1 else 's'}"
