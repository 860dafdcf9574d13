"""Whether Core Tools serve the app, or this project's own host: what may be reached from where.

https://github.com/Azure/azure-functions-core-tools/blob/main/release_notes.md

Rules:
- 4.13 and later of version 4 listen where they are told (`--address`, #5484): on loopback;
- older ones listen on every address, so without a token they are not used;
- neither is what is not known: version 5 is written anew, and its reference has no such option.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from local.loopback import keep_ipv6_port
from local.settings_file import has_token

FIRST_WITH_ADDRESS = (4, 13)
FIRST_UNKNOWN = (5, 0)
ANSWERING_TIME = 60.0  # seconds; the first run of .NET on a machine takes its time


@dataclass(frozen=True)
class Choice:
    core_tools: list[str] | None
    """Their command, or None for the own host."""
    reason: str
    """A sentence for the terminal."""

    def keep_ports(self, port: int) -> AbstractContextManager[None]:
        """Core Tools know nothing of [::1], and the own host takes it by itself."""
        return keep_ipv6_port(port) if self.core_tools else nullcontext()


def choose_host(func: str | None, environ: Mapping[str, str], port: int) -> Choice:
    """`func`: the path of Core Tools, where they are installed."""
    if not func:
        return Choice(None, "Served by this project's own host: Core Tools are not installed.")
    version = ask_version(func, environ)
    named = f"Core Tools {version}" if version else "Core Tools of an unknown version"
    command = [func, "start", "--port", str(port)]
    if version and FIRST_WITH_ADDRESS <= read_numbers(version) < FIRST_UNKNOWN:
        command += ["--address", "127.0.0.1"]
        return Choice(command, f"Served by {named}, on loopback only.")
    if has_token(environ):
        return Choice(command, f"Served by {named}, maybe on every address; a token is asked for.")
    return Choice(
        None,
        f"Served by this project's own host: {named} may listen on every address, and no "
        "ANTHROPIC_AUTH_TOKEN is set. Set one, or install Core Tools 4.13 or later.",
    )


def ask_version(func: str, environ: Mapping[str, str]) -> str | None:
    try:
        answer = subprocess.run(
            [func, "--version"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environ,
            timeout=ANSWERING_TIME,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return read_version(answer.stdout.decode(errors="replace"))


def read_version(output: str) -> str | None:
    """On a line of its own; there may be others, of news and telemetry."""
    found = re.search(r"^\s*(\d+\.\d+\.\S+)\s*$", output, re.MULTILINE)
    return found.group(1) if found else None


def read_numbers(version: str) -> tuple[int, int]:
    major, minor = version.split(".")[:2]
    return int(major), int(minor)
