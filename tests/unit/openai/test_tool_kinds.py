"""The kinds of tools: none of them costs the chat."""

from typing import Any

import pytest

from proxy_core.conversation import WebSearch
from proxy_core.errors import BadRequest
from proxy_core.openai.tool_kinds import callable_tools, left_out_kinds, read_web_search

READ = {"type": "function", "name": "read"}
LIST = {"type": "function", "function": {"name": "list"}}
PLACE = {"city": "Bern", "country": "CH"}


def offered(*tools: Any) -> list[Any]:
    return [*callable_tools([*tools], "tools")]


def left_out(*tools: Any) -> set[str]:
    return {*left_out_kinds({"tools": [*tools]})}


def test_a_namespace_is_its_tools() -> None:
    inner = [READ, {"type": "custom", "name": "patch"}, {"type": "mcp"}]
    space = {"type": "namespace", "name": "files", "description": "Files.", "tools": inner}
    assert offered(LIST, space) == [
        ("tools.0", LIST),
        ("tools.1.tools.0", READ),
        ("tools.1.tools.1", inner[1]),
    ]
    assert left_out(LIST, space) == {"mcp"}


def test_of_two_with_one_name_the_first_is_offered() -> None:
    spaces = [{"type": "namespace", "name": name, "tools": [READ]} for name in ("a", "b")]
    assert offered(*spaces) == [("tools.0.tools.0", READ)]


def test_namespaces_within_namespaces() -> None:
    inner: dict[str, Any] = {"type": "namespace", "name": "b", "tools": [READ]}
    outer = {"type": "namespace", "name": "a", "tools": [inner]}
    assert offered(outer) == [("tools.0.tools.0.tools.0", READ)]
    assert left_out(outer) == set()


@pytest.mark.parametrize("tools", [None, []])
def test_an_empty_namespace(tools: Any) -> None:
    assert offered({"type": "namespace", "name": "a", "tools": tools}) == []


@pytest.mark.parametrize(
    "tool",
    [
        {"type": "file_search", "vector_store_ids": ["vs_1"]},
        {"type": "code_interpreter", "container": {"type": "auto"}},
        {"type": "computer_use_preview", "display_width": 800},
        {"type": "mcp", "server_label": "x", "server_url": "https://x"},
        {"type": "image_generation"},
        {"type": "local_shell"},
        {"type": "shell"},
        {"type": "apply_patch"},
        {"type": "tool_search"},
        {"type": "bash_20250124", "name": "bash"},
        {"type": "some_future_tool", "name": "x", "parameters": {}},
    ],
)
def test_a_kind_that_runs_elsewhere_is_left_out(tool: dict[str, Any]) -> None:
    assert offered(tool, READ) == [("tools.1", READ)]
    assert left_out(tool, READ) == {tool["type"]}


@pytest.mark.parametrize("tool", [{}, {"type": None}, {"description": "x"}, {"type": 7, "a": 1}])
def test_and_so_is_what_is_no_tool(tool: Any) -> None:
    assert offered(tool) == []
    assert left_out(tool) == {str(tool.get("type"))}


def test_the_name_of_a_kind_is_bounded() -> None:
    assert left_out({"type": "x" * 1000}) == {"x" * 64}


@pytest.mark.parametrize(
    "tool",
    [
        {"name": "read"},
        {"type": None, "name": "read", "parameters": {}},
        {"function": {"name": "read"}},
        {"custom": {"name": "read"}},
        {"type": "custom", "name": "read", "input_schema": {}},
        {"type": "function", "name": "web_search"},
    ],
)
def test_what_can_be_called_needs_no_type(tool: Any) -> None:
    assert offered(tool) == [("tools.0", tool)]
    assert left_out(tool) == set()
    assert read_web_search({"tools": [tool]}) is None


@pytest.mark.parametrize(
    ("tool", "search"),
    [
        ({"type": "web_search"}, WebSearch()),
        ({"type": "web_search_preview", "search_context_size": "low"}, WebSearch()),
        ({"type": "web_search_preview_2025_03_11"}, WebSearch()),
        ({"type": "web_search", "filters": None, "user_location": None}, WebSearch()),
        (
            {"type": "web_search", "filters": {"allowed_domains": ["a.ch", 7]}},
            WebSearch(("a.ch",)),
        ),
        (
            {
                "type": "web_search",
                "user_location": {"type": "approximate", **PLACE, "region": None},
            },
            WebSearch(location=PLACE),
        ),
        (
            {
                "type": "web_search_20250305",
                "name": "web_search",
                "max_uses": 3,
                "allowed_domains": ["a"],
            },
            WebSearch(("a",), None, 3),
        ),
    ],
)
def test_a_search(tool: Any, search: WebSearch) -> None:
    assert read_web_search({"tools": [READ, tool]}) == search
    assert offered(tool) == []
    assert left_out(tool) == set()


def test_the_search_of_chat_completions() -> None:
    options = {"user_location": {"type": "approximate", "approximate": PLACE}}
    assert read_web_search({"web_search_options": options}) == WebSearch(location=PLACE)
    assert read_web_search({"web_search_options": {}}) == WebSearch()
    assert read_web_search({"web_search_options": None, "tools": [READ]}) is None


def test_what_is_no_list() -> None:
    for body in ({"tools": {}}, {"tools": [{"type": "namespace", "tools": {}}]}, {"tools": ["x"]}):
        with pytest.raises(BadRequest):
            left_out_kinds(body)
