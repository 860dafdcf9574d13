"""Pieces of a client's JSON body, of which those that have come before are not read again.

The messages of a conversation, its tools and its system prompt come back byte for byte with every
turn. So the body is split without being read (split_body.py), and what the readers make of a piece
is remembered by its bytes. Rules:

* a piece is remembered once it has been parsed: so one that is known is sound;
* what a reader raises is not remembered, nor are large pieces: images, above all.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar, cast

import msgspec

from proxy_core.wire.memory import LARGEST, LEAST, MEMORY

Reader = TypeVar("Reader", bound=Callable[..., Any])

MOST_READINGS = 16  # of one piece

MISSING = object()


class Unusual(ValueError):
    """A body that is read whole."""


class Piece:
    """A JSON value as it came, with what readers have made of it and of all that are equal."""

    __slots__ = ("_value", "known", "raw")

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        known = MEMORY.find(hash(raw), raw)
        self._value = msgspec.json.decode(raw) if known is None else MISSING
        self.known: dict[Any, Any] = {} if known is None else known

    @property
    def value(self) -> Any:
        if self._value is MISSING:
            self._value = msgspec.json.decode(self.raw)
        return self._value

    def is_known(self) -> bool:
        return self._value is MISSING

    def new_if_deep(self, deepest: int) -> Any:
        """What it says, if it has not come before and could end below that level of a body."""
        if self._value is MISSING or self.raw.count(b"{") + self.raw.count(b"[") < deepest - 1:
            return None
        return self._value

    def keep(self) -> None:
        if self._value is not MISSING and len(self.raw) <= LARGEST:
            MEMORY.keep(hash(self.raw), self.raw, self.known, partial(_weigh, self.raw))


def remembered(read: Reader) -> Reader:
    """A reader of a value at a path, which errors name, that knows again what it has read.

    It may depend on nothing but the value and what else it is given, and must not keep the path.
    """

    def read_again(value: Any, path: str, *context: Any) -> Any:
        if value.__class__ is not Piece:
            return read(value, path, *context)
        known, key = value.known, (read_again, *context)
        found = known.get(key, MISSING)
        if found is MISSING:
            found = read(value.value, path, *context)
            note_reading(known, key, found)
        return found

    return cast(Reader, read_again)


def note_reading(known: dict[Any, Any], key: Any, found: Any) -> None:
    if len(known) >= MOST_READINGS:
        known.clear()
    known[key] = found


def _weigh(raw: bytes) -> int:
    """Bytes that are held for it: of tools many small objects, else itself and its texts."""
    return LEAST + 8 * len(raw) if raw.startswith(b"[") else weigh_texts(raw)


def weigh_texts(raw: bytes) -> int:
    return LEAST + (3 if raw.isascii() else 5) * len(raw)
