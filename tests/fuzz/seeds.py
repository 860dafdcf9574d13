"""What the fuzz targets begin with: genuine requests and replies, and those of the other tests."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from tests import bodies, cursor_bodies
from tests.fuzz.mutation import read_events
from tests.streams import CHAT, RESPONSES

GOLDEN = Path(__file__).parent.parent / "golden"
POSTED = {
    "anthropic": [*bodies.BODIES.values(), *bodies.BODIES_WITH_FILES.values()],
    "cursor": [*cursor_bodies.BODIES.values()],
}
STREAMED = {"responses": RESPONSES, "chat": CHAT}


@cache
def seeds(target: str) -> list[bytes]:
    match target:
        case "responses" | "chat":
            streams = [*_golden(f"*/{target}/*/upstream_reply.sse"), *STREAMED[target].values()]
            return [*streams, *map(WHOLE[target], streams)]
        case "cursor":  # which posts Anthropic's shapes as well
            return [*_requests("cursor"), *_requests("anthropic")]
        case _:
            return _requests("anthropic")


def _requests(client: str) -> list[bytes]:
    written = [json.dumps(body).encode() for body in POSTED[client]]
    return [*_golden(f"{client}/*/*/client_request.json"), *written]


def _whole_response(stream: bytes) -> bytes:
    """The same reply in one piece."""
    events = read_events(stream)
    items = [event["item"] for event in events if event["type"] == "response.output_item.done"]
    return json.dumps({**events[-1].get("response", {}), "output": items}).encode()


def _whole_completion(stream: bytes) -> bytes:
    said: dict[str, Any] = {"role": "assistant", "content": "", "tool_calls": []}
    reason = usage = None
    for chunk in read_events(stream):
        usage = chunk.get("usage") or usage
        for choice in chunk.get("choices", ()):
            reason, delta = choice["finish_reason"] or reason, choice.get("delta", {})
            said["content"] += delta.get("content") or ""
            said["tool_calls"] += [call for call in delta.get("tool_calls", ()) if "id" in call]
    choice = {"index": 0, "message": said, "finish_reason": reason}
    return json.dumps({"choices": [choice], "usage": usage}).encode()


WHOLE = {"responses": _whole_response, "chat": _whole_completion}


def _golden(pattern: str) -> list[bytes]:
    return [*dict.fromkeys(file.read_bytes() for file in sorted(GOLDEN.glob(pattern)))]
