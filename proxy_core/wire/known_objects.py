"""What was made of objects before, for the very same objects.

Pieces that are known (pieces.py) have been read to the same objects as before, and what is made of
those comes again as well. So they are told apart by identity, which costs next to nothing and
confuses nothing: an entry holds what it is known by, so nothing else can have its place in memory
meanwhile.
"""

from collections.abc import Callable, Hashable, Iterable
from functools import partial
from typing import TypeVar

from proxy_core.wire.memory import MEMORY

V = TypeVar("V")
T = TypeVar("T")


def once_for(
    kind: Hashable,
    objects: Iterable[object],
    value: V,
    make: Callable[[V], T],
    weigh: Callable[[V, T], int],
) -> T:
    """What `make` makes of `value`, which holds the objects and is known by them.

    `kind` names what it makes, and all else that it depends on. `weigh`: bytes that are held.
    """
    key = kind, *map(id, objects)
    place = hash(key)
    found: tuple[T, V] | None = MEMORY.find(place, key)
    if found:
        return found[0]
    made = make(value)
    MEMORY.keep(place, key, (made, value), partial(weigh, value, made))
    return made
