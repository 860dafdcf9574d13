"""Azure's error bodies and in-stream error events -> UpstreamError.

https://learn.microsoft.com/azure/ai-foundry/openai/how-to/troubleshoot-errors

Azure answers with JSON of several shapes (`error_fields.py`) or with HTML from its front door, and
inside a stream with both a nested and a flat event.

A message is Azure's own words (`error_text.py`). What refuses, teaches or overflows is recognised
by them, so advice stands apart from them (`advice.py`). docs/errors.md shows what becomes of each.
"""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from proxy_core.deployments.wording import Wording
from proxy_core.errors import Unreadable, UpstreamError
from proxy_core.openai.error_fields import NAME, parse_error, read_fields
from proxy_core.openai.error_text import clean, is_page, name_page
from proxy_core.openai.subject import tell_subject

# An error inside a stream has no HTTP status: its code, else its type, says which one it stands
# for. The first row that fits counts; what fits none is a failure of Azure's, unless its words are
# sure to be a refusal.
STATUSES = (
    (r"rate.?limit|too.?many.?requests|quota|slow.?down", 429),
    (r"overloaded|unavailable", 503),
    (r"time.?out", 504),
    (r"server.?error", 500),
    (
        r"invalid|unsupported|exceeded|filter|policy|moderation|inspection|image|mismatch"
        r"|parameter|length",
        400,
    ),
    (r"not.?found", 404),
)
SURE = frozenset({"overflow", "filter"})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
_STATUS_FIELDS = ("type", "status", "statusCode")  # after the code

_READ_ON = re.compile(r" To learn more about our content filtering policies .*")
MOST_CATEGORIES = 20  # Azure has about ten

_WAIT = re.compile(r"(?:retry|again) (?:after|in) (\d{1,9}(?:\.\d+)?) ?(ms|milli|[smhd])", re.I)
LONGEST_ASKED = 31 * 86_400  # seconds; whoever asks for more asks for nothing else
_SECONDS = {"ms": 0.001, "milli": 0.001, "s": 1, "m": 60, "h": 3_600, "d": 86_400}

_REASONING_REFUSED = Wording(
    r"The encrypted content (?:for item )?\S{1,200} could not be verified"
    r"|The requested item was created under a different (?:Azure OpenAI )?resource"
    r"|Encrypted content could not be (?:verified|decrypted)"
    r"|(?:Encrypted content )?(?:item_id|organization_id|end_user|model|prefix)"
    r" (?:mismatch|did not match)"
    r"|Item with id '[\w-]+' not found\."
    r"|Duplicate item found with id rs_"
    r"|Item '[\w-]+' of type '\w+' was provided without its required following item"
    r"|Item '[\w-]+' of type '\w+' was provided without its required 'reasoning' item"
    r"|(?:Invalid|Unknown parameter:) 'input\[\d+\]\.encrypted_content'"
    r"|Reasoning (?:input )?items can only be provided to a reasoning"
    r"|`input\[\d+\]` missing required field `id`",
    about=r"|include|input(?:\[\d+\](?:\.(?:id|encrypted_content))?)?",
)
_REASONING = re.compile(r"input(?:\[\d+\]|\.\d+)\.encrypted_content")
# Statuses of it: gateways make others of Azure's 400, and Azure itself has sent a 500.
_REFUSING = frozenset({400, 404, 422, 500})


def is_encoded(headers: Mapping[str, str]) -> bool:
    """Whether the body is compressed, which the proxy never asks for and never undoes."""
    return headers.get("content-encoding", "").strip().lower() not in ("", "identity")


def read_error_body(status: int, headers: Mapping[str, str], body: bytes) -> UpstreamError:
    """An HTTP error of Azure's, or a success that is no reply."""
    fields = _read_fields(status, headers, body)
    wait = read_wait(headers)
    error = UpstreamError(
        _describe(fields, f"Azure answered {status}"),
        status=_http_status(status),
        code=_read_name(_code(fields)),
        param=_read_name(fields.get("param")),
        retry_after=_said_wait(fields) if wait is None else wait,
        request_id=headers.get("apim-request-id") or headers.get("x-request-id") or "",
    )
    error.about = tell_subject(error)
    return error


def read_error_event(event: Mapping[str, Any]) -> UpstreamError:
    """An error inside a stream: nested as Azure sends it, or flat as documented."""
    fields = read_fields(event)
    kind = UpstreamError if _means_something(fields) else Unreadable
    status = _stream_status(fields)
    error = kind(
        _describe(fields, "Azure reported an error"),
        status=status or 400,
        code=_read_name(_code(fields)),
        param=_read_name(fields.get("param")),
        retry_after=_said_wait(fields),
    )
    error.about = tell_subject(error)
    if status is None and error.about not in SURE:
        error.status, error.about = 500, ""
    return error


def read_no_reply(body: Any) -> UpstreamError:
    """What came in place of a reply: maybe an error of a gateway's, in a shape of its own."""
    error, fields = read_error_event(body), read_fields(body)
    if isinstance(error, Unreadable) or not (fields["message"] or _stream_status(fields)):
        return Unreadable("Azure sent a reply that cannot be read.")
    return error if _says_status(fields) else Unreadable(error.message)


def read_wait(headers: Mapping[str, str]) -> int | None:
    """Whole seconds, rounded up; `retry-after-ms` is the more exact of the two."""
    for name, per_second in (("retry-after-ms", 1000), ("retry-after", 1)):
        try:
            return min(max(0, math.ceil(float(headers[name]) / per_second)), LONGEST_ASKED)
        except (KeyError, ValueError, OverflowError):
            continue
    return None


def refuses_reasoning(error: UpstreamError) -> bool:
    """Whether Azure refused the replayed reasoning, and would take the request without it."""
    is_named = error.code == "invalid_encrypted_content" or _REASONING.fullmatch(error.param)
    return error.status in _REFUSING and bool(is_named or _REASONING_REFUSED.fits(error))


def describe_filter(results: Any, stopped: str = "stopped this reply") -> str:
    """Why the filter struck: Azure's categories, wherever they stand in `results`."""
    categories = ", ".join(sorted(set(_filtered(results)))[:MOST_CATEGORIES])
    return f"Azure's content filter {stopped}{categories and f' ({categories})'}."


def _filtered(results: Any) -> Iterator[str]:
    """The names of those results that say `filtered`, however deep they stand.

    A result in a list has no name, as each blocklist of `custom_blocklists`: it goes by the list's.
    """
    waiting = [("", results)]
    while waiting:
        name, result = waiting.pop()
        match result:
            case {"filtered": True} if NAME.fullmatch(name):
                yield name
            case dict():
                waiting += result.items()
            case list():
                waiting += [(name, one) for one in result]


def _read_fields(status: int, headers: Mapping[str, str], body: bytes) -> Mapping[str, Any]:
    said = f"Azure answered {status}"
    if status in REDIRECTS:
        return {"message": f"{said}, a redirect, which is not followed.", "code": "redirect"}
    if is_encoded(headers):
        return {"message": f"{said} in an encoding that was not asked for."}
    fields = parse_error(body.decode("utf-8-sig", "replace").strip())
    if status >= 300 or is_page(words := fields["message"]):
        return fields
    return {**fields, "message": f"{said} with no reply of a model. {words}"}


def _describe(fields: Mapping[str, Any], said: str) -> str:
    """Azure's words; where it has none, `said` begins the sentence that says so."""
    words = fields["message"]
    if is_page(words):
        return f"{said} with {name_page(words)}."
    message = clean(words) or f"{said} without an explanation."
    if _code(fields) != "content_filter":
        return message
    return f"{describe_filter(fields, 'refused this request')} {_READ_ON.sub('', message)}"


def _code(fields: Mapping[str, Any]) -> Any:
    for name in ("innererror", "inner_error"):
        match fields.get(name):
            case {"code": "ResponsibleAIPolicyViolation"}:
                return "content_filter"
    return fields.get("code")


def _read_name(value: Any) -> str:
    """A code, or the name of a parameter. It is logged, so nothing else may hide in it."""
    name = str(value) if isinstance(value, str | int) else ""
    return name if NAME.fullmatch(name) else ""


def _http_status(status: int) -> int:
    match status:
        case 529:
            return 503  # Claude Code gives up on the other after 2 seconds
        case _ if 400 <= status < 600:
            return status
        case _:
            return 502  # nothing that a client could make sense of


def _means_something(fields: Mapping[str, Any]) -> bool:
    return bool(fields["message"]) or _says_status(fields)


def _says_status(fields: Mapping[str, Any]) -> bool:
    names = (_code(fields), *map(fields.get, _STATUS_FIELDS))
    return any(name not in (None, "", "error") for name in names)


def _stream_status(fields: Mapping[str, Any]) -> int | None:
    for value in map(str, (_code(fields), *map(fields.get, _STATUS_FIELDS))):
        if re.fullmatch(r"[45]\d\d", value):
            return _http_status(int(value))
        for words, status in STATUSES:
            if re.search(words, value, re.IGNORECASE):
                return status
    return None


def _said_wait(fields: Mapping[str, Any]) -> int | None:
    """Of "Please retry after 20 seconds." for instance."""
    wait = _WAIT.search(fields["message"])
    if not wait:
        return None
    return min(math.ceil(float(wait[1]) * _SECONDS[wait[2].lower()]), LONGEST_ASKED)
