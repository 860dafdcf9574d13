import json
from typing import Any

import pytest

from proxy_core.wire import fields
from proxy_core.wire.memory import LARGEST, Memory
from proxy_core.wire.pieces import MOST_READINGS, Piece, remembered
from proxy_core.wire.split_body import let_go, split
from tests.eager_memory import remember_eagerly

DEEPEST = 200
REFUSED = (ValueError, RecursionError)

read: list[Any] = []  # what the reader below has been given


@pytest.fixture(autouse=True)
def memory(monkeypatch: pytest.MonkeyPatch) -> Memory:
    read.clear()
    return remember_eagerly(monkeypatch)


@remembered
def read_text(message: dict[str, Any], path: str, ending: str = "") -> str | None:
    read.append(message)
    if message.get("text") is None:
        return None
    return fields.required(message, "text", str, path) + ending


def write(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def messages(*texts: Any) -> list[Any]:
    body = split(write({"messages": [{"text": text} for text in texts]}), DEEPEST)
    return [read_text(message, path) for path, message in fields.members(body, "messages")]


def test_only_what_is_new_is_read() -> None:
    assert messages("a", "b") == ["a", "b"]
    assert messages("a", "b", "c") == ["a", "b", "c"]
    assert messages("c", "a") == ["c", "a"]
    assert read == [{"text": "a"}, {"text": "b"}, {"text": "c"}]


def test_nothing_can_be_what_is_read() -> None:
    assert messages(None) == messages(None) == [None]
    assert len(read) == 1


def test_what_is_wrong_is_read_again_and_named_by_its_place() -> None:
    for count in (0, 1):
        with pytest.raises(Exception, match=f"messages.{count}.text: "):
            messages(*"a" * count, 5)


def test_what_else_is_given_makes_another_reading() -> None:
    piece = Piece(b'{"text":"a"}')
    for ending in ("b", "c", "b"):
        assert read_text(piece, "", ending) == f"a{ending}"
    assert len(read) == 2


def test_readings_of_a_piece_are_few() -> None:
    piece = Piece(b'{"text":"a"}')
    for number in range(3 * MOST_READINGS):
        assert read_text(piece, "", str(number)) == f"a{number}"
        assert len(piece.known) <= MOST_READINGS


def test_whatever_is_no_piece_is_read_at_once() -> None:
    assert read_text({"text": "a"}, "x") == read_text({"text": "a"}, "x") == "a"
    assert len(read) == 2


def test_a_large_piece_is_not_kept(memory: Memory) -> None:
    large = "a" * LARGEST
    assert messages(large) == messages(large) == [large]
    assert len(read) == 2
    assert not memory


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"model": "m", "messages": [], "tools": [], "system": []},
        {"\u00e9\U0001f600": "\u20ac"},
        {"messages": "text", "input": {}, "tools": None, "system": "text"},
    ],
)
@pytest.mark.parametrize("spacing", [(",", ":"), (", ", ": ")])
def test_what_is_no_list_is_no_piece(body: dict[str, Any], spacing: Any) -> None:
    members = split(json.dumps(body, ensure_ascii=False, separators=spacing).encode(), DEEPEST)
    assert [*map(is_piece, members.values())] == [
        name in ("tools", "system") and isinstance(value, list) for name, value in body.items()
    ]
    whole = {name: value.value if is_piece(value) else value for name, value in members.items()}
    assert whole == body


def is_piece(value: Any) -> bool:
    return isinstance(value, Piece)


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": 1,"b": 2}',
        b'{"a":1 }',
        b'{"a":1,"b":2}\n',
        b'{"\\u0061":1}',
        b'{"a":1,"a":2}',
        b'{"a": 1, "b": 2, "a": 3}',
        b'{"a":1,"b":{"a":1},"a":12345}',
        b'{"a":"\xff"}',
        b'{"a":1e999}',
        b'{"messages":[1]}',
        b'{"messages":[{"a":"\\ud800"}]}',
        b'{"messages":[{"a":"\xff"}]}',
        b'{"tools":[1e999]}',
        b'{"a":1',
        b"[]",
        b"\xef\xbb\xbf{}",
        b"",
    ],
)
def test_what_is_for_somebody_else_to_read(body: bytes) -> None:
    with pytest.raises(REFUSED):
        split(body, DEEPEST)


@pytest.mark.parametrize("name", ["messages", "input", "tools", "system", "other"])
def test_how_deep_a_body_may_be(name: str) -> None:
    inner = {"messages": b'[{"a":%s}]', "input": b'[{"a":%s}]'}.get(name, b"[%s]")
    outside = 3 if b"{" in inner else 2
    for deepest, is_taken in ((199, False), (200, True)):
        nested = b"[" * (200 - outside) + b"]" * (200 - outside)
        body = b'{"%s":%s}' % (name.encode(), inner % nested)
        if is_taken:
            assert split(body, deepest)
        else:
            with pytest.raises(REFUSED):
                split(body, deepest)


def test_brackets_in_texts_are_no_depth() -> None:
    assert messages("[" * 1_000) == ["[" * 1_000]


def test_what_a_known_piece_says_is_parsed_when_another_reader_asks() -> None:
    for _ in range(2):
        (piece,) = split(b'{"messages":[{"text":"a"}]}', DEEPEST)["messages"]
        assert piece.value == piece.value == {"text": "a"}


def test_what_is_refused_for_its_depth_is_not_known_afterwards(memory: Memory) -> None:
    deep = b'{"messages":[{"text":"a"},{"text":%s}]}' % (b"[" * 300 + b"]" * 300)
    for _ in range(2):
        with pytest.raises(REFUSED):
            split(deep, DEEPEST)
    assert not memory


def test_what_was_read_can_be_let_go() -> None:
    parts = split(b'{"messages":[{"a":1},{}],"input":[],"tools":[1],"model":"m"}', DEEPEST)
    let_go(parts)
    assert not parts["messages"]
