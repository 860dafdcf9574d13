"""LOG_BODIES: the four bodies of a request in the log, through the whole proxy."""

import asyncio
import io
import json
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from threading import Event
from threading import enumerate as enumerate_threads
from typing import Any

import httpx
import pytest

from proxy_core.azure.calls import LONGEST_ERROR, Azure
from proxy_core.proxy import Proxy
from proxy_core.reply import body_log, line_writer
from proxy_core.reply.body_log import LONGEST_KEPT, LONGEST_SECRET, NOT_LOOKED_AT
from proxy_core.reply.body_redaction import BodyRedaction
from proxy_core.reply.client import Reply
from proxy_core.reply.request_log import RequestLog
from proxy_core.settings import Settings
from tests import virtual_time
from tests.arriving import arriving
from tests.unit.test_proxy import DELTA, ENVIRON, HEADERS, HELLO, PROMPT, REQUEST, azure_stream

SETTINGS = Settings.from_environ(ENVIRON | {"CURSOR_AZURE_DEPLOYMENT": "gpt-5.4"})
BUSY = httpx.Response(503, json={"error": {"message": "busy, said the-azure-key"}})
CURSOR = {"model": "gpt-5", "messages": [{"role": "user", "content": PROMPT}], "stream": True}

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def _logged() -> Iterator[None]:
    body_log.choose(True, SETTINGS.secrets)
    yield
    body_log.choose()


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    def read() -> list[dict[str, Any]]:
        body_log.close()  # until then they may wait
        told = map(json.loads, capsys.readouterr().out.splitlines())
        return [line for line in told if "body" in line]

    return read


def make(*answers: httpx.Response) -> Proxy:
    left = list(answers)
    return Proxy(SETTINGS, Azure(SETTINGS, httpx.MockTransport(lambda _: left.pop(0))))


async def collect(reply: Reply) -> bytes:
    """As a host does."""
    try:
        if isinstance(reply.body, bytes):
            return reply.body
        return b"".join([piece async for piece in reply.body])
    finally:
        reply.close()


def said(proxy: Proxy, body: Any = REQUEST) -> bytes:
    async def ask() -> bytes:
        return await collect(await proxy.messages(HEADERS, arriving(json.dumps(body).encode())))

    return virtual_time.run(ask())


@pytest.mark.parametrize("stream", [True, False])
def test_all_four_of_them(lines: Lines, stream: bool) -> None:
    reply = said(make(httpx.Response(200, content=HELLO)), REQUEST | {"stream": stream})
    told = lines()
    assert [line["body"] for line in told] == [
        *("client_request", "azure_request", "azure_reply", "client_reply")
    ]
    assert len({line["request_id"] for line in told}) == 1
    asked, sent, answered, got = told
    assert json.loads(asked["text"]) == REQUEST | {"stream": stream}
    assert json.loads(sent["text"])["input"][0]["content"][0]["text"] == PROMPT
    assert answered["bytes"] == len(HELLO)
    assert "response.completed" in answered["text"]
    assert got["bytes"] == len(reply)
    assert "Hello" in got["text"]
    assert [line.get("attempt") for line in told] == [None, 1, 1, None]


def test_each_attempt_has_its_own_and_a_refusal_is_one(lines: Lines) -> None:
    said(make(BUSY, httpx.Response(200, content=HELLO)))
    told = [line for line in lines() if "attempt" in line]
    assert [(line["body"], line["attempt"]) for line in told] == [
        *(("azure_request", 1), ("azure_reply", 1), ("azure_request", 2), ("azure_reply", 2))
    ]
    assert told[1]["text"] == '{"error":{"message":"busy, said …"}}'


def test_what_the_client_is_refused_with(lines: Lines) -> None:
    said(make(), {"model": "claude-x"})
    asked, got = lines()
    assert (asked["body"], got["body"]) == ("client_request", "client_reply")
    assert "invalid_request_error" in got["text"]


def test_cursors_and_counts(lines: Lines) -> None:
    proxy = make(httpx.Response(200, content=HELLO))

    async def ask() -> None:
        body = arriving(json.dumps(CURSOR).encode())
        await collect(await proxy.cursor(HEADERS, "POST", "chat/completions", body))
        body = arriving(json.dumps(REQUEST).encode())
        await collect(await proxy.count_tokens(HEADERS, body))

    virtual_time.run(ask())
    assert [line["body"] for line in lines()] == [
        *("client_request", "azure_request", "azure_reply", "client_reply"),
        *("client_request", "client_reply"),
    ]


def test_lists_probes_and_the_setup_page_have_none(lines: Lines) -> None:
    proxy = make()

    async def ask() -> None:
        nothing = arriving(b"")
        await collect(await proxy.cursor(HEADERS, "GET", "models", nothing))
        await collect(await proxy.other(HEADERS, "GET", "", nothing))
        await collect(await proxy.setup(HEADERS, "GET", "status", nothing))
        await collect(await proxy.setup({}, "GET", "access", nothing))

    asyncio.run(ask())
    assert lines() == []


def test_a_client_that_leaves_has_seen_what_is_written(lines: Lines) -> None:
    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncGenerator[bytes]:
            yield azure_stream({**DELTA, "delta": "First"})
            await asyncio.Event().wait()

    async def ask() -> None:
        proxy = make(
            httpx.Response(200, stream=Endless(), headers={"content-type": "text/event-stream"})
        )
        reply = await proxy.messages(HEADERS, arriving(json.dumps(REQUEST).encode()))
        assert not isinstance(reply.body, bytes)
        await anext(reply.body)
        await reply.body.aclose()
        reply.close()
        reply.close()
        await asyncio.sleep(0.1)

    virtual_time.run(ask())
    told = {line["body"]: line["text"] for line in lines()}
    assert "First" in told["azure_reply"]
    assert "First" in told["client_reply"]


def test_a_reply_that_nobody_reads_is_written_when_it_is_closed(lines: Lines) -> None:
    async def unread() -> AsyncGenerator[bytes]:
        yield b"never"

    closed: list[bool] = []
    reply = Reply(200, unread(), {}, lambda: closed.append(True))
    body_log.watch_reply(RequestLog("req_1", "messages"), reply).close()
    assert closed == [True]
    assert [(line["bytes"], line["text"]) for line in lines()] == [(0, "")]


@pytest.mark.parametrize("cut", [0, 5, 12])
def test_a_secret_at_the_end_of_what_is_kept_is_not_half_known(lines: Lines, cut: int) -> None:
    """The other half is beyond what is read."""
    body = b"x " * LONGEST_KEPT
    at = LONGEST_KEPT - cut
    body = body[:at] + b"the-azure-key" + body[at:]
    refusal = b"y " * (LONGEST_ERROR // 2)
    refusal = refusal[: LONGEST_ERROR - cut] + b"the-azure-key"
    proxy = make(httpx.Response(400, content=refusal))
    said(proxy)

    async def ask() -> None:
        await collect(await make().messages(HEADERS, arriving(body)))

    asyncio.run(ask())
    told = lines()
    assert told[4]["bytes"] == len(body)
    assert not [line for line in told if "the-a" in line["text"] or "e-key" in line["text"]]
    assert len("the-azure-key") < LONGEST_SECRET


def test_bodies_and_the_line_of_their_request_stand_in_their_order(
    capsys: pytest.CaptureFixture[str],
) -> None:
    proxy = make(httpx.Response(200, content=HELLO), httpx.Response(200, content=HELLO))
    for _ in range(2):
        said(proxy)
    body_log.close()
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    of_one = ["client_request", "azure_request", "azure_reply", None, "client_reply"]
    assert [line.get("body") for line in told] == of_one * 2
    assert len({line["request_id"] for line in told[:5]}) == 1


class Stuck(io.StringIO):
    """A stdout that takes nothing until it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.may_go_on = Event()

    def write(self, text: str) -> int:
        assert self.may_go_on.wait(10)
        return super().write(text)


@contextmanager
def stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stuck]:
    """Within a test: pytest takes stdout when that begins."""
    stdout = Stuck()
    with monkeypatch.context() as patched:
        patched.setattr("sys.stdout", stdout)
        yield stdout
        stdout.may_go_on.set()
        body_log.close()


def test_a_slow_stdout_delays_no_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even for the request's own line."""
    proxy = make(httpx.Response(200, content=HELLO), httpx.Response(200, content=HELLO))
    with stuck(monkeypatch) as stdout:
        assert b"Hello" in said(proxy)
        assert b"Hello" in said(proxy)
        assert stdout.getvalue() == ""
    told = map(json.loads, stdout.getvalue().splitlines())
    assert [line.get("body") for line in told].count("client_reply") == 2


def test_a_body_that_finds_no_room_is_a_line_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_writer, "MOST_WAITING", 2_000)
    question = REQUEST | {"system": "x" * 1_500}
    proxy = make(httpx.Response(200, content=HELLO), httpx.Response(200, content=HELLO))
    with stuck(monkeypatch) as stdout:
        for _ in range(2):
            said(proxy, question)
    told = [json.loads(line) for line in stdout.getvalue().splitlines()]
    asked = [line for line in told if line.get("body") == "client_request"]
    assert [line["bytes"] for line in asked] == [len(json.dumps(question))] * 2
    assert [line["text"] == NOT_LOOKED_AT for line in asked] == [False, True]


def test_of_a_body_that_cannot_be_redacted_nothing_is_seen(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> str:
        raise RecursionError("the-prompt")

    monkeypatch.setattr(BodyRedaction, "write", fail)
    said(make(httpx.Response(200, content=HELLO)))
    assert {line["text"] for line in lines()} == {
        "…(RecursionError: a defect of the proxy, so nothing may be seen of it)"
    }


def test_what_ends_behind_the_end_is_written_as_it_ends(lines: Lines) -> None:
    body_log.close()
    said(make(httpx.Response(200, content=HELLO)))
    assert len(lines()) == 4


def test_no_thread_writes_while_it_is_off() -> None:
    def writers() -> int:
        return [thread.name for thread in enumerate_threads()].count("log")

    assert writers() == 1
    body_log.choose()
    assert writers() == 0


def test_off_it_hands_back_what_it_was_given() -> None:
    body_log.choose(False, SETTINGS.secrets)
    log, body, reply = RequestLog("req_1", "messages"), arriving(b""), Reply(200, b"")
    assert body_log.watch_request(log, body) is body
    assert body_log.watch_reply(log, reply) is reply


def test_nothing_is_written_while_it_is_off(lines: Lines) -> None:
    body_log.choose()
    said(make(httpx.Response(200, content=HELLO)))
    assert lines() == []
