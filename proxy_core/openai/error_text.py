"""Whatever stands in an error of Azure's, or of a gateway before it -> one clean line for a person.

Rules:
* never HTML: a page goes by its title;
* never a prompt: prose in quotes and data without a space are left out, for a refusal may quote
  what it refuses;
* what is cut is cut between words: part of a key could not be recognised as one (`redaction.py`);
* each step takes time in proportion to the text.
"""

import re

LONGEST = 2_000  # characters of a message that are passed on
LONGEST_PLAIN = 200  # the same of a body that is no JSON, and of a title
LONGEST_QUOTE = 60

_MARKUP = re.compile(r"^\s*<|<(?:!doctype|html|head|body)\b", re.IGNORECASE)
_TITLE = re.compile(r"<title[^<>]{0,100}>", re.IGNORECASE)
_OPENING = re.compile(r"""(?<!\w)['"`]""")
_CLOSING = {mark: re.compile(rf"{mark}(?!\w)") for mark in "'\"`"}
_UNBROKEN = re.compile(r"\S{121,}")  # base64, tokens, addresses with a signature


def clean(text: str) -> str:
    line = " ".join(_begin(text, 2 * LONGEST).split())
    line = "".join(c for c in line if c.isprintable() and c != "\ufffd")
    return _shorten(_UNBROKEN.sub("…", _without_prose(line)), LONGEST)


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
    title = clean(_begin(text[found.end() :].partition("<")[0], LONGEST_PLAIN)) if found else ""
    return f"an HTML page: {title}" if title else "an HTML page"


def _without_prose(line: str) -> str:
    """The line with an ellipsis for each quote that is long and has a space in it."""
    pieces: list[str] = []
    end = 0  # of what has been looked at
    never_closed: set[str] = set()
    while opened := _OPENING.search(line, end):
        mark, start = opened[0], opened.end()
        closed = None if mark in never_closed else _CLOSING[mark].search(line, start)
        if not closed:
            never_closed.add(mark)
        quoted = line[start : closed.start()] if closed else ""
        is_prose = len(quoted) > LONGEST_QUOTE and " " in quoted
        pieces.append(line[end:start] + ("…" if is_prose else quoted))
        end = closed.start() if closed else start
        if closed:
            pieces.append(mark)
            end = closed.end()
    return "".join((*pieces, line[end:]))


def _shorten(line: str, longest: int) -> str:
    return line if len(line) <= longest else f"{_begin(line, longest - 1)}…"


def _begin(text: str, longest: int) -> str:
    """As many whole words as fit."""
    if len(text) <= longest or any(map(str.isspace, text[longest - 1 : longest + 1])):
        return text[:longest]
    words = text[:longest].rsplit(maxsplit=1)
    return words[0] if len(words) > 1 else ""
