"""Genuine material -> material that is almost right: a JSON text, or the events of a stream.

Every choice is drawn from a `Random`, so that a run can be repeated by its seed.
"""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

Path = tuple[Any, ...]  # the keys and indexes that lead to a node

# What json.dumps would not write: it stands in a value as a string until then.
LITERALS = {
    "@huge": "1e999",
    "@tiny": "-1e-999",
    "@nan": "NaN",
    "@digits": "9" * 5_000,
    "@lists": "[" * 180 + "]" * 180,
    "@objects": '{"properties":' * 800 + "{}" + "}" * 800,
    "@schemas": '{"items":' * 180 + "{}" + "}" * 180,
    "@abyss": "[" * 200_000 + "]" * 200_000,
}
TYPES: list[Any] = [None, True, -0.5, "x", [], ["x"], {}, "@schemas"]
LEAVES: list[Any] = [
    None, True, False, 0, -1, 1, 0.5, 10**400, -(10**30), 1e308, "", "text", "\0", "\ud800",
    "\udc00\ud800", "\u2028", "a" * 20_000, "\U0001f600" * 3_000, "data:image/png;base64,AAAA",
    [], {}, [[]], [{}], {"": ""}, *LITERALS,
]  # fmt: skip
BYTES = [
    b"", b"\0", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\n\n", b"\r", b'"', b"\\",
    b"{", b"]", b"data: ", b"data: [DONE]\n\n", b"1e999", b"NaN", b"\\ud800", b"\\u0000",
]  # fmt: skip


def mutate(data: bytes, random: Random) -> bytes:
    """One to three nodes changed. Raises ValueError for what is no JSON."""
    value, streamed = _decode(data)
    for _ in range(random.choice([1, 1, 1, 2, 3])):
        value = _mutate(value, random)
    return _encode(value, streamed, ascii_only=random.randint(0, 1) == 0)


def mutate_bytes(data: bytes, random: Random) -> bytes:
    """The same bytes with something cut out, put in or repeated at one place, or with an end."""
    start = random.randint(0, len(data))
    end = min(len(data), start + random.choice([0, 0, 1, 2, 9, 200]))
    match random.randint(0, 3):
        case 0:
            return data[:start]
        case 1:
            return data[:start] + random.choice(BYTES) + data[end:]
        case 2:
            return data[:end] + data[start:]
        case _:
            return data[:start] + bytes([random.randint(0, 255)]) + data[end:]


def every_field(material: list[bytes]) -> Iterator[bytes]:
    """Each field that occurs, once with a value of every type, in the shortest that has it."""
    places: dict[Path, tuple[bytes, Path]] = {}
    for data in sorted(material, key=len):
        value, streamed = _decode(data)
        for path in _paths(value):
            kind = value[path[0]].get("type") if streamed and path else None
            names = ("*" if isinstance(key, int) else key for key in path)
            places.setdefault((kind, *names), (data, path))
    for data, path in places.values():
        value, streamed = _decode(data)
        yield from (_encode(_changed(value, path, other), streamed) for other in TYPES)


def _decode(data: bytes) -> tuple[Any, bool]:
    """A value, and whether it is the list of a stream's events."""
    events = read_events(data)
    return (events, True) if events else (json.loads(data), False)


def read_events(stream: bytes) -> list[Any]:
    lines = [line for line in stream.splitlines() if line.startswith(b"data: {")]
    return [json.loads(line.removeprefix(b"data: ")) for line in lines]


def _encode(value: Any, streamed: bool, *, ascii_only: bool = True) -> bytes:
    if streamed:
        events = value if isinstance(value, list) else [value]
        encoded = (_encode(event, False, ascii_only=ascii_only) for event in events)
        return b"".join(b"data: %s\n\n" % event for event in encoded)
    text = json.dumps(value, ensure_ascii=ascii_only)
    for name, literal in LITERALS.items():
        text = text.replace(f'"{name}"', literal)
    return text.encode(errors="surrogatepass")


def _mutate(value: Any, random: Random) -> Any:
    paths = [*_paths(value)]
    path = random.choice(paths)
    node = _at(value, path)
    match random.randint(0, 5):
        case 0:
            return _changed(value, path, random.choice(LEAVES))
        case 1:
            return _changed(value, path, _at(value, random.choice(paths)))
        case 2:
            return _without(value, path)
        case 3:
            return _changed(value, path, _retyped(node, random))
        case 4:
            return _repeated(value, path, random.randint(1, 3))
        case _:
            return _renamed(value, path, random.choice(["", "type", "id", "text", "\0"]))


def _retyped(node: Any, random: Random) -> Any:
    """The same said in another type."""
    wrapped: list[Any] = [[node], {"type": node}, {"text": node}, json.dumps(node), not node]
    if isinstance(node, str):
        wrapped += [len(node), node * 50, node[: len(node) // 2], f"{node}\0", [*node[:5]]]
    if isinstance(node, list):
        wrapped += [dict.fromkeys("abc", node), node[::-1], node[:1], node * 40]
    if isinstance(node, dict):
        wrapped += [[*node.values()], [*node], dict.fromkeys(node)]
    return random.choice(wrapped)


def _paths(value: Any, path: Path = ()) -> Iterator[Path]:
    yield path
    members = value.items() if isinstance(value, dict) else ()
    for key, member in enumerate(value) if isinstance(value, list) else members:
        yield from _paths(member, (*path, key))


def _at(value: Any, path: Path) -> Any:
    for key in path:
        value = value[key]
    return value


def _changed(value: Any, path: Path, new: Any) -> Any:
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = _changed(value[path[0]], path[1:], new)
    return copy


def _without(value: Any, path: Path) -> Any:
    if not path:
        return value
    parent = _at(value, path[:-1]).copy()
    del parent[path[-1]]
    return _changed(value, path[:-1], parent)


def _repeated(value: Any, path: Path, times: int) -> Any:
    """A member of a list stands there several times; anything else stays as it is."""
    parent = _at(value, path[:-1])
    if not path or not isinstance(parent, list):
        return value
    at = path[-1]
    return _changed(value, path[:-1], parent[:at] + [parent[at]] * times + parent[at:])


def _renamed(value: Any, path: Path, name: str) -> Any:
    parent = _at(value, path[:-1])
    if not path or not isinstance(parent, dict):
        return value
    rest = {key: member for key, member in parent.items() if key != path[-1]}
    return _changed(value, path[:-1], rest | {name: parent[path[-1]]})
