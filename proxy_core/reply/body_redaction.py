"""A body -> a text of it that may stand in a log: without secrets, and cut to size.

Rules:
* a secret of the settings goes out in each of its spellings, and what names or looks like another
  one: Authorization and api-key, bearer tokens, JWTs, keys that begin with sk-;
* what nobody can read stays as its size: encrypted reasoning and signatures, data: URLs, base64;
* then long strings lose their middle, and so does the whole: what is new in a request stands last.

JSON is first written in one spelling, so that one set of patterns sees through all escapes. What is
no JSON, as what was cut off, is searched as it is.
"""

import json
import re
from collections.abc import Iterable, Iterator
from html import escape
from urllib.parse import quote

from proxy_core.openai.redaction import SHORTEST_SECRET, fold, spellings

# Of the line in the log, as JSON spells it: Application Insights keeps 32,768 characters of it.
LONGEST_BODY = 30_000
LONGEST_STRING = 2_000  # characters of one within JSON
HEAD = 2 / 3  # of what is kept, the part from the beginning
LEAST_ENCODED = 200  # characters; a shorter run may be a path or a name

# A key of JSON and the quote of the string behind it. JSON within a string has backslashes before
# its quotes. And the keys whose value is not for anyone.
_KEY = re.compile(r"""["'](?P<name>[\w-]{2,80})(?P<quote>\\*["'])\s*:\s*(?P=quote)""", re.ASCII)
_UNREADABLE = re.compile(
    r"encrypted_content|signature|data|file_data|b64_json|partial_image_b64|obfuscation"
    r"|.*(?:authorization|api[-_]?key|token|secret|password|cookie).*",
    re.IGNORECASE,
)
_PATTERNS = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        r"(?P<kept>data:(?:[\w.+-]{1,80}\\{0,9}/[\w.+-]{1,80})?(?:;[\w.+=-]{0,80})*,)"
        r"(?:[^\s\"'\\]|\\+[rn/])*",
        r"(?P<kept>(?i:[ax](?:-api-?key|pi-?key|uthorization)|subscription-key)\s*[:=]\s*)"
        r"(?:(?i:bearer|basic)\s+)?[^\s\"'\\,;]+",
        r"(?P<kept>\b[bB](?i:earer)\s+)[\w.~+/=-]{8,}",
        r"(?P<kept>)\b(?:eyJ[\w-]{8,}(?:\.[\w-]+)+|sk-[\w-]{16,})",
        r"(?P<kept>)(?<![\w+/-])(?:(?:[\w+/-]{60,}(?:\\+[rn]|[\r\n])+){2,}[\w+/-]*=*"
        rf"|[\w+/-]{{{LEAST_ENCODED},}}=*)",
    )
)
_STRING = re.compile(r'(?<!\\)"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_DATA = re.compile(r"^(data: ?)(.*)$", re.MULTILINE)


class BodyRedaction:
    """For one set of secrets."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = [secret for secret in secrets if len(secret) >= SHORTEST_SECRET]
        self._forms = {fold(form) for secret in known for form in _spell(secret)}
        longest_first = sorted(self._forms, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(_as_pattern, longest_first)), re.IGNORECASE)

    def write(self, body: bytes) -> str:
        text = body.decode(errors="replace")
        text = self._conceal(_respell(text) or _DATA.sub(_respell_event, text))
        text = "".join(_without_values(text))
        for pattern in _PATTERNS:
            text = pattern.sub(_say_size, text)
        return fit(_STRING.sub(_shorten_string, text))

    def _conceal(self, text: str) -> str:
        folded = fold(text)
        if any(form in folded for form in self._forms):  # the quick question first
            return self._secrets.sub("…", text)
        return text


def fit(text: str, longest: int = LONGEST_BODY) -> str:
    """As much of it as takes `longest` characters of JSON."""
    shown, kept = text, len(text)
    while (size := len(json.dumps(shown))) > longest:
        kept = kept * longest // size * 9 // 10
        shown = shorten(text, kept)
    return shown


def shorten(text: str, kept: int) -> str:
    """Without its middle."""
    head = int(kept * HEAD)
    tail = kept - head
    return f"{text[:head]}…({len(text) - kept:,} characters)…{text[len(text) - tail :]}"


def _respell(text: str) -> str:
    """JSON in one spelling; empty where it is none."""
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))
    except (ValueError, RecursionError):
        return ""


def _respell_event(found: re.Match[str]) -> str:
    return found[1] + (_respell(found[2]) or found[2])


def _without_values(text: str) -> Iterator[str]:
    """The text without the values of keys that say what they are."""
    at = 0
    for key in _KEY.finditer(text):
        if key.start() >= at and _UNREADABLE.fullmatch(key["name"]):
            end = re.compile(rf"(?<!\\){re.escape(key['quote'])}|\Z").search(text, key.end())
            assert end, "the end of the text is one"
            yield f"{text[at : key.end()]}…({end.start() - key.end():,} characters)"
            at = end.start()
    yield text[at:]


def _say_size(found: re.Match[str]) -> str:
    return f"{found['kept']}…({len(found[0]) - len(found['kept']):,} characters)"


def _shorten_string(found: re.Match[str]) -> str:
    return shorten(found[0], LONGEST_STRING) if len(found[0]) > LONGEST_STRING else found[0]


def _spell(secret: str) -> Iterator[str]:
    """Itself, what JSON, JSON within JSON, URLs and HTML make of it, hexadecimal, and base64."""
    in_json = json.dumps(secret, ensure_ascii=False)[1:-1]
    yield from (secret, in_json, json.dumps(in_json, ensure_ascii=False)[1:-1])
    yield from (json.dumps(secret)[1:-1], quote(secret, safe="", errors="replace"), escape(secret))
    yield from spellings(secret)


def _as_pattern(form: str) -> str:
    return re.escape(form).replace(r"\+", "[+-]").replace("/", "[/_]")
