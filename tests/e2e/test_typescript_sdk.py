"""Anthropic's TypeScript SDK: the programs are in typescript/, and print JSON.

https://platform.claude.com/docs/en/api/client-sdks
"""

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.node_modules import needs, run
from tests.e2e.servers import App, Azure

TWO_ROUNDS = (
    '[[call weather {"city": "Bern"}]] [[call weather {"city": "Oslo"}]] [[next]] '
    '[[say Now Rome.]] [[call weather {"city": "Rome"}]] [[next]] [[say Sunny everywhere.]]'
)

pytestmark = needs("@anthropic-ai/sdk")


def texts(reply: dict[str, Any]) -> list[str]:
    return [block["text"] for block in reply["content"] if block["type"] == "text"]


@pytest.mark.parametrize("program", ["whole.mjs", "streamed.mjs"])
def test_a_reply(programs: Path, app: App, program: str, azure: Azure) -> None:
    reply = run(programs, app, program, "[[think Hm.]] [[say Grüezi, 世界 🌍!]]")

    thinking, text = reply["content"]
    assert (thinking["thinking"], text["text"]) == ("Hm.", "Grüezi, 世界 🌍!")
    assert thinking["signature"]
    assert reply["stop_reason"] == "end_turn"
    assert reply["usage"]["output_tokens"] > 0
    assert len(azure.requests()) == 1


@pytest.mark.parametrize("mode", ["whole", "stream"])
def test_the_tool_runner(programs: Path, app: App, mode: str, azure: Azure) -> None:
    reply = run(programs, app, "tool_runner.mjs", TWO_ROUNDS, mode)

    assert texts(reply) == ["Sunny everywhere."]
    reasoning = [[item.get("type") for item in body["input"]] for body in azure.bodies()]
    assert [kinds.count("reasoning") for kinds in reasoning] == [0, 1, 2]


def test_the_tool_runner_over_chat_completions(programs: Path, chat_app: App, azure: Azure) -> None:
    reply = run(programs, chat_app, "tool_runner.mjs", TWO_ROUNDS, "stream")

    assert texts(reply) == ["Sunny everywhere."]
    assert len(azure.requests()) == 3


@pytest.mark.parametrize(
    ("prompt", "error"),
    [
        ("[[error key_invalid]]", [401, "authentication_error"]),
        ("[[slow 0.01]] [[long 40]] [[error flat_error after=20]]", [None, "overloaded_error"]),
    ],
)
def test_an_error(programs: Path, app: App, prompt: str, error: list[Any], azure: Azure) -> None:
    result = run(programs, app, "failing.mjs", prompt)

    assert [result["status"], result["type"]] == error
    assert len(azure.requests()) == 1


def test_the_models(programs: Path, app: App, azure: Azure) -> None:
    result = run(programs, app, "models.mjs")

    assert result["listed"] == ["claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"]
    assert result["one"] == result["first"]
    assert result["one"]["type"] == "model"
    assert azure.requests() == []
