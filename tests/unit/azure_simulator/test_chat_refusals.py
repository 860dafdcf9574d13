from typing import Any

import pytest

from tests.unit.azure_simulator.caller import CHAT, READ, READ_CHAT_TOOL, Caller, user

SCHEMA = {"type": "object", "properties": {}}
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}


def function(**members: Any) -> dict[str, Any]:
    return {"tools": [{"type": "function", "function": {**READ, **members}}]}


def custom(**format: Any) -> dict[str, Any]:
    return {"tools": [{"type": "custom", "custom": {"name": "P", "format": format}}]}


def asks(id: str = "call_1", **members: Any) -> dict[str, Any]:
    called = {"name": "Read", "arguments": "{}"}
    calls = [{"id": id, "type": "function", "function": called, **members}]
    return {"role": "assistant", "content": None, "tool_calls": calls}


def answers(id: str = "call_1") -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": id, "content": "x"}


@pytest.mark.parametrize(
    ("model", "members", "message"),
    [
        ("gpt-4.1", {"input": "x"}, "Unknown parameter: 'input'."),
        ("gpt-4.1", {"max_output_tokens": 50}, "Unknown parameter: 'max_output_tokens'."),
        ("gpt-4.1", {"n": 2}, "Only one choice"),
        ("gpt-4.1", {"seed": "s"}, "expected an integer"),
        ("gpt-4.1", {"max_tokens": 0}, "Expected a value >= 1"),
        ("gpt-4.1", {"stop": list("abcde")}, "maximum length 4"),
        ("gpt-4.1", {"top_logprobs": 3}, "only allowed when 'logprobs' is enabled"),
        ("gpt-4.1", {"reasoning_effort": "low"}, "'reasoning_effort' is not supported"),
        ("gpt-4.1", {"stream_options": {"include_usage": True}}, "only allowed when 'stream'"),
        ("gpt-4.1", {"user": "u" * 65}, "maximum length 64"),
        ("gpt-4.1", {"tools": []}, "'tools': empty array"),
        ("gpt-4.1", {"tool_choice": "auto"}, "only allowed when 'tools' are specified"),
        ("gpt-4.1", {"parallel_tool_calls": True}, "only allowed when 'tools' are specified"),
        ("gpt-4.1", {"tools": [READ_CHAT_TOOL] * 129}, "maximum length 128"),
        ("gpt-4.1", {"tools": [{"type": "function", **READ}]}, "Unknown parameter: 'tools[0]."),
        ("gpt-4.1", {"tools": [{"type": "function"}]}, "'tools[0].function'"),
        ("gpt-4.1", {"tools": [{"type": "web_search"}]}, "Invalid value: 'web_search'"),
        ("gpt-4.1", function(name="a" * 65), "'tools[0].function.name': string too long"),
        ("gpt-4.1", function(parameters={"type": "object"}), "Invalid schema for function 'Read'"),
        ("gpt-4.1", function(parameters=SCHEMA, strict=True), "'additionalProperties'"),
        ("gpt-4.1", {**function(), "tool_choice": {"type": "function"}}, "'tool_choice.function'"),
        ("gpt-4.1", {**function(), "tool_choice": 5}, "Invalid type for 'tool_choice'"),
        (
            "gpt-4.1",
            {**function(), "tool_choice": {"type": "function", "function": {"name": "X"}}},
            "'X' not found",
        ),
        ("gpt-5", {"tools": [{"type": "custom", "custom": {"name": "a b"}}]}, "pattern"),
        ("gpt-5", custom(type="xml"), "Supported values are: 'text' and 'grammar'."),
        ("gpt-5", custom(type="text", grammar={}), "custom.format.grammar"),
        ("gpt-5", custom(type="grammar", syntax="lark"), "custom.format.syntax"),
        ("gpt-5", custom(type="grammar"), "custom.format.grammar"),
        ("gpt-5", custom(type="grammar", grammar={"syntax": "lark"}), "grammar.definition"),
        (
            "gpt-5",
            custom(type="grammar", grammar={"syntax": "bnf", "definition": ""}),
            "Supported values are: 'lark' and 'regex'.",
        ),
        (
            "gpt-4.1",
            custom(type="text"),
            "Invalid value: 'custom'. Supported values are: 'function'.",
        ),
        ("gpt-4.1", {"response_format": {"type": "xml"}}, "Invalid value: 'xml'"),
        ("gpt-4.1", {"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
        ("gpt-4.1", {"response_format": {"type": "json_object"}}, "the word 'json'"),
        ("gpt-5", {"max_tokens": 50}, "Use 'max_completion_tokens' instead."),
        ("gpt-5", {"stop": "x"}, "'stop' is not supported"),
        ("gpt-5", {"temperature": 0.5}, "Only the default (1) value is supported."),
        ("gpt-5", {"top_p": 0.5}, "Unsupported parameter: 'top_p'"),
        ("gpt-5", {"presence_penalty": 1}, "Unsupported parameter: 'presence_penalty'"),
        ("gpt-5.2", {"reasoning_effort": "max"}, "Supported values are: 'none', 'low', 'medium'"),
        ("gpt-6-astra", {"reasoning_effort": "max"}, "'high', and 'xhigh'."),
        ("gpt-6-astra", function(), "Function tools with reasoning_effort are not supported for"),
        ("gpt-5.6-sol", function(), "set reasoning_effort to 'none'."),
        ("gpt-5.3-codex", {}, "The requested operation is unsupported."),
        ("o4-mini", {**function(), "parallel_tool_calls": False}, "'parallel_tool_calls' is not"),
        ("o1", {"stream": True}, "'stream' does not support true"),
        ("deepseek-v4", {"prompt_cache_key": "k"}, "Unrecognized request argument supplied: prom"),
        ("deepseek-v4", {"nonsense": 1}, "Unrecognized request argument supplied: nonsense"),
        ("llama-4", {"reasoning_effort": "low"}, "Unknown parameter: 'reasoning_effort'."),
        ("mistral-large", {"max_completion_tokens": 50}, "Unrecognized request argument"),
    ],
)
def test_members(azure: Caller, model: str, members: dict[str, Any], message: str) -> None:
    error = azure.refusal(CHAT, {"model": model, "messages": [user("hi")], **members})
    assert message in error["message"]


@pytest.mark.parametrize(("id", "served"), [("a1B2c3D4e", True), ("call_1", False)])
def test_mistrals_short_call_ids(azure: Caller, id: str, served: bool) -> None:
    call = {"id": id, "type": "function", "function": {"name": "f", "arguments": "{}"}}
    messages = [
        user("hi"),
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": id, "content": "1"},
    ]
    if served:
        azure.converse(messages, model="mistral-large")
        return
    error = azure.refusal(CHAT, {"model": "mistral-large", "messages": messages})
    assert (
        error["message"] == f"Tool call id was {id} but must be a-z, A-Z, 0-9, with a length of 9."
    )


@pytest.mark.parametrize(
    ("model", "members"),
    [
        ("gpt-5", {"temperature": 1, "max_completion_tokens": 1000}),
        ("gpt-5.6-sol", {**function(), "reasoning_effort": "none", "temperature": 0.2}),
        ("gpt-5.4", {**function(), "tool_choice": "auto", "verbosity": "low"}),
        ("gpt-4o", {"stop": ["x"], "max_tokens": 50, "seed": 1, "n": 1, "prompt_cache_key": "k"}),
        ("mistral-large", {"max_tokens": 50}),
        ("deepseek-v4", {"reasoning_effort": "low", "stop": "x"}),
        ("gpt-5", {"tools": [{"type": "custom", "custom": {"name": "P"}}]}),
        ("gpt-5", custom(type="text")),
        ("gpt-5", custom(type="grammar", grammar={"syntax": "regex", "definition": "a"})),
    ],
)
def test_what_is_served(azure: Caller, model: str, members: dict[str, Any]) -> None:
    azure.converse("hi", model=model, **members)


@pytest.mark.parametrize(
    ("messages", "message"),
    [
        ([], "'messages': empty array"),
        ("hi", "expected an array, but got a string"),
        ([user("x")] * 2049, "maximum length 2048"),
        ([{"role": "robot", "content": ""}], "Invalid value: 'robot'"),
        ([{"content": ""}], "'messages[0].role'"),
        ([{**user("x"), "cache_control": {}}], "'messages[0].cache_control'"),
        ([{"role": "user", "content": None}], "expected a string, got null"),
        ([{"role": "assistant"}], "expected a string, got null"),
        ([{"role": "user", "content": 5}], "'messages[0].content'"),
        ([{"role": "user", "content": []}], "empty array"),
        ([{"role": "user", "content": "x" * 1_048_577}], "maximum length 1048576"),
        ([{"role": "user", "content": [{"type": "input_text", "text": ""}]}], "'input_text'"),
        ([{"role": "user", "content": [{"type": "text"}]}], "content[0].text"),
        ([{"role": "user", "content": [{**IMAGE, "image_url": "x"}]}], "expected an object"),
        ([{"role": "user", "content": [{**IMAGE, "image_url": {}}]}], "image_url.url"),
        ([{"role": "system", "content": [IMAGE]}], "only allowed for messages with role 'user'"),
        ([{"role": "assistant", "content": "", "phase": "x"}], "'messages[0].phase'"),
        ([user("x"), {**user("y"), "reasoning_content": "z"}], "reasoning_content"),
        ([asks("c" * 41), answers("c" * 41)], "'messages[0].tool_calls[0].id': string too long"),
        ([asks(type="magic"), answers()], "Invalid value: 'magic'"),
        ([asks(function={"name": "Read"}), answers()], "function.arguments"),
        ([asks(function={"name": "a b", "arguments": ""}), answers()], "pattern"),
        ([{**asks(), "tool_calls": []}], "'messages[0].tool_calls': empty array"),
        ([{"role": "tool", "content": "x"}], "'messages[0].tool_call_id'"),
        ([user("x"), answers()], "must be a response to a preceeding message"),
        ([asks(), user("x"), answers()], "did not have response messages: call_1"),
        ([asks()], "An assistant message with 'tool_calls' must be followed"),
        ([asks(), answers(), answers()], "must be a response to a preceeding message"),
    ],
)
def test_messages(azure: Caller, messages: Any, message: str) -> None:
    error = azure.refusal(CHAT, {"model": "gpt-4.1", "messages": messages})
    assert message in error["message"]


def test_history_of_a_careful_client_is_served(azure: Caller) -> None:
    azure.converse(
        [
            {"role": "developer", "content": "Be kind."},
            {"role": "user", "content": [{"type": "text", "text": "x"}, IMAGE]},
            asks(),
            answers(),
            {"role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]},
            user("and?"),
        ]
    )


def test_missing_members(azure: Caller) -> None:
    assert "'messages'" in azure.refusal(CHAT, {"model": "gpt-4.1"})["message"]
    assert "'model'" in azure.refusal(CHAT, {"messages": []})["message"]
