"""Whatever Azure does, whenever a reply is given up or left: it has one life and one end."""

import asyncio
import contextlib
import io
import json
from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from proxy_core.errors import ProxyError
from proxy_core.reply.relay import LINGERING, ReplyCutOff
from proxy_core.reply.states import State
from tests import grammar
from tests.unit.reply.test_endings import CALL, Judge, Story
from tests.unit.reply.test_relay import (
    COMPLETED,
    CREATED,
    FAILED,
    REFUSED,
    TEXT,
    TEXT_BEGINS,
    THINKING,
    azure_event,
)
from tests.virtual_time import run

KEEPALIVE = azure_event("keepalive")
WORDS = [TEXT_BEGINS + TEXT, THINKING, CALL]
ENDS = [COMPLETED, FAILED, REFUSED, b"data: {\n\n", OSError("reset")]

steps = st.one_of(
    st.sampled_from([CREATED, KEEPALIVE, *WORDS, *ENDS]),
    st.sampled_from([0.0, 0.5, 1.0, 5.0, 6.0, 14.0, 20.0, 100.0]),
)
scripts = st.lists(st.lists(steps, max_size=6), min_size=1, max_size=4)
moments = st.none() | st.sampled_from([0.0, 0.5, 1.0, 4.999, 5.0, 6.0, 20.0, 21.0])


@dataclass
class Life:
    story: Story
    judge: Judge | None
    error: Exception | None
    lines: list[dict[str, Any]]
    ended_at: float


async def live(story: Story, judge: Judge | None, leaves_at: float | None) -> Life:
    error: Exception | None = None
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        try:
            async with asyncio.timeout(leaves_at):
                await story.tell()
        except (ProxyError, ReplyCutOff, TimeoutError) as ended:
            error = ended
        ended_at = asyncio.get_running_loop().time()
        story.relay.end()
        await asyncio.sleep(0.1)
    lines = [*map(json.loads, printed.getvalue().splitlines())]
    return Life(story, judge, error, lines, ended_at)


@given(
    scripts=scripts,
    stream=st.booleans(),
    judged=st.none() | st.sampled_from([0.0, 1.0, 60.0]),
    give_up_at=moments,
    leaves_at=moments,
)
def test_every_reply_has_one_life(
    scripts: list[list[Any]],
    stream: bool,
    judged: float | None,
    give_up_at: float | None,
    leaves_at: float | None,
) -> None:
    judge = None if judged is None else Judge(judged)
    endless = [[*script, 3_600.0] if index % 2 else script for index, script in enumerate(scripts)]
    story = Story(*endless, *[[REFUSED]] * 99, stream=stream, judge=judge, give_up_at=give_up_at)
    life = run(live(story, judge, leaves_at))

    assert story.relay._state is State.ENDED
    assert all(attempt.closed for attempt in story.attempts if attempt.begun)
    assert len([line for line in life.lines if "route" in line]) == 1
    assert judge is None or judge.runs <= 1
    if give_up_at is not None:
        assert life.ended_at <= max(give_up_at, 0) + LINGERING + 1e-6
    if isinstance(life.error, TimeoutError):
        return
    if stream and story.body:
        message = grammar.read_stream(story.body)
        assert (message["type"] == "error") is ("error" in life.lines[-1])
    elif story.body.strip() and life.error is None:
        assert json.loads(story.body)["type"] == "message"
    if judge and judge.runs:
        assert life.error is None
        assert b"shutting down" not in story.body
