"""Claude Code in print mode, which does what the simulator's directives in its prompt ask for.

https://code.claude.com/docs/en/headless
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.claude_code import ClaudeCode, call, install, needs_claude_code
from tests.e2e.files import make_pdf, make_png
from tests.e2e.servers import App, Azure

WITH_SEARCH = ["--allowedTools", "WebSearch"]

pytestmark = needs_claude_code


@pytest.fixture
def searching_claude(tmp_path: Path, search_app: App) -> ClaudeCode:
    return install(tmp_path, search_app)


FIND_SEARCH = call("ToolSearch", query="select:WebSearch")  # it is offered on request only


def reasoning_counts(azure: Azure) -> list[int]:
    inputs = (body["input"] for body in azure.bodies())
    return [sum(item.get("type") == "reasoning" for item in items) for items in inputs]


def test_a_file_is_written_and_read_back(any_claude: ClaudeCode, azure: Azure) -> None:
    path = str(any_claude.work / "poem.txt")
    write = call("Write", file_path=path, content="roses]] are red\n")
    read = call("Read", file_path=path)
    result = any_claude.run(f"{write} [[next]] {read} [[next]] [[say It is there.]]")

    assert result["result"] == "It is there."
    assert Path(path).read_text() == "roses]] are red\n"
    assert "roses]] are red" in json.dumps(azure.bodies()[-1])
    assert len(azure.requests()) == 3


def test_two_tools_at_once(any_claude: ClaudeCode, azure: Azure) -> None:
    calls = call("Bash", command="echo one") + call("Bash", command="echo two; exit 3")
    result = any_claude.run(f"{calls} [[next]] [[say Both have run.]]")

    assert result["result"] == "Both have run."
    assert len(azure.requests()) == 2


def test_reasoning_survives_a_resumed_session(claude: ClaudeCode, azure: Azure) -> None:
    claude.run(f"[[think A.||B.]] {call('Bash', command='echo one')} [[next]] [[say First.]]")
    result = claude.run(f"{call('Bash', command='echo two')} [[next]] [[say Second.]]", "-c")

    assert result["result"] == "Second."
    assert reasoning_counts(azure) == [0, 1, 2, 3]


def test_the_event_stream(claude: ClaudeCode, azure: Azure) -> None:
    options = ["--output-format=stream-json", "--verbose", "--include-partial-messages"]
    prompt = (
        f"[[think Hm.]] {call('Bash', command='echo one')} [[next]] [[think So.]] [[say Done.]]"
    )
    events = [json.loads(line) for line in claude.output(prompt, *options).splitlines()]

    result = events[-1]
    assert (result["type"], result["result"]) == ("result", "Done.")
    assert result["usage"]["output_tokens"] > 0
    assert result["usage"]["input_tokens"] + result["usage"]["cache_read_input_tokens"] > 0
    assert list(thoughts(events)) == ["Hm.", "So."]
    assert len(azure.requests()) == 2


def thoughts(events: list[dict[str, Any]]) -> Iterator[str]:
    for event in events:
        for block in event["message"]["content"] if event["type"] == "assistant" else ():
            if block["type"] == "thinking" and block["thinking"]:
                yield block["thinking"]


def test_a_web_search(searching_claude: ClaudeCode, azure: Azure) -> None:
    """WebSearch is a request of its own, whose only tool is Anthropic's web_search."""
    query = "[[search bern]] [[say Sunny.]]"
    search = f"{FIND_SEARCH} [[next]] {call('WebSearch', query=query)}"
    result = searching_claude.run(f"{search} [[next]] [[say I know.]]", *WITH_SEARCH)

    assert result["result"] == "I know."
    *_, side, last = azure.bodies()
    assert side["tools"] == [{"type": "web_search"}]
    assert side["tool_choice"] in ("auto", "required")  # some versions force it
    report = last["input"][-1]["output"]
    assert "Sunny." in report
    assert 'Links: [{"title":"Simulated result","url":"https://example.com/sim' in report
    assert result["usage"]["server_tool_use"]["web_search_requests"] == 0  # of the conversation
    assert sum(use["webSearchRequests"] for use in result["modelUsage"].values()) == 1


def test_a_web_search_that_is_off(claude: ClaudeCode, azure: Azure) -> None:
    """Nobody asks Azure, nothing is asked twice, and the model reads why."""
    search = f"{FIND_SEARCH} [[next]] {call('WebSearch', query='bern')}"
    result = claude.run(f"{search} [[next]] [[say So be it.]]", *WITH_SEARCH)

    assert result["result"] == "So be it."
    assert len(azure.requests()) == 3
    report = azure.bodies()[-1]["input"][-1]["output"]
    assert "Web search error: unavailable" in report
    assert "WEB_SEARCH" in report


def test_structured_output(claude: ClaudeCode, azure: Azure) -> None:
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string"}},
        "required": ["name"],
        "additionalProperties": False,
    }
    prompt = call("StructuredOutput", name="Bern")
    result = claude.run(prompt, "--json-schema", json.dumps(schema))

    assert result["structured_output"] == {"name": "Bern"}
    assert len(azure.requests()) == 1


@pytest.mark.parametrize(
    ("name", "content"), [("dot.png", make_png()), ("page.pdf", make_pdf())], ids=["png", "pdf"]
)
def test_a_file_that_is_shown(claude: ClaudeCode, name: str, content: bytes, azure: Azure) -> None:
    path = claude.work / name
    path.write_bytes(content)
    result = claude.run(f"{call('Read', file_path=str(path))} [[next]] [[say I see.]]")

    assert result["result"] == "I see."
    assert ";base64," in json.dumps(azure.bodies()[-1])
    assert len(azure.requests()) == 2


def test_a_long_prompt(claude: ClaudeCode, azure: Azure) -> None:
    lines = "\n".join(f"Line {number}: nothing of interest." for number in range(10_000))
    result = claude.run(f"{lines}\n[[say That was long.]]")

    assert result["result"] == "That was long."
    assert "Line 9999" in json.dumps(azure.bodies()[-1])
    assert len(azure.requests()) == 1


@pytest.mark.parametrize(
    ("model", "deployment"),
    [("haiku", "gpt-5.4-mini"), ("opus", "gpt-5.4"), ("gpt-5.4-nano", "gpt-5.4-nano")],
)
def test_models(claude: ClaudeCode, model: str, deployment: str, azure: Azure) -> None:
    prompt = f"{call('Bash', command='echo one')} [[next]] [[say Done.]]"
    result = claude.run(prompt, "--model", model)

    assert result["result"] == "Done."
    assert [body["model"] for body in azure.bodies()] == [deployment] * 2


def test_a_conversation_that_grew_too_long(claude: ClaudeCode, azure: Azure) -> None:
    """It is summarized and goes on, because Claude Code understands why it was refused."""
    claude.run("[[say First.]]")
    azure.fail_next("context_length_exceeded")
    result = claude.run("Go on. [[say Second.]]", "-c")

    assert result["result"] == "Second."
    assert [request["status"] for request in azure.requests()].count(400) == 1
    assert "First." not in json.dumps(azure.bodies()[-1]["input"][-1])


@pytest.mark.parametrize("fault", ["key_invalid", "key_auth_disabled"])
def test_a_lasting_refusal_is_met_once(claude: ClaudeCode, fault: str, azure: Azure) -> None:
    finished = claude.start(f"[[error {fault}]]")

    assert finished.returncode != 0
    assert azure.requests()[0]["problems"][0] in finished.stdout
    assert len(azure.requests()) == 1


def test_a_passing_failure_is_tried_again(claude: ClaudeCode, azure: Azure) -> None:
    azure.fail_next("error_then_failed")
    result = claude.run("[[say All of it.]]")

    assert result["result"] == "All of it."
    assert [request["fault"] for request in azure.requests()] == ["error_then_failed", None]
