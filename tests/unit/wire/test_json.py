"""JSON for wires, JSON for models, and typed fields of Azure's JSON."""

import json
import sys
from typing import Any

import pytest

from proxy_core.wire.json import (
    NoJson,
    decode_json,
    encode_json,
    parse_strictly,
    read_count,
    read_string,
    to_json,
    to_readable_json,
)

VALUE = {"text": "é\u2028😀", "list": [1, None, True], "half": "\ud83d"}


def test_on_a_wire_everything_is_ascii() -> None:
    written = to_json(VALUE)
    assert written.isascii()
    assert " " not in written
    assert json.loads(written) == VALUE


def test_a_model_reads_plain_characters() -> None:
    assert to_readable_json({"text": "é😀", "n": 1}) == '{"text":"é😀","n":1}'


@pytest.mark.parametrize("fields", [{}, {"x": None}])
def test_what_is_missing(fields: dict[str, Any]) -> None:
    assert (read_count(fields, "x"), read_string(fields, "x")) == (0, "")


def test_what_is_there() -> None:
    assert read_count({"x": 7}, "x") == 7
    assert read_count({"x": -7}, "x") == 0  # nobody has used less than nothing
    assert read_string({"x": "text"}, "x") == "text"


@pytest.mark.parametrize("value", ["7", 7.5, [1]])
def test_what_is_no_count(value: Any) -> None:
    with pytest.raises(TypeError, match="x is not an integer"):
        read_count({"x": value}, "x")


@pytest.mark.parametrize("value", [7, ["text"], {"text": "text"}])
def test_what_is_no_string(value: Any) -> None:
    with pytest.raises(TypeError, match="x is not a string"):
        read_string({"x": value}, "x")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('{"a":NaN}', "NaN"),
        ("[-Infinity]", "-Infinity"),
        ("1e999", "too large"),
        (f"[{'9' * 5_000}]", "too large"),  # longer than Python reads at all
        (f"[-{'9' * 5_000}]", "too large"),
        (f"[1{'0' * 400}.0]", "too large"),
    ],
)
def test_what_python_would_read_but_not_write_again(text: str, named: str) -> None:
    for parse in (parse_strictly, lambda text: decode_json(text.encode())):
        with pytest.raises(NoJson, match=named):
            parse(text)


def test_what_is_json_is_read() -> None:
    assert parse_strictly('{"a":[1.5e3,-2,9007199254740993,null]}') == {
        "a": [1500.0, -2, 9007199254740993, None]
    }


@pytest.mark.parametrize("number", [10**307, -(10**308), int(sys.float_info.max), 10**4_000])
def test_the_largest_integers_are_read_to_the_digit(number: int) -> None:
    assert parse_strictly(str(number)) == decode_json(str(number).encode()) == number
    assert encode_json(number) == str(number).encode()


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        (r'"c:\\udata \\ud83d"', r"c:\udata \ud83d"),  # a backslash and letters
        (r'"\ud55c\uD55C"', "\ud55c\ud55c"),  # a letter
        (r'"\ud83d\ude00"', "\U0001f600"),
        (r'"\ud83d"', "\ufffd"),
        (r'"\uDE00x\ud83d"', "\ufffdx\ufffd"),
        (
            r'{"\ud800":["\udfff",{"a":"\u00e9\ud83d"}],"n":[1.5,null,true]}',
            {"\ufffd": ["\ufffd", {"a": "\u00e9\ufffd"}], "n": [1.5, None, True]},
        ),
    ],
)
def test_halves_of_characters_are_mended(text: str, mended: Any) -> None:
    for body in (text.encode(), text.encode("utf-8-sig")):
        assert decode_json(body) == mended


@pytest.mark.parametrize("text", ["a", "é\u2028\U0001f600", "\ud83d", 'c:\\u"\n'])
def test_what_is_written_is_read_again(text: str) -> None:
    value = {"text": [text, 1.5e300, 2**64, None]}
    assert json.loads(encode_json(value)) == json.loads(to_readable_json(value)) == value
