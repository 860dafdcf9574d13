"""A body for Azure -> its JSON.

Its long lists are written a few members at a time: so between two of them other threads can run,
and those that have come before are not written anew.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from proxy_core.wire.json import encode_json
from proxy_core.wire.known_objects import once_for
from proxy_core.wire.memory import weigh

BATCH = 16  # members of a list that are written in one go


def encode_body(body: dict[str, Any]) -> bytes:
    """Nothing of it may be changed afterwards."""
    if not any(map(_is_long, body.values())):
        return encode_json(body)
    try:
        return b"".join(_pieces(body))  # one that grew would be copied as often as it does
    except (ValueError, TypeError, OverflowError):  # of encode_json, which says it otherwise
        return encode_json(body)


def _pieces(body: dict[str, Any]) -> Iterator[bytes]:
    before = b"{"
    for name, value in body.items():
        yield b"%s%s:" % (before, msgspec.json.encode(name))
        before = b","
        if _is_long(value):
            yield from _members(value)
        else:
            yield msgspec.json.encode(value)
    yield b"}"


def _is_long(value: Any) -> bool:
    return isinstance(value, list) and len(value) > BATCH


def _members(listed: list[Any]) -> Iterator[bytes]:
    before = b"["
    for at in range(0, len(listed), BATCH):
        batch = listed[at : at + BATCH]
        yield before
        yield once_for("json", batch, batch, _encode, _weigh)
        before = b","
    yield b"]"


def _encode(batch: list[Any]) -> bytes:
    return msgspec.json.encode(batch)[1:-1]


def _weigh(batch: list[Any], encoded: bytes) -> int:
    return weigh(len(batch), len(encoded))
