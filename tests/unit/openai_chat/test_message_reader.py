"""One message of a Chat Completions body -> Message, Anthropic's blocks among them."""

from typing import Any

import pytest

from proxy_core.conversation import Content, Message, Part, Text, ToolCall, ToolResult
from proxy_core.errors import BadRequest
from proxy_core.openai_chat.message_reader import read_message
from tests.content import BLOCKS, PARTS

CUSTOM = frozenset({"ApplyPatch"})
PATCH = "*** Begin Patch\n*** End Patch"

PNG = "data:image/png;base64,AA=="


def read(role: str, content: Any = None, **fields: Any) -> Message:
    return read_message({"role": role, "content": content, **fields}, "messages.7", CUSTOM)


def parts(role: str, content: Any = None, **fields: Any) -> list[Part]:
    return [*read(role, content, **fields).parts]


def text(words: str, type: str = "text") -> dict[str, Any]:
    return {"type": type, "text": words}


# --- Content ---


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, []),
        ("", []),
        ([], []),
        ([text("")], []),
        ("Hi.", [Text("Hi.")]),
        ([text("A."), text("B.")], [Text("A."), Text("B.")]),
        ([text("A.", "input_text"), text("B.", "output_text")], [Text("A."), Text("B.")]),
        ([text("A.") | {"cache_control": {"type": "ephemeral"}}], [Text("A.")]),
    ],
)
@pytest.mark.parametrize("role", ["system", "user", "assistant"])
def test_text(role: str, content: Any, expected: list[Part]) -> None:
    assert parts(role, content) == expected


@pytest.mark.parametrize(("block", "expected"), PARTS + BLOCKS)
def test_blocks_of_a_user_and_of_a_result(block: dict[str, Any], expected: list[Content]) -> None:
    assert parts("user", [text("Look."), block]) == [Text("Look."), *expected]
    assert parts("tool", [block], tool_call_id="c") == [ToolResult("c", tuple(expected))]


@pytest.mark.parametrize("role", ["system", "developer"])
def test_a_developer_is_a_system(role: str) -> None:
    assert read(role, "Be brief.") == Message("system", (Text("Be brief."),))


# --- Results ---


@pytest.mark.parametrize(
    ("content", "output"),
    [
        (None, ()),
        ("", ()),
        ([], ()),
        ("1", (Text("1"),)),
        ([text("1"), text("2")], (Text("1"), Text("2"))),
    ],
)
def test_a_tool_message(content: Any, output: Any) -> None:
    expected = Message("user", (ToolResult("call_1", output),))
    assert read("tool", content, tool_call_id="call_1") == expected
    assert read("tool", content, tool_call_id="call_1", name="grep") == expected


def test_anthropic_results_stand_in_a_users_message() -> None:
    content = [
        {"type": "tool_result", "tool_use_id": "a", "content": "1", "cache_control": {}},
        {"type": "tool_result", "tool_use_id": "b", "content": [text("2")], "is_error": True},
        {"type": "tool_result", "tool_use_id": "c"},
        text("Go on."),
    ]
    assert read("user", content) == Message(
        "user",
        (
            ToolResult("a", (Text("1"),)),
            ToolResult("b", (Text("Error: 2"),)),
            ToolResult("c", ()),
            Text("Go on."),
        ),
    )


# --- Calls ---


def call(arguments: Any, name: str = "grep", **fields: Any) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {"type": "function", "id": "call_1", "function": function, **fields}


@pytest.mark.parametrize("arguments", ['{"a":1}', "", '{"a":', "no JSON", '{"a":1}{"a":1}'])
def test_arguments_stay_as_they_are(arguments: str) -> None:
    assert parts("assistant", tool_calls=[call(arguments)]) == [
        ToolCall("call_1", "grep", arguments)
    ]


@pytest.mark.parametrize("content", [None, "", []])
def test_parallel_calls_beside_empty_content(content: Any) -> None:
    calls = [call("{}", index=0), call("{}", index=1, id="call_2")]
    assert parts("assistant", content, tool_calls=calls) == [
        ToolCall("call_1", "grep", "{}"),
        ToolCall("call_2", "grep", "{}"),
    ]


@pytest.mark.parametrize("calls", [None, []])
def test_text_beside_empty_calls(calls: Any) -> None:
    fields = {"refusal": None, "reasoning_content": "Hm.", "name": "me"}
    assert parts("assistant", "Hi.", tool_calls=calls, **fields) == [Text("Hi.")]


@pytest.mark.parametrize(
    "odd",
    [
        {"id": "x" * 200, "type": "function", "function": {"name": "f", "arguments": "{}"}},
        {"id": "x" * 200, "function": {"name": "f", "arguments": "{}"}},
    ],
)
def test_ids_of_any_length_and_calls_without_a_type(odd: dict[str, Any]) -> None:
    assert parts("assistant", tool_calls=[odd]) == [ToolCall("x" * 200, "f", "{}")]


def test_a_call_without_arguments() -> None:
    absent = {"id": "c", "type": "function", "function": {"name": "f"}}
    assert parts("assistant", tool_calls=[call(None), absent]) == [
        ToolCall("call_1", "grep", ""),
        ToolCall("c", "f", ""),
    ]


@pytest.mark.parametrize(
    "said",
    [
        # as this proxy wrote it, and Cursor sends it back
        call(PATCH, "ApplyPatch"),
        {"type": "custom", "id": "call_1", "custom": {"name": "ApplyPatch", "input": PATCH}},
    ],
)
def test_the_call_of_a_custom_tool(said: dict[str, Any]) -> None:
    expected = [ToolCall("call_1", "ApplyPatch", PATCH, custom=True)]
    assert parts("assistant", tool_calls=[said]) == expected


def test_a_custom_call_is_one_though_its_tool_is_no_longer_declared() -> None:
    said = {"type": "custom", "id": "call_1", "custom": {"name": "gone", "input": None}}
    assert parts("assistant", tool_calls=[said]) == [ToolCall("call_1", "gone", "", custom=True)]


@pytest.mark.parametrize(
    ("name", "input", "arguments", "custom"),
    [
        ("grep", {"a": "é"}, '{"a":"é"}', False),
        ("grep", {}, "{}", False),
        ("grep", None, "{}", False),
        ("grep", "text", '"text"', False),
        ("ApplyPatch", PATCH, PATCH, True),
        ("ApplyPatch", {"patch": "x"}, '{"patch":"x"}', True),
    ],
)
def test_anthropic_calls_keep_their_place(
    name: str, input: Any, arguments: str, custom: bool
) -> None:
    content = [
        text("Reading."),
        {"type": "tool_use", "id": "toolu_1", "name": name, "input": input},
        text("And."),
    ]
    assert parts("assistant", content) == [
        Text("Reading."),
        ToolCall("toolu_1", name, arguments, custom=custom),
        Text("And."),
    ]


# --- What an assistant's content carried besides ---


@pytest.mark.parametrize(
    "block",
    [
        {"type": "thinking", "thinking": "Hm.", "signature": "EqQB"},
        {"type": "redacted_thinking", "data": "EqQB"},
        {"type": "reasoning", "text": "Hm."},
    ],
)
def test_what_an_assistant_cannot_say_again_is_left_out(block: dict[str, Any]) -> None:
    assert parts("assistant", [block, text("Hi.")]) == [Text("Hi.")]


# --- What is refused ---


@pytest.mark.parametrize("role", ["assistant", "system", "developer"])
def test_an_image_that_azure_would_not_take_is_refused_and_not_lost(role: str) -> None:
    image = {"type": "image_url", "image_url": {"url": PNG}}
    with pytest.raises(BadRequest, match=r"messages\.7\.content\.1: only a user or a tool can"):
        read_message({"role": role, "content": [text("Hi."), image]}, "messages.7", CUSTOM)


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        ({"content": "Hi."}, "messages.7.role: Field required"),
        ({"role": "robot"}, "messages.7.role: 'robot' is not supported"),
        ({"role": "user", "content": 1}, "messages.7.content: Input should be a valid array"),
        (
            {"role": "user", "content": ["Hi."]},
            "messages.7.content.0: Input should be a valid object",
        ),
        (
            {"role": "user", "content": [text("Hi."), {"type": "input_audio"}]},
            "messages.7.content.1.type: 'input_audio' is not supported",
        ),
        (
            {"role": "assistant", "content": [{"type": "image_url", "image_url": None}]},
            "messages.7.content.0.image_url: Field required",
        ),
        ({"role": "tool"}, "messages.7.tool_call_id: Field required"),
        (
            {"role": "user", "content": [{"type": "tool_result"}]},
            "messages.7.content.0.tool_use_id: Field required",
        ),
        (
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "x"}]}
                ],
            },
            "messages.7.content.0.content.0.type: 'x' is not supported",
        ),
        (
            {"role": "assistant", "content": [{"type": "tool_use", "id": "a"}]},
            "messages.7.content.0.name: Field required",
        ),
        (
            {"role": "assistant", "content": [{"type": "tool_use", "name": "f"}]},
            "messages.7.content.0.id: Field required",
        ),
        (
            {"role": "assistant", "tool_calls": [{"id": "c"}]},
            "messages.7.tool_calls.0.function: Field required",
        ),
        (
            {"role": "assistant", "tool_calls": [{"function": {"name": "f"}}]},
            "messages.7.tool_calls.0.id: Field required",
        ),
        (
            {"role": "assistant", "tool_calls": [call({"a": 1})]},
            "messages.7.tool_calls.0.function.arguments: Input should be a valid string",
        ),
        (
            {"role": "assistant", "tool_calls": [{"type": "custom", "id": "c", "custom": {}}]},
            "messages.7.tool_calls.0.custom.name: Field required",
        ),
    ],
)
def test_a_refusal_names_the_place(message: dict[str, Any], problem: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read_message(message, "messages.7", CUSTOM)
    assert caught.value.message == problem
