"""Content blocks -> parts: each block by itself, then their order, then what is refused."""

from typing import Any

import pytest

from proxy_core.anthropic_messages.content_reader import read_messages, read_system
from proxy_core.anthropic_messages.signature import UNSEALED, write_signature
from proxy_core.conversation import (
    File,
    Image,
    Message,
    Origin,
    Part,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
)
from proxy_core.errors import BadRequest

PNG = {"type": "base64", "media_type": "image/png", "data": "iVBO"}
PDF = {"type": "base64", "media_type": "application/pdf", "data": "JVBE"}
PDF_URL = "data:application/pdf;base64,JVBE"
PLAIN = {"type": "text", "media_type": "text/plain", "data": "Once."}
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
        ([{"type": "image"}], "system.0.type: 'image' is not supported here"),
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

USER_BLOCKS: list[tuple[dict[str, Any], list[Part]]] = [
    ({"type": "image", "source": PNG}, [Image("data:image/png;base64,iVBO")]),
    (
        {"type": "image", "source": {"type": "url", "url": "https://x/a.png"}},
        [Image("https://x/a.png")],
    ),
    ({"type": "document", "source": PDF}, [File("document.pdf", PDF_URL)]),
    ({"type": "document", "source": PDF, "title": "Deed"}, [File("Deed.pdf", PDF_URL)]),
    ({"type": "document", "source": PDF, "title": "a.PDF"}, [File("a.PDF", PDF_URL)]),
    (
        {"type": "document", "source": PDF, "context": "Signed.", "citations": {"enabled": True}},
        [Text("Signed."), File("document.pdf", PDF_URL)],
    ),
    (
        {"type": "document", "source": {"type": "url", "url": "https://x/y/deed.pdf?v=/1"}},
        [File("deed.pdf", "https://x/y/deed.pdf?v=/1")],
    ),
    (
        {"type": "document", "source": {"type": "url", "url": "https://x/1"}, "title": "Deed"},
        [File("Deed.pdf", "https://x/1")],
    ),
    ({"type": "document", "source": PLAIN}, [Text("<document>\nOnce.\n</document>")]),
    (
        {"type": "document", "source": PLAIN, "title": 'A "tale"', "context": "Old."},
        [Text('<document title="A \\"tale\\"" context="Old.">\nOnce.\n</document>')],
    ),
    (
        {"type": "document", "source": {"type": "content", "content": "Once."}, "title": "Tale"},
        [Text('<document title="Tale">'), Text("Once."), Text("</document>")],
    ),
    (
        {
            "type": "document",
            "source": {
                "type": "content",
                "content": [{"type": "text", "text": "See:"}, {"type": "image", "source": PNG}],
            },
        },
        [
            Text("<document>"),
            Text("See:"),
            Image("data:image/png;base64,iVBO"),
            Text("</document>"),
        ],
    ),
    (
        {
            "type": "search_result",
            "source": "https://x",
            "title": "Tïtle",
            "content": [{"type": "text", "text": "One."}, {"type": "text", "text": "Two."}],
        },
        [Text('<search_result source="https://x" title="Tïtle">\nOne.\nTwo.\n</search_result>')],
    ),
    ({"type": "search_result"}, [Text("<search_result>\n\n</search_result>")]),
    ({"type": "tool_reference", "tool_name": "grep"}, [Text("Tool loaded: grep")]),
]


@pytest.mark.parametrize(("block", "parts"), USER_BLOCKS)
def test_a_block_of_the_users(block: dict[str, Any], parts: list[Part]) -> None:
    assert read("user", [block]) == tuple(parts)


@pytest.mark.parametrize(("block", "parts"), USER_BLOCKS)
def test_the_same_block_in_a_tool_result(block: dict[str, Any], parts: list[Part]) -> None:
    result = {"type": "tool_result", "tool_use_id": "call_1", "content": [block]}
    assert read("user", [result]) == (ToolResult("call_1", tuple(parts)),)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "parts"),
    [
        ({}, ()),
        ({"content": None}, ()),
        ({"content": ""}, ()),
        ({"content": []}, ()),
        ({"content": "ok", "is_error": False}, (Text("ok"),)),
        ({"content": [{"type": "text", "text": "ok"}]}, (Text("ok"),)),
        ({"content": "no such file", "is_error": True}, (Text("Error: no such file"),)),
        ({"content": "Error: no such file", "is_error": True}, (Text("Error: no such file"),)),
        ({"is_error": True}, (Text("Error: the tool failed."),)),
        (
            {"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}
            | {"is_error": True},
            (Text("Error: a"), Text("b")),
        ),
        (
            {"content": [{"type": "image", "source": PNG}], "is_error": True},
            (Text("Error: the tool failed."), Image("data:image/png;base64,iVBO")),
        ),
    ],
)
def test_a_tool_result(fields: dict[str, Any], parts: Any) -> None:
    block = {"type": "tool_result", "tool_use_id": "call_1", **fields}
    assert read("user", [block]) == (ToolResult("call_1", parts),)


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
    ],
)
def test_a_message_that_is_none(message: dict[str, Any], refused: str) -> None:
    assert refusal({"role": "user", "content": "hi"}, message) == f"messages.1.{refused}"


@pytest.mark.parametrize(
    ("role", "block", "refused"),
    [
        ("user", "hi", ": Input should be a valid object"),
        ("user", {}, ".type: None is not supported here"),
        ("user", {"type": "text", "text": 1}, ".text: Input should be a valid string"),
        ("user", {"type": "tool_use"}, ".type: 'tool_use' is not supported here"),
        ("user", {"type": "tool_result"}, ".tool_use_id: Field required"),
        (
            "user",
            {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "browser_state"}]},
            ".content.0.type: 'browser_state' is not supported here",
        ),
        (
            "user",
            {"type": "tool_result", "tool_use_id": "a", "content": 1},
            ".content: Input should be a valid array",
        ),
        ("user", {"type": "image"}, ".source: Field required"),
        (
            "user",
            {"type": "image", "source": {"type": "file", "file_id": "f"}},
            ".source.type: 'file' is not supported here",
        ),
        (
            "user",
            {"type": "image", "source": {"type": "base64", "data": "iVBO"}},
            ".source.media_type: Field required",
        ),
        (
            "user",
            {"type": "image", "source": {"type": "base64", "media_type": "image/png"}},
            ".source.data: Field required",
        ),
        ("user", {"type": "image", "source": {"type": "url"}}, ".source.url: Field required"),
        (
            "user",
            {"type": "document", "source": PDF, "title": 1},
            ".title: Input should be a valid string",
        ),
        (
            "user",
            {"type": "document", "source": {"type": "text"}},
            ".source.data: Field required",
        ),
        (
            "user",
            {"type": "document", "source": {"type": "content", "content": [{"type": "x"}]}},
            ".source.content.0.type: 'x' is not supported here",
        ),
        (
            "user",
            {"type": "document", "source": {"type": "content"}},
            ".source.content: Input should be a valid array",
        ),
        (
            "user",
            {"type": "document", "source": {"type": "url", "url": 1}},
            ".source.url: Input should be a valid string",
        ),
        (
            "user",
            {"type": "document", "source": {"type": "file", "file_id": "f"}},
            ".source.type: 'file' is not supported here",
        ),
        (
            "user",
            {"type": "search_result", "content": [{"type": "image"}]},
            ".content.0.type: 'image' is not supported here",
        ),
        ("user", {"type": "tool_reference"}, ".tool_name: Field required"),
        ("assistant", {"type": "image"}, ".type: 'image' is not supported here"),
        (
            "assistant",
            {"type": "server_tool_use", "name": "web_fetch"},
            ".name: 'web_fetch' is not supported here",
        ),
        (
            "assistant",
            {"type": "web_search_tool_result", "content": "none"},
            ".content: Input should be a list of results or an error",
        ),
        (
            "assistant",
            {"type": "web_fetch_tool_result"},
            ".type: 'web_fetch_tool_result' is not supported here",
        ),
        ("assistant", {"type": "tool_use", "name": "read"}, ".id: Field required"),
        ("assistant", {"type": "tool_use", "id": "a"}, ".name: Field required"),
        (
            "assistant",
            {"type": "thinking", "signature": 1},
            ".signature: Input should be a valid string",
        ),
        ("system", {"type": "tool_removal"}, ".type: 'tool_removal' is not supported here"),
    ],
)
def test_a_block_that_cannot_be_read_is_named(role: str, block: Any, refused: str) -> None:
    content = [{"type": "text", "text": "hi"}, block]
    assert refusal({"role": role, "content": content}) == f"messages.0.content.1{refused}"
