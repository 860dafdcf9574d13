"""A chunk of which nothing matters but its words, read for a tenth of what other chunks cost.

The structures name whatever `ReplyReader` looks at in a chunk. What does not fit them, because it
says more or something else, is not plain: it is read as all other chunks.
"""

from typing import Literal

import msgspec

from proxy_core.wire.sse import ServerSentEvent

Kind = Literal["text", "reasoning"] | int  # or the index of a call
Rest = tuple[str, str | None, Kind]


class _Function(msgspec.Struct, gc=False):
    arguments: str
    name: None = None


class _Call(msgspec.Struct, gc=False):
    index: int
    function: _Function
    id: None = None


class _Delta(msgspec.Struct, gc=False):
    content: str | None = None
    reasoning_content: str | None = None
    tool_calls: tuple[_Call] | None = None
    reasoning: None = None
    reasoning_text: None = None
    thinking: None = None
    reasoning_details: None = None
    refusal: None = None
    function_call: None = None


class _Choice(msgspec.Struct, gc=False):
    delta: _Delta
    finish_reason: None = None
    message: None = None
    error: None = None
    usage: None = None


class _Chunk(msgspec.Struct, gc=False):
    choices: tuple[_Choice]
    id: str | None = None
    error: None = None
    usage: None = None


_decode = msgspec.json.Decoder(_Chunk).decode


def read_plain(event: ServerSentEvent) -> tuple[Rest, str] | None:
    try:
        chunk = _decode(event.data)
    except (msgspec.MsgspecError, RecursionError):
        return None
    delta = chunk.choices[0].delta
    text, thought, calls = delta.content, delta.reasoning_content, delta.tool_calls
    if text and not thought and calls is None:
        return (event.event, chunk.id, "text"), text
    if thought and not text and calls is None:
        return (event.event, chunk.id, "reasoning"), thought
    if calls and not text and not thought:
        return (event.event, chunk.id, calls[0].index), calls[0].function.arguments
    return None
