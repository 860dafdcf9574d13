"""local.settings.json -> the settings that the environment leaves open.

https://learn.microsoft.com/azure/azure-functions/functions-develop-local#local-settings-file

Rules:
- the environment wins over the file, and a blank value means "not set" in both;
- capitals do not count in the name of a setting: whatever they are, it leaves here as we spell it;
- comments and commas at an end are no mistake: Core Tools read them as well.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from local.failure import Failure
from proxy_core.configuration.names import SETTINGS, find_misspelt, find_unknown, say, spell
from proxy_core.configuration.quoting import is_harmless, quote
from proxy_core.configuration.switches import read_switch

FILE_NAME = "local.settings.json"
EXAMPLE = '{"Values": {"AZURE_OPENAI_ENDPOINT": "https://…", …}}'

_TEXT = r'("(?:[^"\\]|\\.)*")'
_COMMENT = re.compile(_TEXT + r"|//[^\n]*|/\*.*?\*/", re.DOTALL)
_LAST_COMMA = re.compile(_TEXT + r"|,(?=\s*[}\]])")


def add_settings(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The environment, completed from the folder's file."""
    own = {spell(name): value for name, value in environ.items()}
    values = read_values(folder / FILE_NAME)
    missing = {name: value for name, value in values.items() if not setting(own, name)}
    return {**own, **missing}


def setting(environ: Mapping[str, str], name: str) -> str:
    """The value without the blanks around it; empty when it is not set."""
    return environ.get(name, "").strip()


def has_token(environ: Mapping[str, str]) -> bool:
    """Whether clients are asked for a token. Several may be set, with commas between them."""
    return bool(setting(environ, "ANTHROPIC_AUTH_TOKEN").strip(", "))


def is_on(environ: Mapping[str, str], name: str) -> bool | None:
    """What a switch says, or None when it is not set."""
    value = setting(environ, name)
    switch = read_switch(value)
    if value and switch is None:
        raise Failure(f"{name} is {quote(value)}; it can be true or false.")
    return switch


def find_doubts(environ: Mapping[str, str], folder: Path) -> Iterator[str]:
    """Names in the file that are nobody's. `environ`: all settings; the app tells what it doubts
    itself.
    """
    told = dict(find_misspelt({name.upper() for name, value in environ.items() if value.strip()}))
    for name, meant in find_unknown(read_values(folder / FILE_NAME)):
        if name.upper() not in told:
            yield say(name if is_harmless(name) else "A name", meant, f" in {FILE_NAME}")


def read_values(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    content = _read_object(file)
    if content.get("isencrypted") is True:
        raise Failure(f"{file.name} is encrypted; run `func settings decrypt` first.")
    if outside := _find_outside(content):
        raise Failure(f'{outside} in {file.name} stands outside of "Values": {EXAMPLE}.')
    values = {} if content.get("values") is None else content["values"]
    if not isinstance(values, dict):
        raise Failure(f'"Values" in {file.name} has to be an object of names and texts.')
    texts = {spell(name): _text(name, value, file.name) for name, value in values.items()}
    return {name: text for name, text in texts.items() if text.strip()}


def _find_outside(content: Mapping[str, object]) -> str:
    """What looks like a setting and would not be read: a name of ours, or any text if all is so."""
    ours = (name.upper() for name in content if name.upper() in SETTINGS)
    texts = (name for name, value in content.items() if isinstance(value, str) and name[:1] != "$")
    first = next(ours, "") or ("" if "values" in content else next(texts, ""))
    return first if is_harmless(first) else "A name"


def _read_object(file: Path) -> dict[str, Any]:
    """Its names in small letters, as Core Tools take them."""
    try:
        # Editors on Windows like to put a byte order mark first.
        content = json.loads(_without_extras(file.read_text(encoding="utf-8-sig")))
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise Failure(f"{file.name} is not valid JSON: {error.msg}, {place}.") from None
    except UnicodeDecodeError:
        raise Failure(f"{file.name} is not valid JSON: it is not UTF-8 text.") from None
    except RecursionError:
        raise Failure(f"{file.name} is not valid JSON: it is nested too deeply.") from None
    except OSError as error:
        raise Failure(f"{file.name} cannot be read: {error.strerror}.") from None
    if not isinstance(content, dict):
        raise Failure(f'{file.name} has to be a JSON object with "Values": {EXAMPLE}.')
    return {name.lower(): value for name, value in content.items()}


def _without_extras(text: str) -> str:
    """Blanks in the place of comments and last commas, so that lines and columns stay."""
    return _LAST_COMMA.sub(_blank, _COMMENT.sub(_blank, text))


def _blank(found: re.Match[str]) -> str:
    return found[1] or re.sub(r"[^\n]", " ", found[0])


def _text(name: str, value: object, file_name: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (str, int, float)):
        return str(value)
    shown = name if is_harmless(name) else "A name"
    raise Failure(f"{shown} in {file_name} has to be a text; several have commas between them.")
