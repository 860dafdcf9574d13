"""Two turns in one program: a lock belongs to the opened file, so they meet as two programs do."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from local import file_lock
from local.file_lock import SILENT_LOOKS, take_turn, wait_for_turn


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "here.txt"
    file.touch()
    return file


def test_one_has_it_and_when_that_one_ends_the_next(file: Path) -> None:
    with take_turn(file) as first, take_turn(file) as second:
        assert (first, second) == (True, False)
    with take_turn(file) as third:
        assert third


@pytest.mark.parametrize(("looks", "told"), [(0, 0), (SILENT_LOOKS - 1, 0), (SILENT_LOOKS * 3, 1)])
def test_who_waits_for_long_says_so_once(
    file: Path, monkeypatch: pytest.MonkeyPatch, looks: int, told: int
) -> None:
    said: list[str] = []
    waited: list[float] = []
    with ExitStack() as other:
        if looks:
            other.enter_context(take_turn(file))

        def pass_time(seconds: float) -> None:
            waited.append(seconds)
            if len(waited) == looks:
                other.close()

        monkeypatch.setattr(file_lock.time, "sleep", pass_time)
        with wait_for_turn(file, lambda: said.append("waiting")), take_turn(file) as intruder:
            assert not intruder
    assert (len(waited), len(said)) == (looks, told)


def test_where_no_lock_can_be_laid_nobody_waits(tmp_path: Path) -> None:
    with take_turn(tmp_path / "nowhere" / "port.lock") as ours:
        assert ours
