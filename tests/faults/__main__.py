"""`python3 dev.py run tests.faults`: injects every fault of the table and counts the handled."""

import io
import sys
from collections import Counter
from contextlib import redirect_stdout

from tests.faults.injection import find_problem, inject
from tests.faults.table import TABLE, cases


def main() -> int:
    with redirect_stdout(io.StringIO()):  # one log line for each request
        results = inject(cases())
    lost = [(problem, result) for result in results if (problem := find_problem(result))]
    for problem, result in lost:
        print(f"{problem}: {result}")
    endings = Counter(result.ending.how for result in results)
    print(f"{len({row.name for row in TABLE})} kinds of fault; {dict(endings)}")
    handled = len(results) - len(lost)
    print(f"{len(results):,} faults injected, {handled:,} handled, {len(lost):,} lost")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
