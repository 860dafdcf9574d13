"""Request -> Responses API request body."""

from typing import Any

import pytest

from proxy_core.conversation import (
    ANY_OBJECT,
    CustomTool,
    Effort,
    Message,
    NamedTool,
    Request,
    Text,
    Thinking,
    Tool,
    ToolChoice,
    Verbosity,
    WebSearch,
)
from proxy_core.deployments.models import Deployment, find_family
from proxy_core.openai.limits import fit_name
from proxy_core.openai_responses.request_writer import write_request

HELLO = (Message("user", (Text("Hello."),)),)
READ = Tool("read", "Reads.", {"type": "object", "properties": {"path": {"type": "string"}}})


def write(model: str = "gpt-5.4", deployed: Any = None, **request: Any) -> dict[str, Any]:
    deployment = Deployment(
        model, "responses", find_family(model), resource="here", **(deployed or {})
    )
    return write_request(Request("claude", **{"messages": HELLO, **request}), deployment)


def test_the_least() -> None:
    assert write("gpt-4o") == {
        "model": "gpt-4o",
        "input": [
            {
                "type": "message",
                "role": "user",
                "content": [{"type": "input_text", "text": "Hello."}],
            }
        ],
        "store": False,
        "stream": True,
        "stream_options": {"include_obfuscation": False},
    }


# --- reasoning, sampling, limits --------------------------------------------


@pytest.mark.parametrize(
    ("model", "thinking", "effort", "reasoning"),
    [
        ("gpt-5.4", "shown", None, {"effort": "medium", "summary": "auto"}),
        ("gpt-5.4", "shown", "max", {"effort": "xhigh", "summary": "auto"}),
        ("gpt-5.4", "hidden", "high", {"effort": "high"}),
        ("gpt-5.4", "off", "none", {"effort": "none"}),
        ("gpt-5.4", "off", "low", {"effort": "low"}),
        ("gpt-5.4", "shown", "none", {"effort": "none"}),
        ("gpt-6-astra", "off", "none", {"effort": "low"}),
        ("gpt-5", "off", "none", {"effort": "minimal"}),
        ("o3-mini", "shown", "high", {"effort": "high"}),
        ("gpt-5-pro", "shown", "low", {"effort": "high", "summary": "auto"}),
        ("gpt-4o", "shown", "high", None),
        ("other", "shown", "high", None),
    ],
)
def test_reasoning(model: str, thinking: Thinking, effort: Effort | None, reasoning: Any) -> None:
    body = write(model, thinking=thinking, effort=effort)
    assert body.get("reasoning") == reasoning
    assert ("include" in body) == (reasoning is not None)


@pytest.mark.parametrize(
    ("summary", "sent"),
    [("auto", {"summary": "auto"}), ("detailed", {"summary": "detailed"}), (None, {})],
)
def test_the_summary_that_is_asked_for(summary: Any, sent: Any) -> None:
    body = write(deployed={"summary": summary}, thinking="shown", effort="low")
    assert body["reasoning"] == {"effort": "low", **sent}


def test_the_encrypted_reasoning_is_asked_for() -> None:
    assert write(effort="none")["include"] == ["reasoning.encrypted_content"]


@pytest.mark.parametrize(
    ("model", "effort", "taken"),
    [
        ("gpt-4o", None, True),
        ("other", None, True),
        ("gpt-5.4", "none", True),
        ("gpt-5.4", "low", False),
        ("gpt-5", "none", False),
        ("o3", "none", False),
        ("gpt-chat-latest", None, False),
    ],
)
def test_sampling(model: str, effort: Effort | None, taken: bool) -> None:
    body = write(model, effort=effort, temperature=0.0, top_p=0.5)
    sent = {name: body[name] for name in ("temperature", "top_p") if name in body}
    assert sent == ({"temperature": 0.0, "top_p": 0.5} if taken else {})


@pytest.mark.parametrize(
    ("model", "asked", "sent"),
    [
        ("gpt-5.4", None, None),
        ("gpt-5.4", 0, 16),
        ("gpt-5.4", 15, 16),
        ("gpt-5.4", 17, 17),
        ("gpt-5.4", 200_000, 128_000),
        ("gpt-4o", 64_000, 16_384),
        ("other", 200_000, 200_000),
    ],
)
def test_the_output_limit(model: str, asked: int | None, sent: int | None) -> None:
    body = write(model, max_output_tokens=asked, effort="none")
    assert body.get("max_output_tokens") == sent


@pytest.mark.parametrize(
    ("model", "id", "key"),
    [("gpt-5.4", "0a1b", "0a1b"), ("gpt-5.4", None, None), ("other", "0a1b", None)],
)
def test_the_cache_key(model: str, id: str | None, key: str | None) -> None:
    assert write(model, conversation_id=id).get("prompt_cache_key") == key


def test_instructions() -> None:
    assert write(instructions="Be brief.")["instructions"] == "Be brief."


# --- tools and formats ------------------------------------------------------


def test_a_tool() -> None:
    body = write(tools=[READ])
    assert body["tools"] == [
        {
            "type": "function",
            "name": "read",
            "description": "Reads.",
            "parameters": {"type": "object", "properties": {"path": {"type": "string"}}},
            "strict": False,
        }
    ]
    assert (body["tool_choice"], body["parallel_tool_calls"]) == ("auto", True)


GRAMMAR = {"type": "grammar", "syntax": "lark", "definition": "start: patch"}
APPLY = CustomTool("ApplyPatch", "Patches.", GRAMMAR)


@pytest.mark.parametrize(
    ("tool", "sent"),
    [
        (APPLY, {"name": "ApplyPatch", "description": "Patches.", "format": GRAMMAR}),
        (CustomTool("say", "", {"type": "text"}), {"name": "say", "format": {"type": "text"}}),
        (CustomTool("say", "", None), {"name": "say"}),
        (CustomTool("a.b", "", None), {"name": fit_name("a.b", 128)}),
    ],
)
def test_a_custom_tool(tool: CustomTool, sent: dict[str, Any]) -> None:
    assert write(tools=[READ, tool])["tools"][1] == {"type": "custom"} | sent


def test_parameters_are_completed() -> None:
    assert write(tools=[Tool("now", "", {})])["tools"][0]["parameters"] == {
        "type": "object",
        "properties": {},
    }


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("auto", "auto"),
        ("none", "none"),
        ("required", "required"),
        (NamedTool("read"), {"type": "function", "name": "read"}),
        (NamedTool("a.b"), {"type": "function", "name": fit_name("a.b", 128)}),
    ],
)
def test_the_tool_choice(choice: ToolChoice, sent: Any) -> None:
    assert write(tools=[READ], tool_choice=choice)["tool_choice"] == sent
    assert "tool_choice" not in write(tool_choice=choice)


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("read", {"type": "function", "name": "read"}),
        ("ApplyPatch", {"type": "custom", "name": "ApplyPatch"}),
        ("a.b", {"type": "custom", "name": fit_name("a.b", 128)}),
    ],
)
def test_the_choice_of_a_custom_tool(name: str, sent: Any) -> None:
    tools = [READ, APPLY, CustomTool("a.b", "", None)]
    assert write(tools=tools, tool_choice=NamedTool(name))["tool_choice"] == sent


@pytest.mark.parametrize(
    ("model", "tools", "asked", "sent"),
    [
        ("gpt-5.4", [READ], True, True),
        ("gpt-5.4", [READ], False, False),
        ("gpt-5.4", [], False, None),
        ("o3", [READ], False, None),
        ("gpt-5-pro", [READ], True, None),
    ],
)
def test_parallel_calls(model: str, tools: list[Tool], asked: bool, sent: bool | None) -> None:
    body = write(model, tools=tools, parallel_tool_calls=asked)
    assert body.get("parallel_tool_calls") == sent


CLOSED = {
    "type": "object",
    "properties": {"a": {"type": "string"}},
    "required": ["a"],
    "additionalProperties": False,
}
OPEN = {"type": "object", "properties": {}}


@pytest.mark.parametrize(("schema", "strict"), [(CLOSED, True), (OPEN, False)])
def test_an_output_schema(schema: Any, strict: bool) -> None:
    assert write(output_schema=schema)["text"] == {
        "format": {"type": "json_schema", "name": "output", "schema": schema, "strict": strict}
    }


def test_any_object_has_a_form_of_its_own_and_azure_wants_it_named_in_the_input() -> None:
    asked = {"type": "message", "role": "developer"}
    asked["content"] = [{"type": "input_text", "text": "Answer with a JSON object."}]
    body = write(output_schema=ANY_OBJECT, verbosity="low", instructions="Answer in JSON.")
    assert body["text"] == {"format": {"type": "json_object"}, "verbosity": "low"}
    assert body["input"] == [asked, *write()["input"]]


@pytest.mark.parametrize(
    ("model", "verbosity", "sent"),
    [
        ("gpt-5.4", "low", {"verbosity": "low"}),
        ("gpt-5-codex", "high", {"verbosity": "high"}),
        ("gpt-5.4", None, None),
        ("o3", "low", None),
        ("gpt-4o", "low", None),
        ("other", "low", None),
    ],
)
def test_verbosity(model: str, verbosity: Verbosity | None, sent: Any) -> None:
    assert write(model, verbosity=verbosity).get("text") == sent


def test_verbosity_beside_an_output_schema() -> None:
    text = write(verbosity="low", output_schema=CLOSED)["text"]
    assert (text["verbosity"], text["format"]["schema"]) == ("low", CLOSED)


# --- history ----------------------------------------------------------------


def test_one_message_after_the_other() -> None:
    messages = [*HELLO, Message("assistant", (Text("Hi."),)), *HELLO]
    roles = [item["role"] for item in write(messages=messages)["input"]]
    assert roles == ["user", "assistant", "user"]


# --- web search -------------------------------------------------------------

SOURCES = "web_search_call.action.sources"


@pytest.mark.parametrize(
    ("search", "tool"),
    [
        (WebSearch(), {}),
        (WebSearch(("a.com", "b.org")), {"filters": {"allowed_domains": ["a.com", "b.org"]}}),
        (WebSearch(location={}), {"user_location": {"type": "approximate"}}),
        (
            WebSearch(location={"city": "Bern"}),
            {"user_location": {"type": "approximate", "city": "Bern"}},
        ),
    ],
)
def test_web_search(search: WebSearch, tool: dict[str, Any]) -> None:
    body = write(web_search=search)
    assert body["tools"] == [{"type": "web_search", **tool}]
    assert body["tool_choice"] == "auto"
    assert body["include"] == ["reasoning.encrypted_content", SOURCES]
    assert "max_tool_calls" not in body
    assert "parallel_tool_calls" not in body


def test_web_search_stands_behind_other_tools() -> None:
    body = write("gpt-4o", web_search=WebSearch(), tools=(READ,))
    assert [tool["type"] for tool in body["tools"]] == ["function", "web_search"]
    assert body["include"] == [SOURCES]
    assert body["parallel_tool_calls"] is True


@pytest.mark.parametrize(("tools", "most"), [((), 8), ((READ,), None)])
def test_a_count_of_searches_is_one_of_all_calls(tools: Any, most: int | None) -> None:
    body = write(web_search=WebSearch(max_uses=8), tools=tools)
    assert body.get("max_tool_calls") == most
    assert "max_tool_calls" not in write(web_search=WebSearch(max_uses=0))


def test_a_forced_search() -> None:
    forced: dict[str, Any] = {"web_search": WebSearch(), "tool_choice": "web_search"}
    assert write(**forced)["tool_choice"] == "required"
    assert write(**forced, tools=(READ,))["tool_choice"] == {
        "type": "allowed_tools",
        "mode": "required",
        "tools": [{"type": "web_search"}],
    }


@pytest.mark.parametrize(
    ("model", "effort", "written"),
    [("gpt-5", "none", "low"), ("gpt-5", "high", "high"), ("gpt-5.4", "none", "none")],
)
def test_no_search_at_minimal_effort(model: str, effort: Effort, written: str) -> None:
    assert write(model, effort=effort, web_search=WebSearch())["reasoning"]["effort"] == written
