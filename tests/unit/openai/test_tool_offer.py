"""A choice among tools of every kind."""

from typing import Any

import pytest

from proxy_core.conversation import NamedTool, WebSearch
from proxy_core.errors import BadRequest
from proxy_core.openai.tool_offer import ToolOffer, read_offer

READ = {"type": "function", "name": "read"}
PATCH = {"type": "custom", "name": "patch"}
SEARCH = {"type": "web_search"}
FILES = {"type": "file_search"}


def offer(*tools: Any, choice: Any = None) -> ToolOffer:
    return read_offer({"tools": [*tools], "tool_choice": choice})


def names(read: ToolOffer) -> list[str]:
    return [tool.name for tool in read.tools]


def test_all_that_is_declared() -> None:
    read = offer(READ, PATCH, SEARCH, FILES, choice="required")
    assert (names(read), read.web_search, read.choice) == (
        ["read", "patch"],
        WebSearch(),
        "required",
    )
    assert read.custom == {"patch"}


@pytest.mark.parametrize(
    ("choice", "chosen"),
    [
        ({"type": "web_search"}, "web_search"),
        ({"type": "web_search_preview"}, "web_search"),
        ({"type": "file_search"}, "auto"),
        ({"type": "function", "name": "read"}, NamedTool("read")),
        ("auto", "auto"),
        ("none", "none"),
    ],
)
def test_a_choice_of_a_kind(choice: Any, chosen: Any) -> None:
    read = offer(READ, PATCH, SEARCH, FILES, choice=choice)
    assert (names(read), read.web_search, read.choice) == (["read", "patch"], WebSearch(), chosen)


def test_a_choice_of_a_search_that_nobody_declared_is_none() -> None:
    assert offer(READ, choice=SEARCH).choice == "auto"


@pytest.mark.parametrize("choice", [{"type": "file_search"}, {"type": "function", "name": "gone"}])
def test_a_choice_of_what_was_never_there_is_refused(choice: Any) -> None:
    with pytest.raises(BadRequest, match="tool_choice"):
        offer(READ, choice=choice)


@pytest.mark.parametrize("mode", ["auto", "required"])
@pytest.mark.parametrize("nested", [True, False])
def test_allowed_tools_may_name_the_search_or_not(mode: str, nested: bool) -> None:
    def allow(*tools: Any) -> Any:
        allowed = {"mode": mode, "tools": [*tools]}
        return {"type": "allowed_tools", **({"allowed_tools": allowed} if nested else allowed)}

    without = offer(READ, PATCH, SEARCH, choice=allow(READ))
    assert (names(without), without.web_search, without.choice) == (["read"], None, mode)
    assert without.custom == {"patch"}
    both = offer(READ, PATCH, SEARCH, choice=allow(READ, SEARCH))
    assert (names(both), both.web_search, both.choice) == (["read"], WebSearch(), mode)
    alone = offer(READ, PATCH, SEARCH, choice=allow(SEARCH))
    chosen = "web_search" if mode == "required" else "auto"
    assert (names(alone), alone.web_search, alone.choice) == ([], WebSearch(), chosen)


@pytest.mark.parametrize(
    ("choice", "search", "chosen"),
    [
        (None, WebSearch(), "auto"),
        ("auto", WebSearch(), "auto"),
        ("none", None, "auto"),
        ({"type": "none"}, None, "auto"),
        ("required", WebSearch(), "web_search"),
        ("any", WebSearch(), "web_search"),
        ({"type": "any"}, WebSearch(), "web_search"),
    ],
)
def test_where_the_search_is_all_there_is(choice: Any, search: Any, chosen: Any) -> None:
    read = offer(SEARCH, FILES, choice=choice)
    assert (read.web_search, read.choice) == (search, chosen)
