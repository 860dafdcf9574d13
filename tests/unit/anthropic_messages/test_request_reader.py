"""Request bodies -> Request: one field at a time, against a minimal body."""

from typing import Any

import pytest

from proxy_core.anthropic_messages.request_reader import read_count_request, read_request
from proxy_core.conversation import Message, Request, Text
from proxy_core.errors import BadRequest
from proxy_core.wire.digest import digest

HELLO = {"role": "user", "content": "hi"}
MINIMAL = {"model": "claude-sonnet-5-5", "max_tokens": 64, "messages": [HELLO]}
SCHEMA = {"type": "object", "properties": {"path": {"$ref": "#/$defs/Path"}}}


def read(**fields: Any) -> Request:
    return read_request({**MINIMAL, **fields})


def refusal(**fields: Any) -> str:
    with pytest.raises(BadRequest) as caught:
        read(**fields)
    return caught.value.message


def test_the_smallest_request() -> None:
    assert read() == Request(
        model="claude-sonnet-5-5",
        messages=(Message("user", (Text("hi"),)),),
        max_output_tokens=64,
        effort="none",
        conversation_id=digest("\n\nhi"),
    )


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"system": "Be brief."}, "instructions", "Be brief."),
        ({"max_tokens": 0}, "max_output_tokens", 0),
        ({"temperature": 1}, "temperature", 1.0),
        ({"temperature": 0.5}, "temperature", 0.5),
        ({"top_p": 0.9}, "top_p", 0.9),
        ({"stop_sequences": ["</block>", ""]}, "stop", ("</block>", "")),
        ({"stop_sequences": None}, "stop", ()),
        ({"stop_sequences": ["x" * 64] * 64}, "stop", ("x" * 64,) * 64),
        ({"stop_sequences": [""] * 4_096}, "stop", ("",) * 4_096),
        ({"model": "x" * 256}, "model", "x" * 256),
        (
            {"metadata": {"user_id": '{"session_id":"s"}'}},
            "conversation_id",
            digest('{"session_id":"s"}'),
        ),
        ({"metadata": {}}, "conversation_id", digest("\n\nhi")),
        ({"metadata": {"user_id": ""}}, "conversation_id", digest("\n\nhi")),
        ({"metadata": {"user_id": None}}, "conversation_id", digest("\n\nhi")),
        ({"stream": True}, "stream", True),
        ({"stream": None}, "stream", False),
        ({"tool_choice": {"type": "auto"}}, "tool_choice", "auto"),
        ({"tool_choice": {"type": "any"}}, "tool_choice", "required"),
        ({"tool_choice": {"type": "none"}}, "tool_choice", "none"),
        ({"tool_choice": {"type": "auto"}}, "parallel_tool_calls", True),
        (
            {"tool_choice": {"type": "any", "disable_parallel_tool_use": True}},
            "parallel_tool_calls",
            False,
        ),
    ],
)
def test_a_field(fields: dict[str, Any], name: str, value: Any) -> None:
    assert getattr(read(**fields), name) == value


@pytest.mark.parametrize(
    ("safeguards", "context"),
    [
        (None, None),
        ([], None),
        ([{"type": "another_question"}], None),
        ([{"type": "dangerous_tool_use"}], {}),
        ([{"type": "dangerous_tool_use", "classifier_context": {"a": 1}}], {"a": 1}),
    ],
)
def test_the_question_about_tool_uses(safeguards: Any, context: Any) -> None:
    assert read(safeguards=safeguards).safeguard_context == context


@pytest.mark.parametrize(
    "knobs",
    [
        {"top_k": 40},
        {"cache_control": {"type": "ephemeral"}},
        {"service_tier": "auto", "speed": "fast", "inference_geo": "eu"},
        {"context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]}},
        {"thread": None},
        {"some_future_knob": {"a": 1}},
    ],
)
def test_unknown_knobs_are_dropped(knobs: dict[str, Any]) -> None:
    assert read(**knobs) == read()


def test_the_next_turn_of_a_conversation_is_of_the_same_conversation() -> None:
    """Where the client names no session."""
    first = read(system="Be brief.")
    answered = [HELLO, {"role": "assistant", "content": "Hi."}, {"role": "user", "content": "And?"}]
    assert read(system="Be brief.", messages=answered).conversation_id == first.conversation_id
    assert read(system="Be kind.").conversation_id != first.conversation_id
    other = [{"role": "user", "content": "bye"}]
    assert read(system="Be brief.", messages=other).conversation_id != first.conversation_id


# --- Thinking and effort ---


@pytest.mark.parametrize(
    ("fields", "thinking", "effort"),
    [
        ({}, "off", "none"),
        ({"thinking": {"type": "disabled"}}, "off", "none"),
        ({"thinking": {"type": "adaptive"}}, "shown", None),
        ({"thinking": {"type": "between_tools"}}, "shown", None),
        ({"thinking": {"type": "adaptive", "display": "summarized"}}, "shown", None),
        ({"thinking": {"type": "adaptive", "display": "updates"}}, "shown", None),
        ({"thinking": {"type": "adaptive", "display": "omitted"}}, "hidden", None),
        ({"thinking": {"type": "enabled"}}, "shown", None),
        ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, "shown", "low"),
        ({"thinking": {"type": "enabled", "budget_tokens": 4096}}, "shown", "low"),
        ({"thinking": {"type": "enabled", "budget_tokens": 4097}}, "shown", "medium"),
        ({"thinking": {"type": "enabled", "budget_tokens": 16_384}}, "shown", "medium"),
        ({"thinking": {"type": "enabled", "budget_tokens": 31_999}}, "shown", "high"),
        ({"output_config": {}}, "off", "none"),
        ({"output_config": {"effort": "low"}}, "off", "none"),
        (
            {"output_config": {"effort": "high"}, "thinking": {"type": "disabled"}},
            "off",
            "none",
        ),
        (
            {"output_config": {"effort": "max"}, "thinking": {"type": "adaptive"}},
            "shown",
            "max",
        ),
        (
            {"output_config": {"effort": "xhigh"}}
            | {"thinking": {"type": "enabled", "budget_tokens": 1024}},
            "shown",
            "xhigh",
        ),
    ],
)
def test_thinking(fields: dict[str, Any], thinking: str, effort: str | None) -> None:
    request = read(**fields)
    assert (request.thinking, request.effort) == (thinking, effort)


@pytest.mark.parametrize(
    ("turns", "effort"),
    [
        ([None], "high"),
        (["low"], "low"),
        (["low", None, "xhigh", None], "xhigh"),
    ],
)
def test_the_last_effort_of_a_turn_counts(turns: list[str | None], effort: str) -> None:
    configs = [{"output_config": {"effort": turn}} if turn else {} for turn in turns]
    request = read(
        thinking={"type": "adaptive"},
        output_config={"effort": "high"},
        messages=[{"role": "system", "content": "Go on."} | config for config in configs],
    )
    assert request.effort == effort


# --- Structured output ---


@pytest.mark.parametrize(
    ("fields", "schema"),
    [
        ({}, None),
        ({"output_config": {"format": None}}, None),
        ({"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}}, SCHEMA),
        ({"output_format": {"type": "json_schema", "schema": SCHEMA}}, SCHEMA),
    ],
)
def test_structured_output(fields: dict[str, Any], schema: Any) -> None:
    assert read(**fields).output_schema == schema


# --- What is refused ---


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"model": None}, "model: Field required"),
        ({"model": 1}, "model: Input should be a valid string"),
        ({"max_tokens": None}, "max_tokens: Field required"),
        ({"max_tokens": 1.5}, "max_tokens: Input should be a valid integer"),
        ({"max_tokens": -1}, "max_tokens: Input should be greater than or equal to 0"),
        ({"messages": None}, "messages: Field required"),
        ({"messages": ["hi"]}, "messages.0: Input should be a valid object"),
        ({"system": 1}, "system: Input should be a valid array"),
        ({"stream": "yes"}, "stream: Input should be a valid boolean"),
        ({"temperature": "hot"}, "temperature: Input should be a valid number"),
        ({"top_p": True}, "top_p: Input should be a valid number"),
        ({"temperature": 1.5}, "temperature: Input should be between 0 and 1"),
        ({"temperature": -1}, "temperature: Input should be between 0 and 1"),
        ({"top_p": float("nan")}, "top_p: Input should be between 0 and 1"),
        ({"stop_sequences": "x"}, "stop_sequences: Input should be a valid array"),
        ({"stop_sequences": ["x", 1]}, "stop_sequences.1: Input should be a valid string"),
        *(
            (
                {"stop_sequences": sequences},
                "stop_sequences: All together should have at most 4096 characters",
            )
            for sequences in (["x", "x" * 4_096], ["x"] * 4_097, [""] * 4_097)
        ),
        ({"model": "x" * 257}, "model: String should have at most 256 characters"),
        ({"metadata": "me"}, "metadata: Input should be a valid object"),
        ({"metadata": {"user_id": 1}}, "metadata.user_id: Input should be a valid string"),
        ({"tools": {}}, "tools: Input should be a valid array"),
        ({"tools": [{"input_schema": {}}]}, "tools.0.name: Field required"),
        ({"tool_choice": "auto"}, "tool_choice: Input should be a valid object"),
        (
            {"tool_choice": {"type": "tool", "name": "read"}},
            "tool_choice: Tool 'read' not found in provided tools",
        ),
        (
            {"tool_choice": {"type": "required"}},
            "tool_choice.type: Input should be 'auto', 'any', 'tool' or 'none', not 'required'",
        ),
        (
            {"tool_choice": {"type": "tool", "name": "x" * 99}},
            f"tool_choice: Tool '{'x' * 64}…' not found in provided tools",
        ),
        ({"thinking": True}, "thinking: Input should be a valid object"),
        (
            {"thinking": {"type": "on"}},
            "thinking.type: Input should be 'enabled', 'adaptive' or 'disabled', not 'on'",
        ),
        (
            {"thinking": {"type": "enabled", "budget_tokens": "1k"}},
            "thinking.budget_tokens: Input should be a valid integer",
        ),
        ({"output_config": []}, "output_config: Input should be a valid object"),
        (
            {"output_config": {"effort": 3}},
            "output_config.effort: Input should be a valid string",
        ),
        (
            {"output_config": {"effort": "huge"}},
            "output_config.effort: Input should be one of low, medium, high, xhigh, max",
        ),
        (
            {"output_config": {"format": {"type": "xml"}}},
            "output_config.format.type: Input should be 'json_schema'",
        ),
        (
            {"output_config": {"format": {"type": "json_schema"}}},
            "output_config.format.schema: Field required",
        ),
        ({"output_format": {}}, "output_format.type: Input should be 'json_schema'"),
    ],
)
def test_a_field_that_cannot_be_read_is_named(fields: dict[str, Any], message: str) -> None:
    assert refusal(**fields) == message


def test_a_thread_is_refused_in_the_way_the_sdks_recover_from() -> None:
    with pytest.raises(BadRequest, match="thread") as caught:
        read(thread={"type": "create"})
    assert (caught.value.status, caught.value.code) == (400, "thread_unsupported_request")


def test_a_request_to_count_has_no_limit() -> None:
    body = {key: value for key, value in MINIMAL.items() if key != "max_tokens"}
    assert read_count_request(body).messages == read().messages
    assert read_count_request(MINIMAL) == read()
    with pytest.raises(BadRequest, match=r"^max_tokens: Field required$"):
        read_request(body)
