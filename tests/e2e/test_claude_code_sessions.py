"""Claude Code with more around it: agents, servers of tools, turns that broke off, model discovery.

https://code.claude.com/docs/en/headless
"""

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from proxy_core.openai.limits import fit_name
from tests.e2e import odd_mcp_server
from tests.e2e.claude_code import ClaudeCode, call, install, needs_claude_code
from tests.e2e.replay import earlier_replies
from tests.e2e.servers import App, Azure
from tests.host.processes import eventually

pytestmark = needs_claude_code


# --- agents -----------------------------------------------------------------


@pytest.mark.parametrize("empty", [{}, {"model": "", "isolation": ""}], ids=["none", "empty"])
def test_a_sub_agent(any_claude: ClaudeCode, empty: dict[str, str], azure: Azure) -> None:
    """What the tool can do without, and refuses as "", is left out: else the call is lost."""
    task = f"{call('Bash', command='echo inside')} [[next]] [[say The report.]]"
    agent = call(
        "Agent",
        description="count",
        prompt=task,
        subagent_type="general-purpose",
        run_in_background=False,
        **empty,
    )
    result = any_claude.run(f"{agent} [[next]] [[say All done.]]", "--allowedTools=Agent,Bash")

    assert result["result"] == "All done."
    assert "The report." in json.dumps(azure.bodies()[-1])
    assert len(azure.requests()) == 4


# --- a server of tools ------------------------------------------------------

ODD = [f"mcp__odd__{name}" for name in odd_mcp_server.SCHEMAS]
REFERENCES, NO_PROPERTIES, BRANCHES, LONG = ODD
ODD_CALLS = [
    (REFERENCES, {"place": {"city": "Bern"}}),
    (NO_PROPERTIES, {}),
    (BRANCHES, {"zip": 3000}),
    (LONG, {"day": None, "cities": ["Bern"]}),  # null is allowed there, so it stays
]


def with_odd_tools(plain: int = 0) -> list[str]:
    server = {"command": sys.executable, "args": [odd_mcp_server.__file__, str(plain)]}
    config = json.dumps({"mcpServers": {"odd": server}})
    return [f"--mcp-config={config}", "--allowedTools=mcp__odd"]


@pytest.mark.parametrize(("kind", "limit"), [("app", 128), ("chat_app", 64)])
def test_tools_with_odd_schemas_and_long_names(
    tmp_path: Path, kind: str, limit: int, request: pytest.FixtureRequest, azure: Azure
) -> None:
    claude = install(tmp_path, request.getfixturevalue(kind))
    find = call("ToolSearch", query=f"select:{','.join(ODD)}")
    calls = "".join(call(fit_name(name, limit), **arguments) for name, arguments in ODD_CALLS)
    result = claude.run(
        f"{find} [[next]] {calls} [[next]] [[say Odd.]]",
        *with_odd_tools(),
    )

    assert result["result"] == "Odd."
    sent = json.dumps(azure.bodies()[-1])
    for name, arguments in ODD_CALLS:
        said = f"{name.removeprefix('mcp__odd__')} got {json.dumps(arguments, sort_keys=True)}"
        assert json.dumps(said)[1:-1] in sent
    assert len(azure.requests()) == 3


FIRST, SECOND = (f"mcp__odd__{odd_mcp_server.plain_name(number)}" for number in (7, 131))
FINDS_TOOLS = [
    call("ToolSearch", query=f"select:{FIRST}"),
    call(FIRST, city="Bern", unit=""),  # optional, and no unit
    call("ToolSearch", query=f"select:{SECOND}"),  # which sorts before the first
    call(SECOND, city="Rome", unit="km") + call(FIRST, city="Nice"),
    "[[say Found.]]",
]


def test_more_tools_than_azure_takes_are_searched(any_claude: ClaudeCode, azure: Azure) -> None:
    """One request a step. Each begins as the one before, with what was found behind its tools."""
    options = with_odd_tools(plain=140)
    result = any_claude.run(" [[next]] ".join(FINDS_TOOLS), *options)
    again = any_claude.run("[[say And on.]]", "-c", *options)

    assert (result["result"], again["result"]) == ("Found.", "And on.")
    assert len(azure.requests()) == len(FINDS_TOOLS) + 1
    bodies = azure.bodies()
    for before, after in pairwise(bodies):
        assert begins_as(before, after)
    own = len(bodies[0]["tools"])
    assert [len(body["tools"]) - own for body in bodies] == [0, 1, 1, 2, 2, 2]
    for name, arguments in [(FIRST, {"city": "Bern"}), (SECOND, {"city": "Rome", "unit": "km"})]:
        said = f"{name.removeprefix('mcp__odd__')} got {json.dumps(arguments, sort_keys=True)}"
        assert json.dumps(said)[1:-1] in json.dumps(bodies[-1])


def begins_as(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Whether Azure's cache can serve all of the request before."""
    lists = [key for key in ("tools", "input", "messages") if key in before]
    same = all(after[key][: len(before[key])] == before[key] for key in lists)
    return same and after.get("instructions") == before.get("instructions")


# --- turns that broke off ---------------------------------------------------


def test_a_run_that_was_killed_is_taken_up(claude: ClaudeCode, azure: Azure) -> None:
    """In the middle of its second reply. What was whole by then comes back with its reasoning."""
    script = f"{call('Bash', command='echo one')} [[next]] [[say So.]] [[slow 0.1]] [[long 400]]"
    with subprocess.Popen(
        claude.command(),
        cwd=claude.work,
        env=claude.environ(),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    ) as running:
        assert running.stdin
        running.stdin.write(script)
        running.stdin.close()
        assert eventually(lambda: azure.received() == 2, seconds=20)
        assert eventually(lambda: '"tool_result"' in claude.transcripts(), seconds=5)
        running.kill()
    assert eventually(lambda: azure.requests()[-1]["disconnected"], seconds=5)

    assert claude.run("[[say Went on.]]", "-c")["result"] == "Went on."
    assert len(azure.requests()) == 3
    assert earlier_replies(azure.bodies()[-1])[0] == ["reasoning", "function_call"]


@pytest.mark.parametrize("fault", ["flat_error", "truncated", "connection_reset"])
def test_a_reply_that_broke_off_is_finished(claude: ClaudeCode, fault: str, azure: Azure) -> None:
    """Behind a whole block, the client goes on where it was; and so does the next session."""
    call_once = call("Bash", command="echo one")
    claude.run(f"{call_once} [[slow 0.01]] [[long 40]] [[error {fault} times=1]] [[next]]")
    faults = [request["fault"] for request in azure.requests()]
    assert faults.count(fault) == 1

    assert claude.run("[[say Went on.]]", "-c")["result"] == "Went on."
    assert len(azure.requests()) == len(faults) + 1


# --- commands ---------------------------------------------------------------


def test_the_context_is_counted_at_home(claude: ClaudeCode, azure: Azure) -> None:
    claude.run("[[say First.]]")
    assert "claude-opus-5-5" in claude.output("/context", "-c")
    assert len(azure.requests()) == 1


def test_a_conversation_is_summarized_when_asked(claude: ClaudeCode, azure: Azure) -> None:
    claude.run("[[think Hm.]] [[say First.]]")
    claude.output("/compact [[say <summary>All that was.</summary>]]", "-c")
    assert claude.run("[[say Second.]]", "-c")["result"].endswith("Second.")

    last = json.dumps(azure.bodies()[-1]["input"])
    assert "All that was." in last
    assert "First." not in last.replace("[[say First.]]", "")
    assert len(azure.requests()) == 3


# --- model discovery --------------------------------------------------------


def test_the_list_of_models_is_read(tmp_path: Path, app: App, azure: Azure) -> None:
    claude = install(
        tmp_path,
        app,
        CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY="1",
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC="",
    )
    before = len(app.statuses("other"))
    assert claude.run("[[slow 0.05]] [[long 20]]")["result"]
    assert len(azure.requests()) == 1
    asked = app.statuses("other")[before:]  # the probe comes along now and then
    assert asked
    assert {*asked} == {200}
