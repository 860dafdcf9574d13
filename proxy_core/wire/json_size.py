"""How much a JSON text holds, told without reading it, and how deep a value is.

Both decide whether a client's JSON is worked on at all, so they cost next to nothing: a few
passes in C over the bytes, and one over the containers.
"""

from gc import get_referents
from typing import Any

_SEPARATORS = b",[{"  # before each value stands one of them


def has_more_items(text: bytes | bytearray, most: int) -> bool:
    """Whether valid JSON holds more values than that inside of others, at all levels together."""
    if len(text) <= 2 * most or _count(text) <= most:  # those inside of strings included
        return False
    bare = text.replace(rb"\\", b"").replace(
        rb"\"", b""
    )  # every quote left begins or ends a string
    if bare.count(b'"') > 4 * (most + 1):  # each value may have a name, and be a string itself
        return True
    return _count(b"".join(bare.split(b'"')[::2])) > most


def _count(text: bytes | bytearray) -> int:
    return len(text) - len(bytes(text).translate(None, _SEPARATORS))  # one pass; `count` takes more


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
