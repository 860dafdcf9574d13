"""Faults of what goes over the wire: events that are odd, broken, too many or too large."""

import json
from typing import Any

import httpx
import pytest

from local.azure_simulator import RunningSimulator
from tests.unit.azure_simulator.caller import (
    CHAT,
    READ_TOOL,
    RESPONSES,
    Caller,
    read_events,
    types,
    user,
)

BODIES: dict[str, dict[str, Any]] = {
    RESPONSES: {"model": "gpt-5.4", "reasoning": {"effort": "low"}},
    CHAT: {"model": "gpt-4.1"},
}
both = pytest.mark.parametrize("path", [RESPONSES, CHAT], ids=["responses", "chat"])


def receive(azure: Caller, path: str, script: str) -> bytes:
    """What arrives before the stream ends or breaks."""
    prompt = {"input": script} if path == RESPONSES else {"messages": [user(script)]}
    body = {**BODIES[path], **prompt, "stream": True}
    received = b""
    with azure.stream("POST", path, json=body) as response:
        try:
            for part in response.iter_raw():
                received += part
        except httpx.RemoteProtocolError:
            received += b" BROKEN"
    return received


def texts_of(path: str, events: list[dict[str, Any]]) -> list[str]:
    if path == RESPONSES:
        return [event["delta"] for event in events if event["type"].endswith("output_text.delta")]
    choices = [choice for event in events for choice in event["choices"]]
    return [choice["delta"]["content"] for choice in choices if choice["delta"].get("content")]


def is_whole(path: str, received: bytes) -> bool:
    if path == CHAT:
        return received.endswith(b"data: [DONE]\n\n")
    return read_events(received.decode())[-1]["type"] == "response.completed"


@pytest.mark.parametrize(
    ("name", "code"), [("failed_digits_code", "429"), ("failed_integer_code", 503)]
)
def test_codes_that_are_numbers(azure: Caller, name: str, code: str | int) -> None:
    failed = read_events(azure.ask(f"[[error {name}]]").text)[-1]
    assert failed["type"] == "response.failed"
    assert failed["response"]["error"]["code"] == code
    error = read_events(azure.ask_chat(f"[[error {name}]]").text)[-1]["error"]
    assert error["code"] == code


def test_errors_without_type(azure: Caller) -> None:
    responses = azure.ask("[[error error_event_without_type]]").text
    assert set(read_events(responses)[-1]) == {"error"}
    assert responses.split("\n\n")[-2].startswith('data: {"error"')
    error = read_events(azure.ask_chat("[[error error_event_without_type]]").text)[-1]["error"]
    assert set(error) == {"message"}
    whole = azure.ask("[[error error_event_without_type]]", stream=False).json()
    assert whole["error"]["code"] == "server_error"


def test_more_after_the_end(azure: Caller) -> None:
    events = read_events(azure.ask("[[say x]] [[error terminal_then_more]]").text)
    assert [event["type"] for event in events[-2:]] == [
        "response.completed",
        "response.output_text.delta",
    ]
    assert events[-1]["item_id"] == events[-2]["response"]["output"][-1]["id"]
    before, after, rest = azure.ask_chat("[[error terminal_then_more]]").text.split(
        "data: [DONE]\n\n"
    )
    assert read_events(before)[-1]["choices"][0]["finish_reason"] == "stop"
    assert texts_of(CHAT, read_events(after)) == [" and more"]
    assert rest == ""


def test_two_ends(azure: Caller) -> None:
    *_, first, second = read_events(azure.ask("[[say x]] [[error duplicate_terminal]]").text)
    assert first["type"] == second["type"] == "response.completed"
    assert first["response"] == second["response"]
    chat = azure.ask_chat("[[say x]] [[error duplicate_terminal]]").text
    *_, first, second = read_events(chat)
    assert [end["choices"][0]["finish_reason"] for end in (first, second)] == ["stop", "stop"]
    assert chat.count("data: [DONE]") == 2


@pytest.mark.parametrize(("name", "index"), [("negative_index", -1), ("out_of_order", 99)])
def test_indexes_that_were_never_added(azure: Caller, name: str, index: int) -> None:
    answer = azure.ask(f"[[error {name}]]")
    (lost,) = [event for event in read_events(answer.text) if event.get("delta") == "lost"]
    assert lost["output_index"] == index
    assert types(answer)[-1] == "completed"
    chunks = read_events(azure.ask_chat(f"[[error {name}]]").text)
    deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
    (call,) = [delta["tool_calls"][0] for delta in deltas if "tool_calls" in delta]
    assert (call["index"], call["function"]) == (index, {"arguments": "lost"})


@both
def test_a_huge_event(azure: Caller, path: str) -> None:
    received = receive(azure, path, "[[error huge_event]]")
    sizes = [len(text) for text in texts_of(path, read_events(received.decode()))]
    assert max(sizes) == 3_000_000
    assert len(sizes) == 5  # and the four words of the reply
    assert is_whole(path, received)


def test_a_delta_that_is_put_in_belongs_to_the_text(azure: Caller) -> None:
    received = receive(azure, RESPONSES, "[[think a]] [[say b c]] [[error invalid_utf8]]")
    deltas = [
        event
        for event in read_events(received.decode(errors="replace"))
        if event["type"] == "response.output_text.delta"
    ]
    assert [event["delta"] for event in deltas] == ["b", " c", "caf�"]
    places = {(event["item_id"], event["output_index"]) for event in deltas}
    assert len(places) == 1


@both
def test_bytes_that_are_not_utf8(azure: Caller, path: str) -> None:
    received = receive(azure, path, "[[error invalid_utf8]]")
    with pytest.raises(UnicodeDecodeError):
        received.decode()
    received = received.replace(b"\xff", b"")
    assert "caf" in texts_of(path, read_events(received.decode()))
    assert is_whole(path, received)


@both
def test_half_an_event(azure: Caller, path: str) -> None:
    received = receive(azure, path, "[[error half_event]]")
    *events, half = received.split(b"\n\n")
    assert half.endswith(b'":"caf\xc3 BROKEN')
    assert texts_of(path, [json.loads(event.split(b"data: ")[1]) for event in events]) == ["You"]


@both
def test_many_comments(azure: Caller, path: str) -> None:
    received = receive(azure, path, "[[say x]] [[error many_comments]]")
    comments, reply = b": comment\n\n" * 1000, received[11_000:]
    assert received.startswith(comments)
    assert b": comment" not in reply
    assert texts_of(path, read_events(reply.decode())) == ["x"]
    assert is_whole(path, reply)


@both
def test_lines_that_end_with_crlf(azure: Caller, path: str) -> None:
    received = receive(azure, path, "[[say x]] [[error crlf]]")
    assert received.count(b"\n") == received.count(b"\r\n") > 9
    reply = received.replace(b"\r\n", b"\n")
    assert texts_of(path, read_events(reply.decode())) == ["x"]
    assert is_whole(path, reply)


def test_texts_are_found_behind_thoughts(azure: Caller) -> None:
    events = read_events(receive(azure, RESPONSES, "[[error out_of_order]]").decode())
    place = next(number for number, event in enumerate(events) if event.get("delta") == "lost")
    assert [event["type"] for event in events[place - 2 : place]] == [
        "response.content_part.added",
        "response.output_text.delta",
    ]
    assert events[place - 1]["output_index"] == 1


def test_replies_without_text_break_at_their_end(
    azure: Caller, simulator: RunningSimulator
) -> None:
    simulator.fail_next("out_of_order")
    events = azure.events("[[call Read]]", tools=[READ_TOOL])
    assert [event["type"] for event in events[-2:]] == [
        "response.completed",
        "response.output_text.delta",
    ]


@pytest.mark.parametrize("name", ["huge_event", "duplicate_terminal", "many_comments", "crlf"])
def test_whole_replies_know_nothing_of_it(azure: Caller, name: str) -> None:
    reply = azure.ask(f"[[say x]] [[error {name}]]", stream=False).json()
    assert reply["output"][0]["content"][0]["text"] == "x"
