"""Web searches that Azure may not do."""

from typing import Any

import pytest

from proxy_core.conversation import (
    Image,
    Message,
    ReplyFinished,
    Request,
    Text,
    TextDelta,
    Tool,
    ToolChoice,
    Usage,
    WebSearch,
    WebSearched,
)
from proxy_core.deployments.models import Deployment, find_family
from proxy_core.translation.search_policy import (
    NOTHING_SEARCHED,
    SEARCH_IS_OFF,
    allowed_search,
    declined_search,
)

READ = Tool("read", "", {})
ASKED = (
    Message("user", (Text("hi"),)),
    Message("user", (Text("Search"), Image("https://a.com/a.png"), Text("for bern"))),
)


def deployment(web_search: bool) -> Deployment:
    return Deployment("gpt", "responses", find_family("gpt-5.4"), web_search=web_search)


OFF, ON = deployment(False), deployment(True)


def ask(**fields: Any) -> Request:
    return Request("claude", **{"messages": ASKED, "web_search": WebSearch(), **fields})


@pytest.mark.parametrize("tools", [(), (READ,)])
def test_a_search_that_is_allowed(tools: tuple[Tool, ...]) -> None:
    request = ask(tools=tools)
    assert allowed_search(request, ON) == request
    assert declined_search(request, ON, "1") == ()


def test_nothing_happens_where_no_search_is_offered() -> None:
    request = ask(web_search=None)
    assert allowed_search(request, OFF) == request
    assert declined_search(request, OFF, "1") == ()


@pytest.mark.parametrize(
    ("choice", "left"), [("web_search", "auto"), ("required", "required"), ("none", "none")]
)
def test_beside_other_tools_it_is_left_out(choice: ToolChoice, left: ToolChoice) -> None:
    request = ask(tools=(READ,), tool_choice=choice, instructions="Be brief.")
    allowed = allowed_search(request, OFF)
    assert (allowed.web_search, allowed.tool_choice) == (None, left)
    assert allowed.tools == (READ,)
    assert allowed.instructions == f"Be brief.\n\n{SEARCH_IS_OFF}"
    assert declined_search(request, OFF, "1") == ()


def test_the_model_is_told_also_where_it_has_no_instructions() -> None:
    assert allowed_search(ask(), OFF).instructions == SEARCH_IS_OFF


@pytest.mark.parametrize("choice", ["web_search", "auto", "required"])
def test_alone_it_is_answered_here(choice: ToolChoice) -> None:
    assert declined_search(ask(tool_choice=choice), OFF, "1") == (
        WebSearched("1", "Search\nfor bern", None),
        TextDelta(NOTHING_SEARCHED),
        ReplyFinished("end", Usage()),
    )


def test_alone_and_forbidden_it_is_no_question() -> None:
    assert declined_search(ask(tool_choice="none"), OFF, "1") == ()


def test_a_question_without_words() -> None:
    assert declined_search(ask(messages=()), OFF, "1")[0] == WebSearched("1", "", None)
