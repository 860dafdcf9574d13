"""Lines that a thread of its own makes and writes: their order, how many may wait, and the end."""

from collections.abc import Callable
from threading import Event, Thread, current_thread

import pytest

from proxy_core.reply import line_writer
from proxy_core.reply.line_writer import MOST_WAITING, LineWriter


class Stdout:
    """Takes nothing until it is let."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.is_asked = Event()
        self.may_go_on = Event()

    def write(self, line: str) -> None:
        self.is_asked.set()
        assert self.may_go_on.wait(10)
        self.lines.append(line)


def says(line: str) -> Callable[[], str]:
    return lambda: line


def put_long(writer: LineWriter, line: str, size: int) -> None:
    writer.put_long(says(line), says(f"not {line}"), size)


def test_lines_are_made_and_written_there_in_their_order() -> None:
    made: list[str] = []
    written: list[str] = []

    def make() -> str:
        made.append(current_thread().name)
        return "made"

    writer = LineWriter(written.append)
    for number in range(0, 100, 2):
        writer.put(f"{number}")
        put_long(writer, f"{number + 1}", number)
    writer.put_long(make, says("not made"), 1)
    writer.close()
    assert written == [*map(str, range(100)), "made"]
    assert made == ["log"]


def test_what_waits_is_bounded_and_there_is_room_again() -> None:
    stdout = Stdout()
    writer = LineWriter(stdout.write)
    put_long(writer, "first", MOST_WAITING)  # one under way waits as well
    assert stdout.is_asked.wait(10)
    put_long(writer, "second", 1)
    writer.put("a line")
    is_through = Event()

    def pass_through() -> str:
        is_through.set()
        return "through"

    writer.put_long(pass_through, pass_through, 0)
    stdout.may_go_on.set()
    assert is_through.wait(10)
    put_long(writer, "third", MOST_WAITING)
    writer.close()
    assert stdout.lines == ["first", "not second", "a line", "through", "third"]


def test_the_end_writes_what_waits_and_may_come_twice() -> None:
    stdout = Stdout()
    writer = LineWriter(stdout.write)
    for line in ("a", "b", "c"):
        put_long(writer, line, 9)
    stdout.may_go_on.set()
    writer.close()
    writer.close()
    assert stdout.lines == ["a", "b", "c"]


def test_what_the_end_has_no_time_for_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_writer, "LAST_WORDS", 0)
    monkeypatch.setattr(line_writer, "HURRY", 10)
    stdout = Stdout()
    writer = LineWriter(stdout.write)
    put_long(writer, "a", 9)
    assert stdout.is_asked.wait(10)
    put_long(writer, "b", 9)
    writer.put("a line")
    closing = Thread(target=writer.close)
    closing.start()
    while not writer._is_in_hurry:
        pass
    stdout.may_go_on.set()
    closing.join(10)
    assert stdout.lines == ["a", "not b", "a line"]


def test_a_stdout_that_takes_nothing_does_not_hold_up_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(line_writer, "LAST_WORDS", 0)
    monkeypatch.setattr(line_writer, "HURRY", 0)
    stdout = Stdout()
    writer = LineWriter(stdout.write)
    writer.put("never")
    assert stdout.is_asked.wait(10)
    writer.close()
    assert stdout.lines == []
    stdout.may_go_on.set()


def test_a_line_that_cannot_be_written_is_followed_by_others() -> None:
    written: list[str] = []

    def write(line: str) -> None:
        if line == "broken":
            raise BrokenPipeError
        written.append(line)

    writer = LineWriter(write)
    for line in ("before", "broken", "behind"):
        put_long(writer, line, MOST_WAITING // 3)
    writer.close()
    assert written == ["before", "behind"]
    assert writer._waiting == 0
