"""What uv is asked for, and what becomes of its refusals."""

import sys
from pathlib import Path

import pytest

from local import lock
from local.failure import Failure
from local.lock import LOCK, OTEL_LOCK, find_uv, main, requirement_lines, write_locks
from local.virtual_environment import CONSTRAINTS, DEPLOYED, OTEL

UV = """
import sys
arguments = sys.argv[1:]
if "--universal" not in arguments and REFUSES:
    sys.exit("  x No solution found:\\n  because of a")
with open(arguments[arguments.index("--output-file") + 1], "a") as file:
    print(*arguments, repr(sys.stdin.read()), file=file)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / DEPLOYED).write_text(
        "# why\n--constraint constraints.txt\na>=1  # because\n\nb==2\n"
    )
    (tmp_path / OTEL).write_text("--constraint constraints.txt\nc<3\n")
    return tmp_path


def stand_in(project: Path, *, refuses: bool = False) -> list[str]:
    script = project / "uv.py"
    script.write_text(UV.replace("REFUSES", str(refuses)))
    return [sys.executable, str(script)]


def test_the_lock_follows_the_constraints(project: Path) -> None:
    write_locks(project, stand_in(project), upgrade=False)
    constraints, locked = ((project / name).read_text() for name in (CONSTRAINTS, LOCK))
    assert "--universal" in constraints
    assert "--constraint constraints.txt" in locked
    assert "--generate-hashes" in locked
    for asked in (constraints, locked):
        assert asked.endswith(r"- 'a>=1\nb==2'" + "\n"), "the old constraints must not bind it"
        assert "--upgrade" not in asked


def test_the_lock_with_opentelemetry_has_the_same_and_more(project: Path) -> None:
    write_locks(project, stand_in(project), upgrade=False)
    asked = (project / OTEL_LOCK).read_text()
    for option in ("--constraint constraints.txt", "--generate-hashes"):
        assert option in asked
    assert asked.endswith(r"- 'a>=1\nb==2\nc<3'" + "\n")


def test_all_is_made_newest_where_that_is_asked(project: Path) -> None:
    write_locks(project, stand_in(project), upgrade=True)
    for name in (CONSTRAINTS, LOCK, OTEL_LOCK):
        assert "--upgrade" in (project / name).read_text()


def test_a_refusal_is_one_sentence(project: Path) -> None:
    with pytest.raises(Failure, match=rf"^{LOCK} stays .*No solution found: because of a$"):
        write_locks(project, stand_in(project, refuses=True), upgrade=False)


def test_without_uv_it_says_where_it_is(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lock.shutil, "which", lambda name, path=None: None)
    assert main([], project) == 1
    assert capsys.readouterr().err == "uv is not installed: it is among requirements-dev.txt.\n"


def test_the_one_of_this_venv_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock.shutil, "which", lambda name, path=None: path and f"{path}/{name}")
    assert find_uv() == [f"{Path(sys.executable).parent}/uv"]


def test_comments_and_options_are_no_requirements() -> None:
    assert [*requirement_lines("# a\n-r b\n  --pre\nc>=1  # d\n\n")] == ["c>=1"]
