"""Content blocks -> parts: each block by itself, then their order, then what is refused."""

from typing import Any

import pytest

from proxy_core.anthropic_messages.content_reader import read_messages, read_system
from proxy_core.anthropic_messages.signature import UNSEALED, write_signature
from proxy_core.conversation import (
    Content,
    Message,
    Origin,
    Part,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
)
from proxy_core.errors import BadRequest
from tests.content import BLOCKS

REASONING = Reasoning("rs_1", "gAAA", ("Hm.",), Origin("r", "gpt-5.4"))
SPOKEN = Reasoning("rs_2", "gBBB", (), Origin("r", "gpt-5.4"), "commentary")


def read(role: str, content: Any) -> tuple[Part, ...]:
    """The parts of the only message."""
    messages = list(read_messages({"messages": [{"role": role, "content": content}]}))
    assert len(messages) == 1
    assert messages[0].role == role
    return messages[0].parts


def refusal(*messages: Any) -> str:
    with pytest.raises(BadRequest) as caught:
        list(read_messages({"messages": list(messages)}))
    return caught.value.message


# --- System ---


@pytest.mark.parametrize(
    ("system", "instructions"),
    [
        (None, ""),
        ("Be brief.", "Be brief."),
        ([], ""),
        ([{"type": "text", "text": "Be brief.", "cache_control": {}}], "Be brief."),
        (
            [
                {"type": "text", "text": "x-anthropic-billing-header: cc_version=2.1.330"},
                {"type": "text", "text": "Be brief."},
                {"type": "text", "text": "Be kind."},
            ],
            "Be brief.\n\nBe kind.",
        ),
        (
            [
                {"type": "text", "text": "Be brief."},
                {"type": "text", "text": "\nX-Anthropic-Billing-Header: cch=1;\n\nBe kind."},
                {"type": "text", "text": "x-anthropic-billing-header: cch=2;"},
            ],
            "Be brief.\n\nBe kind.",
        ),
        ("x-anthropic-billing-header: cch=1;\nBe brief.", "Be brief."),
        ("Say x-anthropic-billing-header: a", "Say x-anthropic-billing-header: a"),
    ],
)
def test_system(system: Any, instructions: str) -> None:
    assert read_system({"system": system}) == instructions
    assert read_system({}) == ""


@pytest.mark.parametrize(
    ("system", "message"),
    [
        (1, "system: Input should be a valid array"),
        (["x"], "system.0: Input should be a valid object"),
        ([{"type": "text"}], "system.0.text: Field required"),
        ([{"type": "image"}], "system.0.type: 'image' is not supported"),
    ],
)
def test_a_system_prompt_that_is_none(system: Any, message: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read_system({"system": system})
    assert caught.value.message == message


def test_a_system_message_keeps_its_place() -> None:
    body = {
        "messages": [
            {"role": "system", "content": "One."},
            {"role": "user", "content": "hi"},
            {"role": "system", "content": [{"type": "text", "text": "Two."}], "output_config": {}},
        ]
    }
    assert list(read_messages(body)) == [
        Message("system", (Text("One."),)),
        Message("user", (Text("hi"),)),
        Message("system", (Text("Two."),)),
    ]


@pytest.mark.parametrize(
    "content",
    [
        "x-anthropic-billing-header: cc_version=2.1.330; cch=00000;",
        [{"type": "text", "text": "x-anthropic-billing-header: cc_version=2.1.330;\n"}],
    ],
)
def test_the_attribution_goes_wherever_it_stands(content: Any) -> None:
    hello = {"role": "user", "content": "hi"}
    late = {"role": "system", "content": content}
    assert list(read_messages({"messages": [hello, late]})) == [Message("user", (Text("hi"),))]
    beside = [
        {"type": "text", "text": "Go on."},
        {"type": "text", "text": "x-anthropic-billing-header: a"},
    ]
    assert read("system", beside) == (Text("Go on."),)


# --- Messages ---


@pytest.mark.parametrize("role", ["user", "assistant", "system"])
def test_content_is_a_string_or_blocks(role: str) -> None:
    block = {"type": "text", "text": "hi", "cache_control": {"type": "ephemeral"}}
    assert read(role, "hi") == read(role, [block]) == (Text("hi"),)


@pytest.mark.parametrize("role", ["user", "assistant", "system"])
@pytest.mark.parametrize("content", ["", [], [{"type": "text", "text": ""}]])
def test_a_message_without_content_is_left_out(role: str, content: Any) -> None:
    assert list(read_messages({"messages": [{"role": role, "content": content}]})) == []


@pytest.mark.parametrize(
    ("messages", "message"),
    [
        ({}, "messages: Field required"),
        ({"messages": "hi"}, "messages: Input should be a valid array"),
        ({"messages": []}, "messages: at least one message is required"),
        ({"messages": ["hi"]}, "messages.0: Input should be a valid object"),
    ],
)
def test_no_messages(messages: dict[str, Any], message: str) -> None:
    with pytest.raises(BadRequest) as caught:
        list(read_messages(messages))
    assert caught.value.message == message


# --- User blocks ---


@pytest.mark.parametrize(("block", "parts"), BLOCKS)
def test_a_block_of_the_users_and_of_a_tool(block: dict[str, Any], parts: list[Content]) -> None:
    result = {"type": "tool_result", "tool_use_id": "call_1", "content": [block]}
    assert read("user", [block, result]) == (*parts, ToolResult("call_1", tuple(parts)))


def test_parallel_results_and_the_text_after_them_keep_their_order() -> None:
    content = [
        {"type": "tool_result", "tool_use_id": "b", "content": "2"},
        {"type": "tool_result", "tool_use_id": "a", "content": "1"},
        {"type": "text", "text": "[Request interrupted by user]"},
    ]
    assert read("user", content) == (
        ToolResult("b", (Text("2"),)),
        ToolResult("a", (Text("1"),)),
        Text("[Request interrupted by user]"),
    )


# --- Assistant blocks ---


def test_text_and_calls_keep_their_order() -> None:
    content = [
        {"type": "text", "text": "First."},
        {"type": "tool_use", "id": "a", "name": "read", "input": {"path": "ä.txt", "n": 1}},
        {"type": "text", "text": "Second."},
        {"type": "tool_use", "id": "b", "name": "now", "input": {}},
    ]
    assert read("assistant", content) == (
        Text("First."),
        ToolCall("a", "read", '{"path":"ä.txt","n":1}'),
        Text("Second."),
        ToolCall("b", "now", "{}"),
    )


@pytest.mark.parametrize(
    ("fields", "arguments"),
    [
        ({}, "{}"),
        ({"input": None}, "{}"),
        (
            {"input": {"__unparsedToolInput": {"raw": '{"a":'}}},
            '{"__unparsedToolInput":{"raw":"{\\"a\\":"}}',
        ),
    ],
)
def test_a_call(fields: dict[str, Any], arguments: str) -> None:
    block = {"type": "tool_use", "id": "a", "name": "read", "caller": {"type": "direct"}, **fields}
    assert read("assistant", [block]) == (ToolCall("a", "read", arguments),)


@pytest.mark.parametrize(
    "block",
    [
        {"type": "thinking", "thinking": "Hm.", "signature": write_signature(REASONING)},
        {"type": "thinking", "thinking": "", "signature": write_signature(REASONING)},
        {"type": "redacted_thinking", "data": write_signature(REASONING)},
    ],
)
def test_our_own_reasoning_comes_back(block: dict[str, Any]) -> None:
    assert read("assistant", [block]) == (REASONING,)


@pytest.mark.parametrize(
    "block",
    [
        {"type": "thinking", "thinking": "Hm."},
        {"type": "thinking", "thinking": "Hm.", "signature": ""},
        {"type": "thinking", "thinking": "Hm.", "signature": None},
        {"type": "thinking", "thinking": "Hm.", "signature": "EqQBCgIYAhIk"},
        {"type": "thinking", "thinking": "Hm.", "signature": UNSEALED},
        {"type": "thinking", "thinking": "Hm.", "signature": write_signature(REASONING)[:-5]},
        {"type": "redacted_thinking", "data": "EmwKAhgB"},
    ],
)
def test_foreign_or_damaged_reasoning_is_dropped(block: dict[str, Any]) -> None:
    assert read("assistant", [block, {"type": "text", "text": "Hi."}]) == (Text("Hi."),)


@pytest.mark.parametrize(
    "thinking",
    [
        {"type": "thinking", "thinking": "", "signature": write_signature(SPOKEN)},
        {"type": "redacted_thinking", "data": write_signature(SPOKEN)},
    ],
)
def test_reasoning_brings_the_phase_of_the_next_text_and_of_no_other(
    thinking: dict[str, Any],
) -> None:
    texts = [{"type": "text", "text": text} for text in ("", "One.", "Two.")]
    assert read("assistant", [thinking, *texts]) == (
        SPOKEN,
        Text("One.", "commentary"),
        Text("Two."),
    )


# --- Histories that began elsewhere ---


def call_and_result(kind: str, name: str, content: Any) -> list[dict[str, Any]]:
    return [
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": name, "input": {"a": 1}},
        {"type": f"{kind}_tool_result", "tool_use_id": "srvtoolu_1", "content": content},
    ]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("web_fetch", "web_fetch"),
        ("code_execution", "code_execution"),
        ("bash_code_execution", "bash_code_execution"),
        ("text_editor_code_execution", "text_editor_code_execution"),
        ("tool_search", "tool_search_tool_bm25"),
        ("advisor", "advisor"),
        ("of_tomorrow", "tool_of_tomorrow"),
    ],
)
def test_the_tools_of_a_server_are_kept_as_text(kind: str, name: str) -> None:
    content = [
        {"type": "text", "text": "Before."},
        *call_and_result(kind, name, {"type": "found", "words": "What it found."}),
        {"type": "tool_use", "id": "a", "name": "read", "input": {}},
    ]
    before, called, found, call = read("assistant", content)
    assert (before, call) == (Text("Before."), ToolCall("a", "read", "{}"))
    assert isinstance(called, Text)
    assert name in called.text
    assert isinstance(found, Text)
    assert "What it found." in found.text


UNKNOWN = {"type": "hologram", "about": "Bern"}
TOLD = Text("Hologram:\nabout: Bern")


def test_what_has_been_answered_is_kept_and_what_is_new_is_refused() -> None:
    asked = {"role": "user", "content": [UNKNOWN]}
    told = {"role": "system", "content": [UNKNOWN]}
    answer = {"role": "assistant", "content": [UNKNOWN]}
    more = {"role": "user", "content": "And now?"}
    assert list(read_messages({"messages": [asked, told, answer, more]})) == [
        Message("user", (TOLD,)),
        Message("system", (TOLD,)),
        Message("assistant", (TOLD,)),
        Message("user", (Text("And now?"),)),
    ]
    for new in (asked, told):
        at = refusal(more, answer, more, new)
        assert at == "messages.3.content.0.type: 'hologram' is not supported"


def test_what_a_tool_has_found_is_kept_however_new() -> None:
    state = {"type": "browser_state", "tabs": [{"tab_id": 1, "url": "https://a"}]}
    found = {"type": "tool_result", "tool_use_id": "a", "content": [state]}
    kept = Text('Browser state:\ntabs: {"tab_id":1,"url":"https://a"}')
    assert read("user", [found]) == (ToolResult("a", (kept,)),)


@pytest.mark.parametrize("role", ["user", "assistant", "system"])
@pytest.mark.parametrize("change", ["tool_addition", "tool_removal"])
def test_a_change_of_the_tools_is_no_content(role: str, change: str) -> None:
    block = {"type": change, "tool": {"type": "tool_reference", "name": "grep"}}
    assert list(read_messages({"messages": [{"role": role, "content": [block]}]})) == []
    assert read(role, [block, {"type": "text", "text": "hi"}]) == (Text("hi"),)


# --- What is refused ---


@pytest.mark.parametrize(
    ("message", "refused"),
    [
        ({"role": "user"}, "content: Field required"),
        ({"role": "user", "content": None}, "content: Field required"),
        ({"role": "user", "content": 1}, "content: Input should be a valid array"),
        ({"content": "hi"}, "role: Field required"),
        ({"role": 1, "content": "hi"}, "role: Input should be a valid string"),
        (
            {"role": "tool", "content": "hi"},
            "role: Input should be 'user', 'assistant' or 'system', not 'tool'",
        ),
        (
            {"role": "x" * 1_000, "content": "hi"},
            f"role: Input should be 'user', 'assistant' or 'system', not '{'x' * 64}…'",
        ),
    ],
)
def test_a_message_that_is_none(message: dict[str, Any], refused: str) -> None:
    assert refusal({"role": "user", "content": "hi"}, message) == f"messages.1.{refused}"


@pytest.mark.parametrize(
    ("role", "block", "refused"),
    [
        ("user", "hi", ": Input should be a valid object"),
        ("user", {}, ".type: None is not supported"),
        ("user", {"type": "text", "text": 1}, ".text: Input should be a valid string"),
        ("user", {"type": "tool_use"}, ".type: 'tool_use' is not supported"),
        ("user", {"type": "tool_result"}, ".tool_use_id: Field required"),
        ("user", {"type": "x" * 99}, f".type: '{'x' * 64}…' is not supported"),
        ("user", {"type": {"a": 1}}, ".type: <object> is not supported"),
        ("user", {"type": "container_upload"}, ".type: 'container_upload' is not supported"),
        (
            "user",
            {"type": "image", "source": {"type": "file", "file_id": "f"}},
            ".source.type: 'file' is not supported",
        ),
        (
            "user",
            {"type": "tool_result", "tool_use_id": "a", "content": 1},
            ".content: Input should be a valid array",
        ),
        (
            "assistant",
            {"type": "image", "source": {"type": "url", "url": "u"}},
            ": only a user or a tool can send images and files",
        ),
        ("assistant", {"type": "tool_result"}, ".type: 'tool_result' is not supported"),
        ("assistant", {"type": "tool_use", "name": "read"}, ".id: Field required"),
        ("assistant", {"type": "tool_use", "id": "a"}, ".name: Field required"),
        (
            "assistant",
            {"type": "thinking", "signature": 1},
            ".signature: Input should be a valid string",
        ),
        ("system", {"type": "thinking"}, ".type: 'thinking' is not supported"),
        (
            "system",
            {"type": "image", "source": {"type": "url", "url": "u"}},
            ": only a user or a tool can send images and files",
        ),
    ],
)
def test_a_block_that_cannot_be_read_is_named(role: str, block: Any, refused: str) -> None:
    content = [{"type": "text", "text": "hi"}, block]
    assert refusal({"role": role, "content": content}) == f"messages.0.content.1{refused}"
