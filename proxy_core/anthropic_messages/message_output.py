"""The two outer forms of a message: server-sent events as they happen, or one JSON object.

Both are told the same things in the same order, so they cannot differ in content.
"""

from typing import Any, Protocol

from proxy_core.wire.json import parse_strictly, to_json, to_json_string
from proxy_core.wire.sse import encode_event


class MessageOutput(Protocol):
    # seconds of silence before a sign of life: the first, the second, ... the last for all others
    thinking_gaps: tuple[float, ...]
    ping_gaps: tuple[float, ...]

    def start(self, message: dict[str, Any]) -> bytes: ...
    def open_block(self, index: int, block: dict[str, Any]) -> bytes: ...
    def delta(self, index: int, type: str, field: str, value: str) -> bytes: ...
    def cite(self, index: int, citation: dict[str, Any]) -> bytes: ...
    def close_block(self, index: int) -> bytes: ...
    def finish(self, ending: dict[str, Any], usage: dict[str, Any]) -> bytes: ...
    def empty_thinking(self, index: int) -> bytes: ...
    def ping(self) -> bytes: ...
    def error(self, error: dict[str, Any]) -> bytes: ...


class StreamedMessage:
    """Server-sent events. Holds no state."""

    # Claude Code counts thinking deltas as life, but only 30 pings in a row.
    thinking_gaps: tuple[float, ...] = (15.0,)
    ping_gaps: tuple[float, ...] = (15.0, 25.0, 35.0, 45.0)

    def start(self, message: dict[str, Any]) -> bytes:
        return _event("message_start", message=message)

    def open_block(self, index: int, block: dict[str, Any]) -> bytes:
        return _event("content_block_start", index=index, content_block=block)

    def delta(self, index: int, type: str, field: str, value: str) -> bytes:
        # the one event that comes by the thousand: a template costs a twentieth of a dict
        return (
            "event: content_block_delta\n"
            f'data: {{"type":"content_block_delta","index":{index},'
            f'"delta":{{"type":"{type}","{field}":{to_json_string(value)}}}}}\n\n'
        ).encode()

    def cite(self, index: int, citation: dict[str, Any]) -> bytes:
        delta = {"type": "citations_delta", "citation": citation}
        return _event("content_block_delta", index=index, delta=delta)

    def close_block(self, index: int) -> bytes:
        return _event("content_block_stop", index=index)

    def finish(self, ending: dict[str, Any], usage: dict[str, Any]) -> bytes:
        return _event("message_delta", delta=ending, usage=usage) + _event("message_stop")

    def empty_thinking(self, index: int) -> bytes:
        return self.delta(index, "thinking_delta", "thinking", "")

    def ping(self) -> bytes:
        return _event("ping")

    def error(self, error: dict[str, Any]) -> bytes:
        return encode_event(error, "error")


class JsonMessage:
    """One JSON object, at the end. Until then only white space, which JSON ignores."""

    thinking_gaps: tuple[float, ...] = (10.0,)
    ping_gaps: tuple[float, ...] = (10.0,)

    def __init__(self) -> None:
        self._message: dict[str, Any] = {}
        self._text: list[str] = []  # of the open block

    def start(self, message: dict[str, Any]) -> bytes:
        self._message = message
        return b""

    def open_block(self, index: int, block: dict[str, Any]) -> bytes:
        self._message["content"].append(block)
        return b""

    def delta(self, index: int, type: str, field: str, value: str) -> bytes:
        if type == "signature_delta":
            self._message["content"][index][field] = value
        else:
            self._text.append(value)
        return b""

    def cite(self, index: int, citation: dict[str, Any]) -> bytes:
        self._message["content"][index].setdefault("citations", []).append(citation)
        return b""

    def close_block(self, index: int) -> bytes:
        block = self._message["content"][index]
        text, self._text = "".join(self._text), []
        match block["type"]:
            case "tool_use" | "server_tool_use":
                block["input"] = _parse_input(text)
            case "text" | "thinking" as type:
                block[type] = text
        return b""

    def finish(self, ending: dict[str, Any], usage: dict[str, Any]) -> bytes:
        return to_json({**self._message, **ending, "usage": usage}).encode()

    def empty_thinking(self, index: int) -> bytes:
        return b" "

    def ping(self) -> bytes:
        return b" "

    def error(self, error: dict[str, Any]) -> bytes:
        return to_json(error).encode()


def _event(type: str, **fields: Any) -> bytes:
    return encode_event({"type": type, **fields}, type)


def _parse_input(arguments: str) -> dict[str, Any]:
    """Arguments that are no JSON object are kept the way Claude Code keeps them itself."""
    try:
        parsed = parse_strictly(arguments or "{}")
    except (ValueError, RecursionError):
        parsed = None
    return parsed if isinstance(parsed, dict) else {"__unparsedToolInput": {"raw": arguments}}
