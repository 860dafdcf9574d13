"""The content of an OpenAI body: every shape in every place, then what is refused."""

from typing import Any

import pytest

from proxy_core.conversation import Content, Text, ToolCall, ToolResult
from proxy_core.errors import BadRequest
from proxy_core.openai.content_parts import (
    read_assistant,
    read_instructions,
    read_result,
    read_system,
    read_user,
)
from tests.content import BLOCKS, PARTS, PNG_URL, Block

CUSTOM = frozenset({"ApplyPatch"})
PATCH = "*** Begin Patch"
SEE = {"type": "text", "text": "See:"}


@pytest.mark.parametrize(("part", "expected"), PARTS + BLOCKS)
def test_what_users_and_tools_send(part: Block, expected: list[Content]) -> None:
    assert [*read_result([SEE, part], "x")] == [Text("See:"), *expected]
    assert [*read_user([SEE, part], "x")] == [Text("See:"), *expected]


@pytest.mark.parametrize(("part", "expected"), PARTS + BLOCKS)
def test_what_a_tool_sends_inside_of_a_users_message(part: Block, expected: list[Content]) -> None:
    result = {"type": "tool_result", "tool_use_id": "c", "content": [part]}
    assert [*read_user([result], "x")] == [ToolResult("c", tuple(expected))]


@pytest.mark.parametrize(("part", "expected"), PARTS + BLOCKS)
def test_what_models_and_systems_say_is_text_and_nothing_else_is_lost(
    part: Block, expected: list[Content]
) -> None:
    if all(isinstance(one, Text) for one in expected):
        assert [*read_system([part], "x")] == [*read_assistant([part], "x", CUSTOM)] == expected
        return
    for refused in (lambda: read_system([part], "x"), lambda: read_assistant([part], "x", CUSTOM)):
        with pytest.raises(BadRequest) as caught:
            list(refused())
        assert caught.value.message == "x.0: only a user or a tool can send images and files"


@pytest.mark.parametrize("content", [None, "", []])
def test_no_content(content: Any) -> None:
    assert [*read_result(content, "x")] == [*read_user(content, "x")] == []
    assert [*read_system(content, "x")] == [*read_assistant(content, "x", CUSTOM)] == []


def test_a_plain_text() -> None:
    assert [*read_result("Hi.", "x")] == [*read_user("Hi.", "x")] == [Text("Hi.")]
    assert [*read_system("Hi.", "x")] == [*read_assistant("Hi.", "x", CUSTOM)] == [Text("Hi.")]


def test_a_result_that_is_an_error_reads_as_one() -> None:
    failed = {"type": "tool_result", "tool_use_id": "c", "content": "no file", "is_error": True}
    assert [*read_user([failed], "x")] == [ToolResult("c", (Text("Error: no file"),))]


@pytest.mark.parametrize(
    ("name", "input", "call"),
    [
        ("grep", {"a": "é"}, ToolCall("c", "grep", '{"a":"é"}')),
        ("grep", None, ToolCall("c", "grep", "{}")),
        ("grep", '{"a":1}', ToolCall("c", "grep", '{"a":1}')),
        ("ApplyPatch", PATCH, ToolCall("c", "ApplyPatch", PATCH, custom=True)),
        ("ApplyPatch", {"a": 1}, ToolCall("c", "ApplyPatch", '{"a":1}', custom=True)),
    ],
)
def test_a_call_among_the_content(name: str, input: Any, call: ToolCall) -> None:
    block = {"type": "tool_use", "id": "c", "name": name, "input": input}
    assert [*read_assistant([SEE, block, SEE], "x", CUSTOM)] == [Text("See:"), call, Text("See:")]


@pytest.mark.parametrize("type", ["thinking", "redacted_thinking", "reasoning"])
def test_what_a_model_cannot_say_again_is_left_out(type: str) -> None:
    assert [*read_assistant([{"type": type, "text": "Hm."}, SEE], "x", CUSTOM)] == [Text("See:")]


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        ({}, []),
        ({"instructions": None, "system": None}, []),
        ({"instructions": "", "system": ""}, []),
        ({"instructions": "A."}, ["A."]),
        ({"system": "B."}, ["B."]),
        ({"instructions": "A.", "system": [SEE, {"type": "text", "text": ""}]}, ["A.", "See:"]),
    ],
)
def test_instructions_beside_the_messages(body: dict[str, Any], texts: list[str]) -> None:
    assert [*read_instructions(body)] == texts


@pytest.mark.parametrize(
    ("part", "refused"),
    [
        ("Hi.", ": Input should be a valid object"),
        ({}, ".type: None is not supported"),
        ({"type": "input_audio"}, ".type: 'input_audio' is not supported"),
        ({"type": "input_text", "text": 1}, ".text: Input should be a valid string"),
        ({"type": "refusal"}, ".refusal: Field required"),
        ({"type": "image_url", "image_url": None}, ".image_url: Field required"),
        ({"type": "image_url", "image_url": {}}, ".image_url.url: Field required"),
        ({"type": "input_image", "file_id": "f"}, ".image_url: Field required"),
        ({"type": "file"}, ".file: Field required"),
        (
            {"type": "file", "file": {"file_id": "f"}},
            ".file: a file needs file_data or file_url; stored files are not known here",
        ),
        (
            {"type": "input_file", "file_id": "f"},
            ": a file needs file_data or file_url; stored files are not known here",
        ),
        (
            {"type": "input_file", "filename": 1, "file_data": PNG_URL},
            ".filename: Input should be a valid string",
        ),
    ],
)
def test_what_cannot_be_read_is_named(part: Any, refused: str) -> None:
    with pytest.raises(BadRequest) as caught:
        list(read_user([SEE, part], "x"))
    assert caught.value.message == f"x.1{refused}"


@pytest.mark.parametrize(
    ("returned", "texts"),
    [
        ({"ok": True, "é": [1]}, ['{"ok":true,"é":[1]}']),
        ({"type": "success"}, ['{"type":"success"}']),
        ([1, 2], ["[1,2]"]),
        (["a", "b"], ['["a","b"]']),
        ([{"name": "a"}, {"name": "b"}], ['[{"name":"a"},{"name":"b"}]']),
        (
            [SEE, {"type": "audio", "data": "A"}, "Hi."],
            ["See:", '{"type":"audio","data":"A"}', "Hi."],
        ),
        (SEE, ["See:"]),
        (7, ["7"]),
        (False, ["false"]),
    ],
)
def test_a_result_that_is_no_content_is_read_as_json(returned: Any, texts: list[str]) -> None:
    expected = [Text(text) for text in texts]
    assert [*read_result(returned, "x")] == expected
    block = {"type": "tool_result", "tool_use_id": "c", "content": returned}
    if returned is not False:
        assert [*read_user([block], "x")] == [ToolResult("c", tuple(expected))]


@pytest.mark.parametrize("content", [SEE, [SEE]])
def test_a_part_alone_is_a_list_of_one(content: Any) -> None:
    assert [*read_user(content, "x")] == [*read_system(content, "x")] == [Text("See:")]
    assert [*read_assistant(content, "x", CUSTOM)] == [Text("See:")]


@pytest.mark.parametrize("missing", ["id", "name"])
def test_a_call_that_cannot_be_read_is_named(missing: str) -> None:
    block = {"type": "tool_use", "id": "c", "name": "grep"} | {missing: None}
    with pytest.raises(BadRequest) as caught:
        list(read_assistant([block], "x", CUSTOM))
    assert caught.value.message == f"x.0.{missing}: Field required"


def test_what_an_assistant_has_said_is_kept_as_text() -> None:
    blocks = [
        {"type": "server_tool_use", "id": "s", "name": "web_fetch", "input": {"url": "u"}},
        {"type": "web_fetch_tool_result", "tool_use_id": "s", "content": {"url": "u"}},
        {"type": "compaction", "content": "All of it."},
        {"type": "of_tomorrow", "text": "Words."},
    ]
    kept = [
        part.text for part in read_assistant(blocks, "m", frozenset()) if isinstance(part, Text)
    ]
    assert len(kept) == len(blocks)
    assert kept[2] == "Summary of what came before:\nAll of it."
    assert kept[3] == "Words."
