"""A client's JSON body -> its pieces, of which those that have come before are not read again.

The messages of a conversation, its tools and its system prompt come back byte for byte with every
turn. So the body is split without being read, and what the readers make of a piece is remembered
by its bytes. Rules:

* whatever is not as nearly every body is (`Unusual`) is for the caller to read whole: a body gives
  the same request either way, and its errors always come from there;
* a piece is remembered once it has been parsed: so one that is known is sound;
* what a reader raises is not remembered, nor are large pieces: images, above all.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import msgspec

from proxy_core.wire.json_size import is_deeper
from proxy_core.wire.memory import MEMORY

Reader = TypeVar("Reader", bound=Callable[..., Any])

LISTS = ("messages", "input")  # whose members are pieces, objects all of them
WHOLES = ("tools", "system")  # which are pieces themselves

LARGEST = 256 * 1024  # bytes of a piece that is remembered
MOST_READINGS = 16  # of one piece
LEAST = 512  # bytes that are held for the smallest

_split_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_split_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_MISSING = object()


class Unusual(ValueError):
    """A body that is read whole."""


class Piece:
    """A JSON value as it came, with what readers have made of it and of all that are equal."""

    __slots__ = ("_raw", "_value", "known")

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        known = MEMORY.find(hash(raw), raw)
        self._value = msgspec.json.decode(raw) if known is None else _MISSING
        self.known: dict[Any, Any] = {} if known is None else known

    @property
    def value(self) -> Any:
        if self._value is _MISSING:
            self._value = msgspec.json.decode(self._raw)
        return self._value

    def new_if_deep(self, deepest: int) -> Any:
        """What it says, if it has not come before and could end below that level of a body."""
        if self._value is _MISSING or self._raw.count(b"{") + self._raw.count(b"[") < deepest - 1:
            return None
        return self._value

    def keep(self) -> None:
        if self._value is not _MISSING and len(self._raw) <= LARGEST:
            MEMORY.keep(hash(self._raw), self._raw, self.known, _weight(self._raw))


def remembered(read: Reader) -> Reader:
    """A reader of a value at a path, which errors name, that knows again what it has read.

    It may depend on nothing but the value and what else it is given, and must not keep the path.
    """

    def read_again(value: Any, path: str, *context: Any) -> Any:
        if value.__class__ is not Piece:
            return read(value, path, *context)
        known, key = value.known, (read, *context)
        found = known.get(key, _MISSING)
        if found is _MISSING:
            found = read(value.value, path, *context)
            if len(known) >= MOST_READINGS:
                known.clear()
            known[key] = found
        return found

    return cast(Reader, read_again)


def split(body: bytes | bytearray, deepest: int) -> dict[str, Any]:
    """The object with its lists and wholes as pieces. Raises ValueError or RecursionError."""
    members = {name: bytes(raw) for name, raw in _split_object(body).items()}
    if not _is_of(body, members, b":", b",") and not _is_of(body, members, b": ", b", "):
        raise Unusual  # escapes in names, or a name that comes twice: the first is in no member
    parts = {name: _split_member(name, raw) for name, raw in members.items()}
    if is_deeper({name: _new_in(part, deepest) for name, part in parts.items()}, deepest):
        raise Unusual
    for part in parts.values():
        match part:
            case Piece():
                part.keep()
            case [Piece(), *_]:
                for piece in part:
                    piece.keep()
    return parts


def _new_in(part: Any, deepest: int) -> Any:
    """What of it may be too deep, as deep in the body as it is."""
    match part:
        case Piece():
            return part.new_if_deep(deepest)
        case [Piece(), *_]:
            return [piece.new_if_deep(deepest) for piece in part]
        case _:
            return part


def let_go(parts: dict[str, Any]) -> None:
    """One by one: while a list with all its pieces is freed in one go, no other thread runs."""
    for part in parts.values():
        if isinstance(part, list):
            while part:
                part.pop()


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
            return [*map(_split_message, _split_list(raw))]
        if name in WHOLES:
            return Piece(raw)
    return msgspec.json.decode(raw)


def _split_message(message: msgspec.Raw) -> Piece:
    raw = bytes(message)
    if not raw.startswith(b"{"):
        raise Unusual
    return Piece(raw)


def _weight(raw: bytes) -> int:
    """Bytes that are held for it: of tools many small objects, else itself and its texts."""
    if raw.startswith(b"["):
        return LEAST + 8 * len(raw)
    return LEAST + (3 if raw.isascii() else 5) * len(raw)
