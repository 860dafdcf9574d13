"""JSON as it goes onto a wire, and JSON that a model is going to read."""

import json
from collections.abc import Mapping
from typing import Any

# ASCII output costs half the time of ensure_ascii=False, and every parser reads it the same.
to_json = json.JSONEncoder(separators=(",", ":")).encode

# Inside a prompt, \u escapes would cost tokens and clarity.
to_readable_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def read_count(fields: Mapping[str, Any], name: str) -> int:
    """A number of tokens; a missing or null one is 0. Raises TypeError for anything else."""
    count = fields.get(name)
    if not isinstance(count, int | None):
        raise TypeError(f"{name} is not an integer")
    return count or 0


def read_string(fields: Mapping[str, Any], name: str) -> str:
    """A piece of text; a missing or null one is empty. Raises TypeError for anything else."""
    text = fields.get(name)
    if not isinstance(text, str | None):
        raise TypeError(f"{name} is not a string")
    return text or ""
