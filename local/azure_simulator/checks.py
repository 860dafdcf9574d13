"""Checks that hold for any member of a request body, in OpenAI's own words.

Every function takes the member's path (`input[3].call_id`) and its value, and raises a Refusal.
"""

import re
from collections.abc import Iterable
from typing import Any

from local.azure_simulator.refusals import (
    invalid_request,
    invalid_type,
    invalid_value,
    missing_parameter,
    unknown_parameter,
)

NAME_PATTERN = re.compile(r"[a-zA-Z0-9_-]+")


def check_keys(path: str, value: dict[str, Any], known: Iterable[str]) -> None:
    check_object(path, value)
    for key in value.keys() - set(known):
        raise unknown_parameter(_join(path, key))


def check_present(path: str, value: dict[str, Any], *required: str) -> None:
    for key in required:
        if key not in value:
            raise missing_parameter(_join(path, key))


def check_object(path: str, value: object) -> None:
    if not isinstance(value, dict):
        raise invalid_type(path, "an object", value)


def check_string(path: str, value: object, longest: int | None = None) -> None:
    if not isinstance(value, str):
        raise invalid_type(path, "a string", value)
    if longest is not None and len(value) > longest:
        message = (
            f"Invalid '{path}': string too long. Expected a string with maximum length {longest}, "
            f"but got a string with length {len(value)} instead."
        )
        raise invalid_request(message, path, "string_above_max_length")


def check_id(path: str, value: object, longest: int) -> None:
    check_string(path, value, longest)
    if not value:
        message = (
            f"Invalid '{path}': empty string. Expected a string with minimum length 1, "
            "but got an empty string instead."
        )
        raise invalid_request(message, path, "empty_string")


def check_item_id(path: str, value: object, prefix: str) -> None:
    check_string(path, value, 64)
    if not str(value).startswith(prefix):
        message = f"Invalid '{path}': '{value}'. Expected an ID that begins with '{prefix}'."
        raise invalid_request(message, path, "invalid_value")


def check_name(path: str, value: object, longest: int) -> None:
    check_id(path, value, longest)
    if not NAME_PATTERN.fullmatch(str(value)):
        message = (
            f"Invalid '{path}': string does not match pattern. "
            "Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'."
        )
        raise invalid_request(message, path, "invalid_value")


def check_array(path: str, value: object, longest: int | None = None, shortest: int = 0) -> None:
    if not isinstance(value, list):
        raise invalid_type(path, "an array", value)
    if len(value) < shortest:
        message = (
            f"Invalid '{path}': empty array. Expected an array with minimum length {shortest}, "
            "but got an empty array instead."
        )
        raise invalid_request(message, path, "empty_array")
    if longest is not None and len(value) > longest:
        message = (
            f"Invalid '{path}': array too long. Expected an array with maximum length {longest}, "
            f"but got an array with length {len(value)} instead."
        )
        raise invalid_request(message, path, "array_above_max_length")


def check_boolean(path: str, value: object) -> None:
    if not isinstance(value, bool):
        raise invalid_type(path, "a boolean", value)


def check_choice(path: str, value: object, choices: Iterable[str]) -> None:
    listed = list(choices)
    if value not in listed:
        raise invalid_value(path, value, listed)


def check_integer(path: str, value: object, lowest: int, highest: int | None = None) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise invalid_type(path, "an integer", value)
    _check_range(path, value, lowest, highest, "integer")


def check_number(path: str, value: object, lowest: float, highest: float) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise invalid_type(path, "a decimal", value)
    _check_range(path, value, lowest, highest, "decimal")


def _check_range(path: str, value: float, lowest: float, highest: float | None, kind: str) -> None:
    if value < lowest:
        message = (
            f"Invalid '{path}': {kind} below minimum value. "
            f"Expected a value >= {lowest}, but got {value} instead."
        )
        raise invalid_request(message, path, f"{kind}_below_min_value")
    if highest is not None and value > highest:
        message = (
            f"Invalid '{path}': {kind} above maximum value. "
            f"Expected a value <= {highest}, but got {value} instead."
        )
        raise invalid_request(message, path, f"{kind}_above_max_value")


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
