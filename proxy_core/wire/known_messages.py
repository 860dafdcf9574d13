"""What was made of messages before: of each, found by its parts; of runs of them, found by the
messages; and of tools.

It is for what is made of a message once it is read: by then a history has been put in order, and no
bytes stand for its messages any more (known_objects.py).

A conversation only grows at its end. So what is made of each of its messages is made of whole runs
at a time, all but the last of which have come before.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import TypeVar

from proxy_core.conversation import AnyTool, File, Image, Message, Part, Text, ToolCall, ToolResult
from proxy_core.wire.json import encode_json
from proxy_core.wire.known_objects import once_for
from proxy_core.wire.memory import LEAST, weigh

T = TypeVar("T")

RUN = 8  # messages, or a few more


def once(kind: str, make: Callable[[Message], T], message: Message) -> T:
    """What `make` makes of the message."""
    return once_for((kind, message.role), message.parts, message, make, _weigh_message)


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
    return once_for(kind, run, run, make, _weigh_run)


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
    return once_for(kind, tools, tools, make, _weigh_tools)


def _weigh_message(message: Message, _: object) -> int:
    return _weigh_run((message,), _)


def _weigh_run(run: Sequence[Message], _: object) -> int:
    """In characters: what is made of it holds the same texts again, or joined ones."""
    return weigh(len(run), sum(_length(part) for message in run for part in message.parts))


def _weigh_tools(_: object, made: object) -> int:
    return LEAST + 8 * len(encode_json(made))


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
