"""Requests of Cursor's for tests: every shape it posts, and every oddity that was seen in them."""

from typing import Any

from tests.bodies import CLOSED_SCHEMA, IMAGE, PNG, Body, assistant, text, tool, tool_result
from tests.bodies import tool_use as anthropic_call
from tests.bodies import user as blocks

HELLO: Body = {"role": "user", "content": "Hello."}
LONG_ID = "call_" + "x" * 80
PATCH = '*** Begin Patch\n*** Update File: a.py\n@@\n-x = 1\n+x = "2"\n*** End Patch'


def body(*messages: Body, **fields: Any) -> Body:
    return {"model": "gpt-high", "stream": True, "messages": [*(messages or (HELLO,))], **fields}


def items(*given: Body, **fields: Any) -> Body:
    return {"model": "gpt-5.4", "stream": True, "input": [*(given or (HELLO,))], **fields}


def function(name: str, **properties: Any) -> Body:
    schema = {"type": "object", "properties": properties, "required": [*properties]}
    return {"name": name, "description": f"Does {name}.", "parameters": schema}


def nested(name: str, **properties: Any) -> Body:
    return {"type": "function", "function": function(name, **properties)}


def call(id: str, name: str = "read", arguments: str = '{"path":"a"}', **fields: Any) -> Body:
    called = {"name": name, "arguments": arguments}
    return {"type": "function", "id": id, "function": called, **fields}


def calls(*made: Body, content: Any = "") -> Body:
    return {"role": "assistant", "content": content, "tool_calls": [*made]}


def result(id: str, content: Any = "Done.", **fields: Any) -> Body:
    return {"role": "tool", "tool_call_id": id, "content": content, **fields}


READ = nested("read", path={"type": "string"})
GRAMMAR = {"type": "grammar", "syntax": "lark", "definition": "start: /(.|\\n)+/"}
APPLY_PATCH = {
    "type": "custom",
    "name": "ApplyPatch",
    "description": "Edits files.",
    "format": GRAMMAR,
}
TOOLS = [
    READ,
    {"type": "function", **function("flat"), "strict": True},
    APPLY_PATCH,
    {
        "type": "custom",
        "custom": {
            "name": "Note",
            "format": {"type": "grammar", "grammar": {"syntax": "regex", "definition": "[a-z]+"}},
        },
    },
    {"type": "custom", "name": "Free", "format": {"type": "text"}},
    tool("anthropic", type="object"),
    {"type": "function", "function": {"name": "mcp__some.server__" + "x" * 120}},
]
IMAGE_URL = {
    "type": "image_url",
    "image_url": {"url": f"data:image/png;base64,{PNG}", "detail": "high"},
}

BODIES: dict[str, Body] = {
    "least": body(),
    "everything_around": body(
        {"role": "system", "content": "Be brief."},
        HELLO,
        temperature=0.5,
        top_p=0.9,
        n=1,
        stop=["x"],
        seed=5,
        user="9f86d081884c7d65",
        metadata={"cursorConversationId": "0c1f", "cursorRequestId": "1"},
        max_completion_tokens=4,
        reasoning_effort="high",
        parallel_tool_calls=True,
        presence_penalty=0,
        logit_bias={},
        stream_options={"include_usage": True},
        verbosity="low",
        truncation="auto",
        response_format={"type": "json_object"},
    ),
    "agent_turn": body(
        {"role": "system", "content": [text("You are an agent.")]},
        HELLO,
        HELLO,
        calls(call("call_1", index=0), call("call_2", index=1)),
        result("call_1", name="read"),
        result("call_2", [text("One."), text("Two.")], name="read"),
        tools=TOOLS,
        tool_choice="auto",
    ),
    "oddities": body(
        HELLO,
        calls(call("call_1", arguments='{"path":'), content=[]),
        result("call_1", None),
        calls(call(LONG_ID), content=None),
        result(LONG_ID, ""),
        {"role": "assistant", "content": "Hm.", "tool_calls": []},
        {"role": "developer", "content": "Mind the date."},
        HELLO,
        tools=None,
        tool_choice={"type": "any"},
        stream_options=None,
    ),
    "custom_calls": body(
        HELLO,
        calls(call("call_1", "ApplyPatch", PATCH)),
        result("call_1"),
        calls({"type": "custom", "id": "call_2", "custom": {"name": "Free", "input": "x"}}),
        result("call_2"),
        tools=TOOLS,
        tool_choice={"type": "custom", "custom": {"name": "ApplyPatch"}},
    ),
    "broken_history": body(
        result("call_0"), HELLO, calls(call("call_1"), call("call_2")), result("call_2"), HELLO
    ),
    "reasoning_shown": body(
        HELLO,
        {"role": "assistant", "content": "<think>\nHm.\n</think>\n\nYes."},
        HELLO,
        {"role": "assistant", "content": "<details><summary>Thinking</summary>\n\nHm."},
        HELLO,
    ),
    "images": body(
        {"role": "user", "content": [text("Look."), IMAGE_URL, IMAGE]},
        calls(call("call_1")),
        result("call_1", [text("A picture."), IMAGE_URL]),
        tools=[READ],
    ),
    "allowed_tools": body(
        tools=TOOLS,
        tool_choice={
            "type": "allowed_tools",
            "allowed_tools": {
                "mode": "required",
                "tools": [{"type": "function", "function": {"name": "read"}}],
            },
        },
    ),
    "one_tool": body(tools=TOOLS, tool_choice={"type": "tool", "name": "flat"}),
    "output_schema": body(
        response_format={"type": "json_schema", "json_schema": {"schema": CLOSED_SCHEMA}}
    ),
    "verify": body(
        {"role": "system", "content": "Be a test."},
        HELLO,
        model="gpt-4o",
        stream=False,
        temperature=1,
        top_p=1,
        n=1,
        max_tokens=10,
    ),
    "anthropic": body(
        {"role": "system", "content": [text("Be brief.", cache_control={"type": "ephemeral"})]},
        blocks(text("Read.")),
        assistant(text("Reading."), anthropic_call("toolu_1", path="a")),
        blocks(tool_result("toolu_1", [text("A line.")]), text("And now?")),
        tools=[tool("read", type="object")],
        tool_choice={"type": "auto"},
    ),
    "items": items(
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "input_text", "text": "Read."}]},
        {
            "type": "reasoning",
            "id": "rs_1",
            "summary": [{"type": "summary_text", "text": "Hm."}],
            "encrypted_content": "gAAA",
        },
        {"type": "function_call", "call_id": "call_1", "name": "Read", "arguments": "{}"},
        {
            "type": "function_call_output",
            "call_id": "call_1",
            "output": [{"type": "input_text", "text": "A line."}],
        },
        {
            "type": "message",
            "role": "assistant",
            "phase": "commentary",
            "content": [{"type": "output_text", "text": "<think>\nHm.\n</think>\n\nOne line."}],
        },
        {"type": "custom_tool_call", "call_id": "call_2", "name": "ApplyPatch", "input": PATCH},
        {"type": "custom_tool_call_output", "call_id": "call_2", "output": "Done."},
        {
            "role": "user",
            "content": [{"type": "input_image", "image_url": f"data:image/png;base64,{PNG}"}],
        },
        instructions="You are an agent.",
        messages=None,
        tools=[{"type": "function", **function("Read")}, APPLY_PATCH],
        tool_choice={"type": "function", "name": "Read"},
        include=["reasoning.encrypted_content"],
        reasoning={"effort": "minimal", "summary": "auto"},
        text={"verbosity": "low", "format": {"type": "json_schema", "schema": CLOSED_SCHEMA}},
        store=False,
        max_output_tokens=9,
        stream_options={"include_usage": True},
        prompt_cache_retention="24h",
    ),
    "items_as_text": {**items(), "input": "Hello."},
}
