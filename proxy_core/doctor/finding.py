"""What the doctor says: one finding for each check."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from proxy_core.errors import SettingsError

State = Literal["ok", "warning", "failed", "skipped"]
# first: one small call of each deployment; quick: what is free as well; full: all that clients use
Depth = Literal["first", "quick", "full"]

SETTINGS = "Settings"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check comes to. None of its texts holds a key, a token or what a model said."""

    state: State = "ok"
    detail: str = ""
    remedy: str = ""  # what to do, in sentences
    settings: tuple[str, ...] = ()  # the lines it would change, `NAME=value`


@dataclass(frozen=True, slots=True)
class Finding:
    id: str  # of the check
    group: str  # what was examined
    title: str
    state: State
    detail: str = ""
    remedy: str = ""
    settings: tuple[str, ...] = ()


def make_finding(id: str, group: str, title: str, verdict: Verdict) -> Finding:
    return Finding(
        id, group, title, verdict.state, verdict.detail, verdict.remedy, verdict.settings
    )


def refused_settings(error: SettingsError) -> Iterator[Finding]:
    """Where nothing can be asked yet, for the settings are of no use."""
    for problem in error.problems or (str(error),):
        yield Finding(
            "settings",
            SETTINGS,
            "Can be used",
            "failed",
            problem,
            "Correct it in local.settings.json, in the environment, or on the function app.",
        )
