"""`python3 dev.py bench --load`: 1,000 streams and worse against one worker, on loopback.

Everything is bounded in time and ends by itself. Exit code 1 when anything was lost, crossed or
left unanswered, or a limit was passed (docs/load.md).
"""

import argparse
import asyncio
import importlib.util
import sys
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from local.commands import explain
from local.failure import Failure
from local.processes import end_on_signals
from tests.bench.figures import MB, Outcome, Rest, table
from tests.bench.phases import (
    Stage,
    bursts,
    large_bodies,
    leavers,
    long_requests,
    many_streams,
    slow_reader,
)
from tests.bench.processes import (
    Simulator,
    Started,
    Worker,
    allow_open_files,
    functions_host,
    local_host,
)
from tests.bench.vitals import MEASURED

STREAMS = 1000
FILES_PER_STREAM = 4  # the most that one process needs: the runtime with the host's stand-in
OTHER_FILES = 200
WHOLE_RUN = 300  # seconds for one worker
IDLE = 7.0  # seconds; the simulator closes idle connections after 5, so none are left
MOST_GROWTH = 4 * MB  # memory at rest, from one round of small requests to the next
MOST_LARGE_GROWTH = 16 * MB  # the same for 10 MB bodies, of which a round sends 240 MB
OWN_FILES = 2  # that a worker may open in its course without leaving anything open
WARM_UP = 50  # requests
FEWEST = 20  # streams

Phase = Callable[[Stage], Awaitable[Outcome]]


@dataclass(slots=True)
class Report:
    """Prints what is found as it is found, and keeps it for the table."""

    outcomes: list[Outcome] = field(default_factory=list)
    rests: list[Rest] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self.problems += [f"{outcome.when}, {outcome.phase}: {why}" for why in outcome.problems]
        say(outcome.line())

    def add_rest(self, rest: Rest) -> None:
        self.rests.append(rest)
        say(rest.line())

    def expect_no_growth(self, earlier: Rest, later: Rest, limit: int) -> None:
        grown = later.memory - earlier.memory
        if grown > limit:
            self.problems.append(
                f"memory at rest {later.when} is {grown / MB:.1f} MB more than {earlier.when}"
                f" (limit {limit // MB} MB)"
            )

    def expect_closed(self, earlier: Rest, later: Rest) -> None:
        left = later.open_files - earlier.open_files
        if left > OWN_FILES:
            self.problems.append(f"{left} more files are open {later.when} than {earlier.when}")


async def play(stage: Stage, report: Report, when: str, *phases: Phase) -> None:
    for phase in phases:
        outcome = await phase(stage)
        outcome.when = when
        report.add(outcome)


async def rest(stage: Stage, report: Report, when: str) -> Rest:
    await asyncio.sleep(IDLE)
    vitals = stage.worker.vitals
    rest = Rest(when, vitals.memory(), vitals.open_files())
    report.add_rest(rest)
    return rest


async def on_local_host(stage: Stage, report: Report) -> None:
    warm = await rest(stage, report, "after the warm-up")
    await play(stage, report, "round 1", many_streams, slow_reader, bursts, leavers)
    first = await rest(stage, report, "after round 1")
    await play(stage, report, "round 2", many_streams, bursts, leavers)
    second = await rest(stage, report, "after round 2")
    report.expect_no_growth(first, second, MOST_GROWTH)
    # Bursts last: they make Python's collector come by, which in an idle process it does not.
    await play(stage, report, "large 1", long_requests, large_bodies, bursts)
    third = await rest(stage, report, "after large 1")
    await play(stage, report, "large 2", large_bodies, bursts)
    fourth = await rest(stage, report, "after large 2")
    report.expect_no_growth(third, fourth, MOST_LARGE_GROWTH)
    report.expect_closed(warm, fourth)


async def on_runtime(stage: Stage, report: Report) -> None:
    await play(stage, report, "runtime", many_streams, bursts, leavers)
    await rest(stage, report, "on the runtime")
    await play(stage, report, "runtime", large_bodies)
    await rest(stage, report, "on the runtime, after 10 MB bodies")


@dataclass(frozen=True, slots=True)
class Part:
    """One worker, and what it is put through."""

    title: str
    start: Callable[[Path], AbstractContextManager[Started]]
    plan: Callable[[Stage, Report], Awaitable[None]]


LOCAL = Part(
    "On local.host, alone in its process, so memory and CPU are the app's;"
    " glibc gives large blocks back:",
    local_host,
    on_local_host,
)
RUNTIME = Part(
    "On the real Functions runtime; memory and CPU include the stand-in of the host:",
    functions_host,
    on_runtime,
)


def run(size: int) -> int:
    end_on_signals()
    report, size = Report(), fitting(size)
    measure(LOCAL, size, report)
    if importlib.util.find_spec("azure_functions_runtime"):
        measure(RUNTIME, size, report)
    else:
        say("Not on the Functions runtime: its package needs Python 3.13 or newer.")
    say(f"\n{table(report.outcomes)}\n")
    say("\n".join(rest.line() for rest in report.rests))
    say(verdict(report.problems))
    return 1 if report.problems else 0


def measure(part: Part, size: int, report: Report) -> None:
    say(part.title)
    with tempfile.TemporaryDirectory() as folder, part.start(Path(folder)) as started:
        try:
            asyncio.run(play_part(part, started, size, report))
        except TimeoutError:
            raise Failure(f"The load did not end within {WHOLE_RUN} seconds.") from None


async def play_part(part: Part, started: Started, size: int, report: Report) -> None:
    known = len(report.outcomes)
    async with asyncio.timeout(WHOLE_RUN), aiohttp.ClientSession() as session:
        simulator, worker = Simulator(started.simulator_url, session), started.worker
        await play(Stage(simulator, worker, WARM_UP), report, "warm-up", bursts)
        await part.plan(Stage(simulator, worker, size), report)
        await asyncio.sleep(1)  # a line is written when its client has already got everything
    asked = sum(len(outcome.receipts) for outcome in report.outcomes[known:])
    check_log(worker, asked, report)


def check_log(worker: Worker, asked: int, report: Report) -> None:
    logged, retries, defects = worker.count_requests(), worker.count_retries(), worker.defects()
    say(f"the worker's log: {logged} requests, {retries} retries, {len(defects)} defects")
    if logged != asked:
        report.problems.append(f"{asked} requests were sent, {logged} are in the worker's log")
    if defects:
        report.problems.append(f"{len(defects)} defects in the worker's log, first: {defects[0]}")


def fitting(size: int) -> int:
    """As many streams as this machine's limit of open files leaves room for."""
    allowed = allow_open_files(size * FILES_PER_STREAM + OTHER_FILES)
    room = (allowed - OTHER_FILES) // FILES_PER_STREAM // 10 * 10
    if room >= size:
        return size
    if room < FEWEST:
        raise Failure(f"{allowed} open files are allowed; the load needs some hundreds.")
    say(f"Only {allowed} open files are allowed, so {room} streams instead of {size}.")
    return room


def verdict(problems: list[str]) -> str:
    if problems:
        return "\n".join(["FAILED", *(f"- {problem}" for problem in problems)])
    unmeasured = "" if MEASURED else " Memory and open files were not measured: this is not Linux."
    return f"PASSED: all was answered, nothing lost or crossed, every limit kept.{unmeasured}"


def say(text: str) -> None:
    print(text, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser("tests.bench.load", description="Load on loopback.")
    parser.add_argument("--streams", type=int, default=STREAMS, help="how many are many")
    size = parser.parse_args().streams
    if size < FEWEST:
        parser.error(f"--streams is at least {FEWEST}")
    return explain(lambda: run(size))


if __name__ == "__main__":
    sys.exit(main())
