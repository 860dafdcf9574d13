"""Free text around which Chat Completions wants JSON, put in and taken out."""

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_core.conversation import (
    CustomTool,
    ReplyEvent,
    ReplyFinished,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolCallStarted,
)
from proxy_core.openai_chat.custom_calls import CustomCalls, WrappedText, as_function, wrap
from proxy_core.wire.sse import ServerSentEvent

LARK = {"type": "grammar", "syntax": "lark", "definition": "start: patch"}
REGEX = {"type": "grammar", "syntax": "regex", "definition": "a+"}
PATCH = '*** Begin Patch\n+print("é 🌍 \\u00e9")\t\\\n*** End Patch'


def unwrap(arguments: str, *cuts: int) -> list[str]:
    text = WrappedText()
    places = [0, *cuts, len(arguments)]
    return [*(text.read(arguments[a:b]) for a, b in pairwise(places)), text.end()]


# --- What goes up ---


@pytest.mark.parametrize(
    ("format", "told"),
    [
        (None, ""),
        ({"type": "text"}, ""),
        (LARK, "Lark grammar:\nstart: patch"),
        (REGEX, "expression:\na+"),
    ],
)
def test_the_function_tells_the_grammar(format: Any, told: str) -> None:
    tool = as_function(CustomTool("ApplyPatch", "Patches.", format))
    assert (tool.name, tool.description, tool.parameters["required"]) == (
        "ApplyPatch",
        "Patches.",
        ["input"],
    )
    text = tool.parameters["properties"]["input"]
    assert text["type"] == "string"
    assert text["description"].endswith(told)


@pytest.mark.parametrize("text", ["", PATCH, '{"input":"x"}'])
def test_what_is_wrapped_is_json_and_comes_back(text: str) -> None:
    arguments = wrap(ToolCall("c", "ApplyPatch", text, custom=True))
    assert json.loads(arguments) == {"input": text}
    assert "".join(unwrap(arguments)) == text
    assert wrap(ToolCall("c", "read", text)) == text


# --- What comes back ---


@given(st.text(), st.booleans(), st.lists(st.integers(0, 400), max_size=8))
def test_however_it_is_spelled_and_split(text: str, ascii: bool, cuts: list[int]) -> None:
    text = text.encode(errors="replace").decode()
    arguments = json.dumps({"input": text}, ensure_ascii=ascii)
    places = sorted(min(cut, len(arguments)) for cut in cuts)
    assert "".join(unwrap(arguments, *places)) == text
    assert "".join(unwrap(arguments, *range(1, len(arguments)))) == text


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        # white space, and what stands behind the text
        (' { "input" :\n"a" } ', "a"),
        ('{"input":"a","more":"b"}', "a"),
        ('{"input":"a"', "a"),
        ('{"input":"a', "a"),
        # escapes of every kind, and what is none
        (r'{"input":"\b\f\n\r\t\"\\\/"}', '\b\f\n\r\t"\\/'),
        (r'{"input":"\ud83c\udf0d \u00e9"}', "🌍 é"),
        (r'{"input":"\ud83c \udf0d"}', "\ufffd \ufffd"),
        (r'{"input":"\\ud83c"}', "\\ud83c"),
        (r'{"input":"\d \uZZ \u12"}', r"\d \uZZ \u12"),
        ('{"input":"a\nb"}', "a\nb"),
        # cut off within a character
        ('{"input":"a\\', "a"),
        (r'{"input":"a\u00', "a"),
        (r'{"input":"a\ud83c', "a"),
        # other arguments
        ("", ""),
        ("*** Begin Patch", "*** Begin Patch"),
        ('"a"', "a"),
        ('{"patch":"a"}', "a"),
        ('{"why":"b","input":"a"}', "a"),
        ('{"why":"b","patch":"a"}', '{"why":"b","patch":"a"}'),
        ('{"input":["a"]}', '{"input":["a"]}'),
        ("[1]", "[1]"),
        ("[" * 100_000, "[" * 100_000),
        (" " * 300 + '{"input":"a"}', "a"),
    ],
)
def test_arguments(arguments: str, text: str) -> None:
    assert "".join(unwrap(arguments)) == text
    if len(arguments) < 1000:
        assert "".join(unwrap(arguments, *range(1, len(arguments)))) == text


def test_the_text_passes_on_as_it_arrives() -> None:
    assert unwrap('{"input":"one two"}', 13, 17) == ["one", " two", "", ""]


class Reader:
    """Says what it is given, an event at a time."""

    has_all = True

    def __init__(self, *events: ReplyEvent) -> None:
        self._events = events

    def read_on(self, event: ServerSentEvent) -> ReplyEvent:
        return TextDelta(event.data)

    def read(self, event: ServerSentEvent) -> Iterator[ReplyEvent]:
        yield from self._events[:-1]

    def close(self) -> Iterator[ReplyEvent]:
        yield from self._events[-1:]


def heard(*events: ReplyEvent) -> list[ReplyEvent]:
    calls = CustomCalls(Reader(*events), {"ApplyPatch"})
    assert calls.has_all
    return [*calls.read(ServerSentEvent("", "")), *calls.close()]


PATCHES, READS = ToolCallStarted("a", "ApplyPatch"), ToolCallStarted("b", "read")
END = ReplyFinished("tool_calls")


def test_only_calls_of_custom_tools_are_unwrapped() -> None:
    assert heard(
        TextDelta("Hi."),
        PATCHES,
        ToolCallDelta('{"input":"o'),
        ToolCallDelta('ne"}'),
        READS,
        ToolCallDelta('{"input":"x"}'),
        PATCHES,
        ToolCallDelta("raw"),
        END,
    ) == [
        TextDelta("Hi."),
        PATCHES,
        ToolCallDelta("o"),
        ToolCallDelta("ne"),
        READS,
        ToolCallDelta('{"input":"x"}'),
        PATCHES,
        ToolCallDelta("raw"),
        END,
    ]


@pytest.mark.parametrize(
    ("events", "reads_on"), [([END], True), ([PATCHES, END], False), ([PATCHES, READS, END], True)]
)
def test_what_goes_on_is_told_outside_of_calls_that_are_unwrapped(
    events: list[ReplyEvent], reads_on: bool
) -> None:
    calls = CustomCalls(Reader(*events), {"ApplyPatch"})
    assert [*calls.read(ServerSentEvent(""))] == events[:-1]
    assert calls.read_on(ServerSentEvent("Hi.")) == (TextDelta("Hi.") if reads_on else None)


def test_a_text_in_between_ends_no_call() -> None:
    pieces = [ToolCallDelta('{"input":"o'), TextDelta("Hm."), ToolCallDelta('ne"}')]
    told = [ToolCallDelta("o"), TextDelta("Hm."), ToolCallDelta("ne")]
    assert heard(PATCHES, *pieces, END) == [PATCHES, *told, END]


def test_a_megabyte_in_small_pieces_is_read_in_time() -> None:
    for arguments in ('{"input":"' + "é\\n" * 100_000 + '"}', "*" * 500_000):
        text = WrappedText()
        pieces = [text.read(arguments[at : at + 4]) for at in range(0, len(arguments), 4)]
        assert len("".join(pieces)) + len(text.end()) >= 200_000
