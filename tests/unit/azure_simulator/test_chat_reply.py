import json
from typing import Any

import pytest

from tests.unit.azure_simulator.caller import (
    CHAT,
    READ_CHAT_TOOL,
    WRITE_CHAT_TOOL,
    Caller,
    user,
)

CALL = '[[say I look]] [[call Read {"file_path": "/x"}]] [[next]] [[say ok]]'
WITH_USAGE: dict[str, Any] = {"stream_options": {"include_usage": True}}


def deltas(chunks: list[dict[str, Any]], member: str) -> str:
    found = [chunk["choices"][0]["delta"].get(member) for chunk in chunks if chunk["choices"]]
    return "".join(text for text in found if text)


def test_order_of_chunks(azure: Caller) -> None:
    prompt, role, *parts, final, usage = azure.chunks("[[say three short words]]", **WITH_USAGE)
    assert (prompt["choices"], prompt["id"], prompt["model"], prompt["created"]) == ([], "", "", 0)
    assert "prompt_filter_results" in prompt
    assert role["choices"][0]["delta"] == {"role": "assistant", "content": "", "refusal": None}
    assert [part["choices"][0]["delta"]["content"] for part in parts] == [
        "three", " short", " words",
    ]  # fmt: skip
    assert all(part["choices"][0]["content_filter_results"] for part in parts)
    for chunk in parts:
        assert len(chunk["choices"][0]["delta"]["content"] + chunk["obfuscation"]) % 16 == 0
    assert (final["choices"][0]["delta"], final["choices"][0]["finish_reason"]) == ({}, "stop")
    assert usage["choices"] == []
    assert usage["usage"]["completion_tokens_details"]["reasoning_tokens"] == 0
    assert {chunk["usage"] is None for chunk in (role, *parts, final)} == {True}


def test_options_of_the_stream(azure: Caller) -> None:
    chunks = azure.chunks("hi", stream_options={"include_obfuscation": False})
    assert "obfuscation" not in str(chunks)
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"


def test_calls_are_streamed_in_parts(azure: Caller) -> None:
    chunks = azure.chunks(CALL, tools=[READ_CHAT_TOOL])
    calls = [
        call
        for chunk in chunks
        if chunk["choices"]
        for call in chunk["choices"][0]["delta"].get("tool_calls", ())
    ]
    assert deltas(chunks, "content") == "I look"
    assert calls[0]["id"].startswith("call_")
    assert calls[0]["function"] == {"name": "Read", "arguments": ""}
    assert "".join(call["function"]["arguments"] for call in calls) == '{"file_path":"/x"}'
    assert chunks[-1]["choices"][0]["finish_reason"] == "tool_calls"


PATCH_TOOL = {"type": "custom", "custom": {"name": "Patch", "format": {"type": "text"}}}


def test_custom_tools_take_text(azure: Caller) -> None:
    chunks = azure.chunks("[[call Patch *** Begin]]", model="gpt-5.2", tools=[PATCH_TOOL])
    calls = [
        call
        for chunk in chunks
        if chunk["choices"]
        for call in chunk["choices"][0]["delta"].get("tool_calls", ())
    ]
    assert calls[0].items() >= {"type": "custom", "custom": {"name": "Patch", "input": ""}}.items()
    assert "".join(call["custom"]["input"] for call in calls) == "*** Begin"
    forced = {"type": "custom", "custom": {"name": "Patch"}}
    reply = azure.converse("hi", model="gpt-5.2", tools=[PATCH_TOOL], tool_choice=forced)
    (call,) = reply["choices"][0]["message"]["tool_calls"]
    assert call["custom"] == {"name": "Patch", "input": "simulated"}


def test_a_tool_loop(azure: Caller) -> None:
    script = "[[call Write]] [[call Read]] [[next]] [[call Read]] [[next]] [[say done]]"
    messages: list[dict[str, Any]] = [user(script)]
    tools = [READ_CHAT_TOOL, WRITE_CHAT_TOOL]
    called = []
    while True:
        choice = azure.converse(messages, tools=tools)["choices"][0]
        if choice["finish_reason"] == "stop":
            break
        message = choice["message"]
        called.append([call["function"]["name"] for call in message["tool_calls"]])
        messages.append({key: message[key] for key in ("role", "content", "tool_calls")})
        messages += [
            {"role": "tool", "tool_call_id": call["id"], "content": "fine"}
            for call in message["tool_calls"]
        ]
    assert called == [["Write", "Read"], ["Read"]]
    assert choice["message"]["content"] == "done"
    messages[0] = user("hi")
    reply = azure.converse(messages, tools=tools)["choices"][0]["message"]
    assert reply["content"] == "Read returned: fine"


@pytest.mark.parametrize(
    "choice",
    [
        "required",
        {"type": "function", "function": {"name": "Read"}},
        {
            "type": "allowed_tools",
            "allowed_tools": {"mode": "required", "tools": [READ_CHAT_TOOL]},
        },
    ],
)
def test_forced_calls(azure: Caller, choice: Any) -> None:
    tools = [READ_CHAT_TOOL, WRITE_CHAT_TOOL]
    message = azure.converse("hi", tools=tools, tool_choice=choice)["choices"][0]["message"]
    (call,) = message["tool_calls"]
    assert json.loads(call["function"]["arguments"]) == {"file_path": "simulated"}
    assert message["content"] is None


def test_no_call_with_tool_choice_none(azure: Caller) -> None:
    reply = azure.converse("[[call Read]]", tools=[READ_CHAT_TOOL], tool_choice="none")
    assert reply["choices"][0]["finish_reason"] == "stop"


def test_single_calls(azure: Caller) -> None:
    two = "[[call Read]] [[call Read]]"
    reply = azure.converse(two, tools=[READ_CHAT_TOOL], parallel_tool_calls=False)
    assert len(reply["choices"][0]["message"]["tool_calls"]) == 1


def test_openai_models_hide_their_reasoning(azure: Caller) -> None:
    chunks = azure.chunks("[[think secret]] [[say x]]", model="gpt-5", **WITH_USAGE)
    assert "secret" not in str(chunks)
    assert chunks[-1]["usage"]["completion_tokens_details"]["reasoning_tokens"] == 64


def test_deepseek_shows_its_reasoning(azure: Caller) -> None:
    script = "[[think first|| then]] [[say x]]"
    chunks = azure.chunks(script, model="deepseek-v4-pro", **WITH_USAGE)
    assert deltas(chunks, "reasoning_content") == "first\n\nthen"
    assert deltas(chunks, "content") == "x"
    assert set(chunks[0]["choices"][0]["delta"]) == {
        "role", "content", "reasoning_content", "tool_calls",
    }  # fmt: skip
    assert "prompt_filter_results" not in chunks[0]
    assert chunks[-1]["usage"]["reasoning_tokens"] == 64
    message = azure.converse(script, model="deepseek-v4-pro")["choices"][0]["message"]
    assert message["reasoning_content"] == "first\n\nthen"
    history = [user("a"), {"role": "assistant", "content": "b", "reasoning_content": "c"}]
    azure.converse([*history, user("d")], model="deepseek-v4-pro")


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("[[say x]] [[stop length]]", "length"),
        ("[[say x]] [[stop content_filter]]", "content_filter"),
        ("[[long 99]]", "length"),
    ],
)
def test_finish_reasons(azure: Caller, script: str, reason: str) -> None:
    chunks = azure.chunks(script, max_completion_tokens=16)
    assert chunks[-1]["choices"][0]["finish_reason"] == reason
    choice = azure.converse(script, max_completion_tokens=16)["choices"][0]
    assert choice["finish_reason"] == reason
    blocked = choice["content_filter_results"]["violence"]["filtered"]
    assert blocked is (reason == "content_filter")


def test_refusals(azure: Caller) -> None:
    assert deltas(azure.chunks("[[refuse not I]]"), "refusal") == "not I"
    assert azure.converse("[[refuse not I]]")["choices"][0]["message"]["refusal"] == "not I"


def test_structured_output(azure: Caller) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "boolean"}}, "required": ["a"]}
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    reply = azure.converse("hi", response_format=form)
    assert reply["choices"][0]["message"]["content"] == '{"a":false}'


def test_cached_tokens(azure: Caller) -> None:
    story = [{"role": "system", "content": "x" * 8000}, user("a")]
    azure.converse(story)
    usage = azure.converse([*story, user("b")])["usage"]
    assert usage["prompt_tokens_details"]["cached_tokens"] >= 1920


def test_silence_and_keepalives_send_nothing(azure: Caller) -> None:
    chunks = azure.chunks("[[silent 0.001]] [[keepalive]] [[slow 0.001]] [[say x]]")
    assert deltas(chunks, "content") == "x"


def test_dated_paths_name_the_deployment(azure: Caller) -> None:
    path = "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21"
    assert azure.answer(path, {"messages": [user("hi")]})["model"] == "gpt-4o"
    azure.answer(CHAT + "?api-version=preview", {"model": "gpt-4o", "messages": [user("hi")]})


def test_images_are_named(azure: Caller) -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    content = [{"type": "text", "text": "look:"}, image]
    reply = azure.converse([{"role": "user", "content": content}])
    assert reply["choices"][0]["message"]["content"] == "You wrote: look:\n[image_url]"
