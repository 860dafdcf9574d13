import asyncio
import json
from collections.abc import AsyncGenerator, Iterable

import pytest

from proxy_core.anthropic_messages import ReplyHead, ReplyWriter
from proxy_core.conversation import Request
from proxy_core.errors import UpstreamError
from proxy_core.exchange import ReplyTranslator
from proxy_core.models import Deployment, find_family
from proxy_core.relay import HOLD, WHOLE_HOLD, Relay, ReplyCutOff
from proxy_core.request_log import RequestLog
from proxy_core.sse import SSEDecoder, encode_event
from tests.virtual_time import run

DEPLOYMENT = Deployment("gpt-5.4", "responses", find_family("gpt-5.4"))


def azure_event(type: str, **fields: object) -> bytes:
    return encode_event({"type": type, **fields}, type)


CREATED = azure_event("response.created", response={})
TEXT_BEGINS = azure_event("response.output_item.added", output_index=0, item={"type": "message"})
TEXT = azure_event("response.output_text.delta", output_index=0, delta="Hello")
THINKING = azure_event("response.output_item.added", output_index=0, item={"type": "reasoning"})
COMPLETED = azure_event("response.completed", response={"usage": {"output_tokens": 3}})
FAILED = azure_event("error", error={"code": "rate_limit_exceeded", "message": "slow down"})

Script = Iterable[bytes | float | Exception]


async def play(script: Script) -> AsyncGenerator[bytes]:
    """Azure by a script: bytes are sent, numbers are seconds of silence, errors are raised."""
    for step in script:
        match step:
            case bytes():
                yield step
            case Exception():
                raise step
            case _:
                await asyncio.sleep(step)


def make_relay(azure: AsyncGenerator[bytes], *, stream: bool = True) -> Relay:
    request = Request("claude", (), stream=stream, thinking="shown")
    head = ReplyHead("msg_1", "claude", "shown", "req_1", lambda: 5)
    writer = ReplyWriter(head, stream=stream)
    log = RequestLog("req_1", "messages", stream=stream)
    return Relay(azure, ReplyTranslator(request, DEPLOYMENT, writer), writer, log)


async def hold(script: Script, *, stream: bool = True) -> bytes | None:
    return await make_relay(play(script), stream=stream).hold()


async def relay_all(script: Script) -> list[tuple[float, list[str]]]:
    """When which events reached the client."""
    relay = make_relay(play(script))
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
    with pytest.raises(UpstreamError, match="slow down") as caught:
        run(hold([CREATED, HOLD - 1, FAILED]))
    assert caught.value.status == 429


def test_a_refusal_before_the_stream_is_an_error() -> None:
    with pytest.raises(UpstreamError, match="no"):
        run(hold([UpstreamError("no", status=403)]))


def test_after_the_hold_the_reply_begins_and_later_failures_are_events() -> None:
    pieces = run(relay_all([CREATED, HOLD + 1, FAILED]))
    assert pieces == [(HOLD, ["message_start"]), (HOLD + 1, ["error"])]


def test_a_broken_connection_ends_the_stream_with_an_error_event() -> None:
    pieces = run(relay_all([TEXT_BEGINS, TEXT, 1.0, UpstreamError("broken")]))
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
        relay = make_relay(play([TEXT_BEGINS, TEXT, 540.0, COMPLETED]), stream=False)
        assert await relay.hold() is None
        began = asyncio.get_running_loop().time()
        return began, b"".join([piece async for piece in relay.body()])

    began, body = run(read())
    assert began == WHOLE_HOLD
    assert body.startswith(b" " * 50)
    assert json.loads(body)["stop_reason"] == "end_turn"


def test_a_whole_reply_that_fails_late_is_cut_off() -> None:
    async def read() -> None:
        relay = make_relay(play([TEXT_BEGINS, TEXT, 30.0, FAILED]), stream=False)
        assert await relay.hold() is None
        async for _ in relay.body():
            pass

    with pytest.raises(ReplyCutOff):
        run(read())


@pytest.mark.parametrize("begun", [True, False])
def test_a_client_that_leaves_ends_the_call_and_is_logged_once(
    begun: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    ended: list[bool] = []

    async def azure() -> AsyncGenerator[bytes]:
        try:
            yield TEXT_BEGINS + TEXT
            await asyncio.sleep(3_600)
        finally:
            ended.append(True)

    async def leave() -> None:
        relay = make_relay(azure())
        await relay.hold()
        body = relay.body()
        if begun:
            await anext(body)
            await body.aclose()
        relay.end()
        await asyncio.sleep(0.1)
        await body.aclose()

    run(leave())
    assert ended == [True]
    [line] = map(json.loads, capsys.readouterr().out.splitlines())
    assert line["error"] == "ClientLeft"
