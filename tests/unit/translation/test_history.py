"""A repaired history obeys Azure's rule of pairs and has lost nothing."""

from collections import Counter
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_core.conversation import (
    Content,
    Image,
    Message,
    Origin,
    Part,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
)
from proxy_core.translation.history import NO_RESULT, ORPHAN, repaired, without_reasoning
from proxy_core.wire import known_messages
from tests.eager_memory import remember_eagerly

REASONING = Reasoning("rs_1", "gAAA", (), Origin("here", "gpt-5.4"))
SYSTEM = Message("system", (Text("Plan mode."),))


def call(id: str, name: str = "read") -> ToolCall:
    return ToolCall(id, name, "{}")


def result(id: str, text: str) -> ToolResult:
    return ToolResult(id, (Text(text),))


def interrupted(id: str) -> ToolResult:
    return ToolResult(id, NO_RESULT)


def user(*parts: Part) -> Message:
    return Message("user", parts)


def assistant(*parts: Part) -> Message:
    return Message("assistant", parts)


SOUND = [
    [user(Text("hi"))],
    [user(Text("hi")), assistant(REASONING, Text("Hello."))],
    [assistant(REASONING, call("a")), user(result("a", "1")), assistant(Text("Done."))],
    [assistant(call("a"), call("b")), user(result("a", "1"), result("b", "2"))],
    [assistant(call("a"), Text("then"), call("b")), user(result("a", "1"), result("b", "2"))],
    [SYSTEM, user(Text("hi"), Image("https://x/1.png")), SYSTEM],
]


@pytest.mark.parametrize("messages", SOUND)
def test_a_sound_history_stays_as_it_is(messages: list[Message]) -> None:
    assert repaired(messages) == tuple(messages)


BROKEN = {
    "a call without a result": (
        [assistant(call("a")), user(Text("go on"))],
        [assistant(call("a")), user(interrupted("a")), user(Text("go on"))],
    ),
    "the last call": (
        [assistant(call("a"))],
        [assistant(call("a")), user(interrupted("a"))],
    ),
    "a result without a call": (
        [user(Text("first"), result("a", "1"), Text("last"))],
        [user(Text("first"), ORPHAN, Text("1"), Text("last"))],
    ),
    "a result before its call": (
        [user(result("a", "1")), assistant(call("a"))],
        [user(ORPHAN, Text("1")), assistant(call("a")), user(interrupted("a"))],
    ),
    "a second result": (
        [assistant(call("a")), user(result("a", "1")), user(result("a", "2"))],
        [assistant(call("a")), user(result("a", "1")), user(ORPHAN, Text("2"))],
    ),
    "results in another order": (
        [assistant(call("a"), call("b")), user(result("b", "2"), result("a", "1"))],
        [assistant(call("a"), call("b")), user(result("a", "1"), result("b", "2"))],
    ),
    "results in messages of their own": (
        [assistant(call("a"), call("b")), user(result("a", "1")), user(result("b", "2"))],
        [assistant(call("a"), call("b")), user(result("a", "1"), result("b", "2"))],
    ),
    "a system message between call and result": (
        [assistant(call("a")), SYSTEM, user(result("a", "1"))],
        [assistant(call("a")), user(result("a", "1")), SYSTEM],
    ),
    "text before the result": (
        [assistant(call("a")), user(Text("first"), result("a", "1"), Text("last"))],
        [assistant(call("a")), user(result("a", "1")), user(Text("first"), Text("last"))],
    ),
    "a result far away": (
        [assistant(call("a")), user(Text("?")), assistant(Text("!")), user(result("a", "1"))],
        [assistant(call("a")), user(result("a", "1")), user(Text("?")), assistant(Text("!"))],
    ),
    "an id used in two turns": (
        [
            assistant(call("a")),
            user(result("a", "1")),
            assistant(call("a")),
            user(result("a", "2")),
        ],
        [
            assistant(call("a")),
            user(result("a", "1")),
            assistant(call("a_2")),
            user(result("a_2", "2")),
        ],
    ),
    "an id used again after a call was given up": (
        [assistant(call("a")), assistant(call("a")), user(result("a", "1"))],
        [
            assistant(call("a")),
            user(interrupted("a")),
            assistant(call("a_2")),
            user(result("a_2", "1")),
        ],
    ),
    "an id used twice in one turn": (
        [assistant(call("a", "x"), call("a", "y")), user(result("a", "1"), result("a", "2"))],
        [assistant(call("a", "x"), call("a_2", "y")), user(result("a", "1"), result("a_2", "2"))],
    ),
    "an id that looks like one made unique": (
        [assistant(call("a"), call("a_2"), call("a")), user(result("a_2", "2"))],
        [
            assistant(call("a"), call("a_2"), call("a_3")),
            user(interrupted("a"), result("a_2", "2"), interrupted("a_3")),
        ],
    ),
}


@pytest.mark.parametrize("story", BROKEN)
def test_a_broken_history(story: str) -> None:
    before, after = BROKEN[story]
    assert repaired(before) == tuple(after)
    assert repaired(after) == tuple(after)  # nothing is left to repair


# --- Whatever clients send ---

text = st.builds(Text, st.sampled_from(["one", "two", "three"]))
content = st.one_of(text, st.builds(Image, st.sampled_from(["https://x/1", "https://x/2"])))
ids = st.sampled_from(["a", "b", "a_2"])
calls = st.builds(ToolCall, ids, st.sampled_from(["read", "write"]), st.just("{}"))
results = st.builds(ToolResult, ids, st.lists(content, max_size=2).map(tuple))


def message(role: str, parts: st.SearchStrategy[Part]) -> st.SearchStrategy[Message]:
    return st.builds(Message, st.just(role), st.lists(parts, min_size=1, max_size=4).map(tuple))


histories = st.lists(
    st.one_of(
        message("assistant", st.one_of(text, calls, st.just(REASONING))),
        message("user", st.one_of(content, results)),
        message("system", text),
    ),
    max_size=8,
)


@given(histories)
def test_every_call_is_followed_at_once_by_its_only_result(messages: list[Message]) -> None:
    after = repaired(messages)
    used = [part.id for part in parts(after) if isinstance(part, ToolCall)]
    assert len(used) == len(set(used))
    answered: list[str] = []
    for before, now in zip((Message("system", ()), *after), after, strict=False):
        called = [part.id for part in before.parts if isinstance(part, ToolCall)]
        answers = [part.call_id for part in now.parts if isinstance(part, ToolResult)]
        assert answers == called
        assert not answers or (now.role == "user" and len(answers) == len(now.parts))
        answered += answers
    assert answered == used


@given(histories)
def test_nothing_is_lost_and_only_notes_are_added(messages: list[Message]) -> None:
    before, after = repaired(messages), Counter(contents(repaired(messages)))
    added = after - Counter(contents(messages))
    assert not Counter(contents(messages)) - after
    assert set(added) <= {ORPHAN, *NO_RESULT}
    assert [names(part) for part in parts(before) if names(part)] == [
        names(part) for part in parts(messages) if names(part)
    ]


@given(histories)
def test_what_is_no_result_keeps_its_order(messages: list[Message]) -> None:
    others = [part for part in parts(messages) if not isinstance(part, ToolResult | ToolCall)]
    kept = iter(part for part in parts(repaired(messages)) if not isinstance(part, ToolResult))
    assert all(part in kept for part in others)  # a subsequence


@given(histories)
def test_a_repaired_history_needs_no_repair(messages: list[Message]) -> None:
    assert repaired(repaired(messages)) == repaired(messages)


# Of many ids, so that most runs have nothing to do with each other.
long_histories = st.lists(
    st.one_of(
        st.builds(
            lambda id: (assistant(call(id)), user(result(id, "1"))), st.integers(0, 99).map(str)
        ),
        histories.map(tuple),
        st.just((user(Text("go on")),)),
    ),
    max_size=12,
).map(lambda groups: [message for group in groups for message in group])


@given(long_histories)
def test_in_runs_it_is_the_same(messages: list[Message]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        remember_eagerly(patch)
        patch.setattr(known_messages, "RUN", 2)
        in_runs = [repaired(messages[:end]) for end in range(len(messages) + 1)]
        patch.setattr(known_messages, "RUN", len(messages) + 1)
        assert in_runs == [repaired(messages[:end]) for end in range(len(messages) + 1)]


def parts(messages: Sequence[Message]) -> Iterator[Part]:
    return (part for message in messages for part in message.parts)


def contents(messages: Sequence[Message]) -> Iterator[Content]:
    for part in parts(messages):
        match part:
            case ToolResult(_, inner):
                yield from inner
            case Text() | Image():
                yield part


def names(part: Part) -> str:
    """What is left of a call when its id may change; the id of reasoning."""
    match part:
        case ToolCall(_, name, arguments):
            return name + arguments
        case Reasoning(id):
            return id
        case _:
            return ""


def test_a_result_is_custom_where_its_call_is() -> None:
    custom = ToolCall("a", "ApplyPatch", "*** Begin Patch", custom=True)
    history = repaired([assistant(custom, call("b")), user(result("b", "2"), result("a", "1"))])
    answers = [part for part in history[1].parts if isinstance(part, ToolResult)]
    assert [(part.call_id, part.custom) for part in answers] == [("a", True), ("b", False)]
    never = repaired([assistant(custom)])[1].parts
    assert never == (ToolResult("a", NO_RESULT, custom=True),)


def test_without_reasoning() -> None:
    messages = [user(Text("hi")), assistant(REASONING), assistant(REASONING, call("a"))]
    assert without_reasoning(messages) == (user(Text("hi")), assistant(call("a")))
