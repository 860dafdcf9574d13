"""A completion in one piece -> the stream that says the same, in one chunk.

https://platform.openai.com/docs/api-reference/chat/object

Some models do not stream, and some gateways do not let it through. What is no completion passes as
it is: the reader knows what else can come.
"""

from typing import Any

from proxy_core.wire.sse import encode_event


def write_chunks(body: dict[str, Any]) -> bytes:
    match body:
        case {"choices": [_, *_]}:
            return encode_event({**body, "object": "chat.completion"}) + b"data: [DONE]\n\n"
        case {"choices": _}:  # there is no reply in it
            return encode_event({name: body[name] for name in body.keys() - {"choices", "usage"}})
        case _:
            return encode_event(body)
