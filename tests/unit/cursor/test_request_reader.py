"""Whatever Cursor posts -> Request: told apart by content, not by the model's name."""

from typing import Any

import pytest
from msgspec.structs import replace

from proxy_core.conversation import (
    Content,
    CustomTool,
    Effort,
    Message,
    Reasoning,
    ReasoningDisplay,
    Request,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Verbosity,
)
from proxy_core.cursor.request_reader import CursorRequest, read_request
from proxy_core.errors import BadRequest
from proxy_core.openai_chat.reasoning_display import CLOSING, OPENING
from proxy_core.wire.digest import digest
from tests.content import BLOCKS, PARTS

SHOWN = f"{OPENING['details']}Hm.{CLOSING['details']}"
HELLO = {"role": "user", "content": "Hello."}
ITEM = {"role": "user", "content": [{"type": "input_text", "text": "Hello."}]}
USER = Message("user", (Text("Hello."),))

CHAT = {"model": "gpt-high", "messages": [HELLO]}
RESPONSES = {"model": "gpt-high", "input": [ITEM]}


def ask(
    body: dict[str, Any],
    path_model: str = "",
    default: Effort = "medium",
    *,
    display: ReasoningDisplay = "details",
) -> CursorRequest:
    return read_request(body, path_model=path_model, default_effort=default, display=display)


def read(body: dict[str, Any] = CHAT, **fields: Any) -> Request:
    return ask({**body, **fields}).request


# --- Shapes ---


@pytest.mark.parametrize("model", ["gpt-high", "gpt-5.4", "claude-5-sonnet", "anything", None])
@pytest.mark.parametrize(
    "body",
    [
        {"messages": [HELLO]},
        {"messages": [HELLO], "input": []},
        {"messages": [HELLO], "input": None},
        {"messages": [HELLO], "input": [{"type": "from another API"}]},
        {"input": [ITEM]},
        {"input": [HELLO]},
        {"input": "Hello."},
        {"input": [ITEM], "messages": []},
        {"input": [ITEM], "messages": None},
    ],
)
def test_the_content_tells_the_shape_and_the_models_name_does_not(
    body: dict[str, Any], model: str | None
) -> None:
    request = read({"model": model, **body})
    assert (request.model, request.messages) == (model or "", (USER,))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"model": "gpt-high"},
        {"messages": []},
        {"messages": None, "input": None},
        {"input": []},
        {"input": ""},
        {"messages": {}, "instructions": "Be brief."},
    ],
)
def test_a_body_without_either(body: dict[str, Any]) -> None:
    with pytest.raises(BadRequest) as caught:
        ask(body)
    assert caught.value.message == "messages: at least one message is required"
    assert caught.value.status == 400


PATCH = "*** Begin Patch"


def test_the_same_history_in_three_shapes() -> None:
    result = {"role": "tool", "name": "ApplyPatch", "tool_call_id": "c", "content": "Done."}
    chat = {
        "messages": [
            {"role": "system", "content": "Be brief."},
            HELLO,
            {
                "role": "assistant",
                "content": f"{SHOWN}Patching.",
                "tool_calls": [
                    {
                        "id": "c",
                        "index": 0,
                        "type": "function",
                        "function": {"name": "ApplyPatch", "arguments": PATCH},
                    }
                ],
            },
            result,
        ],
        "tools": [
            {"type": "custom", "custom": {"name": "ApplyPatch"}},
            {"type": "function", "function": {"name": "read"}},
        ],
    }
    responses = {
        "instructions": "Be brief.",
        "input": [
            ITEM,
            {"role": "assistant", "content": [{"type": "output_text", "text": "Patching."}]},
            {"type": "custom_tool_call", "call_id": "c", "name": "ApplyPatch", "input": PATCH},
            {"type": "custom_tool_call_output", "call_id": "c", "output": "Done."},
        ],
        "tools": [{"type": "custom", "name": "ApplyPatch"}, {"type": "function", "name": "read"}],
    }
    anthropic = {
        "messages": [
            {"role": "system", "content": [{"type": "text", "text": "Be brief."}]},
            {"role": "user", "content": [{"type": "text", "text": "Hello.", "cache_control": {}}]},
            {
                "role": "assistant",
                "content": [
                    {"type": "text", "text": "Patching."},
                    {"type": "tool_use", "id": "c", "name": "ApplyPatch", "input": PATCH},
                ],
            },
            {
                "role": "user",
                "content": [{"type": "tool_result", "tool_use_id": "c", "content": "Done."}],
            },
        ],
        "tools": [
            {"type": "custom", "name": "ApplyPatch"},
            {"name": "read", "input_schema": {}},
        ],
    }
    requests = [read({"model": "gpt-low", **body}) for body in (chat, responses, anthropic)]
    assert requests[0] == Request(
        model="gpt-low",
        instructions="Be brief.",
        messages=(
            USER,
            Message("assistant", (Text("Patching."), ToolCall("c", "ApplyPatch", PATCH, True))),
            Message("user", (ToolResult("c", (Text("Done."),)),)),
        ),
        tools=(CustomTool("ApplyPatch", "", None), Tool("read", "", {})),
        thinking="shown",
        effort="low",
        conversation_id=digest("\nBe brief.\nHello."),
    )
    assert requests[1] == requests[2] == requests[0]


def test_a_broken_body_is_refused_by_the_reader_of_its_shape() -> None:
    with pytest.raises(BadRequest, match=r"^messages\.0\.role: 'x' is not supported$"):
        ask({"messages": [{"role": "x"}], "input": [ITEM]})
    with pytest.raises(BadRequest, match=r"^input\.0\.role: 'x' is not supported$"):
        ask({"messages": [], "input": [{"role": "x"}]})


# --- Shown reasoning comes back ---

SEALED = {"type": "reasoning", "summary": [], "encrypted_content": "gAAA"}


def spoken(text: str, **fields: Any) -> dict[str, Any]:
    content = [{"type": "output_text", "text": text}]
    return {"type": "message", "role": "assistant", "content": content, **fields}


def test_it_is_taken_out_of_a_responses_body_as_well() -> None:
    items = [ITEM, SEALED, spoken(f"{SHOWN}Hi.", phase="final_answer"), ITEM]
    assert read({"input": items}).messages == (
        USER,
        Message("assistant", (Reasoning("", "gAAA", (), None), Text("Hi.", "final_answer"))),
        USER,
    )


def test_and_a_message_that_held_nothing_else_goes_with_it() -> None:
    call = {"type": "function_call", "call_id": "c", "name": "read", "arguments": "{}"}
    items = [ITEM, spoken(SHOWN), call, {"role": "user", "content": SHOWN}, spoken(SHOWN)]
    assert read({"input": items}).messages == (
        USER,
        Message("assistant", (ToolCall("c", "read", "{}"),)),
        Message("user", (Text(SHOWN),)),
    )


@pytest.mark.parametrize(
    ("display", "left"),
    [
        ("details", "<think>\nis a tag"),
        ("think", ""),
        ("field", "<think>\nis a tag"),
        ("off", "<think>\nis a tag"),
    ],
)
def test_the_setting_says_which_kind_may_have_been_left_open(
    display: ReasoningDisplay, left: str
) -> None:
    quoted = {"role": "assistant", "content": "<think>\nis a tag"}
    chat = ask({"messages": [HELLO, quoted, HELLO]}, display=display).request
    responses = ask({"input": [ITEM, spoken("<think>\nis a tag"), ITEM]}, display=display).request
    said = (Message("assistant", (Text(left),)),) if left else ()
    assert chat.messages == responses.messages == (USER, *said, USER)


def test_a_text_that_quotes_the_tag_loses_nothing() -> None:
    content = f"{SHOWN}Models write `<think>\n` first.\n\nThen comes what they think."
    history = [HELLO, {"role": "assistant", "content": content}]
    for display in ("details", "think", "off"):
        (_, message) = ask({"messages": history}, display=display).request.messages
        assert message.parts == (Text(content.removeprefix(SHOWN)),)


def test_and_never_out_of_what_a_user_wrote() -> None:
    assert read({"messages": [{"role": "user", "content": SHOWN}]}).messages == (
        Message("user", (Text(SHOWN),)),
    )
    assert read({"input": SHOWN}).messages == (Message("user", (Text(SHOWN),)),)
    system = {"role": "system", "content": SHOWN}
    assert read({"input": [system, ITEM]}).messages[0] == Message("system", (Text(SHOWN),))


# --- Content of any shape, in either body ---

FAILED = {"type": "tool_result", "tool_use_id": "c", "content": "no file", "is_error": True}
USED = {"type": "tool_use", "id": "c", "name": "read", "input": {}}


@pytest.mark.parametrize(("part", "expected"), PARTS + BLOCKS)
def test_what_one_shape_takes_the_other_does(part: Any, expected: list[Content]) -> None:
    asked = [HELLO, {"role": "user", "content": [{"type": "text", "text": "See:"}, part]}]
    read_as = (USER, Message("user", (Text("See:"), *expected)))
    assert read({"messages": asked}).messages == read({"input": asked}).messages == read_as


def test_a_failed_tool_reads_as_an_error_in_either() -> None:
    history = [
        HELLO,
        {"role": "assistant", "content": [USED]},
        {"role": "user", "content": [FAILED]},
    ]
    result = ToolResult("c", (Text("Error: no file"),))
    for name in ("messages", "input"):
        (*_, last) = read({name: history}).messages
        assert last == Message("user", (result,))


@pytest.mark.parametrize("role", ["system", "developer", "assistant"])
@pytest.mark.parametrize("name", ["messages", "input"])
def test_a_picture_that_only_a_user_can_send_is_refused_and_not_lost(name: str, role: str) -> None:
    picture = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    with pytest.raises(BadRequest) as caught:
        read({name: [{"role": role, "content": [picture]}, HELLO]})
    refused = "content.0: only a user or a tool can send images and files"
    assert caught.value.message == f"{name}.0.{refused}"


@pytest.mark.parametrize("shape", [CHAT, RESPONSES])
def test_instructions_beside_the_messages(shape: Any) -> None:
    blocks = [{"type": "text", "text": "Be kind."}]
    request = read(shape, instructions="Be brief.", system=blocks)
    assert request.instructions == "Be brief.\n\nBe kind."


# --- Names ---


@pytest.mark.parametrize(("path_model", "model"), [("", "x" * 257), ("x" * 257, "gpt-high")])
@pytest.mark.parametrize("shape", [CHAT, RESPONSES])
def test_a_name_that_is_none(shape: Any, path_model: str, model: str) -> None:
    with pytest.raises(BadRequest) as caught:
        ask({**shape, "model": model}, path_model)
    assert caught.value.message == "model: String should have at most 256 characters"


def test_a_long_name_is_one() -> None:
    assert read(model="x" * 256).model == "x" * 256


# --- Effort: the id, then the body, then the setting ---


@pytest.mark.parametrize(
    ("id", "body", "effort"),
    [
        ("gpt-high", {}, "high"),
        ("GPT-Low-fast", {}, "low"),
        ("gpt-high", {"reasoning_effort": "low"}, "high"),
        ("gpt-low", {"reasoning": {"effort": "high"}}, "low"),
        ("gpt-5.4-thinking-high", {"reasoning_effort": "low"}, "high"),
        ("gpt-5.4", {"reasoning_effort": "high"}, "high"),
        ("gpt-5.4", {"reasoning_effort": "HIGH"}, "high"),
        ("gpt-5.4", {"reasoning": {"effort": "Minimal", "summary": "auto"}}, "minimal"),
        ("gpt-5.4", {"reasoning_effort": "none"}, "none"),
        ("gpt-5.4", {"reasoning_effort": None, "reasoning": {"effort": "low"}}, "low"),
        ("gpt-5.4", {"reasoning_effort": "enormous"}, "xhigh"),
        ("gpt-5.4", {"reasoning_effort": 3}, "xhigh"),
        ("gpt-5.4", {"reasoning": {}}, "xhigh"),
        ("gpt-5.4", {"reasoning": None}, "xhigh"),
        ("gpt-5.4", {}, "xhigh"),
        ("unknown", {}, "xhigh"),
        (None, {}, "xhigh"),
    ],
)
@pytest.mark.parametrize("shape", [CHAT, RESPONSES])
def test_effort(shape: Any, id: str | None, body: dict[str, Any], effort: Effort) -> None:
    request = ask({**shape, "model": id, **body}, default="xhigh").request
    assert request.effort == effort


@pytest.mark.parametrize(
    ("path_model", "model", "effort"),
    [
        ("", "gpt-low", "low"),
        ("gpt-high", "gpt-high", "high"),
        ("my-deployment", "my-deployment", "medium"),
    ],
)
def test_the_name_in_an_azure_path_stands_for_the_model(
    path_model: str, model: str, effort: Effort
) -> None:
    request = ask({**CHAT, "model": "gpt-low"}, path_model).request
    assert (request.model, request.effort) == (model, effort)


@pytest.mark.parametrize(
    ("display", "thinking"),
    [("details", "shown"), ("think", "shown"), ("field", "shown"), ("off", "hidden")],
)
def test_reasoning_is_asked_for_and_its_text_only_where_it_is_shown(
    display: ReasoningDisplay, thinking: str
) -> None:
    assert ask(CHAT, display=display).request.thinking == thinking


@pytest.mark.parametrize(
    ("display", "shown"),
    [("details", "field"), ("think", "field"), ("field", "field"), ("off", "field")],
)
@pytest.mark.parametrize(
    "asked",
    [
        {"response_format": {"type": "json_object"}},
        {"text": {"format": {"type": "json_schema", "name": "n", "schema": {"type": "object"}}}},
    ],
)
@pytest.mark.parametrize("shape", [CHAT, RESPONSES])
def test_no_wrapper_stands_before_json_that_was_asked_for(
    shape: Any, asked: Any, display: ReasoningDisplay, shown: str
) -> None:
    assert ask({**shape, **asked}, display=display).display == shown
    assert ask(shape, display=display).display == display


@pytest.mark.parametrize(
    ("body", "verbosity"),
    [
        ({"text": {"verbosity": "low"}}, "low"),
        ({"verbosity": "high"}, "high"),
        ({"verbosity": None, "text": {"verbosity": "medium"}}, "medium"),
        ({"text": {"verbosity": "chatty"}}, None),
        ({"text": {}}, None),
        ({"text": None}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize("shape", [CHAT, RESPONSES])
def test_verbosity(shape: Any, body: dict[str, Any], verbosity: Verbosity | None) -> None:
    assert read(shape, **body).verbosity == verbosity


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        (None, False),
        ({}, False),
        ({"include_usage": True}, True),
        ({"include_usage": False}, False),
        ({"include_usage": None}, False),
        ({"include_obfuscation": False}, False),
    ],
)
@pytest.mark.parametrize("shape", [CHAT, RESPONSES])
def test_whether_the_usage_is_wanted(shape: Any, options: Any, asked: bool) -> None:
    assert ask({**shape, "stream_options": options}).include_usage is asked


# --- Which conversation it is ---


@pytest.mark.parametrize("shape", [CHAT, RESPONSES])
def test_cursors_own_id_of_the_conversation(shape: Any) -> None:
    metadata = {"cursorConversationId": "conv-1", "cursorRequestId": "r"}
    assert read(shape, metadata=metadata, user="u").conversation_id == digest("conv-1")


@pytest.mark.parametrize(
    "metadata", [None, {}, {"cursorConversationId": ""}, {"cursorConversationId": 7}, "text"]
)
def test_else_what_stays_the_same_in_it(metadata: Any) -> None:
    system = {"role": "system", "content": "Be brief."}
    request = read(messages=[system, HELLO], user="u", metadata=metadata)
    assert request.conversation_id == digest("u\nBe brief.\nHello.")
    assert read(user={"not": "a name"}).conversation_id == digest("\n\nHello.")


def grown(body: dict[str, Any]) -> dict[str, Any]:
    """The next turn of the same conversation."""
    name = "messages" if "messages" in body else "input"
    return {**body, name: [*body[name], {"role": "assistant", "content": "Hi."}, HELLO]}


@pytest.mark.parametrize(
    "body",
    [
        CHAT,
        RESPONSES,
        {"input": [{"role": "system", "content": "Be brief."}, ITEM, ITEM], "user": "u"},
    ],
)
def test_it_is_the_same_on_every_turn(body: dict[str, Any]) -> None:
    turns = [body, grown(body), grown(grown(body))]
    assert len({read(turn).conversation_id for turn in turns}) == 1


def test_a_conversation_that_no_user_began() -> None:
    welcome = {"role": "assistant", "content": "Welcome."}
    assert read(messages=[welcome], user="u").conversation_id == digest("u\n\nWelcome.")
    system = {"role": "system", "content": "Write."}
    assert read(messages=[system]).conversation_id == digest("\n\nWrite.")
    assert read(messages=[{"role": "user", "content": ""}]).conversation_id == digest("\n")


def test_it_differs_between_conversations() -> None:
    other = {"role": "user", "content": "Other."}
    system = {"role": "system", "content": "Be brief."}
    bodies = [CHAT, {**CHAT, "user": "u"}, {"messages": [other]}, {"messages": [system, HELLO]}]
    assert len({read(body).conversation_id for body in bodies}) == len(bodies)


def test_the_verify_button() -> None:
    request = read(
        {
            "model": "whatever",
            "messages": [{"role": "system", "content": "Be brief."}, HELLO],
            "temperature": 1,
            "top_p": 1,
            "n": 1,
            "max_tokens": 10,
            "stream": False,
        }
    )
    assert request == replace(
        read({"model": "whatever", "messages": [HELLO]}),
        instructions="Be brief.",
        temperature=1.0,
        top_p=1.0,
        max_output_tokens=10,
        conversation_id=digest("\nBe brief.\nHello."),
    )
