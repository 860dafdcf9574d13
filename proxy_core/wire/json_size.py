"""How much a JSON text holds, told without reading it, and how deep a value is.

Both decide whether a client's JSON is worked on at all, so they cost next to nothing: a few
passes in C over the bytes, and one over the containers.
"""

from collections.abc import Iterator
from gc import get_referents
from typing import Any

_SEPARATORS = b",[{"  # before each value stands one of them

_SLICE = 256 * 1024  # bytes; between two of them other threads can run


def has_more_items(text: bytes | bytearray, most: int) -> bool:
    """Whether valid JSON holds more values than that inside of others, at all levels together."""
    if len(text) <= 2 * most or _count(text) <= most:  # those inside of strings included
        return False
    items = quotes = 0
    for bare in _without_escapes(text):  # every quote left begins or ends a string
        outside = bare.split(b'"')[quotes % 2 :: 2]
        items += _count(b"".join(outside))
        quotes += bare.count(b'"')
        if items > most or quotes > 4 * (most + 1):  # each may have a name, and be a string itself
            return True
    return False


def _count(text: bytes | bytearray) -> int:
    slices = (text[at : at + _SLICE] for at in range(0, len(text), _SLICE))
    # one pass each; `count` takes more
    return sum(len(piece) - len(piece.translate(None, _SEPARATORS)) for piece in slices)


def _without_escapes(text: bytes | bytearray) -> Iterator[bytes | bytearray]:
    """Slice by slice, none of which ends between a backslash and what it stands before."""
    at = 0
    while at < len(text):
        piece = text[at : at + _SLICE]
        if (len(piece) - len(piece.rstrip(b"\\"))) % 2:
            piece += text[at + _SLICE : at + _SLICE + 1]
        at += len(piece)
        yield piece.replace(rb"\\", b"").replace(rb"\"", b"")


def is_deeper(value: Any, levels: int) -> bool:
    """Looks at the containers level by level; what they hold is listed in C."""
    level = [value]
    for _ in range(levels):
        level = [
            member
            for member in get_referents(*level)
            if type(member) is not str and (type(member) is dict or type(member) is list)
        ]
        if not level:
            return False
    return True
