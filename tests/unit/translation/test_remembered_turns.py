"""Of a conversation that has come before, nothing is read or written anew."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from proxy_core import anthropic_messages, cursor
from proxy_core.conversation import Request
from proxy_core.deployments.models import Deployment, UpstreamApi, find_family
from proxy_core.endpoints.body import read_body
from proxy_core.translation.call_digest import said_before
from proxy_core.translation.reasoning_trace import restored
from proxy_core.translation.upstreams import write_request
from tests.eager_memory import remember_eagerly

SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}}}


def ask_claude(turns: int) -> dict[str, Any]:
    messages: list[Any] = [{"role": "user", "content": "Look."}]
    for turn in range(turns):
        call = {"type": "tool_use", "id": f"toolu_{turn}", "name": "read", "input": {"path": "a"}}
        result = {"type": "tool_result", "tool_use_id": f"toolu_{turn}", "content": "b"}
        reminder = {"type": "text", "text": f"Turn {turn}."}
        messages += [
            {"role": "assistant", "content": [{"type": "text", "text": "I look."}, call]},
            {"role": "user", "content": [result, reminder]},
        ]
    tools = [{"name": "read", "description": "Reads.", "input_schema": SCHEMA}]
    head = {"model": "claude", "max_tokens": 9, "system": [{"type": "text", "text": "Be brief."}]}
    return {**head, "tools": tools, "messages": messages}


def ask_cursor(turns: int) -> dict[str, Any]:
    messages: list[Any] = [{"role": "system", "content": "Be brief."}]
    messages += [{"role": "user", "content": "Look."}]
    for turn in range(turns):
        ids = [f"call_{turn}_{place}" for place in "ab"]
        function = {"name": "read", "arguments": '{"path":"a"}'}
        calls = [{"id": id, "type": "function", "function": function} for id in ids]
        messages += [{"role": "assistant", "content": "I look.", "tool_calls": calls}]
        messages += [{"role": "tool", "tool_call_id": id, "content": "b"} for id in ids]
    tool = {"type": "function", "function": {"name": "read", "parameters": SCHEMA}}
    return {"model": "gpt-high", "tools": [tool], "messages": messages}


def read_cursor(body: dict[str, Any]) -> Request:
    asked = cursor.read_request(body, path_model="", default_effort="medium", display="details")
    messages = asked.request.messages
    restored(messages, said_before(messages), lambda _: None)
    return asked.request


@pytest.mark.parametrize("api", ["responses", "chat"])
@pytest.mark.parametrize(
    ("ask", "read"),
    [(ask_claude, anthropic_messages.read_request), (ask_cursor, read_cursor)],
)
def test_what_is_remembered_grows_by_what_is_new(
    api: UpstreamApi,
    ask: Callable[[int], dict[str, Any]],
    read: Callable[[dict[str, Any]], Request],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    memory = remember_eagerly(monkeypatch)
    deployment = Deployment("gpt-5.4", api, find_family("gpt-5.4"))

    def pass_on(turns: int) -> int:
        body = json.dumps(ask(turns), separators=(",", ":")).encode()
        before = len(memory)
        write_request(read_body(body, read), deployment)
        return len(memory) - before

    first = pass_on(60)
    assert pass_on(60) == 1  # all of it
    assert pass_on(60) == 0
    assert 0 < pass_on(61) < first / 10
    assert pass_on(3) < first / 10
