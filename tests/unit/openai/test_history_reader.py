"""One item of an OpenAI body's history -> Message, Anthropic's blocks among them."""

from typing import Any

import pytest

from proxy_core.conversation import Content, Image, Message, Part, Text, ToolCall, ToolResult
from proxy_core.errors import BadRequest
from proxy_core.openai.history_reader import read_history
from tests.content import BLOCKS, PARTS

CUSTOM = frozenset({"ApplyPatch"})
PATCH = "*** Begin Patch\n*** End Patch"

PNG = "data:image/png;base64,AA=="


def read_items(*items: Any) -> list[Message]:
    """Of either list: they are read alike."""
    read = [*read_history({"messages": [*items]}, "messages", CUSTOM)]
    assert read == [*read_history({"input": [*items]}, "input", CUSTOM)]
    return read


def read(role: str, content: Any = None, **fields: Any) -> Message:
    (message,) = read_items({"role": role, "content": content, **fields})
    return message


def parts(role: str, content: Any = None, **fields: Any) -> list[Part]:
    read = read_items({"role": role, "content": content, **fields})
    return [part for message in read for part in message.parts]


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


@pytest.mark.parametrize(
    ("given", "written"), [({"a": "é"}, '{"a":"é"}'), ({}, "{}"), ([1], "[1]"), (0, "0")]
)
def test_arguments_that_are_no_text_are_written_as_json(given: Any, written: str) -> None:
    item = {"type": "function_call", "call_id": "call_1", "name": "grep", "arguments": given}
    custom = {"type": "custom_tool_call", "call_id": "call_1", "name": "say", "input": given}
    expected = ToolCall("call_1", "grep", written)
    assert parts("assistant", tool_calls=[call(given)]) == [expected]
    assert read_items(item, custom) == [
        Message("assistant", (expected,)),
        Message("assistant", (ToolCall("call_1", "say", written, custom=True),)),
    ]


def test_what_an_assistant_refused_to_say() -> None:
    assert parts("assistant", None, refusal="I will not.") == [Text("I will not.")]


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
        ("grep", '{"a":1}', '{"a":1}', False),
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


# --- Items without a message around them ---

RESULT = {"type": "tool_result", "tool_use_id": "c", "content": {"ok": True}}
USED = {"type": "tool_use", "id": "c", "name": "grep", "input": {"a": 1}}
OUTPUT = {"type": "function_call_output", "call_id": "c", "output": {"ok": True}}


@pytest.mark.parametrize(
    ("item", "role", "part"),
    [
        (USED, "assistant", ToolCall("c", "grep", '{"a":1}')),
        (text("Hi.", "output_text"), "assistant", Text("Hi.")),
        ({"type": "refusal", "refusal": "No."}, "assistant", Text("No.")),
        (RESULT, "user", ToolResult("c", (Text('{"ok":true}'),))),
        (OUTPUT, "user", ToolResult("c", (Text('{"ok":true}'),))),
        (text("Hi.", "input_text"), "user", Text("Hi.")),
        (text("Hi."), "user", Text("Hi.")),
        ({"type": "input_image", "image_url": PNG}, "user", Image(PNG)),
    ],
)
def test_a_block_stands_for_a_message(item: Any, role: Any, part: Part) -> None:
    assert read_items(item) == [Message(role, (part,))]


def test_thinking_without_a_message_around_it_is_left_out_as_well() -> None:
    assert read_items({"type": "thinking", "thinking": "Hm.", "signature": "EqQB"}) == []


@pytest.mark.parametrize(
    ("type", "role"),
    [
        ("web_search_call", "assistant"),
        ("mcp_call", "assistant"),
        ("mcp_list_tools", "assistant"),
        ("mcp_approval_request", "assistant"),
        ("mcp_approval_response", "user"),
        ("local_shell_call", "assistant"),
        ("local_shell_call_output", "user"),
        ("apply_patch_call_output", "user"),
    ],
)
def test_what_openais_own_tools_did_is_kept_as_text(type: str, role: Any) -> None:
    item = {"id": "x_1", "status": "completed", "type": type, "output": "é"}
    assert read_items(item) == [Message(role, (Text(f'{{"type":"{type}","output":"é"}}'),))]


def test_a_text_alone_is_the_users() -> None:
    assert [*read_history({"input": "Hi."}, "input", CUSTOM)] == [Message("user", (Text("Hi."),))]


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
    with pytest.raises(BadRequest, match=r"messages\.0\.content\.1: only a user or a tool can"):
        read_items({"role": role, "content": [text("Hi."), image]})


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        ({"content": "Hi."}, "messages.0.role: Field required"),
        ({"role": "robot"}, "messages.0.role: 'robot' is not supported"),
        ({"role": "user", "content": 1}, "messages.0.content: Input should be a valid array"),
        (
            {"role": "user", "content": ["Hi."]},
            "messages.0.content.0: Input should be a valid object",
        ),
        (
            {"role": "user", "content": [text("Hi."), {"type": "input_audio"}]},
            "messages.0.content.1.type: 'input_audio' is not supported",
        ),
        (
            {"role": "assistant", "content": [{"type": "image_url", "image_url": None}]},
            "messages.0.content.0.image_url: Field required",
        ),
        ({"role": "tool"}, "messages.0.tool_call_id: Field required"),
        (
            {"role": "user", "content": [{"type": "tool_result"}]},
            "messages.0.content.0.tool_use_id: Field required",
        ),
        (
            {"role": "assistant", "content": [{"type": "tool_use", "id": "a"}]},
            "messages.0.content.0.name: Field required",
        ),
        (
            {"role": "assistant", "content": [{"type": "tool_use", "name": "f"}]},
            "messages.0.content.0.id: Field required",
        ),
        (
            {"role": "assistant", "tool_calls": [{"id": "c"}]},
            "messages.0.tool_calls.0.function: Field required",
        ),
        (
            {"role": "assistant", "tool_calls": [{"function": {"name": "f"}}]},
            "messages.0.tool_calls.0.id: Field required",
        ),
        (
            {"role": "assistant", "function_call": {"name": "f", "arguments": "{}"}},
            "messages.0.function_call: not supported, send tool_calls instead",
        ),
        (
            {"role": "assistant", "audio": {"id": "a"}},
            "messages.0.audio: not supported, this proxy takes no sound",
        ),
        ({"role": "function", "name": "f"}, "messages.0.role: 'function' is not supported"),
        ({"type": "item_reference"}, "messages.0.type: 'item_reference' is not supported"),
        ({"type": 7}, "messages.0.type: 7 is not supported"),
        (
            {"role": "assistant", "tool_calls": [{"type": "custom", "id": "c", "custom": {}}]},
            "messages.0.tool_calls.0.custom.name: Field required",
        ),
    ],
)
def test_a_refusal_names_the_place(message: dict[str, Any], problem: str) -> None:
    with pytest.raises(BadRequest) as caught:
        [*read_history({"messages": [message]}, "messages", CUSTOM)]
    assert caught.value.message == problem
