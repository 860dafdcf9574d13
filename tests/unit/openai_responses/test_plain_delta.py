from typing import Any

import pytest
from msgspec import UNSET

from proxy_core.openai_responses.plain_delta import read_plain
from proxy_core.wire.sse import ServerSentEvent


@pytest.mark.parametrize(
    ("data", "places"),
    [
        ('{"type":"t","delta":"\\u00e9"}', (UNSET, UNSET, UNSET)),
        ('{"delta":"\u00e9","logprobs":[],"output_index":1,"type":"t"}', (1, UNSET, UNSET)),
        ('{"type":"t","content_index":2,"summary_index":3,"delta":"\u00e9"}', (UNSET, 2, 3)),
    ],
)
def test_words_and_all_that_is_looked_at(data: str, places: tuple[Any, ...]) -> None:
    assert read_plain(ServerSentEvent(data, "e")) == (("e", "t", *places), "\u00e9")


@pytest.mark.parametrize(
    "data",
    [
        "[DONE]",
        '{"type":"t","delta":"a"',
        '{"type":"t","delta":null}',
        '{"type":"t"}',
        '{"delta":"a"}',
        '{"type":"t","delta":"a","output_index":null}',
        '{"type":"t","delta":"a","output_index":1.0}',
        '{"type":"t","delta":"\\ud83d"}',
        '{"type":"t","delta":"a","x":NaN}',
        '{"type":"t","delta":"a","x":' + "[" * 1_000_000 + "]" * 1_000_000 + "}",
    ],
    ids=range(10),
)
def test_what_is_not_plain(data: str) -> None:
    assert read_plain(ServerSentEvent(data)) is None
