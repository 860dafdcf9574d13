"""What tells a tool call apart from every other, as a digest.

An id does not: some gateways count calls from 0 in every reply, and two conversations of one user
may begin alike. So a call is known by all that was said before the reply it stands in, and by its
own id, name and arguments. Where all of it is the same, so is what the model was asked.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import msgspec

from proxy_core.conversation import File, Image, Message, Part, Reasoning, Text, ToolCall
from proxy_core.wire.digest import digest
from proxy_core.wire.json import encode_json, parse_json, to_json
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


def _normalised(arguments: str) -> str:
    """Clients may write JSON anew, and none is an empty object to them."""
    try:
        return msgspec.json.encode(parse_json(arguments or "{}"), order="deterministic").decode()
    except (ValueError, TypeError, OverflowError, RecursionError):
        return arguments


def _digest(message: Message) -> bytes:
    told = [*filter(None, map(_tell, message.parts))]
    return sha256(encode_json([message.role, told])).digest()


def _tell(part: Part) -> list[Any]:
    """Unlike that of any other part; nothing of reasoning, which is what clients lose."""
    match part:
        case Text(text):
            return ["text", text]
        case Image(url):
            return ["image", url]
        case File(name, url):
            return ["file", name, url]
        case ToolCall(id, name, arguments):
            return ["call", id, name, arguments]
        case Reasoning():
            return []
        case _:  # a ToolResult: mypy knows that nothing else is left
            return ["result", part.call_id, [*map(_tell, part.parts)]]
