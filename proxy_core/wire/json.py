"""JSON as it goes onto a wire, and JSON that a model is going to read."""

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any, NoReturn

# ASCII output costs half the time of ensure_ascii=False, and every parser reads it the same.
to_json = json.JSONEncoder(separators=(",", ":")).encode

# Inside a prompt, \u escapes would cost tokens and clarity.
to_readable_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def read_count(fields: Mapping[str, Any], name: str) -> int:
    """A number of tokens; a missing or null one is 0. Raises TypeError for anything else."""
    count = fields.get(name)
    if not isinstance(count, int | None):
        raise TypeError(f"{name} is not an integer")
    return max(count or 0, 0)


def read_string(fields: Mapping[str, Any], name: str) -> str:
    """A piece of text; a missing or null one is empty. Raises TypeError for anything else."""
    text = fields.get(name)
    if not isinstance(text, str | None):
        raise TypeError(f"{name} is not a string")
    return text or ""


class NoJson(ValueError):
    """What Python alone would read, and then write as no JSON. Its text names it."""


def parse_strictly(text: str) -> Any:
    """Raises ValueError: NoJson, or json.JSONDecodeError."""
    return json.loads(
        text, parse_int=_read_integer, parse_float=_read_float, parse_constant=_refuse
    )


def _read_integer(digits: str) -> int:
    _read_float(digits)
    return int(digits)


def _read_float(digits: str) -> float:
    if not isfinite(number := float(digits)):
        raise NoJson("a number that is too large, such as 1e999")
    return number


def _refuse(name: str) -> NoReturn:
    raise NoJson(name)
