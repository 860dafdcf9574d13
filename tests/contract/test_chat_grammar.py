"""The checker of chat streams itself: it accepts good ones, and refuses each way to break them."""

import json
from typing import Any

import pytest

from tests import chat_grammar

HEAD = {"id": "c_1", "object": "chat.completion.chunk", "created": 5, "model": "gpt-high"}
USAGE = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
OPENING = "<details><summary>Thinking</summary>\n\n"


def said(reason: str | None = None, **delta: Any) -> Any:
    return {**HEAD, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


def thought(content: str, reasoning: str) -> Any:
    return said(content=content, reasoning_content=reasoning)


def started(index: int, id: str, arguments: str = "") -> Any:
    function = {"name": "read", "arguments": arguments}
    return said(tool_calls=[{"index": index, "id": id, "type": "function", "function": function}])


def continued(index: int, arguments: str) -> Any:
    return said(tool_calls=[{"index": index, "function": {"arguments": arguments}}])


ROLE = said(role="assistant", content="")
CLOSED = said(content="\n\n</details>\n\n")
USED = {**HEAD, "choices": [], "usage": USAGE}
GOOD = [
    ROLE,
    thought(f"{OPENING}H", "H"),
    thought("m.", "m."),
    CLOSED,
    said(content="Hi."),
    started(0, "call_1"),
    continued(0, '{"a":'),
    continued(0, "1}"),
    started(1, "call_2"),
    continued(1, "{}"),
    said("tool_calls"),
    USED,
]


def encode(chunks: list[Any], *, end: str = "data: [DONE]\n\n") -> bytes:
    return ("".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + end).encode()


def test_a_good_stream() -> None:
    completion = chat_grammar.read_stream(b": keep-alive\n\n" + encode(GOOD))
    (choice,) = completion["choices"]
    assert choice["message"]["content"] == f"{OPENING}Hm.\n\n</details>\n\nHi."
    assert choice["message"]["reasoning_content"] == "Hm."
    calls = [(call["id"], call["function"]) for call in choice["message"]["tool_calls"]]
    assert calls == [
        ("call_1", {"name": "read", "arguments": '{"a":1}'}),
        ("call_2", {"name": "read", "arguments": "{}"}),
    ]
    assert (choice["finish_reason"], completion["usage"]) == ("tool_calls", USAGE)
    assert {**completion, "choices": []} == {
        **HEAD,
        "object": "chat.completion",
        "choices": [],
        "usage": USAGE,
    }


@pytest.mark.parametrize(
    "chunks",
    [
        [ROLE, said("stop")],
        [ROLE, said(reasoning_content="Hm."), said(content="Hi."), said("length")],
        [ROLE, thought("<think>\nHm.", "Hm."), said(content="\n</think>\n\nHi."), said("stop")],
        [ROLE, said(content="Hi."), thought(f"\n\n{OPENING}H", "H"), CLOSED, said("stop")],
        [
            ROLE,
            thought(f"{OPENING}H", "H"),
            CLOSED,
            thought(f"{OPENING}H", "H"),
            CLOSED,
            said("stop"),
        ],
    ],
)
def test_other_good_streams(chunks: list[Any]) -> None:
    assert chat_grammar.read_stream(encode(chunks))["usage"] is None


ENDING = [said("stop")]
BROKEN: dict[str, list[Any]] = {
    "nothing": [],
    "no_role": [said(content="Hi."), *ENDING],
    "no_role_at_all": ENDING,
    "a_second_role": [ROLE, ROLE, *ENDING],
    "another_id": [ROLE, {**said("stop"), "id": "c_2"}],
    "another_model": [ROLE, {**said("stop"), "model": "gpt-low"}],
    "another_time": [ROLE, {**said("stop"), "created": 6}],
    "another_object": [ROLE, {**said("stop"), "object": "chat.completion"}],
    "an_unknown_field": [ROLE, {**said("stop"), "event": "x"}],
    "two_choices": [ROLE, {**HEAD, "choices": said("stop")["choices"] * 2}],
    "no_finish_reason": [ROLE, said(content="Hi.")],
    "two_finish_reasons": [ROLE, *ENDING, *ENDING],
    "an_unknown_finish_reason": [ROLE, said("end")],
    "a_finish_reason_beside_text": [ROLE, said("stop", content="Hi.")],
    "text_after_the_finish_reason": [ROLE, *ENDING, said(content="Hi.")],
    "tool_calls_without_calls": [ROLE, said("tool_calls")],
    "usage_too_early": [ROLE, USED, *ENDING],
    "usage_twice": [ROLE, *ENDING, USED, USED],
    "usage_beside_a_choice": [ROLE, {**said("stop"), "usage": USAGE}],
    "wrong_usage": [ROLE, *ENDING, {**USED, "usage": USAGE | {"total_tokens": 9}}],
    "an_index_that_does_not_begin_at_0": [ROLE, started(1, "c"), *ENDING],
    "a_gap_between_indexes": [ROLE, started(0, "c"), started(2, "d"), *ENDING],
    "the_same_id_twice": [ROLE, started(0, "c"), started(1, "c"), *ENDING],
    "arguments_at_the_start": [ROLE, started(0, "c", "{}"), *ENDING],
    "arguments_of_no_call": [ROLE, continued(0, "{}"), *ENDING],
    "arguments_of_an_earlier_call": [
        ROLE, started(0, "c"), started(1, "d"), continued(0, "{}"), *ENDING,
    ],
    "text_inside_the_wrapper": [ROLE, thought(f"{OPENING}H", "H"), said(content="Hi."), *ENDING],
    "a_call_inside_the_wrapper": [ROLE, thought(f"{OPENING}H", "H"), started(0, "c"), *ENDING],
    "an_end_inside_the_wrapper": [ROLE, thought(f"{OPENING}H", "H"), *ENDING],
    "a_second_wrapper_inside": [
        ROLE, thought(f"{OPENING}H", "H"), thought(f"{OPENING}H", "H"), CLOSED, *ENDING,
    ],
    "another_wrapper": [ROLE, thought("<thinking>H", "H"), *ENDING],
    "a_wrapper_in_the_middle_of_a_line": [
        ROLE, said(content="Hi."), thought(f"{OPENING}H", "H"), CLOSED, *ENDING,
    ],
    "other_words_in_the_wrapper": [ROLE, thought(f"{OPENING}H", "h"), CLOSED, *ENDING],
    "an_empty_delta": [ROLE, said(), *ENDING],
    "an_unknown_delta": [ROLE, said(text="Hi."), *ENDING],
}  # fmt: skip


@pytest.mark.parametrize("chunks", BROKEN.values(), ids=BROKEN)
def test_a_broken_stream(chunks: list[Any]) -> None:
    with pytest.raises(AssertionError):
        chat_grammar.read_stream(encode(chunks))


@pytest.mark.parametrize(
    "stream",
    [
        b"",
        encode(GOOD, end=""),
        encode(GOOD, end="data: [DONE]\n"),
        encode(GOOD) + b": keep-alive\n\n",
        encode(GOOD) * 2,
        encode(GOOD).replace(b"data: {", b"event: x\ndata: {"),
    ],
)
def test_broken_framing(stream: bytes) -> None:
    with pytest.raises((AssertionError, ValueError)):
        chat_grammar.read_stream(stream)
