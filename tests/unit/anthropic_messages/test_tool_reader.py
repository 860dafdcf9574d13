"""The tools of a request: those declared, those that wait, and what the conversation changes."""

from typing import Any

import pytest

from proxy_core.anthropic_messages import read_count_request, read_request
from proxy_core.conversation import NamedTool, Request, Tool, WebSearch
from proxy_core.errors import BadRequest
from tests.bodies import HELLO, assistant, body, tool_use, user

SCHEMA = {"type": "object", "properties": {"path": {"$ref": "#/$defs/Path"}}}
SEARCH = {"type": "web_search_20250305", "name": "web_search"}

Block = dict[str, Any]


def read(*messages: Block, **fields: Any) -> Request:
    return read_request(body(*messages, **fields))


def names(*messages: Block, **fields: Any) -> list[str]:
    return [tool.name for tool in read(*messages, **fields).tools]


def refusal(**fields: Any) -> str:
    with pytest.raises(BadRequest) as caught:
        read(**fields)
    with pytest.raises(BadRequest) as counted:
        read_count_request(body(**fields))
    assert (caught.value.status, caught.value.message) == (400, counted.value.message)
    return caught.value.message


def tool(name: str, **fields: Any) -> Block:
    return {"name": name, "input_schema": {}, **fields}


def deferred(name: str) -> Block:
    return tool(name, defer_loading=True)


def test_a_tool_goes_up_as_it_came() -> None:
    name = "mcp__server__" + 115 * "x"
    tools = [
        {"name": name, "description": "Reads.", "input_schema": SCHEMA, "strict": True},
        {"type": "custom", "name": "now", "input_schema": {}, "cache_control": {}},
        {"type": None, "name": "then", "description": None, "input_schema": {"anyOf": []}},
    ]
    assert read(tools=tools).tools == (
        Tool(name, "Reads.", SCHEMA, strict=True),
        Tool("now", "", {}),
        Tool("then", "", {"anyOf": []}),
    )
    assert read(tools=None).tools == ()


@pytest.mark.parametrize("odd", [None, 1, "", [], {}, ["a"], True, "text"])
def test_an_odd_tool_costs_no_request(odd: Any) -> None:
    (tool,) = read(tools=[{"name": "t", "input_schema": odd, "strict": odd}]).tools
    assert tool == Tool("t", "", {}, strict=odd is True)
    (tool,) = read(tools=[{"name": "t", "description": odd}]).tools
    assert tool == Tool("t", odd if isinstance(odd, str) else "", {})


# --- What runs on the server ---


@pytest.mark.parametrize(
    "type",
    [
        "advisor_20260301",
        "advisor_20270101",
        "web_fetch_20250910",
        "code_execution_20250825",
        "mcp_toolset",
        "computer_toolset_20260801",
        "browser_toolset_20260801",
        "web_search",
        "bash",
        "bash_2025",
        "of_tomorrow",
    ],
)
def test_a_tool_that_is_not_offered_is_named_so_that_clients_go_on_without(type: str) -> None:
    message = refusal(tools=[tool("read"), SEARCH, {"type": type, "name": "x", "model": "m"}])
    assert message == (
        f"tools.2: Input tag '{type}' found using 'type' does not match any of the expected tags: "
        "'bash_20250124', 'computer_20251124', 'custom', 'memory_20250818', "
        "'text_editor_20250728', 'tool_search_tool_bm25_20251119', "
        "'tool_search_tool_regex_20251119', 'web_search_20250305'"
    )


@pytest.mark.parametrize("type", [7, ["custom"], {"a": 1}, "x" * 999, ""])
def test_a_type_that_is_none_is_refused_within_bounds(type: Any) -> None:
    message = refusal(tools=[tool("read", type=type)])
    assert message.startswith("tools.0: Input tag ")
    assert len(message) < 400


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"mcp_servers": [{"type": "url", "url": "https://a", "name": "s"}]},
            "mcp_servers: not supported here; connect them in the client instead",
        ),
        ({"mcp_servers": {}}, "mcp_servers: Input should be a valid array"),
        (
            {"container": {"skills": [{"type": "anthropic", "skill_id": "xlsx"}]}},
            "container.skills: not supported here; there is no container",
        ),
    ],
)
def test_what_only_a_server_can_connect_is_refused_by_name(fields: Block, message: str) -> None:
    assert refusal(**fields) == message


@pytest.mark.parametrize(
    "fields",
    [
        {"mcp_servers": []},
        {"mcp_servers": None},
        {"container": None},
        {"container": "container_1"},
        {"container": {"id": "container_1", "skills": []}},
    ],
)
def test_what_asks_for_nothing_is_no_mistake(fields: Block) -> None:
    assert read(**fields) == read()


# --- Deferred tools ---


def test_a_deferred_tool_waits_until_the_conversation_refers_to_it() -> None:
    found = {
        "type": "tool_result",
        "tool_use_id": "a",
        "content": [
            {"type": "tool_reference", "tool_name": "found"},
            {"type": "text", "text": "two"},
        ],
    }
    request = read(
        HELLO,
        assistant(tool_use("b", "called")),
        user(found, {"type": "text", "text": "unknown"}),
        tools=[*map(deferred, ["unknown", "found", "called", "chosen"])],
        tool_choice={"type": "tool", "name": "chosen"},
    )
    assert [tool.name for tool in request.tools] == ["called", "found", "chosen"]
    assert request.tool_choice == NamedTool("chosen")


def test_what_a_search_of_anthropic_found_is_referred_to() -> None:
    found = {
        "type": "tool_search_tool_result",
        "tool_use_id": "srvtoolu_1",
        "content": {
            "type": "tool_search_tool_search_result",
            "tool_references": [{"type": "tool_reference", "tool_name": "found"}, "odd"],
        },
    }
    assert names(HELLO, assistant(found), HELLO, tools=[deferred("found"), deferred("b")]) == [
        "found"
    ]


@pytest.mark.parametrize(
    "type",
    ["tool_search_tool_regex_20251119", "tool_search_tool_bm25_20251119", "tool_search_tool_bm25"],
)
def test_beside_anthropics_search_no_tool_waits(type: str) -> None:
    search = {"type": type, "name": "tool_search_tool"}
    assert names(tools=[search, deferred("a"), tool("b")]) == ["a", "b"]


# --- Changes within the conversation ---


def changed(change: str, **fields: Any) -> Block:
    return {"type": f"tool_{change}", "tool": fields}


def added(name: str) -> Block:
    return changed("addition", type="tool_reference", name=name)


def defined(**fields: Any) -> Block:
    return changed("addition", type="tool_definition", definition=fields)


def removed(name: str) -> Block:
    return changed("removal", type="tool_reference", name=name)


def told(*blocks: Block) -> Block:
    return {"role": "system", "content": [*blocks]}


DECLARED = [tool("own"), deferred("late"), SEARCH]


@pytest.mark.parametrize(
    ("changes", "offered"),
    [
        ([], ["own"]),
        ([added("late")], ["own", "late"]),
        ([removed("own")], []),
        ([removed("late")], ["own"]),
        ([added("late"), removed("late")], ["own"]),
        ([removed("late"), added("late")], ["own", "late"]),
        ([removed("own"), added("own")], ["own"]),
        ([added("late"), added("late"), removed("late"), removed("late")], ["own"]),
        ([defined(**tool("new"))], ["own", "new"]),
        ([defined(**deferred("new"))], ["own", "new"]),
        ([defined(**tool("new")), removed("new")], ["own"]),
        ([defined(**tool("new")), removed("new"), added("new")], ["own", "new"]),
        ([removed("new"), defined(**tool("new"))], ["own", "new"]),
        ([defined(type="bash_20250124", name="bash")], ["own", "bash"]),
        ([added("unknown"), removed("unknown")], ["own"]),
        ([changed("removal", type="mcp_toolset_reference", server_name="s")], ["own"]),
        ([changed("addition", type="mcp_tool_reference", server_name="s", name="own")], ["own"]),
    ],
)
def test_changes_count_in_their_order(changes: list[Block], offered: list[str]) -> None:
    assert names(HELLO, told(*changes), tools=DECLARED) == offered
    apart = [told(change) for change in changes]
    assert names(HELLO, *apart, HELLO, tools=DECLARED) == offered


@pytest.mark.parametrize(
    ("changes", "offered"),
    [([added("late")], ["own", "late"]), (["odd", removed("own")], []), ("odd", ["own"])],
)
def test_a_compaction_says_what_changed_before_it(changes: Any, offered: list[str]) -> None:
    compaction = {"type": "compaction", "content": "They met.", "tool_changes": changes}
    assert names(HELLO, assistant(compaction), HELLO, tools=DECLARED) == offered


def found(*names: str) -> Block:
    references = [{"type": "tool_reference", "tool_name": name} for name in names]
    return user({"type": "tool_result", "tool_use_id": "a", "content": references})


@pytest.mark.parametrize(
    "turns",
    [
        [found("b"), found("a")],
        [found("c", "a"), assistant(tool_use("b", "b"))],
        [assistant(tool_use("b", "own")), found("c"), found("c", "a"), found("own")],
        [told(added("c")), found("a"), told(added("b"))],
        [found("c"), told(defined(**tool("new"))), found("b")],
    ],
)
@pytest.mark.parametrize("declared", ["abc", "cba", "bac"])
def test_what_comes_later_stands_behind_what_was_there(turns: list[Block], declared: str) -> None:
    """Azure's cache serves the tools of the request before, however the client sorts them."""
    tools = [*map(deferred, declared), tool("own"), tool("other")]
    before: list[str] = []
    for length in range(len(turns) + 1):
        offered = names(HELLO, *turns[:length], HELLO, tools=tools)
        assert offered[: len(before)] == before
        before = offered

    chosen = {"type": "tool", "name": "a"}
    assert names(HELLO, *turns, tools=tools, tool_choice=chosen)[: len(before)] == before


def test_a_definition_takes_the_place_of_an_older_one() -> None:
    newer = {"name": "own", "description": "Newer.", "input_schema": {"type": "object"}}
    assert read(HELLO, told(defined(**newer)), tools=[tool("own")]).tools == (
        Tool("own", "Newer.", {"type": "object"}),
    )


def test_a_tool_that_was_called_and_then_removed_goes_up_no_more() -> None:
    turn = [HELLO, assistant(tool_use("a", "late")), told(removed("late"))]
    assert names(*turn, HELLO, tools=DECLARED) == ["own"]
    found = {"type": "tool_reference", "tool_name": "late"}
    again = user({"type": "tool_result", "tool_use_id": "a", "content": [found]})
    assert names(*turn, again, tools=DECLARED) == ["own", "late"]


def test_the_search_comes_and_goes_as_any_tool() -> None:
    assert read(HELLO, told(removed("web_search")), tools=DECLARED).web_search is None
    assert read(HELLO, told(defined(**SEARCH, max_uses=2))).web_search == WebSearch(max_uses=2)
    assert read(tools=[{**SEARCH, "defer_loading": True}]).web_search is None


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ({"type": "tool_addition"}, "tool: Field required"),
        ({"type": "tool_removal", "tool": "own"}, "tool: Input should be a valid object"),
        (removed("x") | {"tool": {"type": "tool_reference"}}, "tool.name: Field required"),
        (changed("addition", type="tool_definition"), "tool.definition: Field required"),
        (defined(type="custom"), "tool.definition.name: Field required"),
        (
            changed("removal", type="tool_definition", definition=tool("own")),
            "tool: Input tag 'tool_definition' found using 'type' does not match any of the "
            "expected tags: 'mcp_tool_reference', 'mcp_toolset_reference', 'tool_reference'",
        ),
        (
            changed("addition", type="tool_of_tomorrow"),
            "tool: Input tag 'tool_of_tomorrow' found using 'type' does not match any of the "
            "expected tags: 'mcp_tool_reference', 'mcp_toolset_reference', 'tool_definition', "
            "'tool_reference'",
        ),
    ],
)
def test_a_change_that_cannot_be_read_is_named(block: Block, message: str) -> None:
    assert refusal(messages=[HELLO, told(block)]) == f"messages.1.content.0.{message}"


def test_a_definition_that_is_not_offered_is_named_where_it_stands() -> None:
    message = refusal(messages=[HELLO, told(defined(type="mcp_toolset", mcp_server_name="s"))])
    assert message.startswith("messages.1.content.0.tool.definition: Input tag 'mcp_toolset' found")
