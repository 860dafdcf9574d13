"""What tells a tool call apart from every other, as a digest.

An id does not: some gateways count calls from 0 in every reply, and two conversations of one user
may begin alike. So a call is known by all that was said before the reply it stands in, and by its
own id, name and arguments. Where all of it is the same, so is what the model was asked.
"""

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

from proxy_core.conversation import File, Image, Message, Part, Reasoning, Text, ToolCall
from proxy_core.wire.digest import digest
from proxy_core.wire.json import to_json
from proxy_core.wire.known_messages import once


def said_before(messages: Sequence[Message]) -> tuple[str, ...]:
    """Digests of what precedes each message, and of what precedes the reply to them all.

    A client may send one reply back as several messages: the same precedes all of them.
    """
    hash, before = sha256(), [sha256().hexdigest()]
    last = ""
    for message in messages:
        if last != "assistant" or message.role != "assistant":
            before[-1] = hash.hexdigest()
        hash.update(once("spelled", _digest, message))
        before.append(before[-1])
        last = message.role
    if last != "assistant":
        before[-1] = hash.hexdigest()
    return tuple(before)


def digest_of(call: ToolCall, before: str) -> str:
    return digest(to_json([before, call.id, call.name, _normalised(call.arguments)]))


def _normalised(arguments: str) -> Any:
    """Clients may write JSON anew, and none is an empty object to them."""
    try:
        return json.dumps(json.loads(arguments or "{}"), sort_keys=True)
    except (ValueError, RecursionError):
        return arguments


def _digest(message: Message) -> bytes:
    return sha256(_spell(message)).digest()


def _spell(message: Message) -> bytes:
    """Unlike that of any other message; without reasoning, which is what clients lose."""
    words = [message.role, *(word for part in message.parts for word in _words(part)), "end"]
    spelled = [word.encode(errors="replace") for word in words]
    return b"".join(piece for word in spelled for piece in (b"%d:" % len(word), word))


def _words(part: Part) -> Iterator[str]:
    match part:
        case Text(text):
            yield from ("text", text)
        case Image(url):
            yield from ("image", url)
        case File(name, url):
            yield from ("file", name, url)
        case ToolCall(id, name, arguments):
            yield from ("call", id, name, arguments)
        case Reasoning():
            pass
        case _:  # a ToolResult: mypy knows that nothing else is left
            yield from ("result", part.call_id, str(len(part.parts)))
            for inner in part.parts:
                yield from _words(inner)
