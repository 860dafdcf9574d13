"""The doctor's checks over HTTP: findings as they are made, one run at a time, none for ever."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import pytest

from proxy_core.doctor import Finding
from proxy_core.endpoints.setup.checks import LONGEST_CHECK, LONGEST_RUN, Checks, read_depth
from proxy_core.errors import BadRequest, UpstreamError
from proxy_core.reply.client import Reply
from proxy_core.reply.request_log import RequestLog
from proxy_core.wire.sse import SSEDecoder
from tests.virtual_time import run

Findings = AsyncGenerator[Finding]
FINDING = Finding("dns", "Resource", "Its name is known", "ok")


@dataclass(frozen=True)
class Cost:
    calls: int = 3
    tokens: int = 90


@dataclass
class ScriptedDoctor:
    script: Callable[[], Findings]
    has_ended: bool = False
    depth: str = ""

    def plan(self, depth: str) -> Cost:
        return Cost()

    async def examine(self, depth: str) -> Findings:
        self.depth = depth
        try:
            async with aclosing(self.script()) as findings:
                async for finding in findings:
                    yield finding
        finally:
            self.has_ended = True


def waits(seconds: float, times: int = 1) -> Callable[[], Findings]:
    async def script() -> Findings:
        for _ in range(times):
            await asyncio.sleep(seconds)
            yield FINDING

    return script


def fails(error: Exception) -> Callable[[], Findings]:
    async def script() -> Findings:
        yield FINDING
        raise error

    return script


def start(checks: Checks) -> Reply:
    return checks.run("quick", RequestLog("req_1", "setup"))


async def read(reply: Reply) -> list[tuple[float, str, dict[str, Any]]]:
    """When which event came."""
    decoder, now = SSEDecoder(), asyncio.get_running_loop().time
    assert not isinstance(reply.body, bytes)
    async with aclosing(reply.body) as pieces:
        events = [
            (now(), event.event, json.loads(event.data))
            async for piece in pieces
            for event in decoder.decode(piece)
        ]
    reply.close()
    return events


def outcome(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Of the one line in the log."""
    [line] = capsys.readouterr().out.splitlines()
    return json.loads(line)


def test_each_finding_comes_when_it_is_made(capsys: pytest.CaptureFixture[str]) -> None:
    async def story() -> None:
        doctor = ScriptedDoctor(waits(5, times=3))
        events = await read(start(Checks(doctor)))
        assert [(at, name) for at, name, _ in events] == [
            (0, "plan"),
            (5, "finding"),
            (10, "finding"),
            (15, "finding"),
            (15, "end"),
        ]
        assert events[0][2] == {"calls": 3, "tokens": 90}
        assert events[1][2] == {
            "id": "dns",
            "group": "Resource",
            "title": "Its name is known",
            "state": "ok",
            "detail": "",
            "remedy": "",
            "settings": [],
        }
        assert events[-1][2] == {"findings": 3}
        assert doctor.depth == "quick"

    run(story())
    assert outcome(capsys)["findings"] == 3


def test_one_run_at_a_time() -> None:
    async def story() -> None:
        checks = Checks(ScriptedDoctor(waits(5)))
        first = start(checks)
        for _ in range(2):
            with pytest.raises(BadRequest, match="running already") as refused:
                start(checks)
            assert refused.value.status == 409
        await read(first)
        assert [name for _, name, _ in await read(start(checks))] == ["plan", "finding", "end"]

    run(story())


def test_a_run_that_nobody_began_to_read_is_over_too() -> None:
    async def story() -> None:
        checks = Checks(ScriptedDoctor(waits(5)))
        start(checks).close()
        await read(start(checks))

    run(story())


@pytest.mark.parametrize("findings", [1, 2], ids=["between two", "after the first"])
def test_who_leaves_ends_the_run(findings: int, capsys: pytest.CaptureFixture[str]) -> None:
    async def story() -> None:
        doctor = ScriptedDoctor(waits(5, times=9))
        checks = Checks(doctor)
        reply = start(checks)
        assert not isinstance(reply.body, bytes)

        async def read_on() -> None:
            async with aclosing(reply.body) as pieces:
                async for _ in pieces:
                    pass

        reading = asyncio.create_task(read_on())
        await asyncio.sleep(5 * findings + 1)
        reading.cancel()
        await asyncio.wait({reading})
        reply.close()
        assert doctor.has_ended
        start(checks).close()

    run(story())
    first, _ = capsys.readouterr().out.splitlines()
    assert json.loads(first)["error"] == "ClientLeft"


def test_a_body_that_is_closed_between_two_findings_ends_the_run() -> None:
    async def story() -> None:
        doctor = ScriptedDoctor(waits(5, times=9))
        reply = start(Checks(doctor))
        assert not isinstance(reply.body, bytes)
        await anext(reply.body)
        await anext(reply.body)
        await reply.body.aclose()
        assert doctor.has_ended

    run(story())


def test_a_check_that_hangs_ends_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    async def story() -> None:
        doctor = ScriptedDoctor(waits(3_600))
        checks = Checks(doctor)
        *_, (at, name, data) = await read(start(checks))
        assert (at, name) == (LONGEST_CHECK, "error")
        assert data["error"]["message"].startswith("A check did not end in time.")
        assert doctor.has_ended
        start(checks).close()

    run(story())
    assert json.loads(capsys.readouterr().out.splitlines()[0])["error"] == "CheckHangs"


def test_so_do_findings_without_end() -> None:
    async def story() -> None:
        *_, (at, name, _) = await read(start(Checks(ScriptedDoctor(waits(60, times=999)))))
        assert (at, name) == (LONGEST_RUN, "error")

    run(story())


def test_a_failure_of_the_doctors_is_told_without_its_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    *_, (_, name, data) = run(read(start(Checks(ScriptedDoctor(fails(ValueError("secret")))))))
    assert (name, data["error"]["message"]) == (
        "error",
        "The proxy failed on this request. Its log says where.",
    )
    defect, line = map(json.loads, capsys.readouterr().out.splitlines())
    assert (defect["defect"], line["error"]) == ("ValueError", "InternalError")
    assert "secret" not in str(defect)


def test_an_error_of_ours_with_them() -> None:
    error = UpstreamError("Azure OpenAI answered 500.")
    *_, (_, name, data) = run(read(start(Checks(ScriptedDoctor(fails(error))))))
    assert (name, data["error"]["message"]) == ("error", "Azure OpenAI answered 500.")


@pytest.mark.parametrize("depth", ["first", "quick", "full"])
def test_how_deep(depth: str) -> None:
    assert read_depth({"depth": depth}) == depth


def test_not_deep_where_nothing_is_said() -> None:
    assert read_depth({}) == "quick"


@pytest.mark.parametrize("depth", ["", "FULL", "deep", 1, True, [], {}])
def test_no_other_depth(depth: Any) -> None:
    with pytest.raises(BadRequest, match="depth"):
        read_depth({"depth": depth})
