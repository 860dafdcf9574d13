"""Anthropic's blocks of content: each by itself, the results of tools, then what is refused."""

from typing import Any

import pytest

from proxy_core.conversation import Content, Image, Text, ToolResult
from proxy_core.errors import BadRequest
from proxy_core.wire.content_blocks import (
    keep_block,
    keep_blocks,
    read_block,
    read_blocks,
    read_text,
    read_texts,
    read_tool_result,
)
from tests.content import BLOCKS, PDF, PNG, PNG_URL, Block


@pytest.mark.parametrize(("block", "parts"), BLOCKS)
def test_a_block(block: Block, parts: list[Content]) -> None:
    assert [*read_block(block, "x")] == parts
    assert [*read_blocks([{"type": "text", "text": "See:"}, block], "x")] == [Text("See:"), *parts]


def test_a_plain_text_stands_for_a_block_of_it() -> None:
    assert [*read_blocks("Hi.", "x")] == [Text("Hi.")]
    assert [*read_texts("Hi.", "x")] == ["Hi."]
    assert [*read_blocks("", "x")] == [*read_text({"type": "text"}, "x")] == []


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
            (Text("Error: the tool failed."), Image(PNG_URL)),
        ),
    ],
)
def test_a_tool_result(fields: dict[str, Any], parts: Any) -> None:
    block = {"type": "tool_result", "tool_use_id": "call_1", **fields}
    assert read_tool_result(block, "x", read_blocks) == ToolResult("call_1", parts)


@pytest.mark.parametrize(
    ("block", "refused"),
    [
        ({}, ".type: None is not supported"),
        ({"type": "tool_use"}, ".type: 'tool_use' is not supported"),
        ({"type": "text", "text": 1}, ".text: Input should be a valid string"),
        ({"type": "text", "text": None}, ".text: Input should be a valid string"),
        ({"type": "image"}, ".source: Field required"),
        (
            {"type": "image", "source": {"type": "file", "file_id": "f"}},
            ".source.type: 'file' is not supported",
        ),
        (
            {"type": "image", "source": {"type": "base64", "data": "iVBO"}},
            ".source.media_type: Field required",
        ),
        (
            {"type": "image", "source": {"type": "base64", "media_type": "image/png"}},
            ".source.data: Field required",
        ),
        ({"type": "image", "source": {"type": "url"}}, ".source.url: Field required"),
        (
            {"type": "document", "source": PDF, "title": 1},
            ".title: Input should be a valid string",
        ),
        (
            {"type": "document", "source": {"type": "text"}},
            ".source.data: Field required",
        ),
        (
            {"type": "document", "source": {"type": "content", "content": [{"type": "x"}]}},
            ".source.content.0.type: 'x' is not supported",
        ),
        (
            {"type": "document", "source": {"type": "content"}},
            ".source.content: Input should be a valid array",
        ),
        (
            {"type": "document", "source": {"type": "url", "url": 1}},
            ".source.url: Input should be a valid string",
        ),
        (
            {"type": "document", "source": {"type": "file", "file_id": "f"}},
            ".source.type: 'file' is not supported",
        ),
        (
            {"type": "search_result", "content": [{"type": "image"}]},
            ".content.0.type: 'image' is not supported",
        ),
        ({"type": "tool_reference"}, ".tool_name: Field required"),
    ],
)
def test_a_block_that_cannot_be_read_is_named(block: Block, refused: str) -> None:
    with pytest.raises(BadRequest) as caught:
        list(read_block(block, "x.1"))
    assert caught.value.message == f"x.1{refused}"


@pytest.mark.parametrize(("block", "parts"), BLOCKS)
def test_a_block_that_can_be_read_is_kept_as_what_it_is(block: Block, parts: list[Content]) -> None:
    assert [*keep_block(block, "x")] == [*keep_blocks([block], "x")] == parts


@pytest.mark.parametrize(
    ("block", "text"),
    [
        ({"type": "video", "title": "Bern"}, "Video:\ntitle: Bern"),
        (
            {"type": "image", "source": {"type": "file", "file_id": "f"}},
            "Image:\nsource: file_id: f",
        ),
        (
            {"type": "document", "source": {"type": "content", "content": [{"type": "x", "a": 1}]}},
            "Document:\nsource: a: 1",
        ),
    ],
)
def test_a_block_of_no_known_kind_is_kept_as_text(block: Block, text: str) -> None:
    assert [*keep_block(block, "x")] == [Text(text)]


def test_a_block_that_tells_nothing_is_not_kept() -> None:
    assert [*keep_block({"type": "fallback", "to": {"model": "m"}}, "x")] == []


def test_a_block_that_is_kept_must_be_sound() -> None:
    with pytest.raises(BadRequest, match=r"^x\.text: Input should be a valid string$"):
        list(keep_block({"type": "text", "text": 1}, "x"))


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({}, "tool_use_id: Field required"),
        ({"tool_use_id": "a", "content": 1}, "content: Input should be a valid array"),
        ({"tool_use_id": "a", "content": [{"type": "x"}]}, "content.0.type: 'x' is not supported"),
    ],
)
def test_a_result_that_cannot_be_read_is_named(fields: Block, refused: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read_tool_result({"type": "tool_result", **fields}, "x.1", read_blocks)
    assert caught.value.message == f"x.1.{refused}"
