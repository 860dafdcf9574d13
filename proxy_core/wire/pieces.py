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

    __slots__ = ("_depth", "_raw", "_value", "known")

    def __init__(self, raw: bytes, depth: int) -> None:
        self._raw, self._depth = raw, depth
        place = hash(raw)
        known = MEMORY.find(place, raw)
        if known is None:
            self._value, known = _parse(raw, depth), {}
            if len(raw) <= LARGEST:
                MEMORY.keep(place, raw, known, _weight(raw))
        else:
            self._value = _MISSING
        self.known: dict[Any, Any] = known

    @property
    def value(self) -> Any:
        if self._value is _MISSING:
            self._value = _parse(self._raw, self._depth)
        return self._value


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
    if body != _join(members, b":", b",") and body != _join(members, b": ", b", "):
        raise Unusual  # escapes in names, or a name that comes twice: the first is in no member
    return {name: _read_member(name, raw, deepest) for name, raw in members.items()}


def _join(members: dict[str, bytes], colon: bytes, comma: bytes) -> bytes:
    """The object as nearly all clients write it, by JavaScript's spacing or by Python's."""
    return b"{%s}" % comma.join(
        b'"%s"%s%s' % (name.encode(), colon, raw) for name, raw in members.items()
    )


def _read_member(name: str, raw: bytes, deepest: int) -> Any:
    if name in LISTS and raw.startswith(b"["):
        return [_split_message(bytes(each), deepest) for each in _split_list(raw)]
    if name in WHOLES and raw.startswith(b"["):
        return Piece(raw, deepest - 1)
    return _parse(raw, deepest - 1)


def _split_message(raw: bytes, deepest: int) -> Piece:
    if not raw.startswith(b"{"):
        raise Unusual
    return Piece(raw, deepest - 2)


def _weight(raw: bytes) -> int:
    """Bytes that are held for it: of tools many small objects, else itself and its texts."""
    if raw.startswith(b"["):
        return LEAST + 8 * len(raw)
    is_plain = raw.isascii() and b"\\u" not in raw  # else a text may take four bytes a character
    return LEAST + (2 if is_plain else 5) * len(raw)


def _parse(raw: bytes, deepest: int) -> Any:
    value = msgspec.json.decode(raw)
    if raw.count(b"{") + raw.count(b"[") > deepest and is_deeper(value, deepest):
        raise Unusual
    return value
