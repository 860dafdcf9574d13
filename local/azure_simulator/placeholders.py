"""Placeholders in faults.json -> what is too long for it, or only known with a request."""

from collections.abc import Mapping
from typing import Any

KEY = "<the key of the request>"
LONG = {"<3 MB of text>": "word " * 600_000, "<1,000 comments>": ": comment\n\n" * 1000}


def fill(value: Any, texts: Mapping[str, str]) -> Any:
    match value:
        case str():
            for placeholder, text in texts.items():
                value = value.replace(placeholder, text)
            return value
        case list():
            return [fill(item, texts) for item in value]
        case dict():
            return {key: fill(item, texts) for key, item in value.items()}
        case _:
            return value
