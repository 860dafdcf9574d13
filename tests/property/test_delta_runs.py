"""Deltas are read by what they have in common with the one before, or in full: it never shows."""

import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_core import openai_chat, openai_responses
from proxy_core.conversation import ReplyEvent
from proxy_core.errors import ProxyError
from proxy_core.translation.upstreams import ReplyReader
from proxy_core.wire.sse import ServerSentEvent
from tests.property.strategies import interleavings
from tests.streams import CHAT_USAGE, Event, added, chat_call, chunk, delta, done, ended

Said = list[ReplyEvent | str]
Field = tuple[Event, str]  # an object in an event, and the name

# What says nothing, but stands between two deltas, so that each of them is read in full.
KEEPALIVE = ServerSentEvent("{}", "keepalive")
NO_CHOICES = ServerSentEvent('{"choices": []}')


def read(reader: ReplyReader, events: Sequence[ServerSentEvent]) -> Said:
    """All that is said, and what each event fails with."""
    said: Said = []
    for say in (*(partial(reader.read, event) for event in events), reader.close):
        try:
            said += say()
        except (ProxyError, ValueError, LookupError, TypeError, AttributeError) as error:
            said.append(repr(error))
    return said


def interrupted(events: Sequence[ServerSentEvent], by: ServerSentEvent) -> list[ServerSentEvent]:
    return [each for event in events for each in (by, event)]


# --- how an event may be written ----------------------------------------------

words = st.one_of(
    st.sampled_from(["a", " b", "", '"\\/\b\n', "\u20ac", "\U0001f600", "\ud83d", "\x00"]),
    st.text(max_size=4),
)
ODD: list[Any] = [
    None,
    "",
    "0",
    0,
    1,
    1.0,
    True,
    -1,
    10**30,
    [],
    {},
    {"message": "No.", "prompt_tokens": 3},
    "stop",
    ["a"],
]
odd = st.sampled_from(ODD)
INDEXES = [0, 1, 0, 1, None, "0", 1.0, True, 10**30]
indexes = st.sampled_from(INDEXES)


@st.composite
def written(draw: st.DrawFn, event: Event) -> str:
    """In any order, with any spaces and escapes, and with a field that comes twice."""
    fields = [*event.items()]
    if draw(st.integers(0, 3)) == 0:
        fields = draw(st.permutations(fields))
    if draw(st.integers(0, 9)) == 0:
        fields = [*fields, (draw(st.sampled_from(fields))[0], draw(words | odd))]
    comma, colon = draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,\t", "\t: ")]))
    pairs = (f"{json.dumps(name)}{colon}{json.dumps(value)}" for name, value in fields)
    text = "{" + comma.join(pairs) + "}"
    spellings = [text] * 9 + [f" {text} ", text[:-1], text.replace("a", "\\u0061")]
    return draw(st.sampled_from(spellings))


@st.composite
def run(
    draw: st.DrawFn, alike: Callable[[str], Event], fields: Callable[[Event], Sequence[Field]]
) -> list[ServerSentEvent]:
    """Events that differ in their words, and now and then in something else."""
    events = []
    for number in range(draw(st.integers(2, 5))):
        event, name = alike(draw(words)), ""
        match (
            draw(st.sampled_from(["alike", "changed", "missing", "named"])) if number else "alike"
        ):
            case "changed":
                place, field = draw(st.sampled_from(fields(event)))
                place[field] = draw(indexes if field.endswith("index") else odd)
            case "missing":
                place, field = draw(st.sampled_from(fields(event)))
                place.pop(field, None)
            case "named":
                name = draw(st.sampled_from(["keepalive", "error", "x"]))
        events.append(ServerSentEvent(draw(written(event)), name))
    return events


def plain(*events: Event) -> list[ServerSentEvent]:
    return [ServerSentEvent(json.dumps(event)) for event in events]


# --- Responses ------------------------------------------------------------------

DELTAS = {
    "message": ["output_text", "output_text", "refusal"],
    "reasoning": ["reasoning_summary_text", "reasoning_summary_text", "reasoning_text"],
    "function_call": ["function_call_arguments"],
    "custom_tool_call": ["custom_tool_call_input"],
}
FIELDS = ("type", "delta", "output_index", "content_index", "summary_index", "error")


@st.composite
def item_runs(draw: st.DrawFn, index: int) -> list[ServerSentEvent]:
    """Of one item: what begins it, some of its deltas, and what comes between them."""
    type = draw(st.sampled_from([*DELTAS]))
    item = {"type": type, "id": "it", "content": [], "name": "read", "arguments": "", "input": ""}
    item |= draw(st.sampled_from([{"call_id": f"call_{index}"}, {"call_id": f"call_{index}"}, {}]))
    events = plain(added(index, **item))
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(DELTAS[type]))
        place = draw(
            st.sampled_from([{}, {"content_index": 0}, {"summary_index": 0}, {"summary_index": 1}])
        )

        def alike(text: str, kind: str = kind, place: Event = place) -> Event:
            return {**delta(kind, index, text), **place}

        events += draw(run(alike, lambda event: [(event, name) for name in FIELDS]))
        between = {
            "type": "response.reasoning_summary_part.added",
            "output_index": index,
            "summary_index": draw(st.sampled_from([0, 1])),
        }
        events += plain(*draw(st.sampled_from([[], [between], [between], [done(index, **item)]])))
    return events


@given(st.data())
def test_responses(data: st.DataObject) -> None:
    lanes = [data.draw(item_runs(index)) for index in range(data.draw(st.integers(1, 2)))]
    events = data.draw(interleavings(lanes)) if data.draw(st.booleans()) else [*chain(*lanes)]
    events += plain(ended())
    make = openai_responses.ReplyReader
    in_full = read(make({}, None), interrupted(events, KEEPALIVE))
    assert read(make({}, None), events) == in_full


# --- Chat -----------------------------------------------------------------------

FORMS: list[Callable[[str], Event]] = [
    lambda text: chunk(content=text),
    lambda text: chunk(content=text),
    lambda text: chunk(role=None, content=None, reasoning_content=text, tool_calls=None),
    lambda text: chunk(content="", reasoning=text),
    lambda text: chunk(refusal=text),
    lambda text: chat_call(0, text),
    lambda text: chat_call(0, text),
    lambda text: chat_call(1, text),
    lambda text: {"choices": chunk(content=text)["choices"] * 2},
]
CHUNK_FIELDS = ("error", "usage", "id", "choices")
CHOICE_FIELDS = ("finish_reason", "message", "error", "usage", "delta")
DELTA_FIELDS = (
    "content", "reasoning_content", "reasoning", "thinking", "reasoning_text", "reasoning_details",
    "refusal", "tool_calls", "function_call",
)  # fmt: skip
CALL_FIELDS = ("id", "index", "function", "custom")
FUNCTION_FIELDS = ("name", "arguments", "input")


def chat_fields(event: Event) -> list[Field]:
    choice = event["choices"][0]
    places = [(event, CHUNK_FIELDS), (choice, CHOICE_FIELDS), (choice["delta"], DELTA_FIELDS)]
    for call in choice["delta"].get("tool_calls") or ():
        places += [(call, CALL_FIELDS), (call["function"], FUNCTION_FIELDS)]
    return [(place, name) for place, names in places for name in names]


@st.composite
def chat_runs(draw: st.DrawFn) -> list[ServerSentEvent]:
    events: list[ServerSentEvent] = []
    for _ in range(draw(st.integers(1, 4))):
        form = draw(st.sampled_from(FORMS))
        begun = [chat_call(number, "", id=f"call_{number}", name="read") for number in (0, 1)]
        # without an id one is made, of the completion's own
        nameless = chat_call(0, "", name="list")
        between = st.sampled_from([begun[0], begun[1], nameless, chunk("stop"), CHAT_USAGE])
        events += plain(*draw(st.lists(between, max_size=2)))
        events += draw(run(lambda text, form=form: {"id": "c", **form(text)}, chat_fields))
    return events


@given(chat_runs(), st.booleans())
def test_chat(events: list[ServerSentEvent], is_done: bool) -> None:
    events = [
        *events,
        *plain(chat_call(2, "{}", name="x"), chunk("stop")),
        *[ServerSentEvent("[DONE]")] * is_done,
    ]
    make = openai_chat.ReplyReader
    in_full = read(make({}), interrupted(events, NO_CHOICES))
    assert read(make({}), events) == in_full


def changed(
    alike: Callable[[str], Event], fields: Callable[[Event], Sequence[Field]]
) -> Iterator[Event]:
    """An event with each field that is looked at changed or missing, in every odd way."""
    for number in range(len(fields(alike("c")))):
        for value in ODD:
            event = alike("c")
            place, name = fields(event)[number]
            place[name] = value
            yield event
        event = alike("c")
        place, name = fields(event)[number]
        place.pop(name, None)
        yield event


@pytest.mark.parametrize("type", DELTAS)
def test_every_field_of_a_delta_counts(type: str) -> None:
    item = {"type": type, "id": "it", "call_id": "call", "name": "read"}
    part = {"type": "response.reasoning_summary_part.added", "output_index": 0, "summary_index": 1}
    begun = [added(0, **item), part] if type == "reasoning" else [added(0, **item)]
    make = openai_responses.ReplyReader
    for kind, place in product(DELTAS[type], ("content_index", "summary_index")):
        alike = partial(
            lambda text, kind, place: {**delta(kind, 0, text), place: 1}, kind=kind, place=place
        )
        for event in changed(alike, lambda event: [(event, name) for name in FIELDS]):
            events = plain(*begun, alike("a"), alike("b"), event, alike("d"), ended())
            assert read(make({}, None), events) == read(
                make({}, None), interrupted(events, KEEPALIVE)
            )


@pytest.mark.parametrize("form", FORMS)
def test_every_field_of_a_chunk_counts(form: Callable[[str], Event]) -> None:
    make = openai_chat.ReplyReader
    begun = [chat_call(number, "", id=f"call_{number}", name="read") for number in (0, 1)]
    for calls in ([], begun):
        for event in changed(lambda text: {"id": "c", **form(text)}, chat_fields):
            last = [chat_call(2, "{}", name="x"), chunk("stop")]
            events = plain(
                *calls, *({"id": "c", **form(text)} for text in "ab"), event, form("d"), *last
            )
            assert read(make({}), events) == read(make({}), interrupted(events, NO_CHOICES))


def is_failure(said: ReplyEvent | str) -> bool:
    return isinstance(said, str)


@pytest.mark.parametrize("type", DELTAS)
def test_an_empty_delta_begins_no_run(type: str) -> None:
    """It may be all that ever came of its item, and is in no account that could go on."""
    begun = [added(0, type=type, call_id="call", name="read")] if "call" in type else []
    for kind in DELTAS[type]:
        deltas = (delta(kind, 0, text) for text in ("", "a", "b"))
        events = plain(*begun, *deltas, ended())
        assert not [*filter(is_failure, read(openai_responses.ReplyReader({}, None), events))]


@pytest.mark.parametrize("form", FORMS)
def test_an_empty_chunk_begins_no_run(form: Callable[[str], Event]) -> None:
    begun = [chat_call(number, "", id=f"call_{number}", name="read") for number in (0, 1)]
    events = plain(*begun, *map(form, ("", "a", "b")), chunk("stop"))
    assert not [*filter(is_failure, read(openai_chat.ReplyReader({}), events))]
