"""Replies as Azure sends them, as bytes that only have to be written. Pure.

https://learn.microsoft.com/azure/ai-foundry/openai/how-to/responses
The lifecycle events repeat the request's instructions and tools, about 62 KB each; a delta of the
Responses API has about 265 bytes, as recorded. Each event is an HTTP chunk of its own, as a model
makes them.
"""

import json
from dataclasses import dataclass
from typing import Any

from tests.bench.speed import bodies

HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
    b"transfer-encoding: chunked\r\napim-request-id: 0f2c1d9e-0000-4000-8000-000000000000\r\n"
    b"x-request-id: 0f2c1d9e-0000-4000-8000-000000000001\r\nx-ms-region: Sweden Central\r\n"
    b"x-ratelimit-remaining-requests: 999\r\nx-ratelimit-remaining-tokens: 999000\r\n\r\n"
)
END = b"0\r\n\r\n"
STAMP_DIGITS = 18  # nanoseconds of the machine's monotonic clock
STAMP = b"~"
RESPONSE_ID = "resp_02ce8deeb6197db200698c5196e9588197a572bbea62d38cd1"
ITEM_ID = "msg_02ce8deeb6197db200698c5198ca0c81979bedbe6c98a8ab93"
COMPLETION = {
    "created": 1790000000,
    "id": "chatcmpl-CYPS1lijGoK8gd9lYzY3r9Sx50nbt",
    "model": "gpt-5.4-2026-03-05",
    "object": "chat.completion.chunk",
    "system_fingerprint": None,
}
# Azure's first chunk says what the filter thought of the prompt, and nothing else.
NAMELESS = {"choices": [], "created": 0, "id": "", "model": "", "object": ""}
SAFE = {
    name: {"filtered": False, "severity": "safe"}
    for name in ("hate", "self_harm", "sexual", "violence")
}


@dataclass(frozen=True, slots=True)
class Format:
    """What comes before the deltas, one delta with room for its text, and what comes after them."""

    opening: bytes
    before_text: bytes
    after_text: bytes
    closing: bytes

    def delta(self, text: bytes) -> bytes:
        return chunk(self.before_text + text + self.after_text)

    def stamped(self, now: int) -> bytes:
        """A delta whose text is the time at which it leaves."""
        return self.delta(b"%s%0*d" % (STAMP, STAMP_DIGITS, now))

    def whole(self, deltas: int) -> bytes:
        """All of a reply at once."""
        return self.opening + self.delta(b" another_word_or_two") * deltas + self.closing


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def responses() -> Format:
    texts = bodies.words("reply")
    tools = [
        {
            "type": "function",
            "name": tool["name"],
            "description": tool["description"],
            "parameters": tool["schema"],
            "strict": False,
        }
        for tool in bodies.tool_schemas(texts)
    ]
    response = _response(texts.take(bodies.SYSTEM_BYTES), tools)
    item = {"id": ITEM_ID, "type": "message", "role": "assistant", "content": []}
    part = {"type": "output_text", "annotations": [], "logprobs": [], "text": ""}
    where = {"item_id": ITEM_ID, "output_index": 0, "content_index": 0}
    opening = [
        _event("response.created", 0, response=response),
        _event("response.in_progress", 1, response=response),
        _event("response.output_item.added", 2, output_index=0, item=item),
        _event("response.content_part.added", 3, **where, part=part),
    ]
    done = {**item, "status": "completed", "content": [{**part, "text": "done"}]}
    closing = [
        _event("response.output_text.done", 304, **where, text="done", logprobs=[]),
        _event("response.content_part.done", 305, **where, part={**part, "text": "done"}),
        _event("response.output_item.done", 306, output_index=0, item=done),
        _event("response.completed", 307, response=_completed(response, done)),
    ]
    before, after = _around_text(_event("response.output_text.delta", 4, **where, delta="@@"))
    return Format(b"".join(map(chunk, opening)), before, after, b"".join(map(chunk, closing)) + END)


def chat() -> Format:
    opening = [
        {
            **NAMELESS,
            "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": SAFE}],
        },
        _choice({"content": "", "refusal": None, "role": "assistant"}, {}, None),
    ]
    usage = {"completion_tokens": 300, "prompt_tokens": 24000, "total_tokens": 24300}
    closing = [
        _choice({}, {}, "stop"),
        {**COMPLETION, "choices": [], "obfuscation": "Zarov0xJhP", "usage": usage},
    ]
    before, after = _around_text(_data(_choice({"content": "@@"}, SAFE, None)))
    ending = chunk(b"data: [DONE]\n\n") + END
    rendered = b"".join(chunk(_data(event)) for event in closing)
    return Format(
        b"".join(chunk(_data(event)) for event in opening), before, after, rendered + ending
    )


def event_data(format: Format) -> bytes:
    """The JSON of one delta."""
    whole = format.before_text + b" another_word_or_two" + format.after_text
    return whole[whole.index(b"data: ") + 6 :].strip()


def unchunked(format: Format, deltas: int) -> list[bytes]:
    """The events as a client of HTTP reads them: what opens, each delta, what closes."""
    delta = format.before_text + b" another_word_or_two" + format.after_text
    return [_joined(format.opening), *[delta] * deltas, _joined(format.closing)]


def _joined(chunks: bytes) -> bytes:
    events = []
    while chunks and not chunks.startswith(END):
        size, _, rest = chunks.partition(b"\r\n")
        length = int(size, 16)
        events.append(rest[:length])
        chunks = rest[length + 2 :]
    return b"".join(events)


def _around_text(event: bytes) -> tuple[bytes, bytes]:
    before, _, after = event.partition(b"@@")
    return before, after


def _response(instructions: str, tools: list[Any]) -> dict[str, Any]:
    return {
        "id": RESPONSE_ID,
        "object": "response",
        "created_at": 1790000000,
        "status": "in_progress",
        "background": False,
        "content_filters": None,
        "error": None,
        "incomplete_details": None,
        "instructions": instructions,
        "max_output_tokens": 32000,
        "model": "gpt-5.4",
        "output": [],
        "parallel_tool_calls": True,
        "reasoning": {"effort": "none", "summary": None},
        "service_tier": "auto",
        "store": False,
        "text": {"format": {"type": "text"}, "verbosity": "medium"},
        "tool_choice": "auto",
        "tools": tools,
        "truncation": "disabled",
        "usage": None,
        "metadata": {},
    }


def _completed(response: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
    usage = {
        "input_tokens": 24000,
        "input_tokens_details": {"cached_tokens": 22000},
        "output_tokens": 300,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 24300,
    }
    return {**response, "status": "completed", "output": [item], "usage": usage}


def _choice(delta: dict[str, Any], filters: dict[str, Any], finish: str | None) -> dict[str, Any]:
    choice = {
        "content_filter_results": filters,
        "delta": delta,
        "finish_reason": finish,
        "index": 0,
        "logprobs": None,
    }
    return {"choices": [choice], **COMPLETION, "obfuscation": "NNpA6Dj2U", "usage": None}


def _event(name: str, number: int, **fields: Any) -> bytes:
    data = {"type": name, "sequence_number": number, **fields}
    if name.endswith("text.delta"):
        data |= {"logprobs": [], "obfuscation": "VLMdSoETMf5"}
    return b"event: %s\n%s" % (name.encode(), _data(data))


def _data(value: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(value, separators=(",", ":")).encode() + b"\n\n"
