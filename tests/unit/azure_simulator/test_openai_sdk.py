"""The official client, a development dependency, reads the simulator as it reads Azure."""

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import OpenAI

from local.azure_simulator import RunningSimulator
from tests.unit.azure_simulator.caller import READ_CHAT_TOOL, READ_TOOL, user

SCRIPT = '[[think a]] [[say I look]] [[call Read {"file_path": "/x"}]]'
REASONING: Any = {"effort": "low", "summary": "auto"}
RESPONSE_TOOLS: Any = [READ_TOOL]
CHAT_TOOLS: Any = [READ_CHAT_TOOL]
MESSAGES: Any = [user(SCRIPT)]


@pytest.fixture
def client(simulator: RunningSimulator) -> Iterator[OpenAI]:
    url = simulator.url + "/openai/v1/"
    with OpenAI(base_url=url, api_key="simulated-key", max_retries=0) as client:
        yield client


def test_whole_responses(client: OpenAI) -> None:
    reply = client.responses.create(
        model="gpt-5.4", input=SCRIPT, tools=RESPONSE_TOOLS, reasoning=REASONING
    )
    assert [item.type for item in reply.output] == ["reasoning", "message", "function_call"]
    assert reply.output_text == "I look"
    assert reply.usage
    assert reply.usage.output_tokens_details.reasoning_tokens == 64


def test_streamed_responses(client: OpenAI) -> None:
    with client.responses.stream(
        model="gpt-5.4", input=SCRIPT, tools=RESPONSE_TOOLS, reasoning=REASONING
    ) as stream:
        for _ in stream:
            pass
        reply = stream.get_final_response()
    assert reply.output_text == "I look"
    assert [item.type for item in reply.output] == ["reasoning", "message", "function_call"]


def test_whole_completions(client: OpenAI) -> None:
    reply = client.chat.completions.create(model="gpt-4.1", messages=MESSAGES, tools=CHAT_TOOLS)
    assert reply.choices[0].message.content == "I look"
    assert reply.choices[0].finish_reason == "tool_calls"


def test_streamed_completions(client: OpenAI) -> None:
    with client.chat.completions.stream(
        model="gpt-4.1", messages=MESSAGES, tools=CHAT_TOOLS, stream_options={"include_usage": True}
    ) as stream:
        for _ in stream:
            pass
        reply = stream.get_final_completion()
    calls = reply.choices[0].message.tool_calls
    assert calls
    assert calls[0].function.arguments == '{"file_path":"/x"}'
    assert reply.usage


def test_errors(client: OpenAI) -> None:
    with pytest.raises(openai.RateLimitError) as limited:
        client.responses.create(model="gpt-5.4", input="[[error rate_limit]]")
    assert limited.value.response.headers["retry-after-ms"] == "45000"
    with pytest.raises(openai.BadRequestError) as refused:
        client.responses.create(model="gpt-5", input="hi", temperature=0.5)
    assert refused.value.code == "unsupported_parameter"
    with pytest.raises(openai.NotFoundError):
        client.responses.create(model="missing-1", input="hi")
    assert client.models.list().data
