"""Tools that take free text.

https://platform.openai.com/docs/guides/function-calling#custom-tools

Where the model takes them, they and their calls go up as they are. To any other such a tool is a
function of one string, its grammar a description: every deployment takes that. The calls come back
as JSON around the text. It is taken out as it arrives, so that clients get what they would get from
the Responses API.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Set
from typing import TYPE_CHECKING, Any, Literal, Protocol

from proxy_core.conversation import (
    CustomTool,
    ReplyEvent,
    ReplyFinished,
    Tool,
    ToolCall,
    ToolCallDelta,
    ToolCallStarted,
)
from proxy_core.openai.limits import write_head
from proxy_core.wire.json import to_readable_json
from proxy_core.wire.sse import ServerSentEvent

if TYPE_CHECKING:  # the SDK is a development dependency: it types our output, it never runs
    from openai.types.chat import ChatCompletionCustomToolParam

# --- What goes up as it is ---


def write_custom_tool(tool: CustomTool, name_limit: int) -> ChatCompletionCustomToolParam:
    custom: dict[str, Any] = {**write_head(tool, name_limit)}
    match tool.format:
        case {"type": "grammar", **grammar}:
            custom["format"] = {"type": "grammar", "grammar": grammar}
        case dict(format):
            custom["format"] = format
    return {"type": "custom", "custom": custom}  # type: ignore[typeddict-item]  # built as a dict


# --- What goes up as a function ---

GRAMMARS = {"lark": "Lark grammar", "regex": "regular expression"}


def as_function(tool: CustomTool) -> Tool:
    text = {"type": "string", "description": "All of the input, as plain text."}
    format = tool.format or {}
    if grammar := GRAMMARS.get(str(format.get("syntax"))):
        text["description"] += f" It must match this {grammar}:\n{format.get('definition')}"
    schema = {"type": "object", "properties": {"input": text}, "required": ["input"]}
    return Tool(tool.name, tool.description, {**schema, "additionalProperties": False})


def wrap(call: ToolCall) -> str:
    """The arguments of the function that stands for the tool."""
    return to_readable_json({"input": call.arguments}) if call.custom else call.arguments


# --- What comes back ---


class ReplyReader(Protocol):
    @property
    def has_all(self) -> bool: ...
    def read_on(self, event: ServerSentEvent) -> ReplyEvent | None: ...
    def read(self, event: ServerSentEvent) -> Iterable[ReplyEvent]: ...
    def close(self) -> Iterator[ReplyEvent]: ...


class CustomCalls:
    """Reads a reply in which these tools are functions. Create one per reply."""

    def __init__(self, reader: ReplyReader, names: Set[str]) -> None:
        self._reader = reader
        self._names = names
        self._input: WrappedText | None = None  # of the last call, if it is one of these

    @property
    def has_all(self) -> bool:
        return self._reader.has_all

    def read_on(self, event: ServerSentEvent) -> ReplyEvent | None:
        return None if self._input else self._reader.read_on(event)

    def read(self, event: ServerSentEvent) -> Iterator[ReplyEvent]:
        return self._unwrapped(self._reader.read(event))

    def close(self) -> Iterator[ReplyEvent]:
        return self._unwrapped(self._reader.close())

    def _unwrapped(self, events: Iterable[ReplyEvent]) -> Iterator[ReplyEvent]:
        for event in events:
            match event:
                case ToolCallDelta(arguments) if self._input:
                    yield from _say(self._input.read(arguments))
                    continue
                case ToolCallStarted() | ReplyFinished() if self._input:
                    yield from _say(self._input.end())
                    self._input = None
            if isinstance(event, ToolCallStarted) and event.name in self._names:
                self._input = WrappedText()
            yield event


def _say(text: str) -> Iterator[ToolCallDelta]:
    if text:
        yield ToolCallDelta(text)


_WHITE = r"[ \t\n\r]{0,32}"
_OPENING = re.compile(rf'{_WHITE}{{{_WHITE}"input"{_WHITE}:{_WHITE}"')
_LONGEST_OPENING = 256  # characters

# What of a string has all of its characters: not an escape that the piece cuts in two, nor the
# first half of a pair of them. `\u` without its digits is no escape.
_COMPLETE = re.compile(
    r'(?:[^"\\]++'
    r"|\\[^u]"
    r"|\\u(?![dD][89abAB][0-9a-fA-F]{2}(?:\\(?:u[0-9a-fA-F]{0,3})?)?\Z)[0-9a-fA-F]{4}"
    r"|\\u(?![0-9a-fA-F]{4}|[0-9a-fA-F]{0,3}\Z))*+"
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "/": "/"}


class WrappedText:
    """The text in `{"input": "…"}`, as it arrives. Whatever else arrives is told at the end."""

    def __init__(self) -> None:
        self._state: Literal["opening", "text", "closed", "other"] = "opening"
        self._pieces: list[str] = []  # that have not been read

    def read(self, piece: str) -> str:
        match self._state:
            case "closed":
                return ""
            case "other":
                self._pieces.append(piece)
                return ""
            case state:
                text = "".join((*self._pieces, piece))
                self._pieces = []
                return self._open(text) if state == "opening" else self._take(text)

    def end(self) -> str:
        left = "".join(self._pieces)
        # of a text that was cut off, half a character may be left
        return _find_text(left) if self._state in ("opening", "other") else ""

    def _open(self, text: str) -> str:
        if opening := _OPENING.match(text):
            self._state = "text"
            return self._take(text[opening.end() :])
        self._state = "opening" if len(text) <= _LONGEST_OPENING else "other"
        self._pieces = [text]
        return ""

    def _take(self, text: str) -> str:
        complete = _COMPLETE.match(text)
        end = complete.end() if complete else 0
        if text.startswith('"', end):
            self._state = "closed"
        else:
            self._pieces = [text[end:]]
        return _unescape(text[:end])


def _unescape(text: str) -> str:
    plain = _ESCAPE.sub(
        lambda found: chr(int(found[1], 16)) if found[1] else _ESCAPED.get(found[2], found[0]), text
    )
    if plain.isascii():
        return plain
    return plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _find_text(arguments: str) -> str:
    """Of arguments that begin otherwise: the text where there is but one, else all of them."""
    try:
        given = json.loads(arguments)
    except (ValueError, RecursionError):
        return arguments
    match given:
        case {"input": str(text)}:
            return text
        case dict():
            texts = [*given.values()]
        case _:
            texts = [given]
    match texts:
        case [str(text)]:
            return text
        case _:
            return arguments
