"""The whole proxy against a fake Azure; no sockets, no Functions host."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import httpx
import pytest

from proxy_core.anthropic_messages.signature import write_signature
from proxy_core.azure.calls import Azure
from proxy_core.conversation import Reasoning
from proxy_core.proxy import Proxy
from proxy_core.reply.client import Reply
from proxy_core.settings import Settings
from proxy_core.wire.sse import SSEDecoder, encode_event
from tests import virtual_time
from tests.arriving import JSON, arriving

TOKEN = "the-token"
ENVIRON = {
    "AZURE_OPENAI_ENDPOINT": "https://my.openai.azure.com",
    "AZURE_OPENAI_API_KEY": "the-azure-key",
    "ANTHROPIC_AUTH_TOKEN": TOKEN,
    "BIG_MODEL": "gpt-5.4",
    "SMALL_MODEL": "gpt-5.4-mini",
}
HEADERS = {"x-api-key": TOKEN, **JSON}
PROMPT = "an unmistakable prompt"
REQUEST: dict[str, Any] = {
    "model": "claude-sonnet-4-5",
    "max_tokens": 99,
    "stream": True,
    "messages": [{"role": "user", "content": PROMPT}],
}
FakeAzure = Callable[[httpx.Request], httpx.Response]


def azure_stream(*events: dict[str, Any]) -> bytes:
    return b"".join(encode_event(event, event["type"]) for event in events)


ITEM = {"type": "response.output_item.added", "output_index": 0, "item": {"type": "message"}}
DELTA = {"type": "response.output_text.delta", "output_index": 0, "delta": "Hello"}
USAGE = {"input_tokens": 20, "output_tokens": 3, "input_tokens_details": {"cached_tokens": 8}}
COMPLETED = {"type": "response.completed", "response": {"usage": USAGE}}
HELLO = azure_stream(ITEM, DELTA, COMPLETED)


def reached_azure(request: httpx.Request) -> httpx.Response:
    return pytest.fail("the request reached Azure")


def ask(
    azure: FakeAzure,
    body: Any = REQUEST,
    headers: dict[str, str] = HEADERS,
    environ: dict[str, str] = ENVIRON,
    run: Callable[[Coroutine[Any, Any, Reply]], Reply] = asyncio.run,
) -> Reply:
    """Send a request and collect the whole reply."""

    async def collect() -> Reply:
        settings = Settings.from_environ(environ)
        proxy = Proxy(settings, Azure(settings, httpx.MockTransport(azure)))
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        reply = await proxy.messages(headers, arriving(content))
        if isinstance(reply.body, bytes):
            return reply
        pieces = [piece async for piece in reply.body]
        return Reply(reply.status, b"".join(pieces), reply.headers)

    return run(collect())


def error_of(reply: Reply) -> tuple[int, str, str]:
    assert isinstance(reply.body, bytes)
    envelope = json.loads(reply.body)
    assert envelope["type"] == "error"
    assert envelope["request_id"] == reply.headers["request-id"]
    return reply.status, envelope["error"]["type"], envelope["error"]["message"]


def test_a_streamed_reply() -> None:
    reply = ask(lambda _: httpx.Response(200, content=HELLO))
    assert isinstance(reply.body, bytes)
    events = [json.loads(event.data) for event in SSEDecoder().decode(reply.body)]
    start = events[0]["message"]
    assert reply.status == 200
    assert reply.headers["content-type"].startswith("text/event-stream")
    assert reply.headers["request-id"].startswith("req_")
    assert start["id"].startswith("msg_")
    assert start["model"] == "claude-sonnet-4-5"
    assert start["usage"]["input_tokens"] > 0
    assert events[-2]["usage"]["input_tokens"] == 12
    assert events[-2]["usage"]["cache_read_input_tokens"] == 8


def test_a_whole_reply() -> None:
    reply = ask(lambda _: httpx.Response(200, content=HELLO), REQUEST | {"stream": False})
    assert isinstance(reply.body, bytes)
    message = json.loads(reply.body)
    assert reply.headers["content-type"] == "application/json"
    assert message["content"] == [{"type": "text", "text": "Hello"}]
    assert message["usage"]["output_tokens"] == 3


def test_ids_are_never_the_same() -> None:
    replies = [ask(lambda _: httpx.Response(200, content=HELLO), REQUEST | {"stream": False})] * 1
    replies += [ask(lambda _: httpx.Response(200, content=HELLO), REQUEST | {"stream": False})]
    ids = {json.loads(bytes(reply.body))["id"] for reply in replies}  # type: ignore[arg-type]
    assert len(ids) == 2


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"model": "claude"}, "max_tokens: Field required"),
        (REQUEST | {"model": "claude", "messages": []}, "messages: at least one message"),
    ],
)
def test_bad_requests_never_reach_azure(body: Any, message: str) -> None:
    status, type, text = error_of(ask(reached_azure, body))
    assert (status, type) == (400, "invalid_request_error")
    assert message in text


def test_a_wrong_token_is_refused_for_good() -> None:
    reply = ask(reached_azure, headers={"authorization": "Bearer wrong"})
    assert error_of(reply)[:2] == (401, "authentication_error")
    assert reply.headers["x-should-retry"] == "false"


def test_a_model_without_its_setting_names_the_setting() -> None:
    reply = ask(reached_azure, environ=ENVIRON | {"BIG_MODEL": " "})
    status, type, message = error_of(reply)
    assert (status, type) == (500, "api_error")  # Claude Code hides the text of a 404
    assert "BIG_MODEL" in message
    assert reply.headers["x-should-retry"] == "false"


def test_a_refusal_of_azures_keeps_its_status_and_words() -> None:
    refusal = httpx.Response(429, headers={"retry-after": "3"}, json={"error": {"message": "slow"}})
    reply = ask(lambda _: refusal, run=virtual_time.run)
    assert error_of(reply) == (429, "rate_limit_error", "slow")
    assert reply.headers["retry-after"] == "3"


def test_a_defect_is_a_500_that_says_nothing_of_the_request(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise RuntimeError(PROMPT)

    status, type, message = error_of(ask(fail))
    assert (status, type) == (500, "api_error")
    assert PROMPT not in message
    assert PROMPT not in capsys.readouterr().out


def test_the_log_holds_neither_prompt_nor_reply_nor_keys(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ask(lambda _: httpx.Response(200, content=HELLO))
    [line] = capsys.readouterr().out.splitlines()
    assert json.loads(line)["deployment"] == "gpt-5.4"
    assert not any(secret in line for secret in (PROMPT, "Hello", TOKEN, "the-azure-key"))


def test_reasoning_that_azure_refuses_is_dropped_and_the_request_sent_once_more() -> None:
    settings = Settings.from_environ(ENVIRON)
    origin = settings.find_deployment("claude-sonnet-4-5").origin
    signature = write_signature(Reasoning("rs_1", "gAAAA", (), origin))
    thinking = {"type": "thinking", "thinking": "", "signature": signature}
    history = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": [thinking, {"type": "text", "text": "Hello."}]},
        {"role": "user", "content": "go on"},
    ]
    sent: list[list[str]] = []

    def azure(request: httpx.Request) -> httpx.Response:
        sent.append([item["type"] for item in json.loads(request.content)["input"]])
        if "reasoning" in sent[-1]:
            error = {"code": "invalid_encrypted_content", "message": "could not be verified"}
            return httpx.Response(400, json={"error": error})
        return httpx.Response(200, content=HELLO)

    assert ask(azure, REQUEST | {"messages": history}).status == 200
    assert sent == [["message", "reasoning", "message", "message"], ["message"] * 3]


def test_another_400_is_not_repeated() -> None:
    sent: list[httpx.Request] = []

    def azure(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(400, json={"error": {"message": "no"}})

    assert error_of(ask(azure))[0] == 400
    assert len(sent) == 1


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_leaves_ends_the_call_to_azure(
    stream: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    endless = EndlessStream()

    async def leave() -> None:
        settings = Settings.from_environ(ENVIRON)
        transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=endless))
        proxy = Proxy(settings, Azure(settings, transport))
        body = json.dumps(REQUEST | {"stream": stream}).encode()
        asking = asyncio.create_task(proxy.messages(HEADERS, arriving(body)))
        if stream:
            reply = await asking
            reply.close()
        else:
            await endless.begun.wait()
            asking.cancel()
            await asyncio.wait([asking])
        await endless.closed.wait()

    asyncio.run(leave())
    assert json.loads(capsys.readouterr().out)["error"] == "ClientLeft"


class EndlessStream(httpx.AsyncByteStream):
    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.closed = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield azure_stream(ITEM, DELTA)
        self.begun.set()
        await asyncio.Event().wait()

    async def aclose(self) -> None:
        self.closed.set()


def count(body: Any, headers: dict[str, str] = HEADERS) -> Reply:
    settings = Settings.from_environ(ENVIRON)
    proxy = Proxy(settings, Azure(settings, httpx.MockTransport(reached_azure)))
    return asyncio.run(proxy.count_tokens(headers, arriving(json.dumps(body).encode())))


def test_counting_needs_no_limit_and_never_calls_azure(
    capsys: pytest.CaptureFixture[str],
) -> None:
    reply = count({"model": "claude", "messages": [{"role": "user", "content": "Hello"}]})
    assert reply.status == 200
    assert isinstance(reply.body, bytes)
    assert 0 < json.loads(reply.body)["input_tokens"] < 20
    assert json.loads(capsys.readouterr().out)["input_tokens"] > 0


def test_counting_is_for_those_who_may() -> None:
    assert error_of(count({}, {}))[0] == 401


def other(method: str, path: str, **environ: str) -> Reply:
    settings = Settings.from_environ(ENVIRON | environ)
    return asyncio.run(Proxy(settings, Azure(settings)).other(HEADERS, method, path, arriving(b"")))


def test_the_models_list_names_what_leads_to_a_deployment() -> None:
    models = json.loads(bytes(other("GET", "models").body))  # type: ignore[arg-type]
    assert [model["id"] for model in models["data"]] == [
        "claude-opus-5-5",
        "claude-sonnet-5-5",
        "claude-haiku-5-5",
    ]
    assert models["data"][0]["max_input_tokens"] == 922_000
    assert (models["first_id"], models["last_id"]) == ("claude-opus-5-5", "claude-haiku-5-5")


def test_an_alias_without_its_setting_is_not_listed() -> None:
    models = json.loads(bytes(other("GET", "models", BIG_MODEL="").body))  # type: ignore[arg-type]
    assert [model["id"] for model in models["data"]] == ["claude-haiku-5-5"]
    none = json.loads(bytes(other("GET", "models", BIG_MODEL="", SMALL_MODEL="").body))  # type: ignore[arg-type]
    assert none == {"data": [], "has_more": False, "first_id": None, "last_id": None}


def test_one_model_by_any_name_that_would_be_answered() -> None:
    model = json.loads(bytes(other("GET", "models/gpt-5.4").body))  # type: ignore[arg-type]
    assert (model["id"], model["display_name"]) == ("gpt-5.4", "gpt-5.4 on Azure OpenAI")
    status, type, message = error_of(other("GET", "models/claude-x", BIG_MODEL=""))
    assert (status, type) == (500, "api_error")
    assert "'claude-x' needs the setting BIG_MODEL" in message


def test_a_probe_is_answered_to_anybody(capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings.from_environ(ENVIRON)
    reply = asyncio.run(Proxy(settings, Azure(settings)).other({}, "GET", "", arriving(b"")))
    assert (reply.status, reply.body) == (200, b"")
    assert reply.headers["request-id"]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("model", "content", "expected"),
    [
        ("gpt-5.4", "short", "prompt is too long: 922001 tokens > 922000 maximum"),
        ("gpt-4o", "word " * 130_000, "prompt is too long: 130008 tokens > 128000 maximum"),
        ("my-model", "short", "prompt is too long: 8 tokens > 7 maximum"),
    ],
)
def test_an_overflow_is_said_in_the_words_that_make_the_client_compact(
    model: str, content: str, expected: str
) -> None:
    refusal = {"code": "context_length_exceeded", "message": "This exceeds the context window."}
    body = REQUEST | {"model": model, "messages": [{"role": "user", "content": content}]}
    reply = ask(lambda _: httpx.Response(400, json={"error": refusal}), body)
    assert error_of(reply) == (400, "invalid_request_error", expected)
