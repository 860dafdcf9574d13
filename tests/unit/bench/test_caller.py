import json

import pytest

from tests.bench.caller import CHAT, MESSAGES, Dialect, order
from tests.bench.replies import Receipt, script


@pytest.mark.parametrize(
    ("dialect", "lines"),
    [
        (
            MESSAGES,
            [
                '{"type": "message_start", "message": {}}',
                '{"type": "content_block_delta", "delta": {"type": "text_delta", "text": "s-1"}}',
                '{"type": "ping"}',
                '{"type": "message_stop"}',
            ],
        ),
        (
            CHAT,
            [
                '{"choices": [{"delta": {"role": "assistant", "content": ""}}]}',
                '{"choices": [{"delta": {"content": "s-1"}}]}',
                '{"choices": [{"delta": {}, "finish_reason": "stop"}]}',
                "[DONE]\n",
            ],
        ),
    ],
)
def test_a_reply_is_whole_with_its_end_only(dialect: Dialect, lines: list[str]) -> None:
    receipt = Receipt(script("s", 1), asked_at=0.0)
    for line in lines:
        assert not receipt.whole
        dialect.read_line(line.encode(), receipt, 1.0)
    assert receipt.whole


@pytest.mark.parametrize(
    ("dialect", "line"),
    [
        (MESSAGES, '{"type": "error", "error": {"type": "api_error", "message": "Sorry."}}'),
        (CHAT, '{"error": {"message": "Sorry."}}'),
    ],
)
def test_an_error_inside_a_stream_is_its_failure(dialect: Dialect, line: str) -> None:
    receipt = Receipt(script("s", 0), asked_at=0.0)
    dialect.read_line(line.encode(), receipt, 1.0)
    assert receipt.failure == "Sorry."


def test_what_goes_before_the_prompt_is_part_of_the_body() -> None:
    asked = script("s", 1)
    body = json.loads(order(asked, MESSAGES, {"type": "text", "text": "first"}).body)
    texts = [block["text"] for block in body["messages"][0]["content"]]
    assert texts == ["first", asked.prompt]
    assert body["stream"] is True
