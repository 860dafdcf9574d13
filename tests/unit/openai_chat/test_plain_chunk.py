import json
from typing import Any

import pytest

from proxy_core.openai_chat.plain_chunk import read_plain
from proxy_core.wire.sse import ServerSentEvent
from tests.streams import CHAT_USAGE, chat_call, chunk


def read(chunk: dict[str, Any]) -> Any:
    return read_plain(ServerSentEvent(json.dumps(chunk), "e"))


@pytest.mark.parametrize(
    ("chunk", "id", "kind"),
    [
        (chunk(content="a"), None, "text"),
        ({**chunk(role="assistant", content="a"), "id": "c", "usage": None}, "c", "text"),
        (chunk(content=None, reasoning_content="a", tool_calls=None), None, "reasoning"),
        (chunk(content="", reasoning_content="a"), None, "reasoning"),
        (chunk(content="a", reasoning_content=""), None, "text"),
        (chat_call(1, "a"), None, 1),
    ],
)
def test_words_and_all_that_is_looked_at(chunk: dict[str, Any], id: str | None, kind: Any) -> None:
    assert read(chunk) == (("e", id, kind), "a")


@pytest.mark.parametrize(
    "chunk",
    [
        chunk(),
        chunk("stop", content="a"),
        chunk(content="a", reasoning_content="b"),
        chunk(content="a", refusal="b"),
        chunk(content=["a"]),
        chat_call(0, "a", name="read"),
        chat_call(0, "a", id="call"),
        {"choices": chunk(content="a")["choices"] * 2},
        {**chunk(content="a"), "usage": {"prompt_tokens": 1}},
        CHAT_USAGE,
    ],
)
def test_what_is_not_plain(chunk: dict[str, Any]) -> None:
    assert read(chunk) is None
    assert read_plain(ServerSentEvent("[DONE]")) is None
