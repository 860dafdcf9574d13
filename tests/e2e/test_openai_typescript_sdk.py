"""OpenAI's TypeScript SDK in Cursor's place: the programs are in typescript/, and print JSON.

https://platform.openai.com/docs/libraries
"""

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.node_modules import needs, run
from tests.e2e.servers import App, Azure
from tests.e2e.test_openai_sdk import CLOSING, OPENING, TWO_ROUNDS

pytestmark = needs("openai")


def choice_of(completion: dict[str, Any]) -> dict[str, Any]:
    choice: dict[str, Any]
    (choice,) = completion["choices"]
    return choice


@pytest.mark.parametrize("program", ["openai_whole.mjs", "openai_streamed.mjs"])
def test_a_reply(programs: Path, app: App, program: str, azure: Azure) -> None:
    reply = run(programs, app, program, "[[think Hm.]] [[say Grüezi, 世界 🌍!]]")

    choice = choice_of(reply)
    assert choice["message"]["content"] == f"{OPENING}Hm.{CLOSING}Grüezi, 世界 🌍!"
    assert (choice["finish_reason"], reply["model"]) == ("stop", "gpt-high")
    assert reply["usage"]["completion_tokens"] > 0
    assert len(azure.requests()) == 1


@pytest.mark.parametrize("mode", ["whole", "stream"])
def test_the_tool_runner(programs: Path, app: App, mode: str, azure: Azure) -> None:
    reply = run(programs, app, "openai_tool_runner.mjs", TWO_ROUNDS, mode)

    assert choice_of(reply)["message"]["content"].endswith("Sunny everywhere.")
    reasoning = [[item.get("type") for item in body["input"]] for body in azure.bodies()]
    assert [kinds.count("reasoning") for kinds in reasoning] == [0, 1, 2]


def test_the_models(programs: Path, app: App, azure: Azure) -> None:
    ids = run(programs, app, "openai_models.mjs")["ids"]

    assert ids == ["gpt-high", "gpt-medium", "gpt-low", "gpt-minimal"]


def test_an_error(programs: Path, app: App, azure: Azure) -> None:
    error = run(programs, app, "openai_failing.mjs", "[[error key_invalid]]")

    assert (error["status"], error["type"]) == (400, "invalid_request_error")
    assert "Azure OpenAI answered 401" in error["message"]
    assert len(azure.requests()) == 1
