from typing import Any

import pytest

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
from proxy_core.wire import known_messages
from proxy_core.wire.known_messages import LARGEST, once, once_for_all
from proxy_core.wire.memory import Memory
from tests.eager_memory import EagerMemory

made: list[Any] = []


@pytest.fixture(autouse=True)
def memory(monkeypatch: pytest.MonkeyPatch) -> Memory:
    own = EagerMemory()
    monkeypatch.setattr(known_messages, "MEMORY", own)
    made.clear()
    return own


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
def test_what_is_large_is_not_kept(part: Part, memory: Memory) -> None:
    message = Message("user", (part,))
    assert once("kind", make, message) == once("kind", make, message)
    assert len(made) == 2
    assert not memory


def test_tools() -> None:
    first, second = Tool("a", "", {"default": True}), Tool("a", "", {"default": 1})
    assert first == second  # as Python sees it, and no JSON does
    for tools in ((first,), (second,), (first, second), (first,)):
        assert once_for_all("kind", make, tools) == repr(tools)
    assert len(made) == 3
