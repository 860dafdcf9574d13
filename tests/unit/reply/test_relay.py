import asyncio
import gc
import json
import weakref
from collections.abc import AsyncIterator, Iterable
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from proxy_core.azure.calls import Azure
from proxy_core.conversation import Message, Text
from proxy_core.errors import UpstreamError
from proxy_core.reply.client import CLAUDE, CURSOR, Patience
from proxy_core.reply.relay import Relay, ReplyCutOff
from proxy_core.wire.sse import SSEDecoder, encode_event
from tests.exchanges import PLAIN, SETTINGS, make_exchange
from tests.virtual_time import run


def azure_event(type: str, **fields: object) -> bytes:
    return encode_event({"type": type, **fields}, type)


CREATED = azure_event("response.created", response={})
TEXT_BEGINS = azure_event("response.output_item.added", output_index=0, item={"type": "message"})
TEXT = azure_event("response.output_text.delta", output_index=0, delta="Hello")
THINKING = azure_event("response.output_item.added", output_index=0, item={"type": "reasoning"})
COMPLETED = azure_event("response.completed", response={"usage": {"output_tokens": 3}})
FAILED = azure_event("error", error={"code": "rate_limit_exceeded", "message": "slow down"})
REFUSED = azure_event("error", error={"code": "invalid_prompt", "message": "no such thing"})

Script = Iterable[bytes | float | Exception]


class Played(httpx.AsyncByteStream):
    """Azure by a script: bytes are sent, numbers are seconds of silence, errors are raised."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self.begun = self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.begun = True
        for step in self._script:
            match step:
                case bytes():
                    yield step
                case Exception():
                    raise step
                case _:
                    await asyncio.sleep(step)

    async def aclose(self) -> None:
        self.closed = True


def make_relay(
    *scripts: Script | httpx.Response | Played, stream: bool = True, **more: Any
) -> Relay:
    """Each attempt at Azure plays the next script."""
    answers = iter(scripts)

    def answer(_: httpx.Request) -> httpx.Response:
        match next(answers):
            case httpx.Response() as response:
                return response
            case Played() as played:
                return httpx.Response(200, stream=played)
            case script:
                return httpx.Response(200, stream=Played(script))

    azure = Azure(SETTINGS, httpx.MockTransport(answer))
    return Relay(azure, make_exchange(replace(PLAIN, stream=stream), **more))


async def hold(*scripts: Script | httpx.Response, stream: bool = True) -> bytes | None:
    return await make_relay(*scripts, stream=stream).hold()


async def relay_all(*scripts: Script | httpx.Response) -> list[tuple[float, list[str]]]:
    """When which events reached the client."""
    relay = make_relay(*scripts)
    assert await relay.hold() is None
    decoder, loop = SSEDecoder(), asyncio.get_running_loop()
    return [
        (loop.time(), [event.event for event in decoder.decode(piece)])
        async for piece in relay.body()
    ]


def test_events_pass_as_they_come() -> None:
    pieces = run(relay_all([CREATED, 1.0, TEXT_BEGINS, TEXT, 2.0, TEXT, 1.0, COMPLETED]))
    delta = "content_block_delta"
    assert pieces == [
        (1.0, ["message_start", "content_block_start", delta]),
        (3.0, [delta]),
        (4.0, ["content_block_stop", "message_delta", "message_stop"]),
    ]


def test_a_failure_within_the_hold_is_an_error_with_its_own_status() -> None:
    with pytest.raises(UpstreamError, match="no such thing") as caught:
        run(hold([CREATED, 4.0, REFUSED]))
    assert caught.value.status == 400


def test_a_refusal_before_the_stream_is_an_error() -> None:
    with pytest.raises(UpstreamError, match="answered 403"):
        run(hold(httpx.Response(403)))


def test_after_the_hold_the_reply_begins_and_later_failures_are_events() -> None:
    pieces = run(relay_all([CREATED, 6.0, REFUSED]))
    assert pieces == [(5, ["message_start"]), (6, ["error"])]


def test_the_hold_lasts_as_long_whatever_azure_says_meanwhile() -> None:
    pieces = run(relay_all([2.0, CREATED, 2.0, CREATED, 10.0, TEXT_BEGINS, TEXT, COMPLETED]))
    assert pieces[0] == (5, ["message_start"])


def test_a_broken_connection_ends_the_stream_with_an_error_event() -> None:
    pieces = run(relay_all([TEXT_BEGINS, TEXT, 1.0, OSError("broken")]))
    assert pieces[-1] == (1.0, ["error"])


def test_an_end_without_a_terminal_event_is_an_error() -> None:
    assert run(relay_all([TEXT_BEGINS, TEXT, 1.0]))[-1] == (1.0, ["error"])


def test_a_defect_ends_the_stream_with_an_error_that_does_not_quote_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    pieces = run(relay_all([TEXT_BEGINS, TEXT, 1.0, RuntimeError("the prompt")]))
    defect, line = map(json.loads, capsys.readouterr().out.splitlines())
    assert pieces[-1] == (1.0, ["error"])
    assert defect["defect"] == "RuntimeError"
    assert line["error"] == "InternalError"
    assert "the prompt" not in str(defect)


def test_pings_grow_rare_while_azure_is_silent_and_a_real_event_resets_them() -> None:
    pieces = run(relay_all([TEXT_BEGINS, TEXT, 200.0, TEXT, 20.0, COMPLETED]))
    pings = [time for time, events in pieces if events == ["ping"]]
    assert pings == [15, 40, 75, 120, 165, 215]


def test_azures_own_keepalives_do_not_put_off_ours() -> None:
    keepalive = azure_event("keepalive")
    pieces = run(relay_all([TEXT_BEGINS, TEXT, 10.0, keepalive, 10.0, COMPLETED]))
    assert [time for time, events in pieces if events == ["ping"]] == [15]


def test_twenty_minutes_of_reasoning_are_kept_alive_by_empty_thinking() -> None:
    pieces = run(relay_all([THINKING, 1_200.0, COMPLETED]))
    signs_of_life = [time for time, events in pieces if events == ["content_block_delta"]]
    assert signs_of_life == [float(time) for time in range(15, 1_201, 15)][: len(signs_of_life)]
    assert len(signs_of_life) >= 79


def test_a_whole_reply_in_time_is_one_piece() -> None:
    whole = run(hold([TEXT_BEGINS, TEXT, 19.0, COMPLETED], stream=False))
    assert whole is not None
    assert json.loads(whole)["content"] == [{"type": "text", "text": "Hello"}]


def test_a_late_whole_reply_begins_with_white_space() -> None:
    async def read() -> tuple[float, bytes]:
        relay = make_relay([TEXT_BEGINS, TEXT, 540.0, COMPLETED], stream=False)
        assert await relay.hold() is None
        began = asyncio.get_running_loop().time()
        return began, b"".join([piece async for piece in relay.body()])

    began, body = run(read())
    assert began == 20
    assert body.startswith(b" " * 50)
    assert json.loads(body)["stop_reason"] == "end_turn"


def test_a_whole_reply_that_fails_late_is_cut_off() -> None:
    async def read() -> None:
        relay = make_relay([TEXT_BEGINS, TEXT, 30.0, FAILED], stream=False)
        assert await relay.hold() is None
        async for _ in relay.body():
            pass

    with pytest.raises(ReplyCutOff):
        run(read())


def test_a_failure_before_the_first_word_is_tried_again_unseen() -> None:
    [*_, (time, events)] = run(
        relay_all(
            httpx.Response(503),
            [CREATED, FAILED],
            [CREATED],
            [TEXT_BEGINS, TEXT, COMPLETED],
        )
    )
    assert "error" not in events
    assert events[-1] == "message_stop"
    assert 2.5 < time < 4.5  # about 0.5 + 1 + 2 seconds


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("failing", [FAILED, b"", b"data: {\n\n"])
def test_words_that_came_together_with_a_failure_are_tried_again_unseen(
    failing: bytes, stream: bool
) -> None:
    """Nothing of them has been sent, also where the reply had to begin without them."""
    other = azure_event("response.output_text.delta", output_index=0, delta="Bye")
    answers = [[6.0, TEXT_BEGINS + TEXT + failing], [TEXT_BEGINS + other + COMPLETED]]
    if not failing:  # the stream ends without its end
        answers[0] = [TEXT_BEGINS]

    async def read() -> bytes:
        relay = make_relay(*answers, stream=stream)
        held = await relay.hold()
        return held if held is not None else b"".join([piece async for piece in relay.body()])

    body = run(read())
    assert b"Bye" in body
    assert b"Hello" not in body
    assert b"error" not in body
    assert body.count(b"event: message_start") == stream


def test_words_that_came_with_a_last_failure_reach_a_client_whose_reply_has_begun() -> None:
    pieces = run(relay_all([6.0, TEXT_BEGINS + TEXT + REFUSED]))
    assert pieces[-1] == (6.0, ["content_block_start", "content_block_delta", "error"])


NONSENSE = [b"data: {\n\n", b'data: {"error": {}}\n\n', azure_event("response.failed", response={})]
EMPTY = azure_event("response.completed", response={"usage": {"output_tokens": 3}})


@pytest.mark.parametrize("nonsense", [*NONSENSE, EMPTY, b'{"detail": "Not here."}', b"{}", b"[1]"])
@pytest.mark.parametrize("patience", [CLAUDE.patience, CURSOR.patience])
def test_what_makes_no_sense_is_asked_for_once_more_and_then_told(
    nonsense: bytes, patience: Patience
) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, content=nonsense)

    async def fail() -> bytes | None:
        azure = Azure(SETTINGS, httpx.MockTransport(answer))
        return await Relay(azure, make_exchange(patience=patience)).hold()

    with pytest.raises(UpstreamError) as caught:
        run(fail())
    assert len(asked) == 2
    assert not caught.value.may_pass


@pytest.mark.parametrize("content_type", ["text/event-stream", "", "application/json"])
def test_an_error_in_place_of_a_stream_is_read_whatever_its_type_says(content_type: str) -> None:
    body = b'{"error": {"code": "401", "message": "No."}}'
    headers = {"content-type": content_type} if content_type else {}
    with pytest.raises(UpstreamError, match=r"^No\.$") as caught:
        run(hold(httpx.Response(200, content=body, headers=headers)))
    assert caught.value.status == 401


def test_a_failure_after_the_first_word_is_not_tried_again() -> None:
    assert run(relay_all([TEXT_BEGINS, TEXT, 1.0, FAILED], []))[-1] == (1.0, ["error"])


def test_the_wait_that_azure_asks_for_is_kept() -> None:
    busy = httpx.Response(429, headers={"retry-after": "7"})
    pieces = run(relay_all(busy, [TEXT_BEGINS, TEXT, COMPLETED]))
    assert {time for time, _ in pieces} == {7}


def test_a_wait_beyond_the_budget_is_left_to_the_client() -> None:
    async def refuse() -> float:
        with pytest.raises(UpstreamError) as caught:
            await hold(httpx.Response(429, headers={"retry-after": "11"}), [])
        assert caught.value.retry_after == 11
        return asyncio.get_running_loop().time()

    assert run(refuse()) == 0


def test_attempts_end_with_the_budget() -> None:
    async def fail() -> float:
        with pytest.raises(UpstreamError, match="answered 500"):
            await hold(*[httpx.Response(500)] * 99)
        return asyncio.get_running_loop().time()

    assert 5 < run(fail()) <= 10


def test_a_retry_after_the_hold_goes_on_behind_the_stream() -> None:
    pieces = run(relay_all([CREATED, 30.0, FAILED], [TEXT_BEGINS, TEXT, COMPLETED]))
    assert pieces[0] == (5, ["message_start"])
    assert pieces[-1][1][-1] == "message_stop"
    assert 30 < pieces[-1][0] < 31


@pytest.mark.parametrize("begun", [True, False])
def test_a_client_that_leaves_ends_the_call_and_is_logged_once(
    begun: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    azure = Played([TEXT_BEGINS + TEXT, 3_600.0])

    async def leave() -> None:
        relay = make_relay(azure)
        await relay.hold()
        body = relay.body()
        if begun:
            await anext(body)
            await body.aclose()
        relay.end()
        await asyncio.sleep(0.1)
        await body.aclose()

    run(leave())
    assert azure.closed
    [line] = map(json.loads, capsys.readouterr().out.splitlines())
    assert line["error"] == "ClientLeft"


class Large(str):
    """A text of a request, of which it can be told whether anything keeps it."""


def test_the_request_is_kept_no_longer_than_it_may_be_sent_again() -> None:
    async def watch() -> list[bool]:
        text = Large("hi")
        kept = weakref.ref(text)
        request = replace(PLAIN, messages=(Message("user", (Text(text),)),), instructions=text)
        azure = Azure(
            SETTINGS,
            httpx.MockTransport(
                lambda _: httpx.Response(200, stream=Played([CREATED, 1, TEXT_BEGINS + TEXT, 60]))
            ),
        )
        relay = Relay(azure, make_exchange(request))
        del request, text
        gc.collect()
        seen = [kept() is not None]
        await relay.hold()
        gc.collect()
        seen.append(kept() is not None)
        relay.close()
        return seen

    gc.freeze()  # all that other tests and their modules hold, which would be looked through twice
    try:
        assert run(watch()) == [True, False]
    finally:
        gc.unfreeze()
