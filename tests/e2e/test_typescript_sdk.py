"""Anthropic's TypeScript SDK: the programs are in typescript/, and print JSON.

https://platform.claude.com/docs/en/api/client-sdks
"""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.node_modules import NODE_MODULES
from tests.e2e.servers import TOKEN, App, Azure, passed_on

PROGRAMS = Path(__file__).parent / "typescript"
NODE = shutil.which("node")
SECONDS = 30

TWO_ROUNDS = (
    '[[call weather {"city": "Bern"}]] [[call weather {"city": "Oslo"}]] [[next]] '
    '[[say Now Rome.]] [[call weather {"city": "Rome"}]] [[next]] [[say Sunny everywhere.]]'
)

pytestmark = [
    pytest.mark.skipif(NODE is None, reason="needs Node.js: https://nodejs.org"),
    pytest.mark.skipif(
        not (NODE_MODULES / "@anthropic-ai" / "sdk").is_dir(),
        reason="needs `npm install --no-save @anthropic-ai/sdk` here, or E2E_NODE_MODULES=folder",
    ),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs beside the package, as Node.js wants them."""
    folder = tmp_path_factory.mktemp("typescript")
    shutil.copytree(PROGRAMS, folder, dirs_exist_ok=True)
    (folder / "node_modules").symlink_to(NODE_MODULES, target_is_directory=True)
    return folder


def run(folder: Path, app: App, program: str, *arguments: str) -> dict[str, Any]:
    finished = subprocess.run(
        [str(NODE), program, *arguments],
        cwd=folder,
        env={**passed_on(), "APP_URL": app.url, "APP_TOKEN": TOKEN},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert (finished.returncode, finished.stderr) == (0, "")
    result: dict[str, Any] = json.loads(finished.stdout)
    return result


def texts(reply: dict[str, Any]) -> list[str]:
    return [block["text"] for block in reply["content"] if block["type"] == "text"]


@pytest.mark.parametrize("program", ["whole.mjs", "streamed.mjs"])
def test_a_reply(folder: Path, app: App, program: str, azure: Azure) -> None:
    reply = run(folder, app, program, "[[think Hm.]] [[say Grüezi, 世界 🌍!]]")

    thinking, text = reply["content"]
    assert (thinking["thinking"], text["text"]) == ("Hm.", "Grüezi, 世界 🌍!")
    assert thinking["signature"]
    assert reply["stop_reason"] == "end_turn"
    assert reply["usage"]["output_tokens"] > 0
    assert len(azure.requests()) == 1


@pytest.mark.parametrize("mode", ["whole", "stream"])
def test_the_tool_runner(folder: Path, app: App, mode: str, azure: Azure) -> None:
    reply = run(folder, app, "tool_runner.mjs", TWO_ROUNDS, mode)

    assert texts(reply) == ["Sunny everywhere."]
    reasoning = [[item.get("type") for item in body["input"]] for body in azure.bodies()]
    assert [kinds.count("reasoning") for kinds in reasoning] == [0, 1, 2]


def test_the_tool_runner_over_chat_completions(folder: Path, chat_app: App, azure: Azure) -> None:
    reply = run(folder, chat_app, "tool_runner.mjs", TWO_ROUNDS, "stream")

    assert texts(reply) == ["Sunny everywhere."]
    assert len(azure.requests()) == 3


@pytest.mark.parametrize(
    ("prompt", "error"),
    [
        ("[[error key_invalid]]", [401, "authentication_error"]),
        ("[[slow 0.01]] [[long 40]] [[error flat_error after=20]]", [None, "api_error"]),
    ],
)
def test_an_error(folder: Path, app: App, prompt: str, error: list[Any], azure: Azure) -> None:
    result = run(folder, app, "failing.mjs", prompt)

    assert [result["status"], result["type"]] == error
    assert len(azure.requests()) == 1
