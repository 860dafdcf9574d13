"""The same reply in other events."""

from typing import Any

import pytest

from local.azure_simulator.shapes import reshape


def chunk(**delta: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}


CALL = {"index": 1, "id": "call_1", "function": {"name": "f", "arguments": "{}"}}


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("nothing_added", ["output_text.delta", "output_item.done", "completed"]),
        ("no_deltas", ["output_item.added", "output_item.done", "completed"]),
        ("only_the_end", ["completed"]),
        ("content_in_parts", [..., ...]),
    ],
)
def test_events_that_are_left_out(name: str, kept: list[str]) -> None:
    words = ["output_item.added", "output_text.delta", "output_item.done", "completed"]
    events = [{"type": f"response.{word}"} for word in words]
    left = [event for event in events if reshape(name, "responses", event)]
    names = [event["type"].removeprefix("response.") for event in left]
    assert names == (words if name == "content_in_parts" else kept)


@pytest.mark.parametrize(
    ("name", "event", "written"),
    [
        (
            "content_in_parts",
            chunk(content="Hi"),
            chunk(content=[{"type": "text", "text": "Hi"}]),
        ),
        ("content_in_parts", chunk(), chunk()),
        ("calls_without_ids", chunk(tool_calls=[CALL]), chunk(tool_calls=[{**CALL, "id": None}])),
        (
            "calls_under_one_index",
            chunk(tool_calls=[CALL]),
            chunk(tool_calls=[CALL | {"index": 0}]),
        ),
        ("calls_without_ids", chunk(content="Hi"), chunk(content="Hi")),
        ("only_the_end", chunk(content="Hi"), chunk(content="Hi")),
        (
            "message_for_delta",
            chunk(content="Hi"),
            {"choices": [{"index": 0, "message": {"content": "Hi"}, "finish_reason": None}]},
        ),
        ("", chunk(content="Hi"), chunk(content="Hi")),
    ],
)
def test_chunks_that_are_written_otherwise(name: str, event: Any, written: Any) -> None:
    assert reshape(name, "chat", event) == written
