"""What of a value may be shown: nothing that is a key or a token, or that may be one.

Rule: this file runs before anything is installed, under Python 3.8 or newer.
"""

import re

LONGEST = 64  # characters, as Azure's names may have
HIDDEN = "a text that is not shown here"

# What nobody calls a host or a deployment.
_KEY = re.compile(
    r"(?:sk|pk)-(?=[\w-]*\d)[\w-]{4,}|eyJ[\w-]{8,}\.[\w.-]*|[0-9a-f]{32,}|[0-9A-F]{32,}"
    r"|(?=\S*\d)(?=\S*[a-z])(?=\S*[A-Z])[\w+/-]{40,}={0,2}",
    re.ASCII,
)
_MARKS = re.compile(
    r"\b[sp]k-|eyJ|bearer|basic|(?:key|token|sig|code)\s*[:=]|passw|secret|@", re.IGNORECASE
)
_ID = re.compile(r"[0-9a-f-]{20,}", re.IGNORECASE)  # also of a tenant or a subscription
_RUN = re.compile(r"[A-Za-z0-9]+")
_WORD = re.compile(r"[A-Z]*[a-z]+|[A-Z]+|\d+")
LONGEST_RUN = 20  # letters and digits: cognitiveservices has 17
MOST_CHANGES = 3  # from letters to digits or to capitals: GPT-4oMini has 2, random text one in two


def quote(value: str) -> str:
    return f"'{value}'" if is_harmless(value) else HIDDEN


def is_key(value: str) -> bool:
    """Surely, so that it can be nothing else."""
    return bool(_KEY.fullmatch(value))


def is_harmless(value: str) -> bool:
    """Whether it reads like words, as no random text does."""
    if len(value) > LONGEST or not (value.isascii() and value.isprintable()):
        return False
    if is_key(value) or _MARKS.search(value) or _ID.fullmatch(value):
        return False
    runs = _RUN.findall(value)
    changes = sum(len(_WORD.findall(run)) - 1 for run in runs)
    return changes <= MOST_CHANGES and all(len(run) <= LONGEST_RUN for run in runs)
