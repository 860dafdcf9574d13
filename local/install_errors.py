"""Why .venv cannot be made or filled -> what is missing and what to do, in one sentence or two.

https://pip.pypa.io/en/stable/topics/configuration/

Rule: the first cause of the table that fits; what pip says last is often only a consequence.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# Megabytes on disk, measured on Linux; what pip unpacks on the way comes on top.
NEEDED = {
    "requirements-local.txt": 100,
    "requirements.lock": 200,
    "requirements-otel.lock": 230,
    "requirements-dev.txt": 500,
}
NOTHING_FREE = 10  # megabytes; venv does not always say why it failed


@dataclass(frozen=True)
class Attempt:
    """What was tried when it failed."""

    folder: Path
    requirements: str
    version: str = ""
    made: str = ".venv"
    made_for: str = ""
    """Whom it is for, where that is not this machine."""


def explain_output(output: str, attempt: Attempt) -> str | None:
    """None when nothing here fits."""
    for pattern, sentence in CAUSES:
        found = pattern.search(output)
        if found:
            return sentence(found, attempt)
    return _disk_is_full(None, attempt) if _free(attempt.folder) < NOTHING_FREE else None


def explain_error(error: OSError, attempt: Attempt) -> str:
    described = f"{error.filename or attempt.folder}: {error.strerror or error}"
    return explain_output(f"{error} {error.strerror}", attempt) or f"{described}."


def _disk_is_full(_: object, attempt: Attempt) -> str:
    needed = NEEDED.get(attempt.requirements, max(NEEDED.values()))
    places = dict.fromkeys([str(attempt.folder), tempfile.gettempdir()])
    free = " and ".join(f"{_free(Path(place))} MB in {place}" for place in places)
    return f"The disk is full: {attempt.made} needs about {needed} MB; free are {free}."


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free // 1_000_000


def _cannot_write(_: object, attempt: Attempt) -> str:
    return (
        f"dev.py may not write in {attempt.folder}, where {attempt.made} has to be. "
        "Copy the project to a folder of your own, or mend the rights of this one."
    )


def _read_only(_: object, attempt: Attempt) -> str:
    return (
        f"{attempt.folder} is on a read-only file system, and {attempt.made} has to be made there. "
        "Copy the project to where it can be written."
    )


def _no_certificate(_: object, __: Attempt) -> str:
    return (
        "The package index shows a certificate that is not trusted here, as a company's proxy "
        "does: set PIP_CERT to the file with that company's certificate."
    )


def _proxy_asks(_: object, __: Attempt) -> str:
    return (
        "The web proxy asks for a name and a password: "
        "set HTTPS_PROXY=http://NAME:PASSWORD@HOST:PORT."
    )


def _no_network(found: re.Match[str], attempt: Attempt) -> str:
    reason = found.group("reason").strip(" .:'\"")
    return (
        f"The packages of {attempt.requirements} are missing, and the package index cannot be "
        f"reached ({reason}). Behind a proxy, set HTTPS_PROXY; with an index of your own, set "
        "PIP_INDEX_URL; without a network, set PIP_NO_INDEX=1 and PIP_FIND_LINKS to a folder of "
        "wheels."
    )


def _no_package(found: re.Match[str], attempt: Attempt) -> str:
    name = found.group("package") or found.group("built")
    if attempt.made_for:
        return (
            f"There is no wheel of {name} for {attempt.made_for}, and nothing is built from "
            f"source for another machine. It is said in {attempt.requirements}."
        )
    return (
        f"pip finds no {name} that installs on Python {attempt.version} here. "
        "Set PYTHON to another version, such as PYTHON=3.13."
    )


def _no_ensurepip(_: object, attempt: Attempt) -> str:
    return (
        f"Python {attempt.version} cannot make .venv: its venv or ensurepip is missing. On Debian "
        f"and Ubuntu: apt install python{attempt.version}-venv."
    )


def _other_file(_: object, attempt: Attempt) -> str:
    return (
        f"The package index gives another file than {attempt.requirements} has the hash of, so "
        "nothing of it is used. Ask why; then: python3 dev.py run local.lock."
    )


LAST_TRY = r"Retry\(total=0,.*connection broken by "

# Numbers beside words: the system's words may be in another language.
CAUSES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Attempt], str]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), sentence)
    for pattern, sentence in (
        (r"No space left on device|Errno 28\b|WinError 112\b|Errno 122\b", _disk_is_full),
        (r"Read-only file system|Errno 30\b", _read_only),
        (r"\b407\b.*Proxy|Proxy Authentication Required", _proxy_asks),
        (r"CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError", _no_certificate),
        (r"THESE PACKAGES DO NOT MATCH THE HASHES", _other_file),
        (
            LAST_TRY + r".*(?P<reason>\[(?:Errno|WinError) -?\d+\] [^'\"\n)]+"
            r"|(?:Connection to \S+|Read) timed out)",
            _no_network,
        ),
        (LAST_TRY + r"\W*(?P<reason>\w+)", _no_network),
        (r"Permission denied|Errno 13\b|WinError 5\b", _cannot_write),
        (
            r"No matching distribution found for (?P<package>[^\s<>=!~;\[]+)"
            r"|Failed building wheel for (?P<built>\S+)",
            _no_package,
        ),
        (r"ensurepip", _no_ensurepip),
    )
)
