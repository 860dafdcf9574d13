from typing import Any

import pytest

from local.azure_simulator import RunningSimulator
from tests.unit.azure_simulator.caller import READ_TOOL, RESPONSES, Caller, user

SCHEMA = {"type": "object", "properties": {}}
CALL = {"type": "function_call", "call_id": "call_1", "name": "Read", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "x"}
IMAGE = {"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgo=", "detail": "auto"}


def tool(**members: Any) -> dict[str, Any]:
    return {"tools": [{**READ_TOOL, **members}]}


@pytest.mark.parametrize(
    ("members", "message", "code"),
    [
        ({"nonsense": 1}, "Unknown parameter: 'nonsense'.", "unknown_parameter"),
        ({"stop": ["x"]}, "Unknown parameter: 'stop'.", "unknown_parameter"),
        ({"max_tokens": 5}, "has moved to 'max_output_tokens'", "unsupported_parameter"),
        ({"messages": []}, "has moved to 'input'", "unsupported_parameter"),
        ({"stream_options": {"include_usage": True}, "stream": True}, "include_usage", None),
        ({"stream_options": {}}, "only allowed when 'stream' is enabled", None),
        ({"stream": "yes"}, "expected a boolean, but got a string", "invalid_type"),
        ({"max_output_tokens": 15}, "Expected a value >= 16, but got 15", None),
        ({"max_output_tokens": 128001}, "Expected a value <= 128000", None),
        ({"max_output_tokens": "many"}, "expected an integer", "invalid_type"),
        ({"temperature": 3, "reasoning": {"effort": "none"}}, "Expected a value <= 2", None),
        ({"temperature": "hot"}, "expected a decimal", "invalid_type"),
        ({"temperature": 1, "reasoning": {"effort": "low"}}, "Unsupported parameter: 'temp", None),
        ({"reasoning": {"effort": "max"}}, "'none', 'low', 'medium', 'high', and 'xhigh'.", None),
        ({"reasoning": {"effort": "low", "budget": 1}}, "'reasoning.budget'", None),
        ({"reasoning": {"summary": "long"}}, "Supported values are: 'auto'", "invalid_value"),
        ({"reasoning": {"mode": "pro"}}, "Unknown parameter: 'reasoning.mode'.", None),
        ({"reasoning": "low"}, "expected an object, but got a string", "invalid_type"),
        ({"user": "u" * 65}, "maximum length 64, but got a string with length 65", None),
        ({"prompt_cache_key": "k" * 65}, "'prompt_cache_key': string too long", None),
        ({"service_tier": "flex"}, "does not support 'flex'", "unsupported_value"),
        ({"prompt_cache_retention": "24h"}, "is not supported on this model", None),
        ({"instructions": 5}, "expected a string, but got an integer", None),
        ({"store": None, "background": True}, "Background mode", None),
        ({"previous_response_id": "resp_x"}, "not found", "previous_response_not_found"),
        ({"truncation": "maybe"}, "Supported values are: 'auto' and 'disabled'.", None),
        ({"max_tool_calls": 0}, "Expected a value >= 1", None),
        ({"metadata": {"a": 1}}, "'metadata.a'", "invalid_type"),
        ({"include": ["everything"]}, "Invalid value: 'everything'", None),
        ({"text": {"verbosity": "loud"}}, "'low', 'medium', and 'high'", None),
        ({"text": {"format": {"type": "xml"}}}, "Invalid value: 'xml'", None),
        ({"text": {"format": {"type": "json_object"}}}, "must contain the word 'json'", None),
        ({"text": {"format": {"type": "json_schema"}}}, "'text.format.name'", None),
        (
            {"text": {"format": {"type": "json_schema", "name": "x", "schema": {"type": "array"}}}},
            "Invalid schema for response_format 'x'",
            "invalid_json_schema",
        ),
        (
            {"tools": [READ_TOOL] * 129},
            "maximum length 128, but got an array with length 129",
            None,
        ),
        ({"tools": [{"type": "magic"}]}, "Invalid value: 'magic'", None),
        ({"tools": [{"type": "function", "function": {}}]}, "'tools[0].name'", None),
        (tool(cache_control={}), "Unknown parameter: 'tools[0].cache_control'.", None),
        (tool(name="a.b"), "pattern '^[a-zA-Z0-9_-]+$'", "invalid_value"),
        (tool(name="a" * 129), "maximum length 128", "string_above_max_length"),
        (tool(name=""), "empty string", "empty_string"),
        (tool(parameters={"type": "object"}), "Invalid schema for function 'Read'", None),
        (tool(parameters={**SCHEMA, "oneOf": [{}]}), "at the top level", None),
        (
            tool(parameters=SCHEMA, strict=True),
            "'additionalProperties' is required",
            "invalid_function_parameters",
        ),
        ({"tools": [{"type": "custom"}]}, "'tools[0].name'", None),
        (
            {"tools": [{"type": "custom", "name": "x", "format": {}}]},
            "'tools[0].format.type'",
            None,
        ),
        ({"tool_choice": "required"}, "must be specified with 'tools'", None),
        (
            {**tool(), "tool_choice": {"type": "function", "name": "Other"}},
            "Tool choice 'Other' not found in 'tools' parameter.",
            None,
        ),
        ({**tool(), "tool_choice": {"type": "web_search"}}, "'web_search' not found", None),
        (
            {
                "model": "gpt-5",
                "reasoning": {"effort": "minimal"},
                "tools": [{"type": "web_search"}],
            },
            "cannot be used with reasoning.effort 'minimal'",
            None,
        ),
        ({**tool(), "tool_choice": 7}, "Invalid type for 'tool_choice'", None),
    ],
)
def test_members(azure: Caller, members: dict[str, Any], message: str, code: str | None) -> None:
    error = azure.refusal(RESPONSES, {"model": "gpt-5.4", "input": "hi", **members})
    assert message in error["message"]
    assert error["type"] == "invalid_request_error"
    assert code in (None, error["code"])


@pytest.mark.parametrize(
    ("model", "members", "message"),
    [
        ("gpt-4.1", {"reasoning": {"effort": "low"}}, "'reasoning.effort' is not supported"),
        ("gpt-4.1", {"reasoning": {"summary": "auto"}}, "'reasoning.summary' is not supported"),
        ("gpt-4.1", {"include": ["reasoning.encrypted_content"]}, "Encrypted content is not supp"),
        ("gpt-4.1", {"text": {"verbosity": "low"}}, "Supported values are: 'medium'."),
        ("gpt-5", {"temperature": 1}, "Unsupported parameter: 'temperature'"),
        ("gpt-5", {"reasoning": {"effort": "none"}}, "'minimal', 'low', 'medium', and 'high'."),
        ("gpt-5", {"include": ["message.output_text.logprobs"]}, "'include' is not supported"),
        ("gpt-5-pro", {"stream": True}, "'stream' does not support true"),
        ("gpt-5.4-pro", {"text": {"format": {"type": "json_schema"}}}, "'text.format'"),
        ("o3-mini", {"reasoning": {"summary": "auto"}}, "'reasoning.summary' is not supported"),
        ("o3-mini", {"input": [{**user(""), "content": [IMAGE]}]}, "only supported by certain"),
        ("o4-mini", {"parallel_tool_calls": True}, "'parallel_tool_calls' is not supported"),
        ("gpt-5.1", {"reasoning": {"context": "all_turns"}}, "'reasoning.context'"),
        ("gpt-4o", {"input": [{**user(""), "content": [IMAGE] * 51}]}, "Max is 50."),
        ("deepseek-v4", {}, "Model not supported"),
        ("gpt-5.2", {"input": "x" * 1_100_000}, "exceeds the context window"),
    ],
)
def test_families(azure: Caller, model: str, members: dict[str, Any], message: str) -> None:
    error = azure.refusal(RESPONSES, {"model": model, "input": "hi", **members})
    assert message in error["message"]


@pytest.mark.parametrize(
    ("model", "members"),
    [
        ("gpt-4.1", {"temperature": 0.5, "top_p": 1}),
        ("gpt-5.4", {"temperature": 0.5, "reasoning": {"effort": "none"}}),
        ("gpt-5.6-sol", {"reasoning": {"effort": "max", "context": "all_turns", "mode": "pro"}}),
        ("gpt-5.5", {"prompt_cache_retention": "24h", "text": {"verbosity": "low"}}),
        ("gpt-5-pro", {"reasoning": {"effort": "high"}, "truncation": "disabled"}),
        ("gpt-5.4", {"tools": [{"type": "web_search"}], "tool_choice": {"type": "web_search"}}),
        ("gpt-5.4", {"input": [{**user(""), "content": [IMAGE]}], "metadata": {"a": "b"}}),
        ("gpt-5.4", {"max_tool_calls": 3, "safety_identifier": "s" * 64}),
    ],
)
def test_what_is_served(azure: Caller, model: str, members: dict[str, Any]) -> None:
    azure.answer(RESPONSES, {"model": model, "input": "hi", **members})


@pytest.mark.parametrize(
    ("input", "message", "code"),
    [
        ("", "empty string", "empty_string"),
        ([], "Expected an array with minimum length 1", "empty_array"),
        (5, "expected one of a string or array of input items", "invalid_type"),
        ([5], "Invalid type for 'input[0]'", "invalid_type"),
        ([{}], "'input[0].type'", "missing_required_parameter"),
        ([{"type": "message", "role": "user"}], "'input[0].content'", None),
        ([{"role": "tool", "content": ""}], "Invalid value: 'tool'", None),
        ([{"role": "user", "content": 5}], "'input[0].content'", "invalid_type"),
        ([{**user("x"), "cache_control": {}}], "'input[0].cache_control'", "unknown_parameter"),
        ([{"type": "image"}], "Invalid value: 'image'", "invalid_value"),
        (
            [user("x"), {"role": "assistant", "content": [{"type": "input_text", "text": "x"}]}],
            "Invalid value: 'input_text'. Supported values are: 'output_text' and 'refusal'.",
            "invalid_value",
        ),
        ([{"role": "user", "content": [{"type": "text", "text": "x"}]}], "Invalid value: 't", None),
        ([{"role": "user", "content": [{"type": "input_text"}]}], "content[0].text", None),
        (
            [{"role": "user", "content": [{**IMAGE, "image_url": {"url": ""}}]}],
            "an image URL",
            None,
        ),
        ([{"role": "user", "content": [{**IMAGE, "image_url": "x.png"}]}], "base64-encoded", None),
        ([{"role": "user", "content": [{**IMAGE, "detail": "fine"}]}], "Invalid value: 'f", None),
        ([{"role": "user", "content": [{"type": "input_file"}]}], "file_url", None),
        (
            [{"role": "user", "content": [{"type": "input_file", "file_data": "data:x"}]}],
            "filename",
            None,
        ),
        (
            [
                {
                    "role": "user",
                    "content": [{"type": "input_file", "filename": "a", "file_data": "JVBER"}],
                }
            ],
            "without the 'data:' prefix",
            None,
        ),
        ([{**user("x"), "id": "x1"}], "Expected an ID that begins with 'msg'.", "invalid_value"),
        ([{**CALL, "id": "__fake__"}, OUTPUT], "begins with 'fc'", "invalid_value"),
        ([{**CALL, "id": "fc_" + "x" * 62}, OUTPUT], "maximum length 64", None),
        ([{**CALL, "call_id": "c" * 65}, OUTPUT], "'input[0].call_id': string too long", None),
        ([{**CALL, "call_id": ""}, OUTPUT], "'input[0].call_id': empty string", None),
        ([{**CALL, "name": "a b"}, OUTPUT], "pattern", None),
        ([{**CALL, "arguments": {}}, OUTPUT], "'input[0].arguments'", "invalid_type"),
        ([{**CALL, "status": None}, OUTPUT], "Invalid value: 'None'", None),
        ([CALL, {**OUTPUT, "output": {}}], "'input[1].output'", "invalid_type"),
        ([CALL], "No tool output found for function call call_1.", None),
        ([OUTPUT], "No tool call found for function call output with call_id call_1.", None),
        ([OUTPUT, CALL], "No tool call found", None),
        ([CALL, OUTPUT, OUTPUT], "No tool call found", None),
        (
            [{"type": "custom_tool_call", "call_id": "c", "name": "P", "input": ""}],
            "No tool output found for custom tool call c.",
            None,
        ),
    ],
)
def test_input_items(azure: Caller, input: Any, message: str, code: str | None) -> None:
    error = azure.refusal(RESPONSES, {"model": "gpt-5.4", "input": input})
    assert message in error["message"]
    assert code in (None, error["code"])


def test_history_of_a_careful_client_is_served(azure: Caller) -> None:
    answer = {"role": "assistant", "content": [{"type": "output_text", "text": "x"}]}
    pdf = {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,A"}
    azure.respond(
        [
            {"role": "developer", "content": "Be kind."},
            {"role": "user", "content": [{"type": "input_text", "text": "x"}, IMAGE, pdf]},
            {**answer, "phase": "commentary"},
            {**answer, "content": [{"type": "refusal", "refusal": "no"}]},
            CALL,
            {**OUTPUT, "output": [{"type": "input_text", "text": "x"}, IMAGE]},
        ]
    )


@pytest.mark.parametrize("missing", ["model", "input"])
def test_missing_members(azure: Caller, missing: str) -> None:
    body = {"model": "gpt-5.4", "input": "hi"}
    del body[missing]
    error = azure.refusal(RESPONSES, body)
    assert error["message"] == f"Missing required parameter: '{missing}'."


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff"])
def test_unreadable_bodies(azure: Caller, content: bytes) -> None:
    response = azure.post(RESPONSES, content=content)
    assert response.status_code == 400
    assert "could not parse the JSON body" in response.text


def test_refusals_and_warnings_are_recorded(azure: Caller, simulator: RunningSimulator) -> None:
    azure.refusal(RESPONSES, {"model": "gpt-5.4", "input": "hi", "nonsense": 1})
    loose = {key: value for key, value in READ_TOOL.items() if key != "strict"}
    azure.respond([{**user("x"), "phase": "commentary"}], model="gpt-4.1", tools=[loose])
    refused, served = simulator.requests
    assert (refused.status, refused.problems) == (400, ["Unknown parameter: 'nonsense'."])
    assert served.problems == []
    assert served.warnings[0] == "tools[0]: strict omitted"
    assert "phases" in served.warnings[1]
