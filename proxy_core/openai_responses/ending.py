"""The response that ends a stream: why the model stopped, what it cost, or what failed.

The name of the event and the status within can differ; a failure in either of them is one.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from proxy_core.conversation import StopReason, Usage
from proxy_core.errors import Unreadable, UpstreamError
from proxy_core.openai.errors import describe_filter, read_error_event
from proxy_core.openai.usage import read_told
from proxy_core.wire.json import parse_json

COMPLETED, INCOMPLETE = "response.completed", "response.incomplete"
FAILED, CANCELLED = "response.failed", "response.cancelled"
FAILURES = frozenset({FAILED, CANCELLED})
ENDINGS = FAILURES | {COMPLETED, INCOMPLETE}

REPEATED = frozenset({"instructions", "tools"})  # of the request, and nearly all of the event

Response = Mapping[str, Any]


class _Ending(msgspec.Struct, gc=False):
    type: str
    response: dict[str, msgspec.Raw]


_decode = msgspec.json.Decoder(_Ending).decode


def parse_ending(data: str) -> Any:
    """The event, without what it repeats. Raises ValueError or RecursionError."""
    try:
        ending = _decode(data)
        if ending.type in ENDINGS:
            told = {name: raw for name, raw in ending.response.items() if name not in REPEATED}
            response = {name: msgspec.json.decode(raw) for name, raw in told.items()}
            return {"type": ending.type, "response": response}
    except (ValueError, RecursionError):
        pass
    return parse_json(data)


def read_failure(event: str, response: Response) -> UpstreamError | None:
    """Unreadable: it has failed without saying why."""
    status, said = f"response.{response.get('status')}", response.get("error")
    if said and not isinstance(error := read_error_event({"error": said}), Unreadable):
        return error
    if CANCELLED in (event, status):
        return UpstreamError("Azure cancelled its reply.")
    return Unreadable("Azure failed without saying why.") if FAILED in (event, status) else None


def read_cut(event: str, response: Response) -> tuple[StopReason, str | None] | None:
    """Why the reply is not all that the model would have said; None: it is."""
    match response.get("incomplete_details"):
        case {"reason": "content_filter"}:
            return "content_filter", describe_filter(response.get("content_filters"))
        case {"reason": "max_output_tokens"} if _window_is_full(response):
            return "context_window", None
        case {"reason": str()}:
            return "length", None
    is_cut = event == INCOMPLETE or response.get("status") == "incomplete"
    return ("length", None) if is_cut else None


def read_usage(response: Response) -> Usage | None:
    usage = response.get("usage")
    if not (isinstance(usage, dict) and usage):
        return None
    read, written = usage.get("input_tokens_details"), usage.get("output_tokens_details")
    return Usage(
        input_tokens=read_told(usage, "input_tokens"),
        cached_tokens=read_told(read, "cached_tokens") or 0,
        cache_write_tokens=read_told(read, "cache_write_tokens") or 0,
        output_tokens=read_told(usage, "output_tokens"),
        reasoning_tokens=read_told(written, "reasoning_tokens") or 0,
    )


def _window_is_full(response: Response) -> bool:
    """Cut although a tenth of the room asked for is left: the context window was the limit."""
    match response:
        case {"max_output_tokens": int(limit), "usage": {"output_tokens": int(written)}}:
            return written < 0.9 * limit
        case _:
            return False
