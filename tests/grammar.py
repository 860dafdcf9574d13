"""A strict checker for Anthropic streams, because the official SDKs accept broken ones.

https://docs.anthropic.com/en/api/messages-streaming

It shares no code with the proxy: it takes the bytes apart itself, and puts the message together
itself. `read_stream` raises AssertionError at the first event that breaks a rule:

* every event says its type twice, and the two are equal;
* message_start comes first and once, message_stop or error last;
* at most one block is open at a time, and their indexes count 0, 1, 2, ...
* a delta fits its block; thinking ends with exactly one signature, nothing after it;
* the ids of tool calls are unique, and their input starts empty;
* a web search has one result, after it; it comes whole, with addresses and titles;
* one message_delta, once every block is closed, and its stop reason fits what was said.
"""

import json
import re
from typing import Any

Event = dict[str, Any]

STARTS: dict[str, Event] = {
    "text": {"type": "text", "text": ""},
    "thinking": {"type": "thinking", "thinking": "", "signature": ""},
    "tool_use": {"type": "tool_use", "input": {}},
    "server_tool_use": {"type": "server_tool_use", "name": "web_search", "input": {}},
    "web_search_tool_result": {"type": "web_search_tool_result"},
}
DELTAS = {
    "text_delta": (("text",), "text"),
    "citations_delta": (("text",), "citation"),
    "thinking_delta": (("thinking",), "thinking"),
    "signature_delta": (("thinking",), "signature"),
    "input_json_delta": (("tool_use", "server_tool_use"), "partial_json"),
}
PAGE = {"type": "web_search_result", "encrypted_content": "", "page_age": None}
CITATION = {"type": "web_search_result_location", "encrypted_index": ""}


def read_events(stream: bytes) -> list[Event]:
    *events, end = stream.decode().split("\n\n")
    assert end == "", f"the stream breaks off inside an event: {end!r}"
    return [_read_event(event) for event in events]


def _read_event(text: str) -> Event:
    type_line, data_line = text.split("\n")
    event: Event = json.loads(data_line.removeprefix("data: "))
    assert data_line.startswith("data: ")
    assert type_line == f"event: {event['type']}"
    return event


def read_stream(stream: bytes) -> Event:
    """The message that a well-formed stream says, or the error event that it ends with."""
    grammar = Grammar()
    for event in read_events(stream):
        grammar.see(event)
    assert grammar.result is not None, "the stream ends without message_stop or error"
    return grammar.result


class Grammar:
    """Reads one stream."""

    def __init__(self) -> None:
        self._message: Event | None = None
        self._block: Event | None = None  # the open one
        self._pieces: list[str] = []
        self._calls: set[str] = set()
        self._searches: dict[str, Any] = {}  # id: what was found, or None as long as it is not told
        self._has_ending = False
        self.result: Event | None = None

    def see(self, event: Event) -> None:
        assert self.result is None, f"{event['type']} after the end"
        match event["type"]:
            case "ping":
                assert event == {"type": "ping"}
            case "error":
                assert isinstance(event["error"]["type"], str)
                assert isinstance(event["error"]["message"], str)
                self.result = event
            case "message_start":
                self._start(event["message"])
            case _:
                assert self._message is not None, f"{event['type']} before message_start"
                assert not self._has_ending or event["type"] == "message_stop"
                self._continue(self._message, event)

    def _start(self, message: Event) -> None:
        assert self._message is None, "a second message_start"
        assert message["id"]
        assert message["model"]
        assert (message["type"], message["role"]) == ("message", "assistant")
        assert (message["content"], message["stop_reason"]) == ([], None)
        _check_usage(message["usage"])
        self._message = message

    def _continue(self, message: Event, event: Event) -> None:
        match event["type"]:
            case "content_block_start":
                self._open(message, event["index"], event["content_block"])
            case "content_block_delta":
                self._check_index(message, event["index"])
                self._add(**event["delta"])
            case "content_block_stop":
                self._check_index(message, event["index"])
                self._close()
            case "message_delta":
                self._end(message, event)
            case "message_stop":
                assert self._has_ending, "message_stop without message_delta"
                self.result = message
            case type:
                raise AssertionError(f"unknown event {type}")

    def _open(self, message: Event, index: int, block: Event) -> None:
        assert self._block is None, "a block opens while another is open"
        assert index == len(message["content"])
        start = dict(block)
        if block["type"] == "tool_use":
            id, name = start.pop("id"), start.pop("name")
            assert isinstance(name, str)
            assert id not in self._calls, "two tool calls with the same id"
            self._calls.add(id)
        if block["type"] == "server_tool_use":
            id = start.pop("id")
            assert re.fullmatch(r"srvtoolu_\w+", id, re.ASCII)
            assert id not in self._searches, "two searches with the same id"
            self._searches[id] = None
        if block["type"] == "web_search_tool_result":
            self._find(start.pop("tool_use_id"), start.pop("content"))
        assert start == STARTS[block["type"]]
        self._block, self._pieces = block, []
        message["content"].append(block)

    def _find(self, id: str, content: Any) -> None:
        assert id in self._searches, "a result without a search"
        assert self._searches[id] is None, "a second result of a search"
        self._searches[id] = content
        if isinstance(content, dict):
            assert content.keys() == {"type", "error_code"}
            assert content["type"] == "web_search_tool_result_error"
            return
        for page in content:
            _check_page(page, PAGE)

    def _check_index(self, message: Event, index: int) -> None:
        assert self._block is not None, "no block is open"
        assert index == len(message["content"]) - 1

    def _add(self, type: str, **fields: Any) -> None:
        blocks, field = DELTAS[type]
        assert self._block is not None
        assert self._block["type"] in blocks, f"a {type} in a {self._block['type']} block"
        assert not self._block.get("signature"), f"a {type} after the signature"
        assert fields.keys() == {field}
        if type == "signature_delta":
            assert fields["signature"]
            self._block["signature"] = fields["signature"]
        elif type == "citations_delta":
            citation = dict(fields["citation"])
            assert isinstance(citation.pop("cited_text"), str)
            _check_page(citation, CITATION)
            self._block.setdefault("citations", []).append(fields["citation"])
        else:
            self._pieces.append(fields[field])

    def _close(self) -> None:
        block, text = self._block, "".join(self._pieces)
        assert block is not None
        match block["type"]:
            case "tool_use":
                block["input"] = _parse_input(text)
            case "server_tool_use":
                block["input"] = json.loads(text)
                assert block["input"].keys() == {"query"}
            case "thinking":
                assert block["signature"], "thinking without a signature"
                block["thinking"] = text
            case "text":
                block["text"] = text
        self._block = None

    def _end(self, message: Event, event: Event) -> None:
        assert self._block is None, "message_delta while a block is open"
        delta, usage = event["delta"], event["usage"]
        _check_usage(usage)
        self._check_searches(usage)
        match delta["stop_reason"]:
            case "tool_use":
                assert self._calls
            case "end_turn":
                assert not self._calls
        assert (delta["stop_sequence"] is not None) == (delta["stop_reason"] == "stop_sequence")
        message |= {**delta, "usage": usage}
        self._has_ending = True

    def _check_searches(self, usage: Event) -> None:
        assert None not in self._searches.values(), "a search without a result"
        found = sum(isinstance(content, list) for content in self._searches.values())
        counted = {"web_search_requests": found, "web_fetch_requests": 0}
        assert usage.get("server_tool_use") == (counted if found else None)


def _check_page(page: Event, fields: Event) -> None:
    assert page.keys() == {"url", "title", *fields}
    assert isinstance(page["url"], str)
    assert isinstance(page["title"], str)
    assert page.items() >= fields.items()


def _check_usage(usage: Event) -> None:
    for name in ("input_tokens", "output_tokens"):
        assert isinstance(usage[name], int)
        assert usage[name] >= 0


def _parse_input(text: str) -> Event:
    """As Claude Code does it: what is no JSON object is kept as it is."""
    try:
        parsed = json.loads(text or "{}")
    except ValueError:
        parsed = None
    return parsed if isinstance(parsed, dict) else {"__unparsedToolInput": {"raw": text}}
