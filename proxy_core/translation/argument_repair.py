"""Leaves out arguments that a tool refuses and can do without.

GPT models like to write every parameter: `null` where they have nothing to say, `"pages": ""`
for Claude Code's Read. The client refuses such a call. Whatever else stands in the arguments
stays as the model wrote it, to the byte, and so does what is no JSON object.

Arguments pass on as they arrive. Only the beginning of a member of the outermost object waits,
until its name or the first characters of its value show that it stays. One that goes takes the
comma before it along, or the one after it where no member before it stays.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from proxy_core.conversation import AnyTool, ReplyEvent, Tool, ToolCallDelta, ToolCallStarted

# (tool, parameter) that the client refuses as "", although its schema does not
REFUSED_WHEN_EMPTY = frozenset({("Read", "pages")})

Unwanted = Mapping[str, tuple[str, ...]]  # parameter -> the values, as JSON, it is left out for

_TYPES_BUT_NULL = frozenset({"string", "number", "integer", "boolean", "object", "array"})
_LEVELS = 8  # of a schema; what lies deeper is not looked at


def find_unwanted(tool: Tool) -> Unwanted:
    properties, required = tool.parameters.get("properties"), tool.parameters.get("required") or []
    if not (isinstance(properties, dict) and isinstance(required, list)):
        return {}
    unwanted: dict[str, tuple[str, ...]] = {}
    for name in properties.keys() - {name for name in required if isinstance(name, str)}:
        null = ("null",) if _refuses_null(properties[name], _LEVELS) else ()
        empty = ('""',) if (tool.name, name) in REFUSED_WHEN_EMPTY else ()
        if null or empty:
            unwanted[name] = null + empty
    return unwanted


def _refuses_null(schema: Any, levels: int) -> bool:
    """Whether it surely does. A schema that cannot be read to the end accepts everything."""
    if not (levels and isinstance(schema, dict)) or "$ref" in schema or schema.get("nullable"):
        return False
    return any(_keyword_refuses_null(key, schema[key], levels - 1) for key in schema)


def _keyword_refuses_null(key: str, value: Any, levels: int) -> bool:
    match key, value:
        case "type", str():
            return value in _TYPES_BUT_NULL
        case "type", [_, *_]:
            return all(isinstance(type, str) and type in _TYPES_BUT_NULL for type in value)
        case "enum", list():
            return None not in value
        case "const", _:
            return value is not None
        case "anyOf" | "oneOf", [_, *_]:
            return all(_refuses_null(branch, levels) for branch in value)
        case _:
            return False


Place = Literal[
    "start", "first", "next", "name", "name\\", "colon", "value",
    "string", "string\\", "scalar", "nested", "end", "rest",
]  # fmt: skip

_WHITE = " \t\n\r"
_IN_STRING = r'(?:[^"\\]++|\\.)*+'  # stops at the quote, or at a backslash that ends the text

# Each takes what belongs to a place; group 1 is the character that leads to the next one.
_ANY = re.compile(r"(.)", re.DOTALL)
_TOKEN = re.compile(rf"[{_WHITE}]*+(.)", re.DOTALL)
_QUOTE = re.compile(rf"{_IN_STRING}(.)", re.DOTALL)
_BRACKET = re.compile(rf'(?:[^"\[\]{{}}]++|"{_IN_STRING}")*+(.)', re.DOTALL)
_DELIMITER = re.compile(rf"[^{_WHITE},}}]*+(?=(.))", re.DOTALL)
_NOTHING = re.compile(r"(?!)")

_SCALARS: dict[str, Place] = dict.fromkeys("-0123456789ntf", "scalar")
_DEPTH = {"[": 1, "{": 1, "]": -1, "}": -1}

# place -> what is read there, where which character leads, where all others do
MOVES: dict[Place, tuple[re.Pattern[str], Mapping[str, Place], Place]] = {
    "start": (_TOKEN, {"{": "first"}, "rest"),
    "first": (_TOKEN, {'"': "name"}, "rest"),
    "next": (_TOKEN, {'"': "name"}, "rest"),
    "name": (_QUOTE, {'"': "colon"}, "name\\"),
    "name\\": (_ANY, {}, "name"),
    "colon": (_TOKEN, {":": "value"}, "rest"),
    "value": (_TOKEN, {**_SCALARS, '"': "string", "[": "nested", "{": "nested"}, "rest"),
    "string": (_QUOTE, {'"': "end"}, "string\\"),
    "string\\": (_ANY, {}, "string"),
    "scalar": (_DELIMITER, {}, "end"),
    "nested": (_BRACKET, {'"': "string"}, "nested"),
    "end": (_TOKEN, {",": "next"}, "rest"),
    "rest": (_NOTHING, {}, "rest"),  # behind the last member, or where no member can be
}


class CallRepair:
    """Reads the arguments of one call, in any pieces."""

    def __init__(self, unwanted: Unwanted) -> None:
        self._unwanted = unwanted
        self._place: Place = "start"
        self._depth = 0  # of brackets within a value
        self._passed: list[str] = []
        self._held: list[str] | None = None  # of the member that may have to go
        self._goes_for: tuple[str, ...] = ()  # the values it would go for
        self._value = ""  # as far as it has arrived
        self._has_members = False

    def read(self, text: str) -> str:
        """As much of the arguments as can pass on now."""
        self._passed, at = [], 0
        while at < len(text):
            pattern, moves, otherwise = MOVES[self._place]
            found = pattern.match(text, at)
            end = found.end() if found else len(text)
            self._take(text[at:end])
            if found:
                self._move(moves.get(found[1], otherwise), found[1])
            at = end
        return "".join(self._passed)

    def release(self) -> str:
        """What still waits when the arguments have ended, or broken off."""
        held, self._held = self._held, None
        return "".join(held or ())

    def _take(self, piece: str) -> None:
        if self._held is None:
            self._passed.append(piece)
        else:
            self._held.append(piece)
            if self._place in ("string", "scalar"):
                self._compare(piece)

    def _move(self, place: Place, character: str) -> None:
        if self._place in ("value", "nested"):
            self._depth += _DEPTH.get(character, 0)
        if place in ("nested", "end"):
            place = "nested" if self._depth else "end"
        self._place = place
        match place:
            case "first" | "next" if not self._has_members:
                self._held = []  # without the comma, which goes with the member before it
            case "end":
                if self._held is None or self._value not in self._goes_for:
                    self._keep()
                    self._has_members = True
                self._held = []
            case "colon" if self._held is not None:
                name = _read_name("".join(self._held).lstrip(_WHITE + ","))
                self._goes_for, self._value = self._unwanted.get(name, ()), ""
                self._compare("")
            case "string" | "scalar" | "nested" if self._held is not None:
                self._compare(character)
            case "rest":
                self._keep()

    def _compare(self, piece: str) -> None:
        self._value += piece
        if not any(value.startswith(self._value) for value in self._goes_for):
            self._keep()

    def _keep(self) -> None:
        if self._held is not None:
            self._passed += self._held
            self._held = None


def _read_name(text: str) -> str:
    try:
        return str(json.loads(text))
    except ValueError:
        return text  # with its quotes, as no parameter is called


class ArgumentRepair:
    """Watches one reply. Create one per request."""

    def __init__(self, tools: Iterable[AnyTool]) -> None:
        self._tools = {tool.name: tool for tool in tools if isinstance(tool, Tool)}
        self._call: CallRepair | None = None  # None where nothing can have to go

    def read(self, event: ReplyEvent) -> Iterator[ReplyEvent]:
        if isinstance(event, ToolCallDelta):
            passed = self._call.read(event.arguments) if self._call else event.arguments
            if passed or not event.arguments:
                yield event if passed == event.arguments else ToolCallDelta(passed)
            return
        if self._call and (held := self._call.release()):
            yield ToolCallDelta(held)
        if isinstance(event, ToolCallStarted):
            unwanted = find_unwanted(self._tools[event.name]) if event.name in self._tools else {}
            self._call = CallRepair(unwanted) if unwanted else None
        yield event
