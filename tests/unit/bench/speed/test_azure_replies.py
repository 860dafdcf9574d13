"""The bench's replies are Azure's: JSON in events, and stamps that come back."""

import json
import re

import pytest

from tests.bench.speed import azure_replies
from tests.bench.speed.azure_replies import Format
from tests.bench.speed.generator import STAMPED

FORMATS = {"responses": azure_replies.responses(), "chat": azure_replies.chat()}
BOTH = pytest.mark.parametrize("format", FORMATS.values(), ids=FORMATS)


def data_of(events: list[bytes]) -> list[str]:
    whole = b"".join(events).decode()
    return [event.rpartition("data: ")[2] for event in whole.split("\n\n") if event]


@BOTH
def test_every_event_is_json(format: Format) -> None:
    read = data_of(azure_replies.unchunked(format, 5))
    assert sum("another_word_or_two" in data for data in read) == 5
    for data in read:
        assert data == "[DONE]" or json.loads(data)


@BOTH
def test_the_chunks_hold_what_the_events_do(format: Format) -> None:
    whole = format.whole(3)
    chunks = re.sub(rb"(?<=\n)\r?\n?[0-9a-f]+\r\n", b"", b"\n" + whole)
    assert whole.endswith(azure_replies.END)
    for event in azure_replies.unchunked(format, 3)[1:-1]:
        assert event in chunks


def test_lifecycle_events_repeat_the_request_and_a_delta_is_small() -> None:
    created, in_progress, *_, completed = data_of(azure_replies.unchunked(FORMATS["responses"], 1))
    for event in (created, in_progress, completed):
        assert 58_000 < len(event) < 66_000
    assert 220 < len(azure_replies.event_data(FORMATS["responses"])) < 280


@BOTH
def test_a_stamp_comes_back_as_it_left(format: Format) -> None:
    assert STAMPED.findall(format.stamped(123_456_789)) == [b"000000000123456789"]
