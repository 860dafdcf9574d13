"""Anthropic's web_search tool through its own Python SDK, on and off."""

from collections.abc import Iterator
from typing import Any

import anthropic
import pytest
from anthropic.types import Message

from tests.e2e.servers import App, Azure
from tests.e2e.test_python_sdk import OFF, WEATHER, Answer, ask, both_ways, connect, text_of

SEARCH: Any = {"type": "web_search_20250305", "name": "web_search", "max_uses": 5}
FORCED: Any = {"type": "tool", "name": "web_search"}
SCRIPT = "[[search weather in Bern]] [[say It is sunny in Bern.]]"
FOUND = "https://example.com/simulated-result"


@pytest.fixture(scope="module")
def client(search_app: App) -> Iterator[anthropic.Anthropic]:
    with connect(search_app) as client:
        yield client


@pytest.fixture(scope="module")
def client_of_none(app: App) -> Iterator[anthropic.Anthropic]:
    """Of an app where web search is off, as it is by default."""
    with connect(app) as client:
        yield client


def types_of(reply: Message) -> list[str]:
    return [block.type for block in reply.content if block.type != "thinking"]


@both_ways
@pytest.mark.parametrize("choice", [{"type": "auto"}, FORCED], ids=["auto", "forced"])
@pytest.mark.parametrize("tools", [[SEARCH], [SEARCH, WEATHER]], ids=["alone", "beside_tools"])
def test_a_search(
    client: anthropic.Anthropic, answer: Answer, choice: Any, tools: Any, azure: Azure
) -> None:
    request = ask(SCRIPT, tools=tools, tool_choice=choice)
    reply = answer(client, request)

    search, text, result = (block for block in reply.content if block.type != "thinking")
    assert search.type == "server_tool_use"
    assert search.input == {"query": "weather in Bern"}
    assert result.type == "web_search_tool_result"
    assert result.tool_use_id == search.id
    assert isinstance(result.content, list)
    assert [page.url for page in result.content] == [FOUND]
    assert text.type == "text"
    assert text.text == "It is sunny in Bern."
    assert text.citations is not None
    assert [cited.type for cited in text.citations] == ["web_search_result_location"]
    assert [cited.cited_text for cited in text.citations] == [text.text]
    assert reply.stop_reason == "end_turn"
    assert reply.usage.server_tool_use is not None
    assert reply.usage.server_tool_use.web_search_requests == 1

    messages = [
        *request["messages"],
        {"role": "assistant", "content": reply.content},
        {"role": "user", "content": "[[say Gladly.]]"},
    ]
    assert text_of(answer(client, ask("", tools=tools) | {"messages": messages})) == "Gladly."
    assert FOUND in str(azure.bodies()[-1]["input"])
    assert len(azure.requests()) == 2


def test_a_forced_search_at_the_least_effort(client: anthropic.Anthropic, azure: Azure) -> None:
    request = ask("What is new?", tools=[SEARCH], tool_choice=FORCED, thinking=OFF)
    reply = client.messages.create(**(request | {"model": "claude-haiku-4-5"}))
    assert types_of(reply) == ["server_tool_use", "text", "web_search_tool_result"]
    assert [body["reasoning"]["effort"] for body in azure.bodies()] == ["low"]


@both_ways
@pytest.mark.parametrize("choice", [{"type": "auto"}, FORCED], ids=["auto", "forced"])
def test_a_search_that_is_off(
    client_of_none: anthropic.Anthropic, answer: Answer, choice: Any, azure: Azure
) -> None:
    reply = answer(client_of_none, ask(SCRIPT, tools=[SEARCH], tool_choice=choice))

    assert types_of(reply) == ["server_tool_use", "web_search_tool_result", "text"]
    result: Any = reply.content[1]
    assert result.content.error_code == "unavailable"
    assert "WEB_SEARCH" in text_of(reply)
    assert reply.stop_reason == "end_turn"
    assert azure.requests() == []


@both_ways
@pytest.mark.parametrize("choice", [{"type": "auto"}, FORCED], ids=["auto", "forced"])
def test_beside_other_tools_one_that_is_off_is_left_out(
    client_of_none: anthropic.Anthropic, answer: Answer, choice: Any, azure: Azure
) -> None:
    call = '[[call weather {"city": "Bern"}]]'
    reply = answer(client_of_none, ask(call, tools=[SEARCH, WEATHER], tool_choice=choice))

    assert types_of(reply) == ["tool_use"]
    (body,) = azure.bodies()
    assert [tool["type"] for tool in body["tools"]] == ["function"]
    assert "WEB_SEARCH" in body["instructions"]
