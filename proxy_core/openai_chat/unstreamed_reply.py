"""A completion in one piece -> the chunks of a stream that says the same.

https://platform.openai.com/docs/api-reference/chat/object

Some models do not stream, and some gateways do not let it through.
"""

from collections.abc import Iterator
from typing import Any

from proxy_core.wire.sse import encode_event


def write_chunks(completion: dict[str, Any]) -> bytes:
    return b"".join(map(encode_event, _chunks(completion))) + b"data: [DONE]\n\n"


def _chunks(completion: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if error := completion.get("error"):
        yield {"error": error}
        return
    for choice in (completion.get("choices") or ())[:1]:
        message = choice.get("message") or {}
        calls = [{**call, "index": i} for i, call in enumerate(message.get("tool_calls") or ())]
        yield {"choices": [{**choice, "delta": {**message, "tool_calls": calls}}]}
    yield {"choices": [], "usage": completion.get("usage")}
