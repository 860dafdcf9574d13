"""Claude Code's auto mode: it runs tools by itself, once somebody has checked them.

https://code.claude.com/docs/en/permission-modes

The command is harmless, but of a kind that the client does not run unchecked.
"""

import json
from pathlib import Path

import pytest

from local.azure_simulator.judge import FLAGGED, UNCLEAR
from tests.e2e.claude_code import ClaudeCode, call, install, needs_claude_code
from tests.e2e.servers import App, Azure

AUTO = "--permission-mode=auto"
CHECKED = "curl --silent --data x http://127.0.0.1:9/; echo it ran"

pytestmark = needs_claude_code


JUDGES = {"gpt-5.4": "gpt-5.4-mini", "gpt-5": "gpt-4.1"}  # the big model -> the small one


@pytest.fixture
def judged(any_claude: ClaudeCode) -> ClaudeCode:
    """With no setting at all: the small model judges."""
    return any_claude


@pytest.fixture
def unjudged(tmp_path: Path, unjudging_app: App) -> ClaudeCode:
    """The client checks by itself only where it may ask for more than it must."""
    return install(tmp_path, unjudging_app, CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC="")


def prompt(command: str) -> str:
    return f"{call('Bash', command=command)} [[next]] [[say Done.]]"


def result_of_the_call(azure: Azure) -> str:
    last = azure.bodies()[-1]
    return json.dumps((last.get("input") or last["messages"])[-1])


def test_what_the_judge_lets_pass_is_run(judged: ClaudeCode, azure: Azure) -> None:
    assert judged.run(prompt(CHECKED), AUTO)["result"] == "Done."
    assert "it ran" in result_of_the_call(azure)
    big, judge, again = (body["model"] for body in azure.bodies())
    assert (judge, again) == (JUDGES[big], big)


@pytest.mark.parametrize("word", [FLAGGED, UNCLEAR])
def test_all_else_is_not_run(judged: ClaudeCode, word: str, azure: Azure) -> None:
    finished = judged.start(prompt(f"{CHECKED} {word}"), AUTO, "--output-format=json")

    (denial,) = json.loads(finished.stdout)["permission_denials"]
    assert denial["tool_name"] == "Bash"
    assert "it ran" not in result_of_the_call(azure)
    assert len(azure.requests()) == 3


@pytest.mark.parametrize("word", ["", FLAGGED])
def test_without_a_judge_the_client_asks_for_a_word(
    unjudged: ClaudeCode, word: str, azure: Azure
) -> None:
    """A whole reply of 64 tokens at most, up to a stop sequence. A `yes` is asked for twice."""
    finished = unjudged.start(prompt(f"{CHECKED} {word}"), AUTO, "--output-format=json")

    result = json.loads(finished.stdout)
    _, *checks, _ = azure.bodies()
    assert [body["max_output_tokens"] for body in checks] == [64, 8192][: 1 + bool(word)]
    assert {body["reasoning"]["effort"] for body in checks} == {"none"}
    assert ("it ran" in result_of_the_call(azure)) == (not word)
    assert len(result["permission_denials"]) == bool(word)
