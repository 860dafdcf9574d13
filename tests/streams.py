"""Azure's streams for tests: small ones made here, and those of the golden exchanges."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from proxy_core import openai_chat
from proxy_core.anthropic_messages import ReplyHead, ReplyWriter
from proxy_core.conversation import ReasoningDisplay, Request, Thinking
from proxy_core.deployments.models import Deployment, UpstreamApi, find_family
from proxy_core.errors import ProxyError
from proxy_core.reply.translator import ReplyTranslator

Event = dict[str, Any]

GOLDEN = Path(__file__).parent / "golden" / "anthropic"

REPLY_ID = "msg_1"


def responses_stream(*events: Event) -> bytes:
    """Server-sent events as the Responses API writes them."""
    return b"".join(
        f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events
    )


def chat_stream(*chunks: Event, done: bool = True) -> bytes:
    """Server-sent events as Chat Completions writes them."""
    lines = [json.dumps(chunk) for chunk in chunks] + ["[DONE]"] * done
    return b"".join(f"data: {line}\n\n".encode() for line in lines)


# --- Responses --------------------------------------------------------------


def added(index: int, **item: Any) -> Event:
    return {"type": "response.output_item.added", "output_index": index, "item": item}


def done(index: int, **item: Any) -> Event:
    return {"type": "response.output_item.done", "output_index": index, "item": item}


def delta(kind: str, index: int, text: str) -> Event:
    return {"type": f"response.{kind}.delta", "output_index": index, "delta": text}


def ended(status: str = "completed", **response: Any) -> Event:
    return {"type": f"response.{status}", "response": {"status": status, **response}}


def message(
    index: int, *texts: str, whole: str = "", cites: Sequence[Event] = (), **fields: Any
) -> list[Event]:
    """`whole` is text that comes at the end only."""
    part = {"type": "output_text", "text": whole or "".join(texts), "annotations": [*cites]}
    return [
        added(index, type="message", content=[], **fields),
        *(delta("output_text", index, text) for text in texts),
        done(index, type="message", content=[part], **fields),
    ]


def cite(url: str, start: int, end: int, title: str = "") -> Event:
    place = {"start_index": start, "end_index": end}
    return {"type": "url_citation", "url": url, "title": title, **place}


def search(index: int, type: str = "search", **action: Any) -> list[Event]:
    item = {"type": "web_search_call", "id": f"ws_{index}"}
    return [
        added(index, **item, status="in_progress"),
        {"type": "response.web_search_call.searching", "output_index": index},
        done(index, **item, status="completed", action={"type": type, **action}),
    ]


def call(index: int, id: str, name: str, *arguments: str) -> list[Event]:
    item = {"type": "function_call", "id": f"fc_{index}", "call_id": id, "name": name}
    return [
        added(index, **item, arguments=""),
        *(delta("function_call_arguments", index, piece) for piece in arguments),
        done(index, **item, arguments="".join(arguments)),
    ]


def custom_call(index: int, id: str, name: str, *pieces: str) -> list[Event]:
    item = {"type": "custom_tool_call", "id": f"ctc_{index}", "call_id": id, "name": name}
    return [
        added(index, **item, input=""),
        *(delta("custom_tool_call_input", index, piece) for piece in pieces),
        done(index, **item, input="".join(pieces)),
    ]


def reasoning(index: int, id: str, *summary: str, blob: str | None = "gAAAlong") -> list[Event]:
    """Each of `summary` is one part of it, sent as two deltas."""
    item = {"type": "reasoning", "id": id}
    parts = [
        event
        for number, text in enumerate(summary)
        for event in (
            {
                "type": "response.reasoning_summary_part.added",
                "output_index": index,
                "summary_index": number,
            },
            delta("reasoning_summary_text", index, text[:3]),
            delta("reasoning_summary_text", index, text[3:]),
        )
    ]
    return [
        added(index, **item, summary=[], encrypted_content="gAAA"),
        *parts,
        done(
            index,
            **item,
            summary=[{"type": "summary_text", "text": text} for text in summary],
            encrypted_content=blob,
        ),
    ]


def foreign(index: int, type: str, *states: str) -> list[Event]:
    """An item of a tool that runs on Azure, and that the proxy does not offer."""
    item = {"type": type, "id": f"it_{index}"}
    return [
        added(index, **item, status="in_progress"),
        *({"type": f"response.{type}.{state}", "output_index": index} for state in states),
        done(index, **item, status="completed"),
    ]


USAGE = {
    "input_tokens": 100,
    "input_tokens_details": {"cached_tokens": 40, "cache_write_tokens": 8},
    "output_tokens": 20,
    "output_tokens_details": {"reasoning_tokens": 5},
}

RESPONSES: dict[str, bytes] = {
    "text": responses_stream(
        {"type": "response.created", "response": {"status": "in_progress"}},
        *message(0, "Hel", "lo"),
        ended(usage=USAGE),
    ),
    "thinking_then_calls": responses_stream(
        *reasoning(0, "rs_1", "First.", "Second."),
        *message(1, "Reading.", phase="commentary"),
        *call(2, "call_1", "read", '{"path":', '"a"}'),
        *call(3, "call_2", "list", "{}"),
        ended(usage=USAGE),
    ),
    "thinking_without_summary": responses_stream(
        *reasoning(0, "rs_1"), *message(1, "Yes.", phase="final_answer"), ended(usage=USAGE)
    ),
    "two_messages": responses_stream(*message(0, "One."), *message(1, "Two."), ended()),
    "refusal": responses_stream(
        added(0, type="message", content=[]), delta("refusal", 0, "No."), ended(usage=USAGE)
    ),
    "search": responses_stream(
        *reasoning(0, "rs_1", "Hm."),
        *search(1, query="bern", sources=[{"type": "url", "url": "https://a.com"}]),
        *search(2, query=None, sources=None),
        *message(3, "Sunny", ".", cites=[cite("https://a.com", 0, 5, "A")], phase="final_answer"),
        ended(usage=USAGE),
    ),
    "search_then_call": responses_stream(
        *search(0, query="bern", sources=[]), *call(1, "call_1", "read", "{}"), ended(usage=USAGE)
    ),
    "tools_of_azure": responses_stream(
        *foreign(0, "code_interpreter_call", "in_progress", "interpreting", "completed"),
        *foreign(1, "file_search_call", "in_progress", "searching", "completed"),
        *foreign(2, "image_generation_call", "in_progress", "generating", "partial_image"),
        {"type": "keepalive", "sequence_number": 9},
        delta("code_interpreter_call_code", 0, "print(1)"),
        *message(3, "One."),
        ended(usage=USAGE),
    ),
    "too_long": responses_stream(
        *message(0, "Once upon"),
        ended("incomplete", incomplete_details={"reason": "max_output_tokens"}, usage=USAGE),
    ),
    "nothing": responses_stream(ended()),
    "failed": responses_stream(
        *message(0, "Hel"), ended("failed", error={"code": "server_error", "message": "Sorry."})
    ),
    "truncated": responses_stream(*message(0, "Hel")),
}

# --- Chat Completions -------------------------------------------------------


def chunk(finish_reason: str | None = None, **delta: Any) -> Event:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]}


def chat_call(index: int, arguments: str, **function: str) -> Event:
    """`id` and `name` come with the first piece only."""
    opening = {"id": function.pop("id")} if "id" in function else {}
    return chunk(
        tool_calls=[{"index": index, **opening, "function": {**function, "arguments": arguments}}]
    )


CHAT_USAGE = {
    "choices": [],
    "usage": {
        "prompt_tokens": 100,
        "prompt_tokens_details": {"cached_tokens": 40},
        "completion_tokens": 20,
        "completion_tokens_details": {"reasoning_tokens": 5},
    },
}

CHAT: dict[str, bytes] = {
    "text": chat_stream(
        {"choices": [], "prompt_filter_results": []},
        chunk(role="assistant", content=""),
        chunk(content="Hel"),
        chunk(content="lo"),
        chunk("stop"),
        CHAT_USAGE,
    ),
    "thinking_then_calls": chat_stream(
        chunk(reasoning_content="Hm."),
        chunk(content="Reading."),
        chat_call(0, "", id="call_1", name="read"),
        chat_call(0, '{"path":"a"}'),
        chat_call(1, "{}", id="call_2", name="list"),
        chunk("tool_calls"),
        CHAT_USAGE,
    ),
    "refusal": chat_stream(chunk(refusal="No."), chunk("stop")),
    "too_long": chat_stream(chunk(content="Once upon"), chunk("length")),
    "failed": chat_stream(chunk(content="Hel"), {"error": {"message": "Sorry."}}),
    "truncated": chat_stream(chunk(content="Hel"), done=False),
}

# --- all --------------------------------------------------------------------

Named = tuple[str, UpstreamApi, bytes]

_OWN: list[Named] = [
    *((f"own-responses-{name}", "responses", stream) for name, stream in RESPONSES.items()),
    *((f"own-chat-{name}", "chat", stream) for name, stream in CHAT.items()),
]


def _read_golden(api: UpstreamApi) -> list[tuple[Named, bool]]:
    """Streams in all of Azure's words, each once; and whether the story ends well."""
    found: dict[bytes, tuple[Named, bool]] = {}
    for file in sorted((GOLDEN / api).rglob("upstream_reply.sse")):
        if file.parent.name.endswith("before_output"):  # what is said then depends on the client
            continue
        reply = file.with_name("client_reply.sse")
        ends_well = reply.exists() and b"event: error" not in reply.read_bytes()
        stream = file.read_bytes()
        found.setdefault(stream, ((f"golden-{api}-{file.parent.name}", api, stream), ends_well))
    return [*found.values()]


_GOLDEN = _read_golden("responses") + _read_golden("chat")


def _parameters(streams: list[Named]) -> list[Any]:
    return [pytest.param(api, stream, id=name) for name, api, stream in streams]


# Every stream there is: (api, bytes), for pytest.mark.parametrize.
ALL = _parameters(_OWN + [stream for stream, _ in _GOLDEN])
WHOLE = _parameters(  # those that Azure finished
    [stream for stream in _OWN if not stream[0].endswith(("-failed", "-truncated"))]
    + [stream for stream, ends_well in _GOLDEN if ends_well]
)

# --- Translating ------------------------------------------------------------


def translator(
    api: UpstreamApi, *, thinking: Thinking = "shown", stream: bool = True, **request: Any
) -> ReplyTranslator:
    """What reads Azure's stream and writes an Anthropic client's reply."""
    head = ReplyHead(id=REPLY_ID, model="claude-sonnet", thinking=thinking, request_id="req_1")
    return ReplyTranslator(
        Request("claude-sonnet", (), thinking=thinking, stream=stream, **request),
        Deployment("gpt", api, find_family("gpt-5.4"), resource="here"),
        ReplyWriter(head, stream=stream),
    )


def chat_translator(
    api: UpstreamApi,
    *,
    display: ReasoningDisplay = "details",
    stream: bool = True,
    include_usage: bool = False,
) -> ReplyTranslator:
    """The same for a client of Chat Completions."""
    head = openai_chat.ReplyHead("chatcmpl_1", "gpt-high", 1_790_000_000, include_usage, display)
    return ReplyTranslator(
        Request("gpt-high", (), thinking="shown", stream=stream),
        Deployment("gpt", api, find_family("gpt-5.4"), resource="here"),
        openai_chat.ReplyWriter(head, stream=stream),
    )


def read_all(translator: ReplyTranslator, *pieces: bytes) -> tuple[bytes, ProxyError | None]:
    """What the client gets of Azure's stream, and what ended it if it failed."""
    written: list[bytes] = []
    try:
        for piece in pieces:
            for each in translator.feed(piece):
                written.append(each)
            if translator.finished:
                break
        else:
            for each in translator.end():
                written.append(each)
        written.append(translator.finish())
    except ProxyError as error:
        return b"".join(written), error
    return b"".join(written), None


def translate(translator: ReplyTranslator, *pieces: bytes) -> bytes:
    """The client's reply, with an error event at its end if Azure failed."""
    written, error = read_all(translator, *pieces)
    return written + translator.fail(error) if error else written
