"""A prompt too long for the model: how each maker says so, and the numbers in it.

Azure serves models of many makers, whose servers and gateways have words of their own. These are
the ones that Claude Code knows (2.1.330), and those of public reports.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from proxy_core.deployments.wording import wording
from proxy_core.errors import UpstreamError

CODES = frozenset(
    {
        "context_length_exceeded",
        "context_window_exceeded",
        "model_max_prompt_tokens_exceeded",
        "tokens_limit_reached",  # with a 413, which Claude Code takes for megabytes
    }
)

# What a server or a gateway puts before the words themselves.
_BEFORE = (
    r"(?:<\d{3}> )?(?:(?:Error code: \d{3}|Invalid request|Input validation error"
    r"|[\w.]{1,80}(?:Error|Exception|InvalidParameter))(?:: | - ))*"
)
# Anything else may stand before them but a quote, in which a client's own words could be.
_OVERFLOW = wording(
    _BEFORE
    + r"(?:(?:[^'\"`:]|\b'\b){0,200}?(?:context window|maximum (?:context|prompt|input) length"
    r"|(?:maximum|model's) context (?:length|limit)|longer than the maximum model length"
    r"|available context size|context length of only|overflows the context|max context length"
    r"|exceeds your deployment|maximum number of tokens allowed|max tokens allowed|max length"
    r"|exceeded model token limit|exceed the configured limit|supports up to \d+ tokens"
    r"|range of input length should be|length of the (?:messages|prompt|input)"
    r"|(?:prompt|input|input token length) (?:is )?too long|too many tokens: )"
    r"|`inputs` tokens \+ `max_new_tokens` must be|`inputs` must have less than"
    r"|Request body too large for \S{1,100} model\. Max size: \d+ tokens)",
    about=r"|body|inputs?|messages|prompt|max_(?:output_|completion_)?tokens",
)

_NUMBER = r"(\d[\d,_]*)(?! ?(?:characters|bytes))"


def _phrases(*phrases: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(p.replace("N", _NUMBER), re.IGNORECASE) for p in phrases)


_MOST = _phrases(
    r"> N maximum",
    r"(?:context|prompt|model|maximum input) (?:length|size|limit)(?: of| is|:)?(?: only)? \(?N",
    r"(?:configured|token) limit(?: of|:) N",
    r"with N maximum",
    r"allowed \(N\)",
    r"max size: N tokens",
    r"length should be \[\d+, ?N\]",
    r"(?:cannot exceed|supports up to|less than|must be <=|limited to) N",
)
_GIVEN = _phrases(
    r"too long: N",
    r"(?:resulted in|contains|request has|received|passed|prompt has) N",
    r"requested:? (?:about )?N",
    r"(?:\(length |input length |count \(|request \(|given: )N",
)
_PARTS = re.compile(
    rf"{_NUMBER}(?: of text input)? in the (?:messages|prompt|input).{{0,80}}?"
    rf"{_NUMBER} (?:in|for) the (?:completion|output)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Overflow:
    """Tokens; None where the words do not say."""

    most: int | None = None
    given: int | None = None
    parts: tuple[int, int] | None = None  # of what was given: sent, and asked for as output


def is_overflow(error: UpstreamError) -> bool:
    """Whether the request was longer than the model's context window."""
    return error.code in CODES or _OVERFLOW.fits(error)


def read_overflow(message: str) -> Overflow:
    parts = _PARTS.search(message)
    return Overflow(
        _find(_MOST, message),
        _find(_GIVEN, message),
        (_int(parts[1]), _int(parts[2])) if parts else None,
    )


def _find(phrases: Iterable[re.Pattern[str]], message: str) -> int | None:
    for phrase in phrases:
        if found := phrase.search(message):
            return _int(found[1])
    return None


def _int(digits: str) -> int:
    return int(re.sub(r"\D", "", digits[:20]))
