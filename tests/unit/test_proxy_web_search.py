"""Web searches through the whole proxy, on and off."""

import json

import httpx
import pytest

from tests.grammar import read_stream
from tests.unit.test_proxy import ENVIRON, HELLO, PROMPT, REQUEST, ask, reached_azure

SEARCH = REQUEST | {"tools": [{"type": "web_search_20250305", "name": "web_search"}]}


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("environ", [{}, {"WEB_SEARCH": "on", "AZURE_OPENAI_API": "chat"}])
def test_a_search_that_is_off_is_answered_without_azure(
    stream: bool, environ: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    reply = ask(reached_azure, SEARCH | {"stream": stream}, environ=ENVIRON | environ)
    assert isinstance(reply.body, bytes)
    message = read_stream(reply.body) if stream else json.loads(reply.body)
    search, result, text = message["content"]
    assert search["input"] == {"query": PROMPT}
    assert result["content"]["error_code"] == "unavailable"
    assert "WEB_SEARCH" in text["text"]
    assert (message["stop_reason"], message["usage"]["output_tokens"]) == ("end_turn", 0)
    line = json.loads(capsys.readouterr().out)
    assert (line["status"], line["attempts"]) == (200, 0)


def test_a_search_that_is_on_goes_to_azure() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert json.loads(request.content)["tools"] == [{"type": "web_search"}]
        return httpx.Response(200, content=HELLO)

    assert ask(answer, SEARCH, environ=ENVIRON | {"WEB_SEARCH": "on"}).status == 200


def test_beside_other_tools_a_search_that_is_off_is_left_out() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        assert [tool["type"] for tool in body["tools"]] == ["function"]
        assert "WEB_SEARCH" in body["instructions"]
        return httpx.Response(200, content=HELLO)

    tools = [*SEARCH["tools"], {"name": "read", "input_schema": {"type": "object"}}]
    assert ask(answer, SEARCH | {"tools": tools}).status == 200
