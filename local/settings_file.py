"""local.settings.json -> the settings that the environment leaves open.

https://learn.microsoft.com/azure/azure-functions/functions-develop-local#local-settings-file

Rule: the environment wins over the file, and a blank value means "not set" in both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.failure import Failure

FILE_NAME = "local.settings.json"


def add_settings(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The environment, completed from the folder's file."""
    values = read_values(folder / FILE_NAME)
    missing = {name: value for name, value in values.items() if not setting(environ, name)}
    return {**environ, **missing}


def setting(environ: Mapping[str, str], name: str) -> str:
    """The value without the blanks around it; empty when it is not set."""
    return environ.get(name, "").strip()


def has_token(environ: Mapping[str, str]) -> bool:
    """Whether clients are asked for a token. Several may be set, with commas between them."""
    return bool(setting(environ, "ANTHROPIC_AUTH_TOKEN").strip(", "))


def is_on(environ: Mapping[str, str], name: str) -> bool | None:
    """What a switch says, or None when it is not set."""
    value = setting(environ, name)
    if not value:
        return None
    if value.lower() not in {"true", "false"}:
        raise Failure(f'{name} is "{value}"; it can be true or false.')
    return value.lower() == "true"


def read_values(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    content = _read_object(file)
    if content.get("IsEncrypted") is True:
        raise Failure(f"{file.name} is encrypted; run `func settings decrypt` first.")
    values = content.get("Values", {})
    if not isinstance(values, dict):
        raise Failure(f'"Values" in {file.name} has to be an object of names and texts.')
    texts = {name: _text(name, value, file.name) for name, value in values.items()}
    return {name: text for name, text in texts.items() if text.strip()}


def _read_object(file: Path) -> dict[str, Any]:
    try:
        # Editors on Windows like to put a byte order mark first.
        content = json.loads(file.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise Failure(f"{file.name} is not valid JSON: {error.msg}, {place}.") from None
    except UnicodeDecodeError:
        raise Failure(f"{file.name} is not valid JSON: it is not UTF-8 text.") from None
    if not isinstance(content, dict):
        raise Failure(f'{file.name} has to be a JSON object with "Values".')
    return content


def _text(name: str, value: object, file_name: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (str, int, float)):
        return str(value)
    raise Failure(f"{name} in {file_name} has to be a text.")
