"""Blocks without a form of their own on Azure, and the text that says the same."""

from typing import Any

import pytest

from proxy_core.endpoints.body import DEEPEST
from proxy_core.wire.block_text import tell

Block = dict[str, Any]

SERVER_ID = "srvtoolu_1"


def result(kind: str, content: Any, **fields: Any) -> Block:
    return {"type": f"{kind}_tool_result", "tool_use_id": SERVER_ID, "content": content, **fields}


def called(name: str, **input: Any) -> Block:
    return {"type": "server_tool_use", "id": SERVER_ID, "name": name, "input": input}


PAGE = {"type": "text", "media_type": "text/plain", "data": "Bern is old."}
PDF = {"type": "base64", "media_type": "application/pdf", "data": "JVBE"}

TOLD: list[tuple[Block, str]] = [
    # web search
    (called("web_search", query="bern"), "Web search: bern"),
    (called("web_search"), "Web search: (unknown query)"),
    ({"type": "server_tool_use", "name": "web_search", "input": 1}, "Web search: (unknown query)"),
    (
        result("web_search", [{"type": "web_search_result", "url": "https://a.com", "title": "A"}]),
        "Web search results:\n- A: https://a.com",
    ),
    (
        result("web_search", [{"type": "web_search_result"}, "bare", {"type": "new", "url": "u"}]),
        "Web search results:\n- Untitled: no address\n- bare\n- url: u",
    ),
    (result("web_search", []), "Web search results:\nnone"),
    (
        result("web_search", {"type": "web_search_tool_result_error", "error_code": "too_many"}),
        "The web search failed: too_many",
    ),
    (result("web_search", "nothing"), "Web search tool result:\nnothing"),
    # every other
    (
        called("web_fetch", url="https://a"),
        'Server tool use:\nname: web_fetch\ninput: {"url":"https://a"}',
    ),
    (called("tool_search_tool_bm25"), "Server tool use:\nname: tool_search_tool_bm25"),
    (
        result(
            "web_fetch",
            {
                "type": "web_fetch_result",
                "url": "https://a.com",
                "retrieved_at": None,
                "content": {"type": "document", "source": PAGE, "title": "A"},
            },
        ),
        "Web fetch tool result:\nurl: https://a.com\ncontent: source: Bern is old.\ntitle: A",
    ),
    (
        result(
            "web_fetch",
            {
                "type": "web_fetch_result",
                "url": "u",
                "content": {"type": "document", "source": PDF},
            },
        ),
        "Web fetch tool result:\nurl: u\ncontent: source: (application/pdf, left out)",
    ),
    (
        result(
            "web_fetch", {"type": "web_fetch_tool_result_error", "error_code": "url_not_allowed"}
        ),
        "Web fetch tool result:\nerror_code: url_not_allowed",
    ),
    (
        result(
            "bash_code_execution",
            {
                "type": "bash_code_execution_result",
                "stdout": "1\n2",
                "stderr": "",
                "return_code": 0,
                "content": [{"type": "bash_code_execution_output", "file_id": "file_1"}],
            },
        ),
        "Bash code execution tool result:\nstdout: 1\n2\nreturn_code: 0\ncontent: file_id: file_1",
    ),
    (
        result(
            "code_execution",
            {"type": "encrypted_code_execution_result", "encrypted_stdout": "Eq", "return_code": 1},
        ),
        "Code execution tool result:\nreturn_code: 1",
    ),
    (
        result(
            "text_editor_code_execution",
            {"type": "text_editor_code_execution_view_result", "file_type": "text", "content": "x"},
        ),
        "Text editor code execution tool result:\nfile_type: text\ncontent: x",
    ),
    (
        result(
            "tool_search",
            {
                "type": "tool_search_tool_search_result",
                "tool_references": [{"type": "tool_reference", "tool_name": "grep"}],
            },
        ),
        "Tool search tool result:\ntool_references: tool_name: grep",
    ),
    (
        result("advisor", {"type": "advisor_result", "text": "Test it first."}),
        "Advisor tool result:\nTest it first.",
    ),
    (result("advisor", {"type": "advisor_redacted_result", "encrypted_content": "Eq"}), ""),
    (
        {"type": "mcp_tool_use", "id": "m", "name": "echo", "server_name": "s", "input": {"a": 1}},
        'Mcp tool use:\nname: echo\nserver_name: s\ninput: {"a":1}',
    ),
    (
        result("mcp", [{"type": "text", "text": "One."}, {"type": "text", "text": "Two."}]),
        "Mcp tool result:\nOne.\nTwo.",
    ),
    (result("mcp", "No.", is_error=True), "Mcp tool result:\ncontent: No.\nis_error: true"),
    ({"type": "container_upload", "file_id": "file_1"}, "Container upload:\nfile_id: file_1"),
    ({"type": "compaction", "content": "They met."}, "Summary of what came before:\nThey met."),
    (
        {"type": "compaction", "content": [{"type": "text", "text": "They met."}]},
        "Summary of what came before:\nThey met.",
    ),
    # a compaction that failed, and notes to the server
    ({"type": "compaction", "content": None, "encrypted_content": "Eq"}, ""),
    ({"type": "fallback", "from": {"model": "a"}, "to": {"model": "b"}}, ""),
    ({"type": "mcp_tool_listing", "mcp_server_name": "s", "tools": [{"name": "echo"}]}, ""),
    # of kinds that nobody knows yet
    ({"type": "connector_text", "text": "Hello."}, "Hello."),
    ({"type": "poll", "text": "Tea?", "options": [1, 2]}, "Poll:\ntext: Tea?\noptions: 1\n2"),
    ({"type": "poll", "cache_control": {"type": "ephemeral"}}, ""),
    ({"type": "x" * 100, "a": {"ä": None}}, f'X{"x" * 63}:\na: {{"ä":null}}'),
    ({"type": 1, "a": False}, "Block:\na: false"),
    ({"a": {"type": "base64", "data": "iVBO"}}, "Block:\na: (data, left out)"),
]


@pytest.mark.parametrize(("block", "text"), TOLD)
def test_a_block_is_told(block: Block, text: str) -> None:
    assert tell(block) == text


@pytest.mark.parametrize("listed", [True, False])
def test_a_block_may_be_as_deep_as_a_body(listed: bool) -> None:
    nested: Any = "x"
    for _ in range(DEEPEST // 2 if listed else DEEPEST):
        nested = {"type": "a", "content": [nested] if listed else nested}
    assert tell({"type": "b", "content": nested}) == "B:\nx"
