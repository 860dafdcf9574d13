"""One program at a time: a lock on a file, which ends with the program however that ends."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

LOOKING_INTERVAL = 0.1
SILENT_LOOKS = 10  # a second; most waits are over by then


@contextmanager
def wait_for_turn(file: Path, say_so: Callable[[], None]) -> Iterator[None]:
    """`say_so` is called once, when others make us wait."""
    with file.open("rb") as opened:
        looks = 0
        while not _take(opened.fileno()):
            looks += 1
            if looks == SILENT_LOOKS:
                say_so()
            time.sleep(LOOKING_INTERVAL)
        yield  # closing the file ends the lock


@contextmanager
def take_turn(file: Path) -> Iterator[bool]:
    """Whether it is ours; it is where no lock can be laid."""
    try:
        opened = file.open("ab")
    except OSError:
        yield True
        return
    with opened:
        yield _take(opened.fileno())


def _take(descriptor: int) -> bool:
    try:
        _lock(descriptor)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:  # a file system that knows no locks: there is nothing to wait for
        return True
    return True


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(descriptor, 1 << 30, os.SEEK_SET)  # a locked byte cannot be read by others
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
