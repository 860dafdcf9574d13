"""A scripted agent in Cursor's place: it reads, searches and patches, in each shape Cursor posts.

Azure must see its reasoning again before the calls it led to, although no client carries it.
"""

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from openai import OpenAI

from tests.e2e.replay import earlier_replies
from tests.e2e.servers import App, Azure
from tests.e2e.test_openai_sdk import Answer, calls_of, connect, create, replayed, stream, text_of

PATCH = '*** Begin Patch\n*** Update File: a.py\n@@\n-x = 1\n+x = "2"\n*** End Patch'
SCRIPT = (
    '[[think Look first.]] [[say I look.]] [[call read_file {"path": "a.py"}]] [[next]] '
    '[[think Compare.||Both.]] [[call read_file {"path": "b.py"}]] '
    '[[call grep {"pattern": "x = 1"}]] [[next]] '
    f"[[think Change it.]] [[call ApplyPatch {PATCH}]] [[next]] "
    "[[say It is done.]]"
)
ANSWERS = {"read_file": "x = 1", "grep": "a.py:1: x = 1", "ApplyPatch": "Done."}

GRAMMAR = r"""
start: "*** Begin Patch" LF line+ "*** End Patch" LF?
line: /.*/ LF
%import common.LF
"""
APPLY_PATCH = {
    "type": "custom",
    "name": "ApplyPatch",
    "description": "Edits files.",
    "format": {"type": "grammar", "syntax": "lark", "definition": GRAMMAR},
}


def function(name: str, field: str) -> dict[str, Any]:
    properties = {field: {"type": "string"}}
    schema = {"type": "object", "properties": properties, "required": [field]}
    return {"name": name, "description": f"Does {name}.", "parameters": schema}


FUNCTIONS = [function("read_file", "path"), function("grep", "pattern")]


class Messages:
    """Chat Completions, as Cursor posts it for most names."""

    def ask(self, history: list[Any]) -> dict[str, Any]:
        system = {"role": "system", "content": "You are a coding agent."}
        body = {"tools": [*map(self.tool, FUNCTIONS), APPLY_PATCH], "user": "9f86d081"}
        return {"messages": [system, *history], "extra_body": body}

    def tool(self, function: dict[str, Any]) -> dict[str, Any]:
        return {"type": "function", "function": function}

    def reply(self, completion: Any) -> list[Any]:
        return [replayed(completion)]

    def result(self, call: Any, output: str) -> Any:
        name = call.function.name
        return {"role": "tool", "name": name, "tool_call_id": call.id, "content": output}


class Items:
    """A body of the Responses API, as Cursor posts it for names of reasoning models."""

    def ask(self, history: list[Any]) -> dict[str, Any]:
        body = {
            "input": history,
            "instructions": "You are a coding agent.",
            "tools": [*({"type": "function", **f} for f in FUNCTIONS), APPLY_PATCH],
            "include": ["reasoning.encrypted_content"],
            "reasoning": {"effort": "high", "summary": "auto"},
            "store": False,
            "metadata": {"cursorConversationId": "0c1f"},
        }
        return {"messages": [], "extra_body": body}

    def reply(self, completion: Any) -> list[Any]:
        content = completion.choices[0].message.content
        text = {"type": "output_text", "text": content}
        said = {"type": "message", "role": "assistant", "content": [text]}
        return [*([said] if content else []), *map(self._call, calls_of(completion))]

    def _call(self, call: Any) -> Any:
        name, arguments = call.function.name, call.function.arguments
        return {"type": "function_call", "call_id": call.id, "name": name, "arguments": arguments}

    def result(self, call: Any, output: str) -> Any:
        parts = [{"type": "input_text", "text": output}]
        return {"type": "function_call_output", "call_id": call.id, "output": parts}


class Blocks(Messages):
    """Anthropic's blocks inside an OpenAI body, as Cursor posts it for Claude's names."""

    def tool(self, function: dict[str, Any]) -> dict[str, Any]:
        schema = function["parameters"]
        return {"name": function["name"], "description": "", "input_schema": schema}

    def reply(self, completion: Any) -> list[Any]:
        content = completion.choices[0].message.content
        said = [{"type": "text", "text": content}] if content else []
        used = [*map(self._use, calls_of(completion))]
        return [{"role": "assistant", "content": [*said, *used]}]

    def _use(self, call: Any) -> Any:
        name, text = call.function.name, call.function.arguments
        given = text if name == "ApplyPatch" else json.loads(text)
        return {"type": "tool_use", "id": call.id, "name": name, "input": given}

    def result(self, call: Any, output: str) -> Any:
        block = {"type": "tool_result", "tool_use_id": call.id, "content": output}
        return {"role": "user", "content": [block]}


SHAPES = [Messages(), Items(), Blocks()]
Shape = Messages | Items


@pytest.fixture(scope="module")
def client(app: App) -> Iterator[OpenAI]:
    with connect(app) as client:
        yield client


def work(client: OpenAI, answer: Answer, shape: Shape) -> list[Any]:
    """Runs every tool the model calls for, until it calls for none."""
    history: list[Any] = [{"role": "user", "content": SCRIPT}]
    replies = []
    while True:
        reply = answer(client, {"model": "gpt-high", **shape.ask(history)})
        replies.append(reply)
        calls = calls_of(reply)
        if not calls:
            return replies
        history += shape.reply(reply)
        history += [shape.result(call, ANSWERS[call.function.name]) for call in calls]


def made(reply: Any) -> list[tuple[str, str]]:
    return [(call.function.name, call.function.arguments) for call in calls_of(reply)]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: type(shape).__name__)
@pytest.mark.parametrize("answer", [create, stream])
def test_an_agent(client: OpenAI, answer: Answer, shape: Shape, azure: Azure) -> None:
    replies = work(client, answer, shape)

    assert [made(reply) for reply in replies] == [
        [("read_file", '{"path":"a.py"}')],
        [("read_file", '{"path":"b.py"}'), ("grep", '{"pattern":"x = 1"}')],
        [("ApplyPatch", PATCH)],
        [],
    ]
    assert [reply.choices[0].finish_reason for reply in replies] == ["tool_calls"] * 3 + ["stop"]
    assert (text_of(replies[0]), text_of(replies[-1])) == ("I look.", "It is done.")

    *_, last = bodies = azure.bodies()
    assert len(bodies) == len(replies)  # nothing was refused, or asked twice
    assert earlier_replies(last) == [
        ["reasoning", "message", "function_call"],
        ["reasoning", "function_call", "function_call"],
        ["reasoning", "custom_tool_call"],
    ]
    assert "Thinking</summary>" not in str(last["input"])
    assert [item["input"] for item in last["input"] if "input" in item] == [PATCH]
    assert last["input"][-1]["type"] == "custom_tool_call_output"
    assert last["instructions"] == "You are a coding agent."
    assert len({body["prompt_cache_key"] for body in bodies}) == 1


def test_every_request_repeats_the_one_before(client: OpenAI, azure: Azure) -> None:
    """Or Azure's prompt cache would never match."""
    work(client, stream, SHAPES[0])

    inputs = [body["input"] for body in azure.bodies()]
    for earlier, later in pairwise(inputs):
        assert later[: len(earlier)] == earlier
