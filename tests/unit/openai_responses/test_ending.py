"""The event that ends a stream says the same without what it repeats of the request."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_core.openai_responses.ending import ENDINGS, REPEATED, parse_ending
from proxy_core.wire.json import parse_json

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)
names = st.sampled_from(["status", "output", "usage", "error", *REPEATED])
responses = st.dictionaries(names, values) | values
types = st.sampled_from([*ENDINGS, "response.created", "error", "", None, 5])


@given(
    st.fixed_dictionaries(
        {}, optional={"type": types, "response": responses, "error": values, "n": st.integers()}
    )
    | values,
    st.booleans(),
)
def test_nothing_else_is_missing(event: Any, is_ascii: bool) -> None:
    data = json.dumps(event, ensure_ascii=is_ascii)
    expected = json.loads(data)
    match expected:
        case {"type": str(type), "response": dict(response)} if type in ENDINGS:
            kept = {name: value for name, value in response.items() if name not in REPEATED}
            assert parse_ending(data) == {"type": type, "response": kept}
        case _:
            assert parse_ending(data) == expected


HALF = '{"type":"response.completed","response":{"output":"\\ud83d","tools":[]}}'


@pytest.mark.parametrize("data", [HALF, HALF.replace('"tools":[]', '"status":NaN')])
def test_what_only_python_reads(data: str) -> None:
    assert repr(parse_ending(data)) == repr(parse_json(data))


@pytest.mark.parametrize("type", ["response.created", "response.output_item.done"])
def test_what_ends_nothing_is_read_as_it_is(type: str) -> None:
    event = {"type": type, "response": {"status": "in_progress", "tools": [], "output": []}}
    assert parse_ending(json.dumps(event)) == event


@pytest.mark.parametrize("data", ["", "{", '{"type":"response.completed","response":{"a":}}'])
def test_what_is_no_json(data: str) -> None:
    with pytest.raises(json.JSONDecodeError):
        parse_ending(data)
