"""What a refusal teaches about the deployment that refused.

Azure says what it does not take, and so do the gateways before it and the models of other makers,
each in words of its own: `Unsupported parameter: 'x'`, `Supported values are: 'low', 'medium'`,
`extra_forbidden`, `max_tokens is too large`, `The chatCompletion operation does not work`.
https://learn.microsoft.com/azure/ai-foundry/openai/how-to/troubleshoot-errors

Rules:
* a refusal may quote a client, so it is recognised by how its message begins and by its `param`
  (`wording.py`);
* only knobs are ever left out, never content; `store` is none, for without it Azure keeps data;
* where part of what is refused cannot be left out, nothing is.
"""

import re
from collections.abc import Sequence
from functools import reduce
from operator import add

from proxy_core.deployments.lesson import (
    EFFORTS_AT,
    FUNCTIONS_ONLY,
    IN_ONE_PIECE,
    NO_LESSON,
    ON_CHAT,
    ON_RESPONSES,
    RENAMED,
    Lesson,
)
from proxy_core.deployments.models import EFFORT_NAMES, UpstreamApi
from proxy_core.deployments.wording import Wording
from proxy_core.errors import UpstreamError

TEACHING = frozenset({400, 404, 422})  # statuses
SMALLEST_LIMIT = 256  # tokens; fewer are what a long request left of the window

# What can be left out of a body, by the names Azure gives it; a dot leads into an object.
KNOBS = frozenset(
    {
        "temperature",
        "top_p",
        "reasoning",
        "reasoning.effort",
        "reasoning.summary",
        "reasoning_effort",
        "text.verbosity",
        "verbosity",
        "include",
        "parallel_tool_calls",
        "prompt_cache_key",
        "max_tool_calls",
        "stream_options",
        "stream_options.include_obfuscation",
        "tools.strict",
        "tools.function.strict",
    }
)
_REFUSING = ("unsupported_value", "unsupported_parameter", "unknown_parameter", "extra_forbidden")
_LISTING = ("unsupported_value", "literal_error", "enum")  # the values that are supported

_NAMED = re.compile(
    r"(?:Unsupported parameter|Unknown parameter|Unrecognized request arguments? supplied"
    r"|Argument not supported on this model|Model \S{1,128} does not support parameter"
    r"|\w{1,64} does not support parameters)"
    r":? \[?('?[A-Za-z_.]+'?(?:, '?[A-Za-z_.]+'?)*)\]?(?:[. ,]|$)"
)
_CAPITAL = re.compile(r"(?<=[a-z])[A-Z]")
_INDEX = re.compile(r"\[\d+\]")
_SUPPORTED = re.compile(r"(?:Supported values are:|Input should be) (.+)")
_VALUE = re.compile(r"'(\w+)'")

_LIMIT = r"(?P<mark>[`'\"]?)(?:max_(?:completion_|output_|new_)?tokens|MaxTokens)(?P=mark)"
_TOO_LARGE = Wording(
    r"(?:Invalid |Range of |Requested |field |The parameter |Input validation error: "
    r"|Validation error at #/)?"
    rf"(?:{_LIMIT}|The maximum tokens you requested)"
    r"(?:(?!context).){0,160}?"  # what is left of the window is no limit of the model's
    r"(?: at most| value <=| be <=| is \[\d+,| be (?:in )?\[\d+,| between \d+ and"
    r"| or equal to| maximum (?:value )?(?:is|of)| maximum allowed \(| model limit of"
    r"|(?P<below> less than)|: \d+ >)"
    r" ?[`'\"]?(?P<limit>\d{1,3}(?:,\d{3}){1,2}|\d{1,9})\b",
    about=r"|model|max_(?:completion_|output_|new_)?tokens",
)
_TO_CHAT = Wording(
    r"Model not supported"
    r"|(?:This model|(?:The )?(?:requested )?model \S{1,128}) "
    r"(?:is not supported|cannot be used|does not work) (?:by|with|in|on) the Responses API"
    r"|The responses? operation does not work with the specified model"
    r"|(?:The )?(?:Azure OpenAI )?Responses API is (?:enabled only for api-version"
    r"|not (?:supported|available|enabled))",
    about="|model|api-version",
)
_TO_RESPONSES = Wording(
    r"The requested operation is unsupported"
    r"|Function tools with reasoning_effort are not supported for \S+ in /v1/chat/completions"
    r"|The (?:chat_?)?completions? operation does not work with the specified model"
    r"|(?:This |The )?(?:requested )?model(?: \S{1,128})? (?:is not (?:supported|available)"
    r"|cannot be used|does not work) (?:by|with|in|on|through) (?:the )?"
    r"(?:chat completions?\b|/?(?:v1/)?chat/completions)"
    r"|This model is only (?:supported|available) (?:by|with|in|on|through) (?:the )?"
    r"(?:/?v1/responses|Responses API)"
    r"|This is not a chat model and thus not supported in the v1/chat/completions endpoint",
    about="|model|reasoning_effort",
)
# A tool that is called with free text, or a call of one, where only functions are known.
_TOOL_OR_CALL = r"(?:tools|messages\[\d+\]\.tool_calls)\[\d+\]"
_NOT_CUSTOM = Wording(
    r"(?:Invalid|Unsupported) (?:input )?value: (?:'\S{1,80}' does not support )?'custom'"
    r"|(?:This model does not support|(?:Unsupported|Unknown|Invalid) tool type:?) ['\"]?custom\b"
    r"|Custom tools? (?:is|are) not supported|(?:Tool type )?['\"]?custom['\"]? is not supported"
    r"|Input should be 'function'|(?:Invalid request: \S{1,80} ?)?key 'function' not found",
    about=rf"|model|tools|{_TOOL_OR_CALL}(?:\.type)?",
)
_NO_FUNCTION = Wording(
    rf"Missing required parameter: '{_TOOL_OR_CALL}\.function'|Field required"
    r"|'function' is a required property",
    about=rf"|{_TOOL_OR_CALL}(?:\.function)?",
)
_NOT_SEALED = Wording(r"Encrypted content is not supported", about="|include")
# Nothing answers at the address: neither a deployment nor an item is named.
_NOTHING_THERE = Wording(
    r"(?:The )?(?:requested )?(?:Resource|URL|path|page|endpoint)(?: \S{1,200})?"
    r" (?:was |could )?not (?:be )?found"
    r"|Unknown (?:URL|path|endpoint|route)\b|Operation not found|Not implemented"
    r"|Not Found\.?$|404 page not found|Method Not Allowed|Cannot POST /\S{0,200}$"
    r"|Unable to match incoming request to an operation|Invalid URL|no Route matched"
    r"|Azure answered (?:40[45]|501) with",
    about="",
)


def read_lesson(error: UpstreamError, api: UpstreamApi) -> Lesson:
    """The lesson of a refusal; an empty one where it teaches nothing."""
    if error.status not in TEACHING:
        return NO_LESSON
    if api == "responses" and _TO_CHAT.fits(error):
        return ON_CHAT
    if api == "chat" and _TO_RESPONSES.fits(error):
        return ON_RESPONSES
    if api == "chat" and (_NOT_CUSTOM.fits(error) or _NO_FUNCTION.fits(error)):
        return FUNCTIONS_ONLY
    if _NOT_SEALED.fits(error):
        return Lesson(dropped=frozenset({"include"}))
    if limit := _read_limit(error):
        return Lesson(limit=limit)
    if error.code in _LISTING and error.param in EFFORTS_AT:
        return _read_efforts(error.message)
    return _leave_out(_read_names(error))


def lacks_responses(error: UpstreamError, api: UpstreamApi) -> bool:
    """Whether the resource may have no Responses API, which only a try on Chat can tell."""
    return api == "responses" and nothing_is_there(error)


def nothing_is_there(error: UpstreamError) -> bool:
    return error.status in (404, 405, 501) and _NOTHING_THERE.fits(error)


def _read_limit(error: UpstreamError) -> int | None:
    words = f"{error.param}: {error.message}"  # which often do not name the limit once more
    found = _TOO_LARGE.match(error) or _TOO_LARGE.match(UpstreamError(words, param=error.param))
    if not found:
        return None
    limit = int(found["limit"].replace(",", "")) - bool(found["below"])
    return limit if limit >= SMALLEST_LIMIT else None


def _read_efforts(message: str) -> Lesson:
    supported = _SUPPORTED.search(message)
    names = _VALUE.findall(supported[1]) if supported else []
    return Lesson(efforts=tuple(EFFORT_NAMES[name] for name in names if name in EFFORT_NAMES))


def _read_names(error: UpstreamError) -> list[str]:
    """Of what is refused, as it is written in a body."""
    named = _NAMED.match(error.message)
    if error.param and (named or error.code in _REFUSING):
        return [error.param]
    names = named[1].split(", ") if named else []
    return [_CAPITAL.sub(lambda capital: f"_{capital[0].lower()}", name) for name in names]


def _leave_out(names: Sequence[str]) -> Lesson:
    lessons = [_read_name(_INDEX.sub("", name).strip("'.")) for name in names]
    return NO_LESSON if NO_LESSON in lessons else reduce(add, lessons, NO_LESSON)


def _read_name(name: str) -> Lesson:
    if name in RENAMED:
        return Lesson(renamed=name)
    if name == "stream":
        return IN_ONE_PIECE
    knob = name
    while knob and knob not in KNOBS:  # with a member, its object is left out
        knob = knob.rpartition(".")[0]
    return Lesson(dropped=frozenset({knob})) if knob else NO_LESSON
