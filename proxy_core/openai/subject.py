"""What Azure's refusal of a request is about, where a client can do something about it.

https://platform.openai.com/docs/api-reference/responses/object#responses-object-error (its codes)

Nothing is learned from it and nothing left out: it decides in which words a client is told.
"""

import re
from dataclasses import dataclass

from proxy_core.errors import Subject, UpstreamError
from proxy_core.openai.overflow import is_overflow

REFUSALS = frozenset({400, 413, 415, 422})

# Anything may stand before the words but a quote, in which a client's own could be.
_UNQUOTED = r"(?:[^'\"`:]|\b'\b){0,200}?"


@dataclass(frozen=True, slots=True)
class _Signs:
    """By which one subject is recognised; any of them is enough."""

    code: re.Pattern[str]
    param: re.Pattern[str]
    message: re.Pattern[str]

    def fit(self, error: UpstreamError) -> bool:
        return bool(
            self.code.search(error.code)
            or self.param.search(error.param)
            or self.message.match(error.message)
        )


def _signs(code: str, param: str, message: str) -> _Signs:
    return _Signs(re.compile(code), re.compile(param), re.compile(message, re.IGNORECASE))


# The first that fits counts.
_SUBJECTS: dict[Subject, _Signs] = {
    "image": _signs(
        r"(?:^|_)image",
        r"\bimage(?:_url)?(?:\.url)?$",
        rf"{_UNQUOTED}\b(?:images?|image_url|multimodal|vision)\b"
        r"|Invalid '[\w.\[\]]*image_url|.{0,100}unknown variant `image_url`",
    ),
    "document": _signs(
        r"(?:^|_)(?:file|pdf)",
        r"\bfile(?:_data|_url)?$",
        rf"{_UNQUOTED}\b(?:pdfs?|files?|documents?|input_file)\b"
        r"|Invalid '[\w.\[\]]*file_(?:data|url)|.{0,100}unknown variant `(?:input_)?file`",
    ),
    "filter": _signs(
        r"^content_filter$|_policy(?:_violation)?$",
        r"(?!)",
        r"Invalid prompt: your prompt was flagged"
        r"|This (?:content|request) (?:was|has been) flagged",
    ),
}


def tell_subject(error: UpstreamError) -> Subject:
    """Empty for whatever is no refusal, and for one that no client knows how to take."""
    if error.status not in REFUSALS:
        return ""
    if is_overflow(error):
        return "overflow"
    return next((subject for subject, signs in _SUBJECTS.items() if signs.fit(error)), "")
