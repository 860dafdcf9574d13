"""`python3 dev.py bench`: runs the parts, prints their rows as they come, and judges.

Exit code 1 when a target is missed; on a busy machine, when it is missed for sure. Everything is
bounded and ends by itself.
"""

import argparse
import json
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from local.commands import explain
from local.failure import Failure
from local.options import BENCH_PARTS
from local.processes import end_on_signals
from tests.bench.processes import allow_open_files
from tests.bench.speed import (
    counting,
    events,
    large,
    memory,
    requests,
    runtime,
    starts,
    streams,
)
from tests.bench.speed.quiet import Quiet
from tests.bench.speed.stage import Stage
from tests.bench.speed.verdicts import Row, conclusion, exit_code, table

OPEN_FILES = 2_000
WHOLE_RUN = 1_500  # seconds; a quiet machine needs a quarter of it
PARTS: dict[str, Callable[[Stage], Iterator[Row]]] = {
    "streams": streams.measure,
    "requests": requests.measure,
    "events": events.measure,
    "paced": events.measure_paced,
    "first": streams.measure_first_event,
    "large": large.measure,
    "counting": counting.measure,
    "memory": memory.measure,
    "starts": starts.measure,
    "runtime": runtime.measure,
}


def run(names: Sequence[str], *, full: bool, file: Path | None) -> int:
    end_on_signals()
    allow_open_files(OPEN_FILES)
    began, quiet = time.monotonic(), Quiet()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, Stage(Path(folder), full=full) as stage:
        quiet.look(stage.core, stage.others)
        for name in names:
            if time.monotonic() > began + WHOLE_RUN:
                raise Failure(f"The bench did not end within {WHOLE_RUN} seconds.")
            for row in PARTS[name](stage):
                rows.append(row)
                say(f"{name}: {' | '.join(filter(None, row.cells()))}")
            quiet.look(stage.core, stage.others)
    noises = quiet.noises()
    say(f"\n{table(rows)}\n\n{quiet.line()}; {time.monotonic() - began:.0f} s in all")
    say(conclusion(rows, noises))
    if file:
        file.write_text(json.dumps(report(rows, noises), indent=1) + "\n")
    return exit_code(rows, was_quiet=not noises)


def report(rows: Sequence[Row], noises: Sequence[str]) -> dict[str, object]:
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "noises": list(noises),
        "rows": [row.as_json() for row in rows],
    }


def say(text: str) -> None:
    print(text, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser("tests.bench.speed", description="Speed on loopback.")
    parser.add_argument("--only", metavar="NAME", action="append", choices=BENCH_PARTS)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--json", metavar="FILE", type=Path)
    options = parser.parse_args()
    names = options.only or list(PARTS)
    return explain(lambda: run(names, full=options.full, file=options.json))


if __name__ == "__main__":
    sys.exit(main())
