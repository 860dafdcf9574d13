"""Whatever stands in an error of Azure's, or of a gateway before it -> one clean line for a person.

Rules:
* never a key: the one that was sent is taken out before anything else is done;
* never HTML: a page goes by its title;
* never a prompt: prose in quotes and data without a space are shortened, for a refusal may quote
  what it refuses.
"""

import json
import re

LONGEST = 2_000  # characters of a message that are passed on
LONGEST_PLAIN = 200  # the same of a body that is no JSON
LONGEST_QUOTE = 60
SHORTEST_SECRET = 8  # anything shorter is a word, in tests

_MARKUP = re.compile(r"^\s*<|<(?:!doctype|html|head|body)\b", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>([^<]{1,200})", re.IGNORECASE)
_QUOTED = re.compile(r"""(?<!\w)(['"`])(.*?)\1(?!\w)""")
_UNBROKEN = re.compile(r"\S{121,}")  # base64, tokens, addresses with a signature


def redact(text: str, secret: str) -> str:
    """The text without the secret, also as JSON spells it."""
    if len(secret) < SHORTEST_SECRET:
        return text
    return text.replace(secret, "…").replace(json.dumps(secret)[1:-1], "…")


def clean(text: str) -> str:
    line = " ".join(text[: 2 * LONGEST].split())
    line = "".join(c for c in line if c.isprintable() and c != "\ufffd")
    line = _UNBROKEN.sub(lambda run: f"{run[0][:40]}…", _QUOTED.sub(_shorten_quote, line))
    return _shorten(line, LONGEST)


def quote_plain(text: str) -> str:
    """The beginning of a text that is for people; nothing of broken JSON or binary data."""
    line = " ".join(text.split())
    is_for_people = line.isprintable() and "\ufffd" not in line and not line.startswith(("{", "["))
    return _shorten(line, LONGEST_PLAIN) if is_for_people else ""


def is_page(text: str) -> bool:
    return bool(_MARKUP.search(text))


def name_page(text: str) -> str:
    """An HTML page, with its title if it has one."""
    found = _TITLE.search(text)
    title = clean(found[1]) if found else ""
    return f"an HTML page: {title}" if title else "an HTML page"


def _shorten_quote(quoted: re.Match[str]) -> str:
    mark, text = quoted.groups()
    is_prose = len(text) > LONGEST_QUOTE and " " in text
    return f"{mark}…{mark}" if is_prose else quoted[0]


def _shorten(line: str, longest: int) -> str:
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
