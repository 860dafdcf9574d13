"""A response in one piece -> the stream that says the same: its last event says all.

https://learn.microsoft.com/azure/ai-foundry/openai/how-to/responses

Some models do not stream, and some gateways do not let it through. What is no response passes as
it is: the reader knows what else can come.
"""

from typing import Any

from proxy_core.wire.sse import encode_event

UNFINISHED = ("queued", "in_progress")


def write_events(body: dict[str, Any]) -> bytes:
    match body:
        case {"object": "response"} | {"output": list()}:
            ending = "in_progress" if body.get("status") in UNFINISHED else "completed"
            return encode_event({"type": f"response.{ending}", "response": body})
        case _:
            return encode_event(body)
