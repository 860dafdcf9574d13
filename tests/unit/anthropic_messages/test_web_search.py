"""Anthropic's web search: the tool, its blocks in a history, and the blocks of a reply."""

import json
from typing import Any

import pytest

from proxy_core.anthropic_messages import ReplyHead, ReplyWriter, read_request
from proxy_core.anthropic_messages.content_reader import read_messages
from proxy_core.conversation import (
    Cited,
    NamedTool,
    Part,
    ReplyEvent,
    ReplyFinished,
    Request,
    Text,
    TextDelta,
    ThinkingDelta,
    ToolCall,
    ToolCallStarted,
    WebPage,
    WebSearch,
    WebSearched,
)
from proxy_core.errors import BadRequest
from tests.bodies import HELLO, READ, assistant, body, text, tool_use
from tests.grammar import read_events, read_stream

Block = dict[str, Any]

TOOL: Block = {"type": "web_search_20250305", "name": "web_search"}


def read(*tools: Any, **fields: Any) -> Request:
    return read_request(body(tools=[*tools], **fields))


# --- The tool ---


@pytest.mark.parametrize(
    ("fields", "search"),
    [
        ({}, WebSearch()),
        ({"type": "web_search_20260318", "allowed_callers": ["direct"]}, WebSearch()),
        ({"max_uses": 8, "cache_control": {"type": "ephemeral"}}, WebSearch(max_uses=8)),
        ({"allowed_domains": ["a.com", "b.org"]}, WebSearch(("a.com", "b.org"))),
        ({"allowed_domains": None, "blocked_domains": ["c.net"]}, WebSearch()),
        (
            {"user_location": {"type": "approximate", "city": "Bern", "region": None}},
            WebSearch(location={"city": "Bern"}),
        ),
        ({"user_location": {"type": "approximate"}}, WebSearch(location={})),
    ],
)
def test_the_tool(fields: Block, search: WebSearch) -> None:
    request = read(TOOL | fields, READ)
    assert request.web_search == search
    assert [tool.name for tool in request.tools] == ["read"]


def test_without_the_tool() -> None:
    assert read(READ).web_search is None


def test_a_choice_of_the_tool() -> None:
    choice = {"type": "tool", "name": "web_search"}
    assert read(TOOL, READ, tool_choice=choice).tool_choice == "web_search"
    own = {**READ, "name": "web_search"}
    assert read(own, tool_choice=choice).tool_choice == NamedTool("web_search")
    with pytest.raises(BadRequest, match="Tool 'web_search' not found"):
        read(READ, tool_choice=choice)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"max_uses": "8"}, "tools.0.max_uses: Input should be a valid integer"),
        ({"allowed_domains": "a.com"}, "tools.0.allowed_domains: Input should be a valid array"),
        ({"allowed_domains": [1]}, "tools.0.allowed_domains: Input should be a valid string"),
        (
            {"user_location": {"city": 1}},
            "tools.0.user_location.city: Input should be a valid string",
        ),
    ],
)
def test_a_tool_that_cannot_be_read(fields: Block, message: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read(TOOL | fields)
    assert caught.value.message == message


# --- The history ---


def parts(*blocks: Block) -> tuple[Part, ...]:
    (message,) = read_messages({"messages": [assistant(*blocks)]})
    return message.parts


def called(**input: Any) -> Block:
    return {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": input}


def result(content: Any) -> Block:
    return {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": content}


def found(**fields: Any) -> Block:
    return {"type": "web_search_result", "encrypted_content": "EqgB", "page_age": None, **fields}


def test_a_search_that_was_done_is_text() -> None:
    pages = [found(url="https://a.com", title="A"), found(url="https://b.org", title="")]
    cites = [{"type": "web_search_result_location", "url": "https://a.com", "cited_text": "x"}]
    assert parts(
        called(query="bern"), result(pages), text("Sunny.", citations=cites), tool_use("toolu_1")
    ) == (
        Text("Web search: bern"),
        Text("Web search results:\n- A: https://a.com\n- Untitled: https://b.org"),
        Text("Sunny."),
        ToolCall("toolu_1", "read", "{}"),
    )


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (called(), "Web search: (unknown query)"),
        (called(query=""), "Web search: (unknown query)"),
        (result([]), "Web search results:\nnone"),
        (result([found()]), "Web search results:\n- Untitled: no address"),
        (
            result({"type": "web_search_tool_result_error", "error_code": "unavailable"}),
            "The web search failed: unavailable",
        ),
    ],
)
def test_what_little_is_known_of_a_search(block: Block, words: str) -> None:
    assert parts(block) == (Text(words),)


# --- The reply ---

A, B = WebPage("https://www.a.com/x", "A"), WebPage("https://b.org")
END = ReplyFinished("end")


def write(stream: bool, *events: ReplyEvent) -> bytes:
    writer = ReplyWriter(ReplyHead("msg_1", "claude-x", "shown"), stream=stream)
    return writer.open() + b"".join(map(writer.write, events))


def fold(*events: ReplyEvent) -> Any:
    """The message, on which a strict client and the whole form agree."""
    message = read_stream(write(True, *events))
    assert json.loads(write(False, *events)) == message
    return message


def use(id: str, query: str = "bern") -> Block:
    return {"type": "server_tool_use", "id": id, "name": "web_search", "input": {"query": query}}


def answer(id: str, *pages: Block) -> Block:
    return {"type": "web_search_tool_result", "tool_use_id": id, "content": [*pages]}


def page(url: str, title: str) -> Block:
    return found(url=url, title=title) | {"encrypted_content": ""}


def citation(url: str, title: str, cited_text: str) -> Block:
    return {
        "type": "web_search_result_location",
        "url": url,
        "title": title,
        "encrypted_index": "",
        "cited_text": cited_text,
    }


def test_what_was_found_follows_at_once_where_it_is_told() -> None:
    message = fold(WebSearched("ws_0a", "bern", (A, B, A)), TextDelta("Sunny."), END)
    pages = page("https://www.a.com/x", "A"), page("https://b.org", "b.org")
    assert message["content"] == [
        use("srvtoolu_0a"),
        answer("srvtoolu_0a", *pages),
        text("Sunny."),
    ]
    assert message["stop_reason"] == "end_turn"
    assert message["usage"]["server_tool_use"] == {
        "web_search_requests": 1,
        "web_fetch_requests": 0,
    }


def test_what_was_found_is_what_the_text_cites_where_it_is_not_told() -> None:
    message = fold(
        WebSearched("ws_1", ""),
        WebSearched("ws_2", "oslo"),
        TextDelta("Sunny. Cold."),
        Cited(A, "Sunny."),
        Cited(B, "Cold."),
        Cited(WebPage(A.url, "Again"), ""),
        END,
    )
    assert message["content"] == [
        use("srvtoolu_1", ""),
        use("srvtoolu_2", "oslo"),
        text(
            "Sunny. Cold.",
            citations=[
                citation("https://www.a.com/x", "A", "Sunny."),
                citation("https://b.org", "b.org", "Cold."),
                citation("https://www.a.com/x", "Again", ""),
            ],
        ),
        answer("srvtoolu_1", page("https://www.a.com/x", "A"), page("https://b.org", "b.org")),
        answer("srvtoolu_2"),
    ]
    assert message["usage"]["server_tool_use"]["web_search_requests"] == 2


def test_a_late_result_comes_before_the_next_call() -> None:
    events = WebSearched("ws_1", "bern"), TextDelta("Hm."), ToolCallStarted("call_1", "read")
    message = fold(*events, ReplyFinished("tool_calls"))
    types = [block["type"] for block in message["content"]]
    assert types == ["server_tool_use", "text", "web_search_tool_result", "tool_use"]


def test_a_search_that_failed() -> None:
    message = fold(WebSearched("1", "bern", None), END)
    error = {"type": "web_search_tool_result_error", "error_code": "unavailable"}
    assert message["content"] == [
        use("srvtoolu_1"),
        {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": error},
    ]
    assert "server_tool_use" not in message["usage"]


def test_a_citation_without_text_has_a_block_of_its_own() -> None:
    message = fold(WebSearched("ws_1", "bern", (A,)), Cited(A, ""), END)
    assert message["content"][-1]["citations"] == [citation(A.url, "A", "")]


def test_ids_are_what_clients_expect() -> None:
    assert fold(WebSearched("ws_a-b.ü", ""), END)["content"][0]["id"] == "srvtoolu_a_b__"


@pytest.mark.parametrize("pages", [(), (A,), None])
def test_ids_that_differ_on_azure_differ_for_the_client(pages: Any) -> None:
    azures = ["ws_a-b", "ws_a_b", "a_b", "a_b_1", "a.b"]
    content = fold(*(WebSearched(id, "", pages) for id in azures), END)["content"]
    uses = [block["id"] for block in content if block["type"] == "server_tool_use"]
    answers = [block["tool_use_id"] for block in content if block["type"] != "server_tool_use"]
    assert len({*uses}) == len(azures)
    assert uses == answers


def test_the_events_of_a_search() -> None:
    events = read_events(
        write(True, ThinkingDelta("Hm."), WebSearched("ws_1", "é", (B,)), TextDelta("x"), END)
    )
    at = [event.get("index") for event in events].index(1)
    assert events[at : at + 5] == [
        {
            "type": "content_block_start",
            "index": 1,
            "content_block": use("srvtoolu_1") | {"input": {}},
        },
        {
            "type": "content_block_delta",
            "index": 1,
            "delta": {"type": "input_json_delta", "partial_json": '{"query":"\\u00e9"}'},
        },
        {"type": "content_block_stop", "index": 1},
        {
            "type": "content_block_start",
            "index": 2,
            "content_block": answer("srvtoolu_1", page("https://b.org", "b.org")),
        },
        {"type": "content_block_stop", "index": 2},
    ]


def test_what_we_write_can_be_read_back() -> None:
    content = fold(WebSearched("ws_1", "bern", (A,)), TextDelta("x"), Cited(A, "x"), END)["content"]
    request = read_request(body(HELLO, assistant(*content), HELLO))
    assert request.messages[1].parts == (
        Text("Web search: bern"),
        Text("Web search results:\n- A: https://www.a.com/x"),
        Text("x"),
    )
