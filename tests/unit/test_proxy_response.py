"""The ASGI response against a server that is no server, in virtual time: what is sent, and when."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx
import pytest

from proxy_core.azure.calls import Azure
from proxy_core.proxy import Proxy
from proxy_core.reply.client import EVENT_STREAM, JSON_HEADERS, Reply
from proxy_core.reply.relay import ReplyCutOff
from proxy_core.settings import Settings
from proxy_response import LAST_LISTENING, Body, Message, ProxyResponse
from tests.unit.test_proxy import ENVIRON, HEADERS, REQUEST, azure_stream
from tests.virtual_time import run

Answer = Callable[[Body], Awaitable[Reply]]
GONE: Message = {"type": "http.disconnect"}
END: Message = {"type": "http.response.body", "body": b""}


def part(body: bytes = b"", *, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


def piece(body: bytes) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": True}


class Connection:
    """What comes from a client, with seconds of silence between; and what was sent to it, when.

    After the last of it there is silence for ever.
    """

    def __init__(self, *incoming: Message | float, sending: float = 0.0) -> None:
        self._incoming = list(incoming)
        self._sending = sending  # seconds that each piece takes
        self.sent: list[tuple[float, Message]] = []

    async def receive(self) -> Message:
        while self._incoming:
            match self._incoming.pop(0):
                case float(seconds):
                    await asyncio.sleep(seconds)
                case message:
                    return message
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    async def send(self, message: Message) -> None:
        await asyncio.sleep(self._sending if "body" in message else 0)
        self.sent.append((asyncio.get_running_loop().time(), message))

    @property
    def messages(self) -> list[Message]:
        return [message for _, message in self.sent]

    @property
    def pieces(self) -> list[tuple[float, bytes]]:
        return [(time, message["body"]) for time, message in self.sent if "body" in message]


@dataclass
class Replies:
    """Gives one reply, and notes when what of it ended."""

    said: list[bytes | float | BaseException] = field(default_factory=list)
    body: bytes | None = None
    status: int = 200
    took: float = 0.0  # seconds until there is a reply
    received: list[tuple[float, bytes]] = field(default_factory=list)
    given: list[float] = field(default_factory=list)
    closed: list[float] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)  # the streamed body

    async def __call__(self, body: Body) -> Reply:
        async for data in body:
            self.received.append((now(), data))
        return await self.refuse(body)

    async def refuse(self, body: Body) -> Reply:
        """The same, but unread."""
        await asyncio.sleep(self.took)
        self.given.append(now())
        content = self._stream() if self.body is None else self.body
        return Reply(self.status, content, {"x-mine": "é"}, lambda: self.closed.append(now()))

    async def _stream(self) -> AsyncGenerator[bytes]:
        try:
            for said in self.said:
                match said:
                    case bytes():
                        yield said
                    case BaseException():
                        raise said
                    case seconds:
                        await asyncio.sleep(seconds)
        finally:
            self.ended.append(now())


def now() -> float:
    return asyncio.get_running_loop().time()


def serve(answer: Answer, connection: Connection) -> float:
    """When the response has ended."""

    async def respond() -> float:
        await ProxyResponse(answer)({"type": "http"}, connection.receive, connection.send)
        return now()

    return run(respond())


# --- what is sent -----------------------------------------------------------


def test_a_streamed_body_goes_out_as_it_comes() -> None:
    replies, connection = Replies([b"a", 1.0, b"b", 1.0]), Connection(part())
    assert serve(replies, connection) == 2
    start = {"type": "http.response.start", "status": 200, "headers": [(b"x-mine", "é".encode())]}
    assert connection.sent == [(0, start), (0, piece(b"a")), (1, piece(b"b")), (2, END)]
    assert (replies.ended, replies.closed) == ([2], [2])


@pytest.mark.parametrize(
    ("status", "body", "length"),
    [
        (200, b"{}", [b"2"]),
        (200, b"", [b"0"]),
        (503, b"x" * 1000, [b"1000"]),
        (204, b"", []),
        (304, b"", []),
    ],
)
def test_a_body_in_one_piece_has_a_length_where_there_is_a_body(
    status: int, body: bytes, length: list[bytes]
) -> None:
    replies, connection = Replies(body=body, status=status), Connection(part())
    assert serve(replies, connection) == 0
    start, *rest = connection.messages
    assert start["status"] == status
    assert [value for name, value in start["headers"] if name == b"content-length"] == length
    assert rest == [piece(body), END]
    assert replies.closed == [0]


def test_the_request_is_read_as_it_arrives() -> None:
    replies = Replies(body=b"{}")
    connection = Connection(part(b"a", more=True), 1.0, {"type": "http.request", "body": b"b"})
    serve(replies, connection)
    assert replies.received == [(0, b"a"), (1, b"b")]


# --- a client that leaves ---------------------------------------------------

LEAVING = {
    "before its body": ([1.0, GONE], []),
    "in its body": ([part(b"a", more=True), 1.0, GONE], []),
    "while Azure is asked": ([part(b"a"), 1.0, GONE], []),
    "after a message that says nothing": ([part(b"a"), part(), 1.0, GONE], []),
}


@pytest.mark.parametrize("when", LEAVING)
def test_whoever_leaves_before_the_reply_is_not_worked_for(when: str) -> None:
    incoming, sent = LEAVING[when]
    replies, connection = Replies([b"a"], took=60), Connection(*incoming)
    assert serve(replies, connection) == 1
    assert connection.sent == sent
    assert replies.closed == []  # there is no reply


def test_whoever_leaves_in_the_stream_ends_it() -> None:
    replies = Replies([b"a", 60.0, b"b"])
    connection = Connection(part(), 1.0, GONE)
    assert serve(replies, connection) == 1
    assert connection.pieces == [(0, b"a")]
    assert (replies.ended, replies.closed) == ([1], [1])


def test_so_does_whoever_leaves_without_having_read() -> None:
    replies, connection = Replies([b"a", b"b"]), Connection(part(), 1.0, GONE, sending=60)

    async def respond() -> list[float]:
        await ProxyResponse(replies)({"type": "http"}, connection.receive, connection.send)
        return [*replies.ended]

    assert run(respond()) == [1]  # not only once somebody collects it
    assert connection.pieces == []
    assert replies.closed == [1]


def test_a_stream_that_never_ends_ends_with_its_client() -> None:
    replies = Replies([b"a", 0.5] * 1000)
    connection = Connection(part(), 100.0, GONE)
    assert serve(replies, connection) == 100
    assert len(connection.pieces) == 200
    assert (replies.ended, replies.closed) == ([100], [100])


@pytest.mark.parametrize("took", [0.999, 1.0, 1.001])
def test_a_reply_that_comes_as_its_client_leaves_is_closed_if_it_came(took: float) -> None:
    replies = Replies([b"a", 60.0], took=took)
    assert serve(replies, Connection(part(), 1.0, GONE)) == 1
    assert len(replies.given) == len(replies.closed) == (took <= 1)


def test_a_stream_that_ends_as_its_client_leaves_is_closed_once() -> None:
    replies = Replies([b"a", 1.0])
    assert serve(replies, Connection(part(), 1.0, GONE)) == 1
    assert (replies.ended, replies.closed) == ([1], [1])


def test_what_ends_the_server_closes_the_reply() -> None:
    replies, connection = Replies([b"a", 60.0]), Connection(part())

    async def end() -> None:
        response = ProxyResponse(replies)({"type": "http"}, connection.receive, connection.send)
        serving = asyncio.create_task(response)
        await asyncio.sleep(1)
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving

    run(end())
    assert (replies.ended, replies.closed) == ([1], [1])


@pytest.mark.parametrize("client_is_first", [True, False])
def test_a_client_that_leaves_as_the_server_ends_does_not_hide_it(client_is_first: bool) -> None:
    replies, connection = Replies([b"a", 60.0]), Connection(part(), 1.0, GONE)

    async def end() -> None:
        response = ProxyResponse(replies)({"type": "http"}, connection.receive, connection.send)
        serving = asyncio.create_task(response)
        if client_is_first:  # what is due at the same time comes as it was asked for
            await asyncio.sleep(0.5)
        asyncio.get_running_loop().call_at(1, serving.cancel)
        with pytest.raises(asyncio.CancelledError):
            await serving

    run(end())
    assert (replies.ended, replies.closed) == ([1], [1])


def test_whoever_leaves_cancels_this_response_and_nothing_behind_it() -> None:
    replies, connection = Replies([b"a", 60.0]), Connection(part(), 1.0, GONE)

    async def respond_and_go_on() -> float:
        await ProxyResponse(replies)({"type": "http"}, connection.receive, connection.send)
        task = asyncio.current_task()
        assert task
        assert task.cancelling() == 0
        await asyncio.sleep(1)
        return now()

    assert run(respond_and_go_on()) == 2


def test_who_has_answered_listens_no_more() -> None:
    async def respond() -> set[asyncio.Task[None]]:
        connection = Connection(part())
        response = ProxyResponse(Replies([b"a"]))
        await response({"type": "http"}, connection.receive, connection.send)
        await asyncio.sleep(0)
        return asyncio.all_tasks() - {asyncio.current_task()}  # type: ignore[arg-type]

    assert run(respond()) == set()


# --- an upload that nobody wants --------------------------------------------


@pytest.mark.parametrize(
    ("incoming", "end"),
    [
        ([part(b"a", more=True), 1.0, part(b"b")], 1.0),
        ([part(b"a", more=True), 1.0, GONE], 1.0),
        ([part(b"a", more=True)] + [0.5, part(b"b", more=True)] * 100, LAST_LISTENING),
        ([], LAST_LISTENING),
    ],
    ids=["ends", "breaks off", "goes on for ever", "stops"],
)
def test_a_refused_upload_gets_its_reply_at_once_and_is_listened_to_for_a_while(
    incoming: list[Message | float], end: float
) -> None:
    replies, connection = Replies(body=b"no", status=413), Connection(*incoming)
    assert serve(replies.refuse, connection) == end
    assert connection.pieces[0] == (0, b"no")
    left = GONE in incoming
    assert connection.pieces[1:] == ([] if left else [(end, b"")])
    assert replies.closed == [end]


def test_what_is_left_of_a_half_read_upload_is_listened_to_as_well() -> None:
    async def refuse_the_second_part(body: Body) -> Reply:
        assert [await anext(body), await anext(body)] == [b"a", b"b"]
        return Reply(413, b"no")

    upload = [part(b"a", more=True), part(b"b", more=True), 1.0, part(b"c")]
    connection = Connection(*upload)
    assert serve(refuse_the_second_part, connection) == 1
    assert connection.pieces == [(0, b"no"), (1, b"")]


# --- failures ---------------------------------------------------------------


def test_a_defect_before_the_reply_is_the_servers_to_tell() -> None:
    async def fail(body: Body) -> Reply:
        raise RuntimeError("a defect")

    connection = Connection(part())
    with pytest.raises(RuntimeError, match="a defect"):
        serve(fail, connection)
    assert connection.sent == []


def test_so_is_one_in_the_middle_of_the_body() -> None:
    replies, connection = Replies([b"a", 1.0, RuntimeError("a defect")]), Connection(part())
    with pytest.raises(RuntimeError, match="a defect"):
        serve(replies, connection)
    assert connection.pieces == [(0, b"a")]
    assert replies.closed == [1]


def test_a_server_that_cannot_send_does_not_keep_the_reply_open() -> None:
    replies, connection = Replies([b"a", b"b"]), Connection(part())

    async def send(message: Message) -> None:
        if message == piece(b"a"):
            raise OSError("a broken pipe")

    with pytest.raises(OSError, match="a broken pipe"):
        run(ProxyResponse(replies)({"type": "http"}, connection.receive, send))
    assert (replies.ended, replies.closed) == ([0], [0])


@pytest.mark.parametrize("said", [[b" ", 1.0, ReplyCutOff()], [1.0, ReplyCutOff()]])
def test_a_reply_that_is_cut_off_just_stops(said: list[bytes | float | BaseException]) -> None:
    replies, connection = Replies(said), Connection(part())
    assert serve(replies, connection) == 1
    assert END not in connection.messages
    assert (replies.ended, replies.closed) == ([1], [1])


def test_one_that_fails_leaves_the_others_alone() -> None:
    ends: list[BaseException | bytes] = [ReplyCutOff(), RuntimeError("a defect"), b"c"]
    replies = [Replies([b"a", 1.0, end, 1.0, b"d"]) for end in ends]
    connections = [Connection(part(b"x")) for _ in ends]

    async def serve_all() -> list[BaseException | None]:
        responses = (
            ProxyResponse(reply)({"type": "http"}, connection.receive, connection.send)
            for reply, connection in zip(replies, connections, strict=True)
        )
        return await asyncio.gather(*responses, return_exceptions=True)

    cut_off, failed, served = run(serve_all())
    assert cut_off is served is None
    assert isinstance(failed, RuntimeError)
    assert [data for _, data in connections[2].pieces] == [b"a", b"c", b"d", b""]
    assert [reply.closed for reply in replies] == [[1], [1], [2]]


# --- with the core ----------------------------------------------------------


class Silent(httpx.AsyncByteStream):
    """Azure, silent for a while before it says these bytes."""

    def __init__(self, seconds: float, said: bytes) -> None:
        self._seconds, self._said = seconds, said

    async def __aiter__(self) -> AsyncIterator[bytes]:
        await asyncio.sleep(self._seconds)
        yield self._said


FAILED = {"type": "response.failed", "response": {"error": {"code": "server_error"}}}


def late(silence: float, body: dict[str, Any], *events: dict[str, Any]) -> Connection:
    """What a client is sent when Azure says these events after so many seconds."""
    settings = Settings.from_environ(ENVIRON)
    azure = Silent(silence, azure_stream(*events))
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=azure))
    proxy = Proxy(settings, Azure(settings, transport))
    connection = Connection(part(json.dumps(body).encode()))
    serve(partial(proxy.messages, HEADERS), connection)
    return connection


@pytest.mark.parametrize(
    ("body", "began", "first", "headers"),
    [
        (REQUEST, 5.0, b"event: message_start", EVENT_STREAM),
        (REQUEST | {"stream": False}, 20.0, b" ", JSON_HEADERS),
    ],
    ids=["streamed", "in one piece"],
)
def test_a_late_reply_says_its_type_and_a_first_byte_before_azure_speaks(
    body: dict[str, Any], began: float, first: bytes, headers: dict[str, str]
) -> None:
    completed = {"type": "response.completed", "response": {"usage": {}}}
    connection = late(25, body, completed)
    told = {name.decode(): value.decode() for name, value in connection.messages[0]["headers"]}
    assert headers.items() <= told.items()
    assert "content-length" not in told
    time, data = connection.pieces[0]
    assert time == began
    assert data.startswith(first)
    assert connection.messages[-1] == END


def test_a_late_failure_of_a_reply_in_one_piece_cuts_it_off() -> None:
    connection = late(25, REQUEST | {"stream": False}, FAILED)
    assert {data for _, data in connection.pieces} == {b" "}
    assert END not in connection.messages


def test_nothing_of_functions_is_needed() -> None:
    code = "import sys, proxy_response; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    assert {b"azure", b"azurefunctions", b"uvicorn"}.isdisjoint(loaded.split())
