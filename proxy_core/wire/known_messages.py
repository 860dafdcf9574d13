"""What was made of parsed values before: of messages, found by their parts; of runs of them, found
by the messages; and of tools.

For what is made of a message once it is read: by then a history has been put in order, and no bytes
stand for its messages any more. But pieces that are known (pieces.py) have been read to the very
same objects. So these are told apart by identity, which costs next to nothing and confuses nothing:
an entry holds what it is known by, so nothing else can have its place in memory meanwhile.

A conversation only grows at its end. So what is made of each of its messages is made of whole runs
at a time, all but the last of which have come before.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import TypeVar

from proxy_core.conversation import AnyTool, File, Image, Message, Part, Text, ToolCall, ToolResult
from proxy_core.wire.json import encode_json
from proxy_core.wire.memory import MEMORY

T = TypeVar("T")

LARGEST = 256 * 1024  # characters of a message that is remembered
LEAST = 512  # bytes that are held for the smallest
RUN = 8  # messages, or a few more


def once(kind: str, make: Callable[[Message], T], message: Message) -> T:
    """What `make` makes of the message. `kind` names it, and all else that it depends on."""
    key = kind, message.role, *map(id, message.parts)
    place = hash(key)
    found: tuple[T, Message] | None = MEMORY.find(place, key)
    if found:
        return found[0]
    made = make(message)
    # in characters: what is made holds the same texts again, or joined ones
    size = sum(map(_length, message.parts))
    if size <= LARGEST:
        MEMORY.keep(place, key, (made, message), LEAST + size)
    return made


def as_before(message: Message) -> Message:
    """The message of the same parts that has come before, so that runs of them are known again."""
    return once("itself", lambda itself: itself, message)


def once_for_each(
    kind: str, make: Callable[[Message], tuple[T, ...]], messages: Sequence[Message]
) -> Iterator[T]:
    """All that `make` makes of the messages, one after the other."""

    def make_run(run: Sequence[Message]) -> tuple[T, ...]:
        return tuple(chain.from_iterable(map(make, run)))

    earlier, last = in_runs(messages)
    for run in earlier:
        yield from once_for_run(kind, make_run, run)
    for message in last:
        yield from once(kind, make, message)


def once_for_run(kind: str, make: Callable[[Sequence[Message]], T], run: Sequence[Message]) -> T:
    """What `make` makes of all these messages, which have to be the same objects again."""
    key = kind, *map(id, run)
    place = hash(key)
    found: tuple[T, Sequence[Message]] | None = MEMORY.find(place, key)
    if found:
        return found[0]
    made = make(run)
    size = sum(_length(part) for message in run for part in message.parts)
    if size <= LARGEST:
        MEMORY.keep(place, key, (made, run), LEAST * len(run) + size)
    return made


def in_runs(messages: Sequence[Message]) -> tuple[list[Sequence[Message]], Sequence[Message]]:
    """The runs, and what is left for one that may still grow: what begins alike is divided alike.

    A run ends before the assistant speaks again: so the results of its calls are in it.
    """
    runs, start, end = [], 0, RUN
    while end < len(messages):
        if messages[end].role == "assistant" != messages[end - 1].role:
            runs.append(messages[start:end])
            start, end = end, end + RUN
        else:
            end += 1
    return runs, messages[start:]


def once_for_all(
    kind: str, make: Callable[[tuple[AnyTool, ...]], T], tools: tuple[AnyTool, ...]
) -> T:
    """What `make` makes of all tools of a request."""
    key = kind, *map(id, tools)
    place = hash(key)
    found: tuple[T, tuple[AnyTool, ...]] | None = MEMORY.find(place, key)
    if found:
        return found[0]
    made = make(tools)
    MEMORY.keep(place, key, (made, tools), LEAST + 8 * len(encode_json(made)))
    return made


def _length(part: Part) -> int:
    match part:
        case Text(text):
            return len(text)
        case ToolCall(arguments=arguments):
            return len(arguments)
        case ToolResult(_, parts):
            return sum(map(_length, parts))
        case Image(url) | File(_, url):
            return len(url)
        case _:  # Reasoning: mypy knows that nothing else is left
            return len(part.encrypted_content) + sum(map(len, part.summary))
