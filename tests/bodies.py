"""Requests of Anthropic clients for tests: together they say everything that a client can say."""

from typing import Any

from proxy_core.anthropic_messages.signature import write_signature
from proxy_core.conversation import Origin, Reasoning

Body = dict[str, Any]

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
PDF = "JVBERi0xLjQKJSVFT0Y="

HELLO = {"role": "user", "content": "Hello."}


def body(*messages: Body, **fields: Any) -> Body:
    return {
        "model": "claude-sonnet-5",
        "max_tokens": 1_024,
        "stream": True,
        "messages": [*(messages or (HELLO,))],
        **fields,
    }


def user(*content: Any) -> Body:
    return {"role": "user", "content": [*content]}


def assistant(*content: Any) -> Body:
    return {"role": "assistant", "content": [*content]}


def text(words: str, **fields: Any) -> Body:
    return {"type": "text", "text": words, **fields}


def tool(name: str, **schema: Any) -> Body:
    return {"name": name, "description": f"Does {name}.", "input_schema": schema}


def tool_use(id: str, name: str = "read", **input: Any) -> Body:
    return {"type": "tool_use", "id": id, "name": name, "input": input}


def tool_result(id: str, content: Any = "Done.", **fields: Any) -> Body:
    return {"type": "tool_result", "tool_use_id": id, "content": content, **fields}


def thinking(resource: str = "here", phase: Any = None) -> Body:
    origin = Origin(resource, "gpt-5.4")
    seal = write_signature(Reasoning("rs_1", "gAAA", ("First.", "Second."), origin, phase))
    return {"type": "thinking", "thinking": "First.\n\nSecond.", "signature": seal}


IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}
IMAGE_URL = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
DOCUMENT = {
    "type": "document",
    "title": "a.pdf",
    "context": "A letter.",
    "source": {"type": "base64", "media_type": "application/pdf", "data": PDF},
}
DOCUMENT_URL = {"type": "document", "source": {"type": "url", "url": "https://example.com/b.pdf"}}
PLAIN_DOCUMENT = {
    "type": "document",
    "title": "notes",
    "source": {"type": "text", "media_type": "text/plain", "data": "Some notes."},
}
DOCUMENT_OF_BLOCKS = {
    "type": "document",
    "source": {"type": "content", "content": [text("A page."), IMAGE]},
}
SEARCH_RESULT = {
    "type": "search_result",
    "source": "https://example.com",
    "title": "Example",
    "content": [text("Found.")],
}

READ = tool("read", type="object", properties={"path": {"type": "string"}}, required=["path"])
TOOLS = [
    {**READ, "cache_control": {"type": "ephemeral"}},
    tool("mcp__some.server__" + "x" * 120, type="object"),
    tool("choose", anyOf=[{"properties": {"a": {"type": "array"}}}, {"properties": {"b": {}}}]),
    tool("now"),
    {**tool("hidden", type="object"), "defer_loading": True},
    {**tool("found", type="object"), "defer_loading": True, "type": "custom", "strict": True},
]

WEB_SEARCH = {
    "type": "web_search_20250305",
    "name": "web_search",
    "max_uses": 8,
    "allowed_domains": ["example.com"],
    "user_location": {"type": "approximate", "city": "Bern", "country": "CH"},
}
SEARCHED = [
    {
        "type": "server_tool_use",
        "id": "srvtoolu_1",
        "name": "web_search",
        "input": {"query": "weather"},
    },
    {
        "type": "web_search_tool_result",
        "tool_use_id": "srvtoolu_1",
        "content": [
            {
                "type": "web_search_result",
                "url": "https://example.com",
                "title": "Example",
                "encrypted_content": "EqgB",
                "page_age": None,
            }
        ],
    },
]

CLOSED_SCHEMA = {
    "type": "object",
    "properties": {"answer": {"type": "string"}},
    "required": ["answer"],
    "additionalProperties": False,
}

BODIES: dict[str, Body] = {
    "least": body(),
    "everything_around": body(
        system=[
            text("x-anthropic-billing-header: cc_version=2"),
            text("Be brief.", cache_control={"type": "ephemeral"}),
        ],
        temperature=0.5,
        top_p=0.9,
        top_k=40,
        stop_sequences=["</block>"],
        metadata={"user_id": "user_1" * 30},
        service_tier="auto",
        context_management={"edits": []},
    ),
    "system_messages": body(HELLO, {"role": "system", "content": "Mind the date."}, HELLO),
    "system_as_text": body(system="Be brief.", max_tokens=1),
    "images": body(user(text("Look."), IMAGE, IMAGE_URL)),
    "plain_documents": body(user(PLAIN_DOCUMENT, DOCUMENT_OF_BLOCKS, SEARCH_RESULT)),
    "tools": body(tools=TOOLS),
    "tool_choice_any": body(
        tools=TOOLS, tool_choice={"type": "any", "disable_parallel_tool_use": True}
    ),
    "tool_choice_none": body(tools=TOOLS, tool_choice={"type": "none"}),
    "tool_choice_tool": body(tools=TOOLS, tool_choice={"type": "tool", "name": TOOLS[1]["name"]}),
    "tool_turns": body(
        HELLO,
        assistant(text("Reading."), tool_use("toolu_1", path="a"), tool_use("toolu_2", path="é")),
        user(
            tool_result("toolu_2", [text("Two."), IMAGE]),
            tool_result("toolu_1", [{"type": "tool_reference", "tool_name": "found"}]),
            text("Go on."),
        ),
        assistant(tool_use("x" * 50, TOOLS[1]["name"]), tool_use("y" * 80)),
        user(tool_result("x" * 50, is_error=True), tool_result("y" * 80), IMAGE),
        tools=TOOLS,
    ),
    "results_of_every_kind": body(
        HELLO,
        assistant(*(tool_use(f"toolu_{number}") for number in range(5))),
        user(
            tool_result("toolu_0", []),
            tool_result("toolu_1", ""),
            tool_result("toolu_2", [SEARCH_RESULT, PLAIN_DOCUMENT]),
            tool_result("toolu_3", [IMAGE_URL]),
            {"type": "tool_result", "tool_use_id": "toolu_4", "is_error": True},
        ),
        tools=TOOLS,
    ),
    "broken_history": body(
        user(tool_result("toolu_0"), text("Hi.")),
        assistant(tool_use("toolu_1")),
        user(text("Stop.")),
        assistant(tool_use("toolu_1")),
        user(tool_result("toolu_1"), tool_result("toolu_1")),
    ),
    "thinking": body(
        HELLO,
        assistant(thinking(phase="commentary"), text("Reading."), tool_use("toolu_1")),
        user(tool_result("toolu_1")),
        assistant(thinking("elsewhere"), text("Done.")),
        user(text("And now?")),
        assistant(
            {"type": "thinking", "thinking": "Hm.", "signature": "EqQB"},
            {"type": "redacted_thinking", "data": "EqQB"},
            text("That."),
        ),
        HELLO,
        thinking={"type": "enabled", "budget_tokens": 8_000},
        tools=[READ],
    ),
    "thinking_adaptive": body(
        thinking={"type": "adaptive", "display": "omitted"}, output_config={"effort": "max"}
    ),
    "thinking_disabled": body(
        thinking={"type": "disabled"}, output_config={"effort": "high"}, temperature=1
    ),
    "output_schema": body(
        output_config={"format": {"type": "json_schema", "schema": CLOSED_SCHEMA}}
    ),
    "output_schema_open": body(output_format={"type": "json_schema", "schema": {"type": "object"}}),
    "web_search": body(tools=[WEB_SEARCH]),
    "web_search_forced": body(
        tools=[{**WEB_SEARCH, "blocked_domains": ["example.org"], "allowed_domains": None}],
        tool_choice={"type": "tool", "name": "web_search"},
        thinking={"type": "disabled"},
    ),
    "web_search_beside_tools": body(tools=[WEB_SEARCH, READ]),
    "web_search_forced_beside_tools": body(
        tools=[READ, WEB_SEARCH], tool_choice={"type": "tool", "name": "web_search"}
    ),
    "web_search_turns": body(HELLO, assistant(*SEARCHED, text("Sunny.", citations=[])), HELLO),
    "huge": body(max_tokens=1_000_000, thinking={"type": "adaptive"}),
}

# What Chat Completions has no place for.
BODIES_WITH_FILES: dict[str, Body] = {
    "documents": body(user(DOCUMENT, DOCUMENT_URL)),
    "documents_in_results": body(
        HELLO, assistant(tool_use("toolu_1")), user(tool_result("toolu_1", [DOCUMENT]))
    ),
}
