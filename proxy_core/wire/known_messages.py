"""What was made of parsed values before: of messages, found by their parts, and of tools.

For what is made of a message once it is read: by then a history has been put in order, and no bytes
stand for its messages any more. But pieces that are known (pieces.py) have been read to the very
same objects. So these are told apart by identity, which costs next to nothing and confuses nothing:
an entry holds what it is known by, so nothing else can have its place in memory meanwhile.
"""

from collections.abc import Callable
from typing import TypeVar

from proxy_core.conversation import AnyTool, File, Image, Message, Part, Text, ToolCall, ToolResult
from proxy_core.wire.json import encode_json
from proxy_core.wire.memory import MEMORY

T = TypeVar("T")

LARGEST = 256 * 1024  # characters of a message that is remembered
LEAST = 512  # bytes that are held for the smallest


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
