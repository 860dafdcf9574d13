"""The streamed and the whole form of a completion, call by call."""

import json
from typing import Any

import pytest

from proxy_core.openai_chat.completion_output import JsonCompletion, StreamedCompletion

HEAD = b'data: {"id":"chatcmpl_1","object":"chat.completion.chunk","created":7,"model":"gpt-high",'
DONE = b"data: [DONE]\n\n"
USAGE = {"prompt_tokens": 1}


def streamed() -> StreamedCompletion:
    return StreamedCompletion("chatcmpl_1", "gpt-high", 7)


def whole(*deltas: dict[str, Any], reason: str = "stop", usage: Any = None) -> Any:
    output = JsonCompletion("chatcmpl_1", "gpt-high", 7)
    assert b"".join(output.delta(**delta) for delta in deltas) == b""
    return json.loads(output.finish(reason, usage))


def started(index: int, id: str, name: str) -> dict[str, Any]:
    function = {"name": name, "arguments": ""}
    return {"tool_calls": [{"index": index, "id": id, "type": "function", "function": function}]}


def continued(index: int, arguments: str) -> dict[str, Any]:
    return {"tool_calls": [{"index": index, "function": {"arguments": arguments}}]}


# --- Streamed ---


def test_a_chunk() -> None:
    assert streamed().delta(content='a "b"\n\u2028') == HEAD + (
        b'"choices":[{"index":0,"delta":{"content":"a \\"b\\"\\n\\u2028"},'
        b'"finish_reason":null}]}\n\n'
    )


@pytest.mark.parametrize("text", ["", 'a "b"\n\u2028', "\ud83d"])
def test_text_is_a_delta_of_content(text: str) -> None:
    assert streamed().text(text) == streamed().delta(content=text)
    output, other = (JsonCompletion("chatcmpl_1", "gpt-high", 7) for _ in range(2))
    assert output.text(text) == other.delta(content=text) == b""
    assert output.finish("stop", None) == other.finish("stop", None)


FINISH = HEAD + b'"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'


@pytest.mark.parametrize(
    ("usage", "ending"),
    [(None, b""), (USAGE, HEAD + b'"choices":[],"usage":{"prompt_tokens":1}}\n\n')],
)
def test_the_last_chunks(usage: Any, ending: bytes) -> None:
    assert streamed().finish("stop", usage) == FINISH + ending + DONE


def test_a_comment_is_a_sign_of_life() -> None:
    assert streamed().sign_of_life() == b": keep-alive\n\n"


def test_an_odd_model_name_stays_one_string() -> None:
    chunk = StreamedCompletion("i", 'a"}, é', 7).delta()
    assert json.loads(chunk.removeprefix(b"data: "))["model"] == 'a"}, é'


# --- Whole ---


def test_a_whole_completion() -> None:
    deltas: list[dict[str, Any]] = [
        {"role": "assistant", "content": ""},
        {"content": "Hel"},
        {"content": "lo"},
    ]
    assert whole(*deltas, reason="length", usage=USAGE) == {
        "id": "chatcmpl_1",
        "object": "chat.completion",
        "created": 7,
        "model": "gpt-high",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Hello", "refusal": None},
                "logprobs": None,
                "finish_reason": "length",
            }
        ],
        "usage": USAGE,
    }


@pytest.mark.parametrize(
    ("deltas", "message"),
    [
        ([], {"content": None}),
        ([{"role": "assistant", "content": ""}], {"content": None}),
        (
            [
                {"content": "<think>\nHm", "reasoning_content": "Hm"},
                {"content": ".", "reasoning_content": "."},
                {"content": "\n</think>\n\nHi."},
            ],
            {"content": "<think>\nHm.\n</think>\n\nHi.", "reasoning_content": "Hm."},
        ),
        (
            [
                started(0, "a", "read"),
                continued(0, '{"p":'),
                continued(0, "1}"),
                started(1, "b", "list"),
                continued(1, "{}"),
            ],
            {
                "content": None,
                "tool_calls": [
                    {
                        "id": "a",
                        "type": "function",
                        "function": {"name": "read", "arguments": '{"p":1}'},
                    },
                    {
                        "id": "b",
                        "type": "function",
                        "function": {"name": "list", "arguments": "{}"},
                    },
                ],
            },
        ),
    ],
)
def test_what_a_whole_message_holds(deltas: list[Any], message: dict[str, Any]) -> None:
    told = whole(*deltas)["choices"][0]["message"]
    assert told == {"role": "assistant", "refusal": None} | message


def test_arguments_in_many_pieces_take_time_in_proportion() -> None:
    deltas = [started(0, "a", "read"), *[continued(0, "abcd")] * 250_000]
    (call,) = whole(*deltas)["choices"][0]["message"]["tool_calls"]
    assert call["function"]["arguments"] == "abcd" * 250_000


def test_white_space_is_a_sign_of_life() -> None:
    output = JsonCompletion("chatcmpl_1", "gpt-high", 7)
    assert json.loads(output.sign_of_life() * 2 + output.finish("stop", None))["usage"] is None
