"""Takes what must not be seen out of what Azure, or a gateway before it, says.

A gateway may quote the headers it got, and in many spellings. What was cut out of a message was
cut between words (`error_text.py`), so a word holds the whole of a secret or nothing of it.
"""

import html
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import unquote

from proxy_core.errors import UpstreamError

SHORTEST_SECRET = 8  # anything shorter is a word, in tests
SHORTEST_PART = 16  # anything shorter may be part of a secret by chance

AROUND = "\"'`.,;:!?…()[]{}<>"

_RUN = re.compile(r"\S+")
_ESCAPED = re.compile(r"\\u([0-9a-f]{4})", re.IGNORECASE)


def redact_error(error: UpstreamError, secrets: Iterable[str]) -> UpstreamError:
    """The same error, which says none of the secrets any more."""
    for secret in secrets:
        error.message = redact(error.message, secret)
        error.code = redact(error.code, secret)
        error.param = redact(error.param, secret)
        error.request_id = redact(error.request_id, secret)
    error.args = (error.message,)
    return error


def redact(text: str, secret: str) -> str:
    """The text without the secret, however it is spelled."""
    if len(secret) < SHORTEST_SECRET or not text:
        return text
    text = text.replace(secret, "…")
    text = _RUN.sub(lambda run: "…" if _holds(run[0], secret) else run[0], text)
    return "…" if _holds("".join(text.split()), secret) else text  # it was broken into lines


def _holds(run: str, secret: str) -> bool:
    return any(
        form in view or (len(view) >= SHORTEST_PART and view in form)
        for view in _views(run.strip(AROUND))
        for form in spellings(secret)
    )


def _views(run: str) -> Iterator[str]:
    """What the run may stand for. Capitals do not count, nor which of its alphabets base64 uses."""
    unescaped = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), run).replace("\\", "")
    for view in {run, unescaped, unquote(run), html.unescape(run)}:
        yield fold(view)


@lru_cache(maxsize=16)
def spellings(secret: str) -> tuple[str, ...]:
    """The secret, and what it becomes in base64 behind any text, and in hexadecimal."""
    sent = secret.encode(errors="replace")
    return tuple(map(fold, (secret, sent.hex(), *_in_base64(sent))))


def _in_base64(secret: bytes) -> Iterator[str]:
    for shift in range(3):
        # the characters that stand for bits of the secret alone
        first, end = -(-shift * 8 // 6), (shift + len(secret)) * 8 // 6
        yield b64encode(bytes(shift) + secret).decode()[first:end]


def fold(text: str) -> str:
    return text.lower().translate({ord("-"): "+", ord("_"): "/"})
