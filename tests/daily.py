"""The seed of the day: what tests at random tries something else every day, the same all day.

TEST_SEED repeats another day's run.
"""

import os
from collections.abc import Mapping
from datetime import UTC, datetime


def read_seed(environ: Mapping[str, str], now: datetime) -> int:
    """The UTC day as a number, such as 20261126, unless one is given."""
    return int(environ.get("TEST_SEED") or now.astimezone(UTC).strftime("%Y%m%d"))


SEED = read_seed(os.environ, datetime.now(UTC))


def repeat_it(seed: int) -> str:
    return f"What is random here was drawn from the day: TEST_SEED={seed} repeats it."
