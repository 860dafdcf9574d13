"""JSON is read alike, whichever reader takes it."""

import json
import re
from random import Random
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from proxy_core.wire.json import (
    decode_json,
    encode_json,
    parse_json,
    parse_strictly,
    to_json,
    to_readable_json,
)
from tests.fuzz.mutation import mutate_bytes

HALF = re.compile(r"[\ud800-\udfff]")

characters = st.text(
    st.sampled_from('ab"\\/\x00\x1f\x7f\u00e9\u2028\U0001f600\ud83d\ude00'), max_size=5
)
numbers = st.one_of(
    st.integers(),
    st.integers(-(2**70), 2**70),
    st.integers(0, 400).map(lambda digits: 10**digits),
    st.floats(allow_nan=False, allow_infinity=False),
)
values = st.recursive(
    st.none() | st.booleans() | numbers | characters,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(characters, inner, max_size=4),
    max_leaves=12,
)
# numbers as nobody writes them, and what no value has
odd = st.sampled_from(
    ["1E+2", "-0", "-0.0", "0e99999", "1e-99999", "1e400", "01", "1.", ".5", "+1", "NaN",
     "-Infinity", "18446744073709551616", "2.2250738585072011e-308", "5e-324",
     "123456789012345678901234.5e3"]
)  # fmt: skip


def written(value: Any, ascii: bool, indent: int | None) -> bytes:
    return json.dumps(value, ensure_ascii=ascii, indent=indent).encode(errors="surrogatepass")


texts = st.one_of(
    st.builds(written, values, st.booleans(), st.sampled_from([None, 1])),
    st.builds(lambda number: f"[{number}]".encode(), odd),
    st.builds(
        lambda value, seed: mutate_bytes(written(value, True, None), Random(seed)),
        values,
        st.integers(0, 2**32),
    ),
)


def read(parse: Any, body: bytes) -> Any:
    try:
        return parse(body)
    except ValueError as error:
        return type(error), str(error)


def parse_slowly(body: bytes) -> Any:
    return parse_strictly(body.decode("utf-8-sig"))


def mended(value: Any) -> Any:
    match value:
        case str():
            return HALF.sub("\ufffd", value)
        case dict():
            return {mended(name): mended(member) for name, member in value.items()}
        case list():
            return [mended(member) for member in value]
        case _:
            return value


@given(texts)
@example(b'{"\\ud83d\\\\ude00": 1, "\\ude00\\\\ude00": 2}')
def test_both_readers_say_the_same(body: bytes) -> None:
    fast, slow = read(decode_json, body), read(parse_slowly, body)
    assert repr(fast) == repr(mended(slow))


@given(texts)
def test_what_azure_sends_is_read_as_by_python(body: bytes) -> None:
    text = body.decode(errors="replace")
    assert repr(read(parse_json, text)) == repr(read(json.loads, text))


@given(texts)
def test_what_was_read_is_written_again(body: bytes) -> None:
    try:
        value = decode_json(body)
    except ValueError:
        return
    assert to_json(value).isascii()
    for text in (encode_json(value), to_readable_json(value), to_json(value)):
        assert repr(json.loads(text)) == repr(value)
