"""Azure's error bodies and in-stream error events -> UpstreamError, and what to do about it.

https://learn.microsoft.com/azure/ai-foundry/openai/how-to/troubleshoot-errors

Azure answers in several shapes: `{"error": {...}}`, `{"error": "text"}`, a bare
`{"statusCode", "message"}` from its gateway, HTML from its front door, and inside
a stream both a nested and a flat event.

A message is Azure's own words (`error_text.py`). What refuses, teaches or overflows is recognised
by them, so advice stands apart from them. docs/errors.md shows what becomes of each.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from proxy_core.deployments.lessons import read_lesson
from proxy_core.deployments.models import Deployment
from proxy_core.deployments.wording import wording
from proxy_core.errors import UpstreamError
from proxy_core.openai.error_text import clean, is_page, name_page, quote_plain, redact

# An error inside a stream has no HTTP status: its code, else its type, says which one it stands
# for. The first row that fits counts; what fits none is a failure of Azure's.
STATUSES = (
    (r"rate.?limit|too.?many.?requests|quota|slow.?down", 429),
    (r"overloaded|unavailable", 503),
    (r"time.?out", 504),
    (r"server.?error", 500),
    (r"invalid|unsupported|exceeded|filter|policy|image|mismatch|parameter|length", 400),
    (r"not.?found", 404),
)
_STATUS_FIELDS = ("type", "status", "statusCode")  # after the code

# What to do about what does not get better by itself. The first row that fits counts.
ADVICE = (
    (
        400,
        r"API version not supported",
        "Check AZURE_API_VERSION and the api-version in {settings}_ENDPOINT. "
        "With neither, the v1 API is used.",
    ),
    (
        401,
        r"PermissionDenied|lacks the required",
        "Give the proxy's identity the role 'Cognitive Services OpenAI User' on the resource. "
        "It takes 5 minutes or more to work.",
    ),
    (
        401,
        r"access token|audience",
        "The proxy's Entra ID token was refused: its identity needs the role 'Cognitive Services "
        "OpenAI User', and AZURE_OPENAI_ENTRA_SCOPE must fit the resource. With a key instead, "
        "check {settings}_API_KEY.",
    ),
    (401, r"", "Check {settings}_API_KEY: it must be a key of the resource that is called."),
    (
        403,
        r"AuthenticationTypeDisabled|key.based auth",
        "Leave {settings}_API_KEY out: the proxy then uses Entra ID.",
    ),
    (
        403,
        r"virtual network|firewall|public access|private endpoint",
        "Let the function app through in the network settings of the resource.",
    ),
    (403, r"", "Check the key, or the role of the proxy's identity, and the resource's network."),
    (404, r"deployment|model_not_found|the model .* does not exist", "{deployment}"),
    (404, r"", "Check {settings}_ENDPOINT and AZURE_API_VERSION."),
    (
        429,
        r"high demand|peak load",
        "This is Azure's capacity, not your quota: wait, or use another deployment.",
    ),
    (
        431,
        r"",
        "The headers are too many or too large. The proxy sends few of them: look at what a "
        "gateway between it and Azure adds.",
    ),
    (
        502,
        r"The connection to Azure failed",
        "Try again. If it stays so, check {settings}_ENDPOINT.",
    ),
)
_OTHER_API = (
    "AZURE_OPENAI_API is set to {api}, which this deployment does not speak: set it to auto."
)
_NO_QUOTA = (
    "This does not pass by itself: the quota is too small or used up. "
    "Raise it in the Azure portal, or use another deployment."
)

# Where Azure and the gateways before it put their words.
_MESSAGE_FIELDS = ("error_description", "message", "Message", "detail", "title")
_READ_ON = re.compile(r" To learn more about our content filtering policies .*")
_NAME = re.compile(r"[\w.:\[\]-]{1,200}", re.ASCII)

_WAIT = re.compile(r"(?:retry|again) (?:after|in) (\d{1,9}(?:\.\d+)?) ?(ms|milli|[smhd])", re.I)
_SECONDS = {"ms": 0.001, "milli": 0.001, "s": 1, "m": 60, "h": 3_600, "d": 86_400}

_REASONING_REFUSED = wording(
    r"The encrypted content \S{1,200} could not be verified"
    r"|(?:Encrypted content )?item_id mismatch"
    r"|Item with id '[\w-]+' not found\. Items are not persisted"
    r"|Item '[\w-]+' of type '\w+' was provided without its required following item"
    r"|Item '[\w-]+' of type '\w+' was provided without its required 'reasoning' item"
    r"|`input\[\d+\]` missing required field `id`",
    about=r"|include|input(?:\[\d+\](?:\.(?:id|encrypted_content))?)?",
)
# Models of other makers have words of their own, so anything may stand before; but no quote.
_OVERFLOW = wording(
    r"(?:[^'\"`:]|\b'\b){0,200}?(?:context window|maximum context length)",
    about=r"|input|messages|prompt|max_(?:output_|completion_)?tokens",
)


def read_error_body(
    status: int, headers: Mapping[str, str], body: bytes, secret: str = ""
) -> UpstreamError:
    """An HTTP error of Azure's. `secret` is taken out of whatever it says."""
    fields = _parse(redact(body.decode("utf-8-sig", "replace").strip(), secret))
    wait = read_wait(headers)
    return UpstreamError(
        _describe(fields, f"Azure answered {status}"),
        status=_http_status(status),
        code=_read_name(_code(fields)),
        param=_read_name(fields.get("param")),
        retry_after=_said_wait(fields) if wait is None else wait,
        request_id=headers.get("apim-request-id") or headers.get("x-request-id") or "",
    )


def read_error_event(event: Mapping[str, Any]) -> UpstreamError:
    """An error inside a stream: nested as Azure sends it, or flat as documented."""
    fields = _error_fields(event)
    return UpstreamError(
        _describe(fields, "Azure reported an error"),
        status=_stream_status(fields),
        code=_read_name(_code(fields)),
        param=_read_name(fields.get("param")),
        retry_after=_said_wait(fields),
    )


def read_wait(headers: Mapping[str, str]) -> int | None:
    """Whole seconds, rounded up; `retry-after-ms` is the more exact of the two."""
    for name, per_second in (("retry-after-ms", 1000), ("retry-after", 1)):
        try:
            return max(0, math.ceil(float(headers[name]) / per_second))
        except (KeyError, ValueError, OverflowError):
            continue
    return None


def explain_error(error: UpstreamError, deployment: Deployment) -> UpstreamError:
    """The same error with what to do about it, where that is known. Its message stays as it is."""
    advice = _advise(error, deployment).format(
        deployment=_name(deployment), settings=deployment.resource_settings, api=deployment.api
    )
    if error.advice or not advice:
        return error
    return type(error)(
        error.message,
        status=error.status,
        code=error.code,
        param=error.param,
        retry_after=error.retry_after,
        request_id=error.request_id,
        advice=advice,
    )


def refuses_reasoning(error: UpstreamError) -> bool:
    """Whether Azure refused the replayed reasoning, and would take the request without it."""
    is_named = error.code == "invalid_encrypted_content"
    return error.status == 400 and (is_named or _REASONING_REFUSED.fits(error))


def is_overflow(error: UpstreamError) -> bool:
    """Whether the request was longer than the model's context window."""
    return error.code == "context_length_exceeded" or _OVERFLOW.fits(error)


def describe_filter(results: Any, stopped: str = "stopped this reply") -> str:
    """Why the filter struck: Azure's categories, wherever they stand in `results`."""
    categories = ", ".join(sorted(set(_filtered(results))))
    return f"Azure's content filter {stopped}{categories and f' ({categories})'}."


def _filtered(results: Any) -> Iterator[str]:
    """What stands in a list, of blocklists for instance, goes by the name of the list."""
    waiting = [("", results)]
    while waiting:
        name, result = waiting.pop()
        match result:
            case {"filtered": True} if _NAME.fullmatch(name):
                yield name
            case dict():
                waiting += result.items()
            case list():
                waiting += [(name, one) for one in result]


def _advise(error: UpstreamError, deployment: Deployment) -> str:
    if error.status == 429 and not error.may_pass:
        return _NO_QUOTA
    if deployment.api_is_set and read_lesson(error, deployment.api).api:
        return _OTHER_API
    said = f"{error.code} {error.message}"
    for status, words, advice in ADVICE:
        if status == error.status and re.search(words, said, re.IGNORECASE):
            return advice
    return ""


def _name(deployment: Deployment) -> str:
    named = f"The resource has no deployment '{deployment.name[:64]}'"
    if deployment.setting:
        return f"{named}: the setting {deployment.setting} names it."
    return f"{named}: the model's name in the request was taken for a deployment's."


def _parse(text: str) -> Mapping[str, Any]:
    try:
        return _error_fields(json.loads(text))
    except (ValueError, RecursionError):
        return {"message": text if is_page(text) else quote_plain(text)}


def _error_fields(body: Any) -> Mapping[str, Any]:
    match body:
        case {"error": dict(fields)} | [{"error": dict(fields)}, *_]:
            return fields
        case {"error": str(message)}:
            return {"message": message, **body}
        case dict(fields) | [dict(fields), *_]:
            return fields
        case str(message):
            return {"message": message}
        case _:
            return {}


def _describe(fields: Mapping[str, Any], said: str) -> str:
    """Azure's words; where it has none, `said` begins the sentence that says so."""
    words = next(filter(None, (_words(fields.get(name)) for name in _MESSAGE_FIELDS)), "")
    if is_page(words):
        return f"{said} with {name_page(words)}."
    message = clean(words) or f"{said} without an explanation."
    if _code(fields) != "content_filter":
        return message
    return f"{describe_filter(fields, 'refused this request')} {_READ_ON.sub('', message)}"


def _words(value: Any) -> str:
    match value:
        case str():
            return value
        case list():
            return " ".join(filter(None, map(_part, value)))
        case _:
            return ""


def _part(value: Any) -> str:
    match value:
        case str(text) | {"msg": str(text)} | {"message": str(text)}:  # an `input` may be beside it
            return text
        case _:
            return ""


def _code(fields: Mapping[str, Any]) -> Any:
    for name in ("innererror", "inner_error"):
        match fields.get(name):
            case {"code": "ResponsibleAIPolicyViolation"}:
                return "content_filter"
    return fields.get("code")


def _read_name(value: Any) -> str:
    """A code, or the name of a parameter. It is logged, so nothing else may hide in it."""
    name = str(value) if isinstance(value, str | int) else ""
    return name if _NAME.fullmatch(name) else ""


def _http_status(status: int) -> int:
    match status:
        case 529:
            return 503  # Claude Code gives up on the other after 2 seconds
        case _ if status < 400:
            return 404  # a redirect: the address is wrong
        case _:
            return status


def _stream_status(fields: Mapping[str, Any]) -> int:
    for value in map(str, (_code(fields), *map(fields.get, _STATUS_FIELDS))):
        if re.fullmatch(r"[45]\d\d", value):
            return _http_status(int(value))
        for words, status in STATUSES:
            if re.search(words, value, re.IGNORECASE):
                return status
    return 500


def _said_wait(fields: Mapping[str, Any]) -> int | None:
    """Of "Please retry after 20 seconds." for instance."""
    wait = _WAIT.search(_words(fields.get("message")))
    return math.ceil(float(wait[1]) * _SECONDS[wait[2].lower()]) if wait else None
