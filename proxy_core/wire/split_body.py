"""A client's JSON body -> its members: the long ones in pieces, the others as what they say.

Whatever is not as nearly every body is (`Unusual`) is for the caller to read whole: a body gives
the same request either way, and its errors always come from there.
"""

from typing import Any

import msgspec

from proxy_core.wire.json_size import is_deeper
from proxy_core.wire.members import Members, split_list
from proxy_core.wire.pieces import Piece, Unusual

LISTS = ("messages", "input")  # whose members are pieces, objects all of them
WHOLES = ("tools", "system")  # which are pieces themselves

_split_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def split(body: bytes | bytearray, deepest: int) -> dict[str, Any]:
    """Raises ValueError or RecursionError."""
    members = {name: bytes(raw) for name, raw in _split_object(body).items()}
    if not _is_of(body, members, b":", b",") and not _is_of(body, members, b": ", b", "):
        raise Unusual  # escapes in names, or a name that comes twice: the first is in no member
    parts = {name: _split_member(name, raw) for name, raw in members.items()}
    if is_deeper({name: _new_in(part, deepest) for name, part in parts.items()}, deepest):
        raise Unusual
    for name, part in parts.items():
        match part:
            case Piece():
                part.keep()
            case Members():
                part.keep(members[name])
    return parts


def let_go(parts: dict[str, Any]) -> None:
    """Once they are read."""
    for part in parts.values():
        if isinstance(part, Members):
            part.let_go()


def _new_in(part: Any, deepest: int) -> Any:
    """What of it may be too deep, as deep in the body as it is."""
    return part.new_if_deep(deepest) if isinstance(part, Piece | Members) else part


def _is_of(body: bytes | bytearray, members: dict[str, bytes], colon: bytes, comma: bytes) -> bool:
    """Whether it is as nearly all clients write it, by JavaScript's spacing or by Python's."""
    at, before = 0, b"{"
    for name, raw in members.items():
        head = b'%s"%s"%s' % (before, name.encode(), colon)
        if not (body.startswith(head, at) and body.startswith(raw, at + len(head))):
            return False
        at, before = at + len(head) + len(raw), comma
    return body[at:] == (b"}" if members else b"{}")


def _split_member(name: str, raw: bytes) -> Any:
    if raw.startswith(b"["):
        if name in LISTS:
            return split_list(raw) or []
        if name in WHOLES:
            return Piece(raw)
    return msgspec.json.decode(raw)
