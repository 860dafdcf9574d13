"""Whatever a client posts and whatever Azure answers, nothing in the proxy fails on it."""

import json
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_core.azure.calls import Azure
from proxy_core.proxy import Proxy
from proxy_core.reply.client import Reply
from proxy_core.settings import Settings
from proxy_core.wire.json import to_json
from tests import virtual_time
from tests.arriving import JSON, arriving
from tests.property.strategies import almost_genuine, garbage
from tests.streams import CHAT, RESPONSES

SETTINGS = Settings.from_environ(
    {
        "AZURE_OPENAI_ENDPOINT": "https://my.openai.azure.com",
        "AZURE_OPENAI_API_KEY": "the-azure-key",
        "ANTHROPIC_AUTH_TOKEN": "the-token",
        "BIG_MODEL": "gpt-5.4",
        "SMALL_MODEL": "deepseek",  # on Chat Completions
        "CURSOR_AZURE_DEPLOYMENT": "gpt-5.4",
    }
)
HEADERS = {"authorization": "Bearer the-token", **JSON}
ENDPOINTS: dict[str, Callable[[Proxy, Any], Any]] = {
    "messages": lambda proxy, body: proxy.messages(HEADERS, body),
    "count": lambda proxy, body: proxy.count_tokens(HEADERS, body),
    "cursor": lambda proxy, body: proxy.cursor(HEADERS, "POST", "chat/completions", body),
}
FakeAzure = Callable[[httpx.Request], httpx.Response]


def answering(responses: bytes, chat: bytes) -> FakeAzure:
    """Azure with these replies, one for each API; each a stream or in one piece."""

    def answer(request: httpx.Request) -> httpx.Response:
        content = responses if request.url.path.endswith("responses") else chat
        return httpx.Response(200, content=content, headers=JSON if content[:1] == b"{" else {})

    return answer


WELL = answering(RESPONSES["thinking_then_calls"], CHAT["thinking_then_calls"])


def ask(endpoint: str, body: bytes, azure: FakeAzure) -> tuple[int, bytes]:
    async def reply() -> tuple[int, bytes]:
        proxy = Proxy(SETTINGS, Azure(SETTINGS, httpx.MockTransport(azure)))
        replied: Reply = await ENDPOINTS[endpoint](proxy, arriving(body))
        if isinstance(replied.body, bytes):
            return replied.status, replied.body
        return replied.status, b"".join([piece async for piece in replied.body])

    with redirect_stdout(StringIO()) as log:
        replied = virtual_time.run(reply())
    assert not [line for line in log.getvalue().splitlines() if '"defect"' in line]
    return replied


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@given(st.data())
def test_requests(endpoint: str, data: st.DataObject) -> None:
    status, content = ask(endpoint, data.draw(almost_genuine(endpoint)), WELL)
    assert status == 200 or 400 <= status < 500
    assert content


def hello(model: str, stream: bool) -> bytes:
    messages = [{"role": "user", "content": "Hello."}]
    asked = {"model": model, "max_tokens": 9, "stream": stream, "messages": messages}
    return json.dumps(asked).encode()


clients = st.sampled_from(
    [
        ("messages", hello("claude-sonnet-5", True)),
        ("messages", hello("claude-haiku-5", True)),
        ("messages", hello("claude-haiku-5", False)),
        ("cursor", hello("gpt-high", True)),
        ("cursor", hello("gpt-high", False)),
    ]
)
FIELDS = ["code", "message", "type", "param", "innererror", "inner_error", "details"]
errors = garbage | st.dictionaries(st.sampled_from(FIELDS), garbage).map(
    lambda fields: {"error": fields}
)
statuses = st.sampled_from([200, 301, 400, 401, 403, 404, 408, 413, 429, 500, 503, 599])


@given(clients, statuses, errors)
def test_errors_of_azure(client: tuple[str, bytes], status: int, error: Any) -> None:
    answer = httpx.Response(status, content=to_json(error).encode())
    assert ask(*client, lambda _: answer)


@given(clients, almost_genuine("responses"), almost_genuine("chat"))
def test_replies_of_azure(client: tuple[str, bytes], responses: bytes, chat: bytes) -> None:
    assert ask(*client, answering(responses, chat))
