"""How replies end where two things meet: a repeat, a review, a gateway that keeps the line open."""

import asyncio
import dataclasses
import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from proxy_core.azure.calls import Azure
from proxy_core.conversation import ReplyEvent, ReplyFinished, ToolCallStarted
from proxy_core.errors import ShuttingDown, UpstreamError
from proxy_core.reply.relay import LINGERING, Relay
from proxy_core.wire.sse import SSEDecoder
from tests.exchanges import PLAIN, SETTINGS, make_exchange
from tests.unit.reply.test_relay import (
    COMPLETED,
    FAILED,
    TEXT,
    TEXT_BEGINS,
    Played,
    Script,
    azure_event,
)
from tests.virtual_time import run

CALL = azure_event(
    "response.output_item.added",
    output_index=0,
    item={"type": "function_call", "call_id": "call_1", "name": "Bash"},
)
HOUR = 3_600.0
KEY = "the-key-of-the-resource"
NEVER = float("inf")


class Judge:
    """A review that takes its time. It is the recorder as well."""

    def __init__(self, seconds: float = 1.0) -> None:
        self.runs, self.was_cancelled = 0, False
        self._seconds, self._called = seconds, False

    def see(self, event: ReplyEvent) -> None:
        self._called = self._called or isinstance(event, ToolCallStarted)

    @property
    def is_due(self) -> bool:
        return self._called

    async def run(self) -> None:
        self.runs += 1
        try:
            await asyncio.sleep(self._seconds)
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise


class Story:
    """A relay over scripted attempts, and what its client got."""

    def __init__(
        self,
        *scripts: Script,
        stream: bool = True,
        judge: Judge | None = None,
        give_up_at: float | None = None,
        stop: tuple[str, ...] = (),
        key: str = "key",
    ) -> None:
        self.attempts = [Played(script) for script in scripts]
        self.events: list[tuple[float, str]] = []
        self.body = b""
        self._request = replace(PLAIN, stream=stream, stop=stop)
        self._judge, self._give_up_at = judge, give_up_at
        (resource,) = SETTINGS.resources
        self._settings = replace(SETTINGS, resources=(dataclasses.replace(resource, api_key=key),))
        self.when_ended: Callable[[ReplyFinished | None], None] = lambda finished: None

    async def tell(self) -> None:
        answers = iter(self.attempts)
        azure = Azure(
            self._settings,
            httpx.MockTransport(lambda _: httpx.Response(200, stream=next(answers))),
        )
        exchange = make_exchange(
            self._request,
            recorder=self._judge,
            review=self._judge,
            when_ended=self.when_ended,
        )
        self.relay = Relay(azure, exchange)
        if self._give_up_at is not None:
            loop = asyncio.get_running_loop()
            loop.call_later(self._give_up_at, self.relay.give_up, ShuttingDown())
        held = await self.relay.hold()
        if held is not None:
            self.body = held
            return
        decoder, loop = SSEDecoder(), asyncio.get_running_loop()
        async for piece in self.relay.body():
            self.body += piece
            self.events += [(loop.time(), event.event) for event in decoder.decode(piece)]

    @property
    def last(self) -> tuple[float, str]:
        return self.events[-1]


def tell(*scripts: Script, **more: Any) -> Story:
    story = Story(*scripts, **more)
    run(story.tell())
    return story


# --- a repeat beside a review ---


def test_an_attempt_that_broke_off_uses_up_no_review() -> None:
    judge = Judge()
    story = tell([0.1], [CALL, COMPLETED], judge=judge)
    assert story.last[1] == "message_stop"
    assert judge.runs == 1


def test_after_a_repeat_a_stream_that_is_kept_open_is_not_waited_for() -> None:
    story = tell([0.1], [TEXT_BEGINS, TEXT, COMPLETED, HOUR])
    time, event = story.last
    assert event == "message_stop"
    assert LINGERING <= time < LINGERING + 1


def test_after_a_failure_that_announced_itself_the_next_attempt_has_all_its_time() -> None:
    announced = [azure_event("response.failed", response={}), 0.5, FAILED]
    story = tell(announced, [10.0, TEXT_BEGINS, TEXT, COMPLETED])
    assert story.last[1] == "message_stop"
    assert not [attempt for attempt in story.attempts if not attempt.begun]


@pytest.mark.parametrize("stream", [True, False])
def test_a_truncated_reply_is_never_reviewed(stream: bool) -> None:
    judge = Judge()

    async def fail() -> None:
        story = Story([CALL, 1.0], judge=judge, stream=stream)
        if stream:
            await story.tell()
            assert story.last == (1.0, "error")
        else:
            with pytest.raises(UpstreamError):
                await story.tell()

    run(fail())
    assert judge.runs == 0


def test_what_an_attempt_said_that_failed_unheard_is_forgotten() -> None:
    """`Hello` may become the stop sequence, so it waits; then the attempt fails."""
    said = azure_event("response.output_text.delta", output_index=0, delta="Bye")
    story = tell([TEXT_BEGINS, TEXT, FAILED], [TEXT_BEGINS, said, COMPLETED], stop=("Hello!",))
    assert b"Bye" in story.body
    assert b"Hello" not in story.body


# --- what is closed ---


@pytest.mark.parametrize("stream", [True, False])
def test_while_the_calls_are_judged_azures_is_closed(stream: bool) -> None:
    async def watch() -> tuple[bool, int]:
        story = Story([CALL, COMPLETED, HOUR], judge=(judge := Judge(10)), stream=stream)
        telling = asyncio.create_task(story.tell())
        await asyncio.sleep(LINGERING + 1)
        closed = story.attempts[0].closed
        await telling
        return closed, judge.runs

    assert run(watch()) == (True, 1)


def test_an_attempt_that_failed_is_closed_before_the_next() -> None:
    async def watch() -> list[bool]:
        story = Story([FAILED, HOUR], [TEXT_BEGINS, TEXT, 5.0, COMPLETED])
        telling = asyncio.create_task(story.tell())
        await asyncio.sleep(2)
        closed = [attempt.closed for attempt in story.attempts]
        await telling
        return closed

    assert run(watch()) == [True, False]


def test_a_client_that_leaves_ends_the_review() -> None:
    async def leave() -> bool:
        story = Story([CALL, COMPLETED], judge=(judge := Judge(60)))
        telling = asyncio.create_task(story.tell())
        await asyncio.sleep(5)
        assert judge.runs == 1
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
        return judge.was_cancelled

    assert run(leave())


def test_the_clock_of_a_reply_that_ended_is_stopped() -> None:
    async def end() -> int:
        story = Story([TEXT_BEGINS, TEXT, COMPLETED])
        telling = asyncio.create_task(story.tell())
        await asyncio.sleep(0)
        story.relay.give_up_after(HOUR)
        await telling
        loop: Any = asyncio.get_running_loop()
        return len([timer for timer in loop._scheduled if not timer.cancelled()])

    assert run(end()) == 0


def test_whoever_waits_for_a_reply_to_end_is_told_once() -> None:
    """However it ends: whole, failed, given up, left. Only a whole one has an end to tell of."""
    ended: list[tuple[str, bool]] = []

    async def end(story: Story, how: str) -> None:
        story.when_ended = lambda finished: ended.append((how, finished is not None))
        telling = asyncio.create_task(story.tell())
        await asyncio.sleep(3)
        if how == "left":
            telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
        story.relay.end()

    run(end(Story([TEXT_BEGINS, TEXT, COMPLETED]), "whole"))
    run(end(Story([TEXT_BEGINS, TEXT, FAILED]), "failed"))
    run(end(Story([TEXT_BEGINS, TEXT, HOUR], give_up_at=2), "given up"))
    run(end(Story([TEXT_BEGINS, TEXT, HOUR]), "left"))
    assert ended == [("whole", True), ("failed", False), ("given up", False), ("left", False)]


# --- being given up ---


@pytest.mark.parametrize("moment", [0.999, 1.0, 1.001])
def test_a_reply_that_is_given_up_is_not_asked_for_again(moment: float) -> None:
    """Also where it fails in the same moment."""
    story = Story([6.0, FAILED], [TEXT_BEGINS, TEXT, HOUR, COMPLETED], give_up_at=5 + moment)
    run(story.tell())
    time, event = story.last
    assert event == "error"
    assert b"shutting down" in story.body
    assert time == pytest.approx(5 + moment)


def give_up_within(story: Story, moment: float, steps: int) -> None:
    """At that moment, and so many turns of the loop into it."""
    loop = asyncio.get_running_loop()

    def wait(left: int) -> None:
        if left:
            loop.call_soon(wait, left - 1)
        else:
            story.relay.give_up(ShuttingDown())

    loop.call_at(moment, wait, steps)


@pytest.mark.parametrize("steps", range(8))
@pytest.mark.parametrize("arriving", [FAILED, TEXT, TEXT + COMPLETED, OSError("reset"), b"data: {"])
@pytest.mark.parametrize("spoken", [True, False])
def test_it_may_be_given_up_at_any_step_of_the_moment_in_which_something_arrives(
    steps: int, arriving: bytes | Exception, spoken: bool
) -> None:
    """`Hello` stops the reply, so it may end, fail, be asked for again or be given up: once."""

    async def both() -> Story:
        begun = [TEXT_BEGINS, azure_event("response.output_text.delta", output_index=0, delta="A")]
        story = Story(
            [*(begun if spoken else [TEXT_BEGINS]), 6.0, arriving, HOUR],
            [TEXT_BEGINS, HOUR],
            stop=("Hello",),
        )
        telling = asyncio.create_task(story.tell())
        await asyncio.sleep(0)
        give_up_within(story, 6.0, steps)
        async with asyncio.timeout(60):
            await telling
        return story

    story = run(both())
    ends = [event for _, event in story.events if event in ("message_stop", "error")]
    assert len(ends) == 1
    assert [event for _, event in story.events][-1] == ends[0]
    assert all(attempt.closed for attempt in story.attempts if attempt.begun)


def test_a_reply_is_given_up_once_and_not_after_its_end() -> None:
    async def again() -> Story:
        story = Story([TEXT_BEGINS, TEXT, HOUR], give_up_at=1)
        telling = asyncio.create_task(story.tell())
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_at(1.0, story.relay.give_up, UpstreamError("another"))
        await telling
        story.relay.give_up(UpstreamError("a third"))
        return story

    story = run(again())
    assert b"shutting down" in story.body
    assert b"another" not in story.body


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("moment", [0.5, 1.0, 1.5])
def test_what_is_whole_is_not_given_up(stream: bool, moment: float) -> None:
    """Azure has said all, and keeps the line open."""
    story = tell([TEXT_BEGINS, TEXT, COMPLETED, HOUR], stream=stream, give_up_at=moment)
    assert b"Hello" in story.body
    assert b"end_turn" in story.body
    assert b"shutting down" not in story.body


@pytest.mark.parametrize("stream", [True, False])
def test_a_review_that_is_given_up_leaves_the_reply_whole(stream: bool) -> None:
    judge = Judge(60)
    story = tell([CALL, COMPLETED], judge=judge, stream=stream, give_up_at=7)
    assert b"tool_use" in story.body
    assert b"shutting down" not in story.body
    assert judge.was_cancelled


# --- whole is whole ---


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("rest", [[OSError("reset")], [1.0, OSError("reset")], [RuntimeError("x")]])
def test_a_connection_that_breaks_behind_the_end_breaks_nothing(
    stream: bool, rest: list[Any]
) -> None:
    story = tell([TEXT_BEGINS, TEXT, COMPLETED, *rest], stream=stream)
    assert b"end_turn" in story.body
    assert b"error" not in story.body


def test_a_gateway_that_goes_on_talking_behind_the_end_is_not_listened_to() -> None:
    keepalives: list[Any] = [azure_event("keepalive"), 1.0] * 500
    time, event = tell([TEXT_BEGINS, TEXT, COMPLETED, *keepalives]).last
    assert event == "message_stop"
    assert time == LINGERING


def test_a_failure_that_is_announced_is_waited_for_no_longer_than_that() -> None:
    failed = azure_event("response.failed", response={})
    assert tell([TEXT_BEGINS, TEXT, failed, HOUR]).last == (LINGERING, "error")


@pytest.mark.parametrize("begun", [[], [TEXT_BEGINS, TEXT, 1.0]])
@pytest.mark.parametrize("spelling", [KEY, b64encode(KEY.encode()).decode()])
def test_no_error_quotes_the_key_wherever_it_stands(begun: list[Any], spelling: str) -> None:
    refused = azure_event("error", error={"code": "invalid_prompt", "message": f"No: {spelling}!"})

    async def fail() -> str:
        story = Story([*begun, refused], key=KEY)
        try:
            await story.tell()
        except UpstreamError as error:
            return error.message
        return story.body.decode().replace("\\u2026", "…")

    said = run(fail())
    assert "No: …" in said
    assert spelling not in said


# --- signs of life ---


def test_azures_keepalives_do_not_make_ours_frequent_again() -> None:
    keepalives: list[Any] = [20.0, azure_event("keepalive")] * 9
    story = tell([TEXT_BEGINS, TEXT, *keepalives, COMPLETED])
    assert [time for time, event in story.events if event == "ping"] == [15, 40, 75, 120, 165]


def test_a_review_is_kept_alive_like_any_silence() -> None:
    story = tell([CALL, COMPLETED], judge=Judge(50))
    assert [time for time, event in story.events if event == "ping"] == [15, 40]
    assert story.last == (50, "message_stop")


def test_a_reply_that_begins_with_nothing_begins_with_a_sign_of_life() -> None:
    async def first() -> bytes:
        story = Story([HOUR], stream=False)
        telling = asyncio.create_task(story.tell())
        await asyncio.sleep(20.5)
        body = story.body
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
        return body

    assert run(first()) == b" "


# --- the log ---


@pytest.mark.parametrize(
    ("script", "logged"),
    [
        ([TEXT_BEGINS, TEXT, COMPLETED], {"stop_reason": "end"}),
        ([TEXT_BEGINS, TEXT, 1.0, FAILED], {"error": "UpstreamError", "error_status": 429}),
        ([6.0, OSError("x"), HOUR], {"error": "UpstreamError"}),
    ],
)
def test_each_reply_is_logged_once(
    script: Script, logged: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    story = tell(script, *[[6.0, OSError("x")]] * 9)
    story.relay.end()
    [line] = map(json.loads, capsys.readouterr().out.splitlines())
    assert line.items() >= logged.items()
