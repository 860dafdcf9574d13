"""Cursor's endpoints of the whole proxy against a fake Azure; no sockets, no Functions host."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from proxy_core.azure.calls import Azure
from proxy_core.openai.input_estimate import FIRST_RATE
from proxy_core.proxy import Proxy
from proxy_core.reply.client import Reply
from proxy_core.settings import Settings
from proxy_core.translation.reasoning_memory import CallKey, InProcessMemory
from proxy_core.translation.reasoning_trace import Trace
from proxy_core.wire.sse import encode_event
from tests.arriving import JSON, arriving

TOKEN = "the-token"
ENVIRON = {
    "AZURE_OPENAI_ENDPOINT": "https://my.openai.azure.com",
    "AZURE_OPENAI_API_KEY": "the-azure-key",
    "ANTHROPIC_AUTH_TOKEN": TOKEN,
    "CURSOR_AZURE_DEPLOYMENT": "gpt-5.4",
}
HEADERS = {"authorization": f"Bearer {TOKEN}", **JSON}
ASKED: dict[str, Any] = {
    "model": "gpt-high",
    "stream": True,
    "messages": [{"role": "user", "content": "hi"}],
}
READ = {"type": "function", "function": {"name": "read", "parameters": {"type": "object"}}}
FakeAzure = Callable[[httpx.Request], httpx.Response]


def stream(*events: dict[str, Any]) -> httpx.Response:
    content = b"".join(encode_event(event, event["type"]) for event in events)
    return httpx.Response(200, content=content)


def item(index: int, **fields: Any) -> list[dict[str, Any]]:
    return [
        {"type": f"response.output_item.{state}", "output_index": index, "item": fields}
        for state in ("added", "done")
    ]


COMPLETED = {"type": "response.completed", "response": {"usage": {"output_tokens": 3}}}
MESSAGE = item(0, type="message", content=[{"type": "output_text", "text": "Hello"}])
REASONING = item(0, type="reasoning", id="rs_1", encrypted_content="gAAAA", summary=[])
CALL = item(1, type="function_call", call_id="call_1", name="read", arguments="{}")


CALLED = [
    *ASKED["messages"],
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": "call_1", "type": "function", "function": {"name": "read", "arguments": "{}"}}
        ],
    },
    {"role": "tool", "tool_call_id": "call_1", "content": "text"},
]


def make_proxy(azure: FakeAzure, environ: dict[str, str] = ENVIRON) -> Proxy:
    settings = Settings.from_environ(environ)
    return Proxy(settings, Azure(settings, httpx.MockTransport(azure)))


async def call(
    proxy: Proxy, method: str, path: str, body: Any = None, headers: dict[str, str] = HEADERS
) -> tuple[Reply, bytes]:
    reply = await proxy.cursor(headers, method, path, arriving(json.dumps(body).encode()))
    if isinstance(reply.body, bytes):
        return reply, reply.body
    return reply, b"".join([piece async for piece in reply.body])


def ask(
    azure: FakeAzure,
    body: Any = ASKED,
    path: str = "chat/completions",
    headers: dict[str, str] = HEADERS,
    environ: dict[str, str] = ENVIRON,
) -> tuple[Reply, bytes]:
    return asyncio.run(call(make_proxy(azure, environ), "POST", path, body, headers))


def get(path: str, method: str = "GET", headers: dict[str, str] = HEADERS) -> tuple[Reply, Any]:
    reply, body = asyncio.run(call(make_proxy(unreached), method, path, None, headers))
    return reply, json.loads(body or b"null")


def unreached(_: httpx.Request) -> httpx.Response:
    return pytest.fail("the request reached Azure")


@pytest.mark.parametrize(
    "path",
    ["chat/completions", "v1/chat/completions", "v1/v1/chat/completions", "chat/completions/"],
)
def test_a_streamed_reply_on_every_path(path: str) -> None:
    reply, body = ask(lambda _: stream(*MESSAGE, COMPLETED), path=path)
    assert reply.status == 200
    assert reply.headers["content-type"].startswith("text/event-stream")
    assert body.endswith(b"data: [DONE]\n\n")
    assert b'"model":"gpt-high"' in body


def test_a_whole_reply() -> None:
    reply, body = ask(lambda _: stream(*MESSAGE, COMPLETED), ASKED | {"stream": False})
    assert reply.headers["content-type"] == "application/json"
    assert json.loads(body)["choices"][0]["message"]["content"] == "Hello"


def test_an_azure_style_path_names_the_model() -> None:
    sent: list[dict[str, Any]] = []

    def azure(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content))
        return stream(*MESSAGE, COMPLETED)

    path = "openai/deployments/gpt-low/chat/completions"
    _, body = ask(azure, path=path, headers={"api-key": TOKEN, **JSON})
    assert b'"model":"gpt-low"' in body
    assert (sent[0]["model"], sent[0]["reasoning"]["effort"]) == ("gpt-5.4", "low")


@pytest.mark.parametrize("path", ["models", "v1/models"])
def test_the_models_list_offers_the_efforts(path: str) -> None:
    reply, models = get(path)
    assert reply.status == 200
    assert [model["id"] for model in models["data"]] == [
        "gpt-high",
        "gpt-medium",
        "gpt-low",
        "gpt-minimal",
    ]


@pytest.mark.parametrize("prefix", ["", "v1/", "v1/v1/"])
@pytest.mark.parametrize(
    "id", ["gpt-high", "gpt-low-fast", "any-thinking-high", "gpt-5.4", "org/gpt-5.4"]
)
def test_a_model_by_its_id(prefix: str, id: str) -> None:
    environ = ENVIRON | {"CURSOR_AZURE_DEPLOYMENT": id if "5.4" in id and "/" not in id else "d"}
    known = {"gpt-high", "gpt-low-fast", "any-thinking-high", "gpt-5.4"}
    proxy = make_proxy(unreached, environ)
    reply, body = asyncio.run(call(proxy, "GET", f"{prefix}models/{id}"))
    assert reply.status == (200 if id in known else 404)
    assert json.loads(body).get("id") == (id if id in known else None)


@pytest.mark.parametrize(
    ("path", "id"),
    [
        ("models/gpt-5", "gpt-5"),
        ("models/openai/gpt-5/", "openai/gpt-5"),
        ("v1/models/openai%2Fgpt-5", "openai/gpt-5"),
        ("models/x y", "x y"),
        ("models/", None),
    ],
)
def test_a_model_that_is_none(path: str, id: str | None) -> None:
    reply, body = get(path)
    if id is None:  # a list, with a slash too many
        assert reply.status == 200
        return
    assert (reply.status, body["error"]["code"]) == (404, "model_not_found")
    assert f"The model '{id}' does not exist." in body["error"]["message"]


def test_the_id_of_a_model_is_bounded() -> None:
    reply, body = get("models/" + "x" * 300)
    assert reply.status == 400
    assert "at most 256 characters" in body["error"]["message"]


def test_a_preflight_needs_no_token() -> None:
    reply, _ = get("v1/chat/completions", "OPTIONS", {})
    assert reply.status == 204
    assert reply.headers["access-control-allow-origin"] == "*"


def test_a_wrong_token_is_401_in_openais_envelope() -> None:
    reply, body = get("models", headers={"authorization": "Bearer wrong"})
    assert reply.status == 401
    assert body["error"]["code"] == "invalid_api_key"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (None, "must be a JSON object"),
        ({"model": "gpt-high"}, "messages: at least one message"),
        (ASKED | {"messages": [{"role": "nobody"}]}, "messages.0.role"),
    ],
)
def test_a_body_that_cannot_be_used_is_a_400_that_says_why(body: Any, message: str) -> None:
    reply, answer = ask(unreached, body)
    error = json.loads(answer)["error"]
    assert (reply.status, error["type"]) == (400, "invalid_request_error")
    assert message in error["message"]


def test_an_unknown_path_is_a_404_that_says_so() -> None:
    reply, body = get("files")
    assert reply.status == 404
    assert body["error"]["type"] == "invalid_request_error"
    assert "GET /cursor/files" in body["error"]["message"]


def test_a_missing_deployment_names_its_setting() -> None:
    reply, body = ask(unreached, environ=ENVIRON | {"CURSOR_AZURE_DEPLOYMENT": ""})
    assert reply.status == 400
    assert "CURSOR_AZURE_DEPLOYMENT" in json.loads(body)["error"]["message"]


def test_azures_refusal_is_a_400_that_names_azure() -> None:
    refusal = httpx.Response(401, json={"error": {"message": "Access denied"}})
    reply, body = ask(lambda _: refusal)
    assert reply.status == 400
    assert "Azure OpenAI answered 401: Access denied" in json.loads(body)["error"]["message"]


def test_a_defect_is_a_400_that_says_nothing_of_the_request(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Broken(InProcessMemory):
        def recall(self, key: CallKey) -> Trace | None:
            raise RuntimeError(key)

    settings = Settings.from_environ(ENVIRON)
    proxy = Proxy(settings, Azure(settings, httpx.MockTransport(unreached)), Broken(lambda: 0.0))
    reply, body = asyncio.run(call(proxy, "POST", "chat/completions", ASKED | {"messages": CALLED}))
    assert reply.status == 400
    assert "The proxy failed" in json.loads(body)["error"]["message"]
    defect, line = map(json.loads, capsys.readouterr().out.splitlines())
    assert (defect["defect"], line["error"]) == ("RuntimeError", "InternalError")


def test_reasoning_goes_back_before_the_call_it_led_to() -> None:
    sent: list[list[str]] = []
    replies = iter([stream(*REASONING, *CALL, COMPLETED), stream(*MESSAGE, COMPLETED)])

    def azure(request: httpx.Request) -> httpx.Response:
        sent.append([item["type"] for item in json.loads(request.content)["input"]])
        return next(replies)

    async def converse() -> None:
        proxy = make_proxy(azure)
        await call(proxy, "POST", "chat/completions", ASKED | {"tools": [READ]})
        await call(proxy, "POST", "chat/completions", ASKED | {"tools": [READ], "messages": CALLED})

    asyncio.run(converse())
    assert sent == [["message"], ["message", "reasoning", "function_call", "function_call_output"]]


def test_but_never_into_another_conversation() -> None:
    sent: list[list[str]] = []
    replies = iter([stream(*REASONING, *CALL, COMPLETED), stream(*MESSAGE, COMPLETED)])

    def azure(request: httpx.Request) -> httpx.Response:
        sent.append([item["type"] for item in json.loads(request.content)["input"]])
        return next(replies)

    async def converse() -> None:
        proxy = make_proxy(azure)
        asked = ASKED | {"tools": [READ], "metadata": {"cursorConversationId": "one"}}
        await call(proxy, "POST", "chat/completions", asked)
        other = {"messages": CALLED, "metadata": {"cursorConversationId": "two"}}
        await call(proxy, "POST", "chat/completions", asked | other)

    asyncio.run(converse())
    assert sent == [["message"], ["message", "function_call", "function_call_output"]]


USER, SAID, RESULT = CALLED


def called(path: str) -> Any:
    """What two conversations have in common, but for what is read."""
    function = {"name": "read", "arguments": json.dumps({"path": path})}
    return {**SAID, "tool_calls": [{"id": "call_1", "type": "function", "function": function}]}


def reads(path: str, blob: str | None = None) -> httpx.Response:
    """A gateway that counts its calls from 1 in every reply."""
    thought = item(0, type="reasoning", id="rs_1", encrypted_content=blob, summary=[])
    function = {"call_id": "call_1", "name": "read", "arguments": json.dumps({"path": path})}
    return stream(*(thought if blob else []), *item(1, type="function_call", **function), COMPLETED)


def converse(turns: list[tuple[list[Any], httpx.Response]]) -> list[list[str]]:
    """The reasoning that goes up with each turn, of conversations that begin alike."""
    sent: list[list[str]] = []
    replies = iter([reply for _, reply in turns])

    def azure(request: httpx.Request) -> httpx.Response:
        items = json.loads(request.content)["input"]
        sent.append([one["encrypted_content"] for one in items if one["type"] == "reasoning"])
        return next(replies)

    async def talk() -> None:
        proxy = make_proxy(azure)
        for messages, _ in turns:
            body = ASKED | {"tools": [READ], "messages": messages}
            await call(proxy, "POST", "chat/completions", body)

    asyncio.run(talk())
    return sent


DONE = stream(*MESSAGE, COMPLETED)


def test_two_conversations_that_begin_alike_never_cross() -> None:
    one, two = [USER, called("a"), RESULT], [USER, called("b"), RESULT]
    other = [USER, called("c"), RESULT]
    turns = [([USER], reads("a", "gA")), ([USER], reads("b", "gB")), ([USER], reads("c"))]
    sent = converse([*turns, (one, DONE), (two, DONE), (other, DONE)])
    assert sent[3:] == [["gA"], ["gB"], []]


def test_and_what_nobody_can_tell_apart_is_forgotten() -> None:
    history = [USER, called("a"), RESULT]
    for second in (reads("a", "gB"), reads("a")):
        sent = converse([([USER], reads("a", "gA")), ([USER], second), (history, DONE)])
        assert sent[2] == []


def test_the_same_call_later_on_has_reasoning_of_its_own() -> None:
    once = [USER, called("a"), RESULT]
    twice = [*once, called("a"), RESULT]
    sent = converse([([USER], reads("a", "gA")), (once, reads("a", "gB")), (twice, DONE)])
    assert sent == [[], ["gA"], ["gA", "gB"]]


def test_another_result_is_another_conversation() -> None:
    once = [USER, called("a"), RESULT]
    other = [USER, called("a"), {**RESULT, "content": "other"}, called("a"), RESULT]
    sent = converse([([USER], reads("a", "gA")), (once, reads("a", "gB")), (other, DONE)])
    assert sent[2] == ["gA"]


def test_tools_that_cannot_be_offered_cost_nothing_and_are_logged(
    capsys: pytest.CaptureFixture[str],
) -> None:
    sent: list[dict[str, Any]] = []

    def azure(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content))
        return DONE

    tools = [READ, {"type": "web_search"}, {"type": "mcp", "server_label": "secret"}, {"a": 1}]
    tools += [{"type": "odd\nkind"}]
    reply, _ = ask(azure, ASKED | {"tools": tools, "tool_choice": {"type": "web_search"}})
    assert reply.status == 200
    assert [tool["name"] for tool in sent[0]["tools"]] == ["read"]
    assert (sent[0]["tool_choice"], "web_search is off" in sent[0]["instructions"]) == (
        "auto",
        True,
    )
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["left_out"] == ["?", "None", "mcp", "web_search"]
    assert "secret" not in line


@pytest.mark.parametrize("tools", [[{"type": "web_search"}], None])
def test_a_search_that_is_off_costs_no_chat(tools: Any) -> None:
    body = ASKED | {"tools": tools, "web_search_options": {}}
    reply, answer = ask(lambda _: DONE, body)
    assert (reply.status, b"Hello" in answer) == (200, True)


def test_a_search_that_is_on(capsys: pytest.CaptureFixture[str]) -> None:
    sent: list[dict[str, Any]] = []

    def azure(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content))
        return DONE

    ask(azure, ASKED | {"tools": [{"type": "web_search"}]}, environ=ENVIRON | {"WEB_SEARCH": "on"})
    assert sent[0]["tools"] == [{"type": "web_search"}]
    assert "left_out" not in capsys.readouterr().out


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize("display", ["details", "think", "field", "off"])
def test_no_reasoning_stands_before_json_that_was_asked_for(display: str, streamed: bool) -> None:
    thought = stream(
        *item(0, type="reasoning", id="rs_1", summary=[{"type": "summary_text", "text": "Hm."}]),
        *item(1, type="message", content=[{"type": "output_text", "text": "{}"}]),
        COMPLETED,
    )
    environ = ENVIRON | {"CURSOR_REASONING_DISPLAY": display}
    body = ASKED | {"stream": streamed, "response_format": {"type": "json_object"}}
    _, answer = ask(lambda _: thought, body, environ=environ)
    assert b"<details>" not in answer
    assert b"<think>" not in answer
    assert b'"reasoning_content":"Hm."' in answer


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize("stop", [None, "won't"])  # none is looked for in a refusal
def test_a_refusal_is_not_taken_for_the_json_that_was_asked_for(stop: Any, streamed: bool) -> None:
    no = stream(
        *item(0, type="message", content=[{"type": "refusal", "refusal": "I won't."}]), COMPLETED
    )
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}
    body = ASKED | {"stream": streamed, "stop": stop}
    _, answer = ask(lambda _: no, body | {"response_format": form})
    assert b'"refusal":"I won\'t."' in answer
    assert b'"content":"I' not in answer
    _, answer = ask(lambda _: no, body | {"response_format": {"type": "text"}})
    assert b'"content":"I won\'t."' in answer


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize("stop", ["lo", ["x", "lo"]])
def test_a_stop_sequence_ends_the_reply(stop: Any, streamed: bool) -> None:
    _, answer = ask(lambda _: DONE, ASKED | {"stop": stop, "stream": streamed})
    assert b'"content":"Hel"' in answer
    assert b'"finish_reason":"stop"' in answer


def test_usage_that_azure_does_not_tell_is_estimated() -> None:
    silent = {"type": "response.completed", "response": {}}
    asked = ASKED | {"stream_options": {"include_usage": True}}
    tokens = round(len(json.dumps(asked)) * FIRST_RATE)
    _, body = ask(lambda _: stream(*MESSAGE, silent), asked)
    told = f'"usage":{{"prompt_tokens":{tokens},"completion_tokens":2,"total_tokens":{tokens + 2},'
    assert told.encode() in body
    asked = ASKED | {"stream": False}
    _, body = ask(lambda _: stream(*MESSAGE, silent), asked)
    usage = json.loads(body)["usage"]
    assert usage["prompt_tokens"] == round(len(json.dumps(asked)) * FIRST_RATE)
    assert usage["total_tokens"] == usage["prompt_tokens"] + 2


PATCH = {"type": "custom", "name": "ApplyPatch", "format": {"type": "text"}}


def functions_only(request: httpx.Request) -> httpx.Response:
    """An older Chat Completions API. It calls the first tool."""
    (tool,) = json.loads(request.content)["tools"]
    if tool["type"] != "function":
        message = "Invalid value: 'custom'. Supported values are: 'function'."
        error = {"message": message, "param": "tools[0].type", "code": "invalid_value"}
        return httpx.Response(400, json={"error": error})
    function = {"name": tool["function"]["name"], "arguments": '{"input": "*** Begin\\n"}'}
    call = {"index": 0, "id": "call_1", "type": "function", "function": function}
    delta = {"role": "assistant", "tool_calls": [call]}
    chunk = {"choices": [{"index": 0, "delta": delta, "finish_reason": "tool_calls"}]}
    return httpx.Response(200, content=encode_event(chunk) + b"data: [DONE]\n\n")


def test_that_only_functions_are_known_is_learned_once() -> None:
    kinds: list[str] = []

    def azure(request: httpx.Request) -> httpx.Response:
        kinds.append(json.loads(request.content)["tools"][0]["type"])
        return functions_only(request)

    proxy = make_proxy(azure, {**ENVIRON, "AZURE_OPENAI_API": "chat"})
    body = {**ASKED, "stream": False, "tools": [PATCH]}

    async def twice() -> list[bytes]:
        return [(await call(proxy, "POST", "chat/completions", body))[1] for _ in range(2)]

    for reply in asyncio.run(twice()):
        (called,) = json.loads(reply)["choices"][0]["message"]["tool_calls"]
        assert called["function"] == {"name": "ApplyPatch", "arguments": "*** Begin\n"}
    assert kinds == ["custom", "function", "function"]
