"""The words that switch a setting on and off.

Rule: this file runs before anything is installed, under Python 3.8 or newer.
"""

from __future__ import annotations

ON = ("true", "on", "yes", "1")
OFF = ("false", "off", "no", "0")


def read_switch(word: str) -> bool | None:
    """None where it is neither."""
    word = word.strip().lower()
    return word in ON if word in (*ON, *OFF) else None
