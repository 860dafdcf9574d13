import logging
from collections.abc import Iterator
from typing import Any

import pytest

NAMES = ("uvicorn", "uvicorn.error", "uvicorn.access")


@pytest.fixture
def uvicorns_words() -> Iterator[None]:
    """What uvicorn logs goes where pytest sees it; any server before has set it up for itself."""
    loggers = [logging.getLogger(name) for name in NAMES]
    before = [(one.propagate, one.level, [*one.handlers], [*one.filters]) for one in loggers]
    for one in loggers:
        _set(one, True, logging.NOTSET, [], [])
    yield
    for one, state in zip(loggers, before, strict=True):
        _set(one, *state)


def _set(
    logger: logging.Logger,
    propagate: bool,
    level: int,
    handlers: list[logging.Handler],
    filters: list[Any],
) -> None:
    logger.propagate = propagate
    logger.setLevel(level)  # which also forgets what the logger was found to be disabled for
    logger.handlers[:], logger.filters[:] = handlers, filters
