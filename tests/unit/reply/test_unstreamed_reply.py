"""Replies in one piece -> the same events as from a stream."""

import json
from typing import Any

import pytest

from proxy_core.deployments.models import UpstreamApi
from proxy_core.errors import Unreadable
from proxy_core.translation.upstreams import write_events
from tests import grammar
from tests.streams import read_all, translator

MESSAGE = {"type": "message", "content": [{"type": "output_text", "text": "I look."}]}
CALLS = [
    {"type": "function_call", "call_id": f"c{n}", "name": "Read", "arguments": f'{{"n":{n}}}'}
    for n in (1, 2)
]
THOUGHT = {
    "type": "reasoning",
    "id": "rs_1",
    "encrypted_content": "gAAA",
    "summary": [{"type": "summary_text", "text": "Hm."}],
}
RESPONSE = {
    "status": "completed",
    "output": [THOUGHT, MESSAGE, *CALLS],
    "usage": {"input_tokens": 9, "output_tokens": 3},
}
COMPLETION = {
    "choices": [
        {
            "index": 0,
            "finish_reason": "tool_calls",
            "message": {
                "role": "assistant",
                "content": "I look.",
                "refusal": None,
                "tool_calls": [
                    {
                        "id": call["call_id"],
                        "type": "function",
                        "function": {"name": call["name"], "arguments": call["arguments"]},
                    }
                    for call in CALLS
                ],
            },
        }
    ],
    "usage": {"prompt_tokens": 9, "completion_tokens": 3},
}


def read(api: UpstreamApi, whole: Any) -> dict[str, Any]:
    stream, error = read_all(translator(api), write_events(api, json.dumps(whole).encode()))
    if error:
        return {"error": error.message, "status": error.status}
    return grammar.read_stream(stream)


@pytest.mark.parametrize(
    ("api", "whole", "blocks"),
    [
        ("responses", RESPONSE, ["thinking", "text", "tool_use", "tool_use"]),
        ("chat", COMPLETION, ["text", "tool_use", "tool_use"]),
    ],
)
def test_nothing_of_it_is_lost(api: UpstreamApi, whole: Any, blocks: list[str]) -> None:
    message = read(api, whole)
    assert [block["type"] for block in message["content"]] == blocks
    assert [block["input"] for block in message["content"][-2:]] == [{"n": 1}, {"n": 2}]
    assert message["stop_reason"] == "tool_use"
    assert (message["usage"]["input_tokens"], message["usage"]["output_tokens"]) == (9, 3)


@pytest.mark.parametrize(
    ("api", "whole", "status", "words"),
    [
        ("responses", {"error": {"message": "Busy.", "code": "429"}}, 429, "Busy."),
        ("responses", {"status": "failed", "error": {"message": "No."}, "output": []}, 500, "No."),
        ("responses", {"type": "error", "message": "Busy.", "code": "503"}, 503, "Busy."),
        ("chat", {"error": {"message": "Busy.", "code": 429}}, 429, "Busy."),
        ("chat", {"message": "No.", "statusCode": 401}, 401, "No."),
        ("responses", {"message": "No.", "statusCode": 401}, 401, "No."),
        ("chat", {"detail": "Not here."}, 502, "Not here."),
        ("responses", {"detail": [{"msg": "Not here."}]}, 502, "Not here."),
        ("responses", {"object": "response", "status": "in_progress"}, 502, "before finishing"),
        ("chat", {"choices": []}, 502, "cannot be read"),
        ("chat", {}, 502, "cannot be read"),
        ("responses", {}, 502, "cannot be read"),
        ("responses", {"output": 1}, 502, "cannot be read"),
        ("chat", {"choices": [1]}, 502, "cannot be read"),
    ],
)
def test_failures(api: UpstreamApi, whole: Any, status: int, words: str) -> None:
    message = read(api, whole)
    assert message.get("status", 0) == status
    assert words in message.get("error", "")


@pytest.mark.parametrize("whole", [b"<html>", b"[1]", b"null", b"[]", b"7", b"[" * 100_000])
@pytest.mark.parametrize("api", ["responses", "chat"])
def test_what_cannot_be_read_is_an_error(api: UpstreamApi, whole: bytes) -> None:
    with pytest.raises(Unreadable, match="cannot be read"):
        write_events(api, whole)
