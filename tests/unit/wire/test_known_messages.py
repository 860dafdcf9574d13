from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_core.conversation import (
    File,
    Image,
    Message,
    Part,
    Reasoning,
    Text,
    Tool,
    ToolCall,
    ToolResult,
)
from proxy_core.wire.known_messages import (
    RUN,
    as_before,
    in_runs,
    once,
    once_for_all,
    once_for_each,
    once_for_run,
)
from proxy_core.wire.memory import LARGEST, Memory
from tests.eager_memory import remember_eagerly

made: list[Any] = []


@pytest.fixture(autouse=True)
def memory(monkeypatch: pytest.MonkeyPatch) -> Memory:
    made.clear()
    return remember_eagerly(monkeypatch)


def make(value: Any) -> str:
    made.append(value)
    return repr(value)


def test_a_message_of_the_same_parts() -> None:
    text = Text("a")
    one, other = Message("user", (text,)), Message("user", (text,))
    assert once("kind", make, one) is once("kind", make, other)
    assert len(made) == 1


@pytest.mark.parametrize(
    "other",
    [Message("user", (Text("a"),)), Message("assistant", (Text("b"),)), Message("user", ())],
)
def test_other_messages_are_their_own(other: Message) -> None:
    one = Message("user", (Text("a"),))
    for message in (one, other, one, other):
        assert once("kind", make, message) == repr(message)
    assert made == [one, other]


def test_kinds_and_roles_are_kept_apart() -> None:
    parts = (Text("a"),)
    for kind in ("one", "other"):
        for message in (Message("user", parts), Message("system", parts)):
            assert once(kind, make, message) == repr(message)
    assert len(made) == 4


LONG = "a" * (LARGEST + 1)


@pytest.mark.parametrize(
    "part",
    [
        Text(LONG),
        Image(LONG),
        File("a", LONG),
        ToolCall("id", "name", LONG),
        ToolResult("id", (Text("a"), Image(LONG))),
        Reasoning("id", LONG, (), None),
        Reasoning("id", "a", (LONG,), None),
    ],
)
def test_what_is_large_is_not_kept(part: Part) -> None:
    message = Message("user", (part,))
    for _ in range(3):
        assert once("kind", make, message) == repr(message)
    assert len(made) == 3


def test_tools() -> None:
    first, second = Tool("a", "", {"default": True}), Tool("a", "", {"default": 1})
    assert first == second  # as Python sees it, and no JSON does
    for tools in ((first,), (second,), (first, second), (first,)):
        assert once_for_all("kind", make, tools) == repr(tools)
    assert len(made) == 3


def say(number: int, role: str = "user") -> Message:
    return Message(role, (Text(str(number)),))  # type: ignore[arg-type]  # a role of the tests


def test_a_message_is_the_one_that_has_come_before() -> None:
    text = Text("a")
    first = as_before(Message("user", (text,)))
    assert as_before(Message("user", (text,))) is first
    assert as_before(Message("system", (text,))) is not first


def test_what_each_message_becomes_is_made_of_runs() -> None:
    def make_two(message: Message) -> tuple[str, ...]:
        return make(message), "next"

    messages = [say(number, ("user", "assistant")[number % 2]) for number in range(50)]
    for length in range(50):
        expected = [each for message in messages[:length] for each in (repr(message), "next")]
        assert [*once_for_each("kind", make_two, messages[:length])] == expected
    assert len(made) <= 2 * len(messages)  # alone, and in its run


@pytest.mark.parametrize("size", [LARGEST, LARGEST + 1])
def test_what_is_made_of_a_large_run_is_not_kept(size: int) -> None:
    run = [Message("user", (Text("a" * size),))]
    for _ in range(2):
        once_for_run("kind", lambda run: make(len(run)), run)
    assert len(made) == (1 if size == LARGEST else 2)


ROLES = ("user", "assistant", "system")


@given(st.lists(st.sampled_from(ROLES), max_size=60))
def test_what_begins_alike_is_divided_alike(roles: list[str]) -> None:
    messages = [say(number, role) for number, role in enumerate(roles)]
    before: list[Any] = []
    for length in range(len(messages) + 1):
        runs, last = in_runs(messages[:length])
        assert [message for run in [*runs, last] for message in run] == messages[:length]
        assert runs[: len(before)] == before
        assert all(len(run) >= RUN and run[-1].role != "assistant" for run in runs)
        before = runs
