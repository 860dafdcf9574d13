"""A response in one piece -> the events of a stream that says the same.

https://learn.microsoft.com/azure/ai-foundry/openai/how-to/responses

Some models do not stream, and some gateways do not let it through.
"""

from collections.abc import Iterator
from typing import Any

from proxy_core.wire.sse import encode_event


def write_events(response: dict[str, Any]) -> bytes:
    return b"".join(encode_event(event, event["type"]) for event in _events(response))


def _events(response: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Raises KeyError for what is no response."""
    if "output" not in response and (response.get("error") or response.get("type") == "error"):
        yield {**response, "type": "error"}
        return
    for index, item in enumerate(response["output"]):
        for state in ("added", "done"):
            yield {"type": f"response.output_item.{state}", "output_index": index, "item": item}
    status = response.get("status")
    ending = status if status in ("failed", "incomplete") else "completed"
    yield {"type": f"response.{ending}", "response": response}
