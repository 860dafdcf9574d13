"""A prompt too long for the model: how each maker says so, and the numbers in it.

Azure serves models of many makers, whose servers and gateways have words of their own. These are
the ones that Claude Code knows (2.1.330), and those of public reports.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from proxy_core.deployments.wording import Wording
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
_OVERFLOW = Wording(
    _BEFORE
    + r"(?:(?:[^'\"`:]|\b'\b){0,200}?(?:context window|maximum (?:context|prompt|input) length"
    r"|(?:maximum|model's) context (?:length|limit)|longer than the maximum model length"
    r"|available context size|context length of only|overflows the context|max context length"
    r"|exceeds your deployment|maximum number of tokens allowed|max tokens allowed|max length"
    r"|exceeded model token limit|exceed the configured limit|supports up to \d+ tokens"
    r"|exceeds? (?:the )?model(?:'s)? limit of|exceed max message tokens"
    r"|input length \(?[\d,]+(?: tokens)?\)? exceeds the maximum"
    r"|is too long to fit into the model"
    r"|context[ _](?:length|size|window)(?: has been|_| is)? ?exceeded"
    r"|range of input length should be|length of the (?:messages|prompt|input)"
    r"|(?:prompt|input|input token length) (?:is )?too long|too many tokens: )"
    r"|`inputs` tokens \+ `max_new_tokens` must be|`inputs` must have less than"
    r"|input length and `max_tokens` exceed context limit"
    r"|'max_tokens' or 'max_completion_tokens' is too large: \d+\. This model's maximum context"
    r"|Request body too large for \S{1,100} model\. Max size: [\d,]+ tokens)",
    about=r"|body|inputs?|messages|prompt|max_(?:output_|completion_)?tokens",
)

_DIGITS = r"\d{1,3}(?:[ ,_.]\d{3}){1,4}(?!\d)|\d[\d,_]{0,30}"
_NUMBER = rf"({_DIGITS})(?! ?(?:characters|bytes))"


def _phrases(*phrases: str) -> tuple[str, ...]:
    """Which `re` compiles when they are first looked for, as those of a Wording."""
    return tuple(phrase.replace("N", _NUMBER) for phrase in phrases)


_MOST = _phrases(
    r"> N maximum",
    r"exceed(?:ed|s)?[ \w]{0,20}: \d[\d,_+ ]{0,40} > N",
    r"(?:context|prompt|model|maximum input) (?:length|size|limit)(?: of| is|:)?(?: only)? \(?N",
    r"context window of N",
    r"maximum (?:allowed )?length \(?N",
    r"(?:configured|token|model's) limit(?: of|:) N",
    r"limit for this model is N",
    r"with N maximum",
    r"tokens allowed \(?N",
    r"max size: N tokens",
    r"length should be \[\d+, ?N\]",
    r"(?:cannot exceed|supports up to|less than|must be <=|limited to) N",
)
_GIVEN = _phrases(
    r"too long: N",
    r"(?:resulted in|contains|request has|received|passed|prompt has|but got) N",
    r"requested:? (?:about |a total of )?N",
    r"(?:\(length |total length |count \(|request \(|input \(|tokens \(|given: )N",
    r"(?:input length \(?|total tokens of )N",
    r"exceeded: N >",
)
# How much of it was output; or, where no sum of both is told, what else there was.
_SENT, _OUTPUT = rf"(?P<sent>{_DIGITS})", rf"(?P<output>{_DIGITS})"
_PARTS = (
    rf"requested {_OUTPUT} output tokens and your prompt contains (?:at least )?{_SENT} input",
    rf"too large: {_OUTPUT}\. .{{0,80}} your request has {_SENT} input tokens",
    rf"exceed context limit: {_SENT} \+ {_OUTPUT} >",
    rf"Given: {_SENT} `inputs` tokens and {_OUTPUT} `max_new_tokens`",
    rf"(?P<sent>){_OUTPUT}(?: tokens)? (?:in|for) the (?:completion|output)",
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
    most, given = _find(_MOST, message), _find(_GIVEN, message)
    for phrase in _PARTS:
        if found := re.search(phrase, message, re.IGNORECASE):
            output = _int(found["output"])
            sent = _int(found["sent"]) if found["sent"] else max(0, (given or 0) - output)
            return Overflow(most, sent + output, (sent, output))
    return Overflow(most, given)


def _find(phrases: Iterable[str], message: str) -> int | None:
    for phrase in phrases:
        if found := re.search(phrase, message, re.IGNORECASE):
            return _int(found[1])
    return None


def _int(digits: str) -> int:
    return int(re.sub(r"\D", "", digits[:20]))
