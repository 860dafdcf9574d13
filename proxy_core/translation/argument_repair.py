"""Leaves out arguments that a tool refuses and can do without.

GPT models like to write every parameter: `null` where they have nothing to say, or `""` where one
of three names must stand. The client refuses such a call. Whatever else stands in the arguments
stays as the model wrote it, to the byte, and so does what is no JSON object.

Arguments pass on as they arrive. Only the beginning of a member of the outermost object waits,
until its name or the first characters of its value show that it stays. One that goes takes the
comma before it along, or the one after it where no member before it stays.

One member's way, through the steps that `STEPS` tells in full (a string within `nested` leads back
there, and `name` and `string` have a step each for what a backslash escapes):

    start { member " name " colon : value " string " end , member ...
                                    value n scalar   end
                                    value [ nested ] end

Any other character leads to `rest`: the object has ended, or it is no JSON, and all passes on.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from proxy_core.conversation import (
    AnyTool,
    JsonSchema,
    ReplyEvent,
    Tool,
    ToolCallDelta,
    ToolCallStarted,
)
from proxy_core.openai.schema_references import find_target

# (tool, parameter) that the client refuses as "", although its schema does not
REFUSED_WHEN_EMPTY = frozenset({("Read", "pages")})

Unwanted = Mapping[str, tuple[str, ...]]  # parameter -> the values, as JSON, it is left out for

# How models write that they have nothing to say.
NOTHING = (None, "", "null")

_TYPES = frozenset({"null", "string", "number", "integer", "boolean", "object", "array"})
_LEVELS = 8  # of a schema; what lies deeper is not looked at


def find_unwanted(tool: Tool) -> Unwanted:
    properties, required = tool.parameters.get("properties"), tool.parameters.get("required") or []
    if not (isinstance(properties, dict) and isinstance(required, list)):
        return {}
    optional = properties.keys() - {name for name in required if isinstance(name, str)}
    unwanted = {
        name: tuple(
            json.dumps(value)
            for value in NOTHING
            if _refuses(properties[name], value, _LEVELS, tool.parameters)
            or (value == "" and (tool.name, name) in REFUSED_WHEN_EMPTY)
        )
        for name in optional
    }
    return {name: values for name, values in unwanted.items() if values}


def _refuses(schema: Any, value: str | None, levels: int, whole: JsonSchema) -> bool:
    """Whether it surely does. A schema that cannot be read to the end accepts everything."""
    if not (levels and isinstance(schema, dict)):
        return False
    if "$ref" in schema:  # what stands beside it counts in some drafts only
        return _refuses(find_target(whole, str(schema["$ref"])), value, levels - 1, whole)
    if value is None and schema.get("nullable"):
        return False
    return any(_keyword_refuses(key, schema[key], value, levels - 1, whole) for key in schema)


def _keyword_refuses(
    key: str, given: Any, value: str | None, levels: int, whole: JsonSchema
) -> bool:
    match key, given:
        case "type", str():
            return _type_refuses(given, value)
        case "type", [_, *_]:
            return all(isinstance(type, str) and _type_refuses(type, value) for type in given)
        case "enum", list():
            return value not in given
        case "const", _:
            return bool(given != value)
        case "minLength", int() if value is not None:
            return len(value) < given
        case "anyOf" | "oneOf", [_, *_]:
            return all(_refuses(branch, value, levels, whole) for branch in given)
        case "allOf", list():
            return any(_refuses(branch, value, levels, whole) for branch in given)
        case _:
            return False


def _type_refuses(type: str, value: str | None) -> bool:
    return type in _TYPES and type != ("null" if value is None else "string")


Step = Literal[
    "start", "member", "name", "name\\", "colon", "value",
    "string", "string\\", "scalar", "nested", "end", "rest",
]  # fmt: skip

_WHITE = " \t\n\r"

# What belongs to a step, and in group 1 the character behind it, which leads to the next one.
# `++` and `*+` never give back what they took: where the character has not come yet, nothing else
# is tried, so a piece is read once.
_IN_STRING = r'(?:[^"\\]++|\\.)*+'  # up to its quote, or to a backslash that ends the piece
_CHARACTER = re.compile(r"(.)", re.DOTALL)
_TOKEN = re.compile(rf"[{_WHITE}]*+(.)", re.DOTALL)
_STRING = re.compile(rf"{_IN_STRING}(.)", re.DOTALL)
_NESTED = re.compile(rf'(?:[^"\[\]{{}}]++|"{_IN_STRING}")*+(.)', re.DOTALL)
_SCALAR = re.compile(rf"[^{_WHITE},}}]*+(?=(.))", re.DOTALL)  # what ends it is no part of it
_NEVER = re.compile(r"(?!)")

_VALUES: dict[str, Step] = {
    '"': "string",
    **dict.fromkeys("[{", "nested"),
    **dict.fromkeys("-0123456789ntf", "scalar"),
}
_DEPTH = {"[": 1, "{": 1, "]": -1, "}": -1}

# step -> what is read there, where which character leads, where all others do
STEPS: dict[Step, tuple[re.Pattern[str], Mapping[str, Step], Step]] = {
    "start": (_TOKEN, {"{": "member"}, "rest"),
    "member": (_TOKEN, {'"': "name"}, "rest"),
    "name": (_STRING, {'"': "colon"}, "name\\"),
    "name\\": (_CHARACTER, {}, "name"),
    "colon": (_TOKEN, {":": "value"}, "rest"),
    "value": (_TOKEN, _VALUES, "rest"),
    "string": (_STRING, {'"': "end"}, "string\\"),
    "string\\": (_CHARACTER, {}, "string"),
    "scalar": (_SCALAR, {}, "end"),
    "nested": (_NESTED, {'"': "string"}, "nested"),
    "end": (_TOKEN, {",": "member"}, "rest"),
    "rest": (_NEVER, {}, "rest"),
}


class CallRepair:
    """Reads the arguments of one call, in any pieces."""

    def __init__(self, unwanted: Unwanted) -> None:
        self._unwanted = unwanted
        self._step: Step = "start"
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
            pattern, steps, otherwise = STEPS[self._step]
            found = pattern.match(text, at)
            end = found.end() if found else len(text)
            self._take(text[at:end])
            if found:
                self._go(steps.get(found[1], otherwise), found[1])
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
            if self._step in ("string", "scalar"):
                self._compare(piece)

    def _go(self, step: Step, character: str) -> None:
        if self._step in ("value", "nested"):
            self._depth += _DEPTH.get(character, 0)
        if step in ("nested", "end"):
            step = "nested" if self._depth else "end"
        self._step = step
        match step:
            case "member" if not self._has_members:
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
        """Lets the member pass as soon as its value is none that it would go for."""
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
        # not the tools: their descriptions are long, and so may be the reply
        self._parameters = {tool.name: tool.parameters for tool in tools if isinstance(tool, Tool)}
        self._unwanted: dict[str, Unwanted] = {}  # of the tools that were called
        self._call: CallRepair | None = None  # None where nothing can have to go

    @property
    def passes_deltas(self) -> bool:
        """As they are."""
        return self._call is None

    def read(self, event: ReplyEvent) -> Iterable[ReplyEvent]:
        if self._call is None and not isinstance(event, ToolCallStarted):
            return (event,)
        return self._read(self._call, event)

    def _read(self, call: CallRepair | None, event: ReplyEvent) -> Iterator[ReplyEvent]:
        if call and isinstance(event, ToolCallDelta):
            passed = call.read(event.arguments)
            if passed or not event.arguments:
                yield event if passed == event.arguments else ToolCallDelta(passed)
            return
        if call and (held := call.release()):
            yield ToolCallDelta(held)
        if isinstance(event, ToolCallStarted):
            unwanted = self._find_unwanted(event.name)
            self._call = CallRepair(unwanted) if unwanted else None
        yield event

    def _find_unwanted(self, name: str) -> Unwanted:
        if name not in self._unwanted:
            self._unwanted[name] = find_unwanted(Tool(name, "", self._parameters.get(name, {})))
        return self._unwanted[name]
