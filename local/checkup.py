"""Asks each deployment one small thing beside the start, which never waits for it or fails by it.

What is found is printed below the banner, whenever that is.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread


def check_up(folder: Path, command: Sequence[str], environ: Mapping[str, str]) -> Thread:
    """The command is on a leash: however this process ends, it ends too."""
    asking = Thread(target=_ask, args=(folder, [*command], dict(environ)), daemon=True)
    asking.start()
    return asking


def _ask(folder: Path, command: Sequence[str], environ: Mapping[str, str]) -> None:
    with suppress(OSError):
        asking = subprocess.Popen(
            command,
            cwd=folder,
            env=environ,
            stdin=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C reaches only us
        )
        asking.wait()
        assert asking.stdin
        asking.stdin.close()  # not before, for it is the leash
