"""The objects of a list, as pieces; and those that it begins with, as one.

With each turn a conversation comes back with a little more at its end. So the members that have
come before are not even told apart: as far as a list has the very bytes of one that is known, it
has all that readers have made of its members. Rules:

* a list is found by its first member, and of those that begin with it the last one is known;
* what is known of one grows by members that are known each by itself, and by STEP of them at least:
  so it holds nothing that has not come before, and no large image.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import accumulate, pairwise, takewhile
from typing import Any, TypeVar

import msgspec

from proxy_core.wire.memory import MEMORY
from proxy_core.wire.pieces import MISSING, Piece, Unusual, note_reading, weigh_texts

T = TypeVar("T")

STEP = 8  # members
LARGEST = 4 * 1024 * 1024  # bytes of a list that is remembered
COMMAS = (b",", b", ")  # as JavaScript writes them, and as Python does

_split = msgspec.json.Decoder(list[msgspec.Raw]).decode


class Beginning(msgspec.Struct, frozen=True):
    """The first members of a list, and what readers have made of each of them."""

    raw: bytes = b"["  # of the list, as far as the last of them
    ends: Sequence[int] = ()  # of each of them, in it
    known: dict[Any, tuple[Any, ...]] = msgspec.field(default_factory=dict)

    def pieces(self, start: int, end: int) -> Iterator[Piece]:
        """One by one again."""
        for before, behind in pairwise((0, *self.ends)[start : end + 1]):
            yield Piece(self.raw[before:behind].lstrip(b"[, "))

    def read(self, read: Callable[..., T], *context: Any) -> tuple[T, ...]:
        found = self.known.get((read, *context))
        if found is None:
            pieces = self.pieces(0, len(self.ends))
            found = tuple(read(piece, "", *context) for piece in pieces)
            note_reading(self.known, (read, *context), found)
        return found

    def count_in(self, raw: bytes) -> int:
        """How many of them are the first members of that list."""
        if raw.startswith(self.raw):
            return len(self.ends)
        return bisect_left(self.ends, 1, key=lambda end: not raw.startswith(self.raw[:end]))


NOTHING = Beginning()


class Members:
    """As many members as it has in common with a list that is known, and the pieces behind them."""

    __slots__ = ("_beginning", "_count", "_rest")

    def __init__(self, beginning: Beginning, count: int, rest: list[Piece]) -> None:
        self._beginning = beginning
        self._count = count
        self._rest = rest

    def __len__(self) -> int:
        return self._count + len(self._rest)

    def __iter__(self) -> Iterator[Piece]:
        yield from self._beginning.pieces(0, self._count)
        yield from self._rest

    def __getitem__(self, part: slice) -> "Members | list[Piece]":
        """Some that stand side by side."""
        start, end, _ = part.indices(len(self))
        rest = self._rest[max(0, start - self._count) : max(0, end - self._count)]
        if start:
            return [*self._beginning.pieces(start, min(end, self._count)), *rest]
        return Members(self._beginning, min(end, self._count), rest)

    def read(self, read: Callable[..., T], *context: Any) -> list[T]:
        """What a remembered reader makes of each."""
        rest = [read(piece, "", *context) for piece in self._rest]
        if not self._count:
            return rest
        return [*self._beginning.read(read, *context)[: self._count], *rest]

    def new_if_deep(self, deepest: int) -> list[Any]:
        """What has not come before, and could end below that level of a body."""
        return [piece.new_if_deep(deepest) for piece in self._rest]

    def keep(self, raw: bytes) -> None:
        """`raw` is the whole list."""
        for piece in self._rest:
            piece.keep()
        again = [*takewhile(Piece.is_known, self._rest)]
        if len(again) < STEP:
            return
        for comma in COMMAS:
            longer = self._extended(again, comma)
            if len(longer.raw) <= LARGEST and raw.startswith(longer.raw):
                key = _key_of(longer.raw[1 : longer.ends[0]])
                MEMORY.keep(hash(key), key, longer, partial(weigh_texts, longer.raw))
                return

    def let_go(self) -> None:
        """One by one: while thousands are freed in one go, no other thread runs."""
        while self._rest:
            self._rest.pop()

    def _extended(self, more: list[Piece], comma: bytes) -> Beginning:
        """What it begins with, and what it goes on with and is known as well."""
        ends = self._beginning.ends[: self._count]
        raw = self._beginning.raw[: ends[-1]] if ends else b"["
        texts = [
            piece.raw if place == 0 else comma + piece.raw
            for place, piece in enumerate(more, len(ends))
        ]
        known = {}
        for key in [*more[0].known]:
            before = self._beginning.known.get(key, ())[: self._count]
            read = [piece.known.get(key, MISSING) for piece in more]
            if len(before) == self._count and not any(each is MISSING for each in read):
                known[key] = (*before, *read)
        _, *further = accumulate(map(len, texts), initial=len(raw))
        return Beginning(b"".join([raw, *texts]), (*ends, *further), known)


def split_list(raw: bytes) -> Members:
    """Raises ValueError where one of them is no object."""
    listed = _split(raw)
    beginning = _find_beginning(listed)
    count = beginning.count_in(raw)
    return Members(beginning, count, [*map(_as_piece, listed[count:])])


def _find_beginning(listed: list[msgspec.Raw]) -> Beginning:
    if not listed:
        return NOTHING
    key = _key_of(bytes(listed[0]))
    return MEMORY.find(hash(key), key) or NOTHING


def _key_of(first: bytes) -> tuple[str, bytes]:
    """Of a list that begins with this member."""
    return "beginning", first


def _as_piece(member: msgspec.Raw) -> Piece:
    raw = bytes(member)
    if not raw.startswith(b"{"):
        raise Unusual
    return Piece(raw)
