"""Bodies of every kind through the whole proxy: what is read, and what is refused unread."""

import asyncio
import json
from collections.abc import AsyncGenerator
from threading import current_thread
from typing import Any

import httpx
import pytest

from proxy_core import anthropic_messages
from proxy_core.anthropic_messages import read_count_request
from proxy_core.azure.calls import Azure
from proxy_core.conversation import Request
from proxy_core.endpoints.body import LARGEST, LONGEST_PAUSE, MOST_ITEMS, parse, read
from proxy_core.errors import BadRequest
from proxy_core.proxy import Proxy
from proxy_core.reply.beside_loop import LARGE
from proxy_core.reply.client import Reply
from proxy_core.settings import Settings
from tests import virtual_time
from tests.arriving import JSON, arriving, unwanted
from tests.unit.test_proxy import ENVIRON, HEADERS, HELLO, REQUEST, TOKEN, error_of, reached_azure

Body = AsyncGenerator[bytes]
KEY = {"x-api-key": TOKEN}
AS_JSON = json.dumps(REQUEST | {"stream": False}).encode()


def make_proxy(azure: Any = reached_azure, **environ: str) -> Proxy:
    settings = Settings.from_environ(ENVIRON | {"CURSOR_AZURE_DEPLOYMENT": "gpt-5.4"} | environ)
    return Proxy(settings, Azure(settings, httpx.MockTransport(azure)))


def send(
    body: Body | bytes, headers: dict[str, str] = HEADERS, azure: Any = reached_azure
) -> Reply:
    async def ask() -> Reply:
        chunks = arriving(body) if isinstance(body, bytes) else body
        return await make_proxy(azure).messages(headers, chunks)

    return asyncio.run(ask())


def send_as_cursor(body: Body, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
    async def ask() -> Reply:
        return await make_proxy().cursor(headers, "POST", "chat/completions", body)

    reply = asyncio.run(ask())
    assert isinstance(reply.body, bytes)
    return reply.status, json.loads(reply.body)["error"]


def read_by_azure(body: bytes, headers: dict[str, str] = HEADERS) -> str:
    """What a request that is taken says to the model."""
    sent: list[str] = []

    def azure(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content)["input"][0]["content"][0]["text"])
        return httpx.Response(200, content=HELLO)

    assert send(body, headers, azure).status == 200
    return sent[0]


def saying(json_text: str) -> bytes:
    """A request whose prompt is this piece of JSON."""
    return AS_JSON.replace(b'"an unmistakable prompt"', json_text.encode())


# --- who may make us read ---------------------------------------------------


def test_without_the_token_no_body_is_read() -> None:
    assert error_of(send(unwanted(), JSON))[0] == 401
    assert send_as_cursor(unwanted(), JSON)[0] == 401
    assert asyncio.run(make_proxy().count_tokens(JSON, unwanted())).status == 401


def test_nor_on_a_closed_proxy_or_for_an_unknown_path() -> None:
    closed = make_proxy(ANTHROPIC_AUTH_TOKEN="", WEBSITE_SITE_NAME="app")
    assert asyncio.run(closed.messages(HEADERS, unwanted())).status == 403
    assert asyncio.run(make_proxy().cursor(HEADERS, "POST", "files", unwanted())).status in (
        401,
        404,
    )


# --- size and time ----------------------------------------------------------


async def endless() -> Body:
    while True:
        yield b" " * 65_536


def test_a_body_that_is_too_large_is_not_read_to_its_end() -> None:
    status, type, message = error_of(send(endless()))
    assert (status, type) == (413, "request_too_large")
    assert "32 MB" in message


def test_a_declared_size_beyond_the_limit_is_refused_at_once() -> None:
    length = {"content-length": str(LARGEST + 1)}
    assert error_of(send(unwanted(), HEADERS | length))[0] == 413
    status, error = send_as_cursor(unwanted(), HEADERS | length)
    assert (status, error["type"]) == (400, "invalid_request_error")
    assert "32 MB" in error["message"]


@pytest.mark.parametrize("length", [str(len(AS_JSON)), "5", "", "-1", "x", "9" * 5_000, "²"])
def test_a_declared_size_that_is_none_is_measured(length: str) -> None:
    azure = lambda _: httpx.Response(200, content=HELLO)  # noqa: E731
    assert send(AS_JSON, HEADERS | {"content-length": length}, azure).status == 200


def test_the_largest_body_is_read() -> None:
    body = saying('"hello"')
    assert read_by_azure(body + b" " * (LARGEST - len(body))) == "hello"


def test_more_values_than_anyone_means_are_refused_uncounted() -> None:
    def body(values: int) -> bytes:
        return AS_JSON.replace(b"{", b'{"unknown":[1' + b",1" * (values - 1) + b"],", 1)

    status, type, message = error_of(send(body(MOST_ITEMS + 1)))
    assert (status, type) == (413, "request_too_large")
    assert f"more than {MOST_ITEMS} JSON values" in message
    with pytest.raises(BadRequest, match=message):
        parse(body(MOST_ITEMS + 1))
    azure = lambda _: httpx.Response(200, content=HELLO)  # noqa: E731
    assert send(body(MOST_ITEMS - 50), azure=azure).status == 200


def test_commas_and_brackets_in_a_text_are_no_values() -> None:
    text = "[{,}]" * MOST_ITEMS + '"\\'
    assert read_by_azure(saying(json.dumps(text))) == text


@pytest.mark.parametrize(("size", "is_loops"), [(LARGE, True), (LARGE + 1, False)])
def test_a_large_body_is_read_beside_the_loop(size: int, is_loops: bool) -> None:
    async def ask() -> tuple[str, str]:
        padded = AS_JSON + b" " * (size - len(AS_JSON))
        reader = lambda body: (current_thread().name, body["model"])  # noqa: E731
        (thread, model), length = await read(JSON, arriving(padded), reader)
        assert length == size
        assert model == REQUEST["model"]
        return thread, current_thread().name

    thread, loop = asyncio.run(ask())
    assert (thread == loop) == is_loops


def test_what_is_refused_in_a_large_body_is_refused_alike() -> None:
    for body in (b"x", b"[1]", saying("NaN"), AS_JSON.replace(b'"user"', b'"x"')):
        assert error_of(send(body)) == error_of(send(body + b" " * LARGE))


async def stalling(pauses: list[float]) -> Body:
    yield AS_JSON[:5]
    for pause in pauses:
        await asyncio.sleep(pause)
        yield b""
    yield AS_JSON[5:]


def test_a_body_may_be_slow_but_not_stand_still() -> None:
    proxy = make_proxy(lambda _: httpx.Response(200, content=HELLO))

    async def ask(pauses: list[float]) -> Reply:
        return await proxy.messages(HEADERS, stalling(pauses))

    assert virtual_time.run(ask([LONGEST_PAUSE - 1] * 10)).status == 200
    status, _, message = error_of(virtual_time.run(ask([LONGEST_PAUSE + 1])))
    assert status == 408
    assert "did not arrive" in message


def test_a_client_that_leaves_while_it_sends_is_logged_as_gone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def leave() -> None:
        begun = asyncio.Event()

        async def body() -> Body:
            begun.set()
            await asyncio.Event().wait()
            yield b""

        asking = asyncio.create_task(make_proxy().messages(HEADERS, body()))
        await begun.wait()
        asking.cancel()
        await asyncio.wait([asking])

    asyncio.run(leave())
    [line] = map(json.loads, capsys.readouterr().out.splitlines())
    assert (line["error"], line["status"]) == ("ClientLeft", 0)


# --- types ------------------------------------------------------------------

REFUSED = [
    {},
    {"content-type": ""},
    {"content-type": "text/plain"},
    {"content-type": "text/plain; application/json"},
    {"content-type": "application/x-www-form-urlencoded"},
    {"content-type": "multipart/form-data; boundary=json"},
    {"content-type": "application/jsonx"},
    {"content-type": "application/jsonl"},
    {"content-type": "application/json, text/plain"},
    {"content-type": "application/+json"},
    {"content-type": "text/x+json"},
    {"content-type": "application/json; charset=utf-16"},
    {"content-type": 'application/json;charset="iso-8859-1"'},
    {"content-type": "application/json; charset=utf-8; charset=utf-7"},
    {**JSON, "content-encoding": "gzip"},
    {**JSON, "content-encoding": "identity, br"},
]


@pytest.mark.parametrize("headers", REFUSED, ids=str)
def test_a_body_that_is_not_declared_as_json_is_not_read(headers: dict[str, str]) -> None:
    status, type, message = error_of(send(unwanted(), KEY | headers))
    assert (status, type) == (415, "invalid_request_error")
    assert "must be sent" in message
    status, error = send_as_cursor(unwanted(), KEY | headers)
    assert status == 400
    assert "must be sent" in error["message"]


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "application/json"},
        {"content-type": "Application/JSON;Charset=UTF-8"},
        {"content-type": 'application/json ; charset = "utf-8"'},
        {"content-type": "application/json; charset=utf8; x=y"},
        {"content-type": "application/vnd.api+json"},
        {**JSON, "content-encoding": "identity"},
    ],
    ids=str,
)
def test_json_goes_by_many_names(headers: dict[str, str]) -> None:
    assert read_by_azure(saying('"hello"'), KEY | headers) == "hello"


# --- bytes ------------------------------------------------------------------

MALFORMED = {
    "nothing": (b"", "not valid JSON"),
    "half": (b"{", "not valid JSON (character 1)"),
    "no_object": (b"[1]", "must be a JSON object"),
    "null": (b"null", "must be a JSON object"),
    "latin_1": (saying('"hello"').replace(b"hello", b"\xe9"), "not valid UTF-8"),
    "overlong": (saying('"hello"').replace(b"hello", b"\xc0\xaf"), "not valid UTF-8"),
    "half_in_utf_8": (saying('"hello"').replace(b"hello", b"\xed\xa0\x80"), "not valid UTF-8"),
    "utf_16": (AS_JSON.decode().encode("utf-16"), "not valid UTF-8"),
    "utf_16_unmarked": (AS_JSON.decode().encode("utf-16-le"), "not valid JSON"),
    "utf_32_unmarked": (AS_JSON.decode().encode("utf-32-be"), "not valid JSON"),
    "nul": (saying('"a\0b"'), "not valid JSON"),
    "nul_behind": (AS_JSON + b"\0", "not valid JSON"),
    "two": (AS_JSON * 2, "not valid JSON"),
    "lists": (b'{"a":' + b"[" * 100_000, "nested too deeply"),
    "objects": (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "nested too deeply"),
    "nan": (b'{"temperature": NaN}', "it holds NaN"),
    "minus_infinity": (b'{"temperature": -Infinity}', "it holds -Infinity"),
    "1e999": (b'{"temperature": 1e999}', "number that is too large"),
    "-1e999": (b'{"temperature": -1e999}', "number that is too large"),
    "long_integer": (b'{"max_tokens": ' + b"9" * 5_000 + b"}", "number that is too large"),
    "longest_integer": (b'{"max_tokens": ' + b"9" * 1_000_000 + b"}", "number that is too large"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_body_that_is_not_good_json_is_a_400_that_says_why(name: str) -> None:
    body, reason = MALFORMED[name]
    status, type, message = error_of(send(body))
    assert (status, type) == (400, "invalid_request_error")
    assert reason in message


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r'"a\u0000b"', "a\0b"),
        (r'"\ud83d\ude00"', "\U0001f600"),
        (r'"cut \ud83d"', "cut \ufffd"),
        (r'"\uDE00 cut"', "\ufffd cut"),
        (r'"\ude00\ud83d\ud83d\ude00"', "\ufffd\ufffd\U0001f600"),
        (r'"a path: c:\\udata"', r"a path: c:\udata"),
        ('"first", "content": "second"', "second"),  # as nearly every reader takes it
    ],
)
def test_what_json_allows_is_read(written: str, read: str) -> None:
    assert read_by_azure(saying(written)) == read


def test_a_byte_order_mark_is_passed_over() -> None:
    assert read_by_azure(b"\xef\xbb\xbf" + saying('"hello"')) == "hello"


def test_halves_of_characters_are_mended_everywhere() -> None:
    assert parse(rb'{"\ud800": ["\udfff", {"a": "\ud83d\ude00"}], "n": [1.5, 12, null]}') == {
        "\ufffd": ["\ufffd", {"a": "\U0001f600"}],
        "n": [1.5, 12, None],
    }


def test_a_model_of_half_a_character_is_no_defect() -> None:
    sent: list[str] = []

    def azure(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content)["model"])
        return httpx.Response(200, content=HELLO)

    body = json.dumps(REQUEST | {"model": "gpt-\ud800", "stream": False}).encode()
    assert send(body, HEADERS, azure).status < 500
    assert sent in ([], ["gpt-\ufffd"])


def test_what_is_to_be_counted_is_read_where_it_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    readers: list[str] = []

    def read_here(body: dict[str, Any]) -> Request:
        readers.append(current_thread().name)
        return read_count_request(body)

    monkeypatch.setattr(anthropic_messages, "read_count_request", read_here)
    asyncio.run(make_proxy().count_tokens(HEADERS, arriving(AS_JSON)))
    assert readers == ["count_0"]
