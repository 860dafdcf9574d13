"""`python -m local.doctor`: what it prints, and how it ends."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import doctor
from local.azure_simulator import RunningSimulator, running_simulator
from local.deployed import Visitor
from local.doctor import main, read_token
from local.doctor_report import LineReport, StartReport
from proxy_core.doctor import Finding

ROOT = Path(__file__).parents[3]
FOREVER = 10**9


@pytest.fixture(scope="module")
def server() -> Iterator[RunningSimulator]:
    with running_simulator(deployments={"prod": "gpt-5.4"}) as simulator:
        yield simulator


@pytest.fixture
def simulator(
    server: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RunningSimulator]:
    """Configured in the environment."""
    server.reset()
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", f"{server.url}/openai/v1")
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "simulated-key")
    monkeypatch.setenv("BIG_MODEL", "gpt-5.4")
    monkeypatch.setenv("SMALL_MODEL", "gpt-5.4")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "the-token-of-the-proxy")
    yield server
    server.clear_faults()


def run(capsys: pytest.CaptureFixture[str], root: Path, *arguments: str) -> tuple[int, str, str]:
    code = main(arguments, root)
    said = capsys.readouterr()
    for secret in ("simulated-key", "the-token-of-the-proxy"):
        assert secret not in said.out + said.err
    return code, said.out, said.err


def test_where_all_is_well(
    simulator: RunningSimulator, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, said, _ = run(capsys, tmp_path)
    assert code == 0
    first, *_, last = said.splitlines()
    assert first.startswith("1 deployment: at most 15 calls, about 6,")
    assert last.startswith("14 fine, 0 to look at, 0 failed, 2 skipped. 14 calls, ")
    assert "  ✓ Answers" in said
    assert "\x1b" not in said
    assert "Settings to change" not in said


def test_quick_asks_once(
    simulator: RunningSimulator, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, said, _ = run(capsys, tmp_path, "--quick")
    assert (code, len(simulator.requests)) == (0, 1)
    assert said.splitlines()[-1].startswith("3 fine, 0 to look at, 0 failed, 2 skipped. 1 call, ")


def test_what_fails_is_explained(
    simulator: RunningSimulator,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SMALL_MODEL", "missing-one")
    code, said, _ = run(capsys, tmp_path, "--quick")
    assert code == 1
    assert "✗ Answers\n      404 DeploymentNotFound:" in said
    assert "      → The resource has no deployment 'missing-one': the setting SMALL_MODEL" in said


def test_settings_that_would_change_come_last(
    simulator: RunningSimulator,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BIG_MODEL", "prod")
    code, said, _ = run(capsys, tmp_path)
    assert code == 0  # it is worth a look, but nothing has failed
    *_, line, _, count = said.splitlines()
    assert line == "  AZURE_MODEL_FAMILIES=prod=gpt-5.2"
    assert "2 to look at, 0 failed" in count


def test_for_a_program(
    simulator: RunningSimulator, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    simulator.fail_next("key_invalid", FOREVER)
    code, said, _ = run(capsys, tmp_path, "--quick", "--json")
    document = json.loads(said)
    assert code == 1
    assert document["counts"] == {"ok": 1, "warning": 0, "failed": 2, "skipped": 2}
    assert document["planned"] == {"deployments": 1, "calls": 1, "tokens": 50}
    assert document["spent"]["calls"] == 1
    assert document["interrupted"] is False
    assert {*document["findings"][0]} == {*Finding.__dataclass_fields__}


def test_below_the_banner(
    simulator: RunningSimulator,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SMALL_MODEL", "missing-one")
    code, said, _ = run(capsys, tmp_path, "--start")
    good, bad = said.splitlines()
    assert code == 1
    assert good == "✓ gpt-5.4 (BIG_MODEL) answers."
    assert bad.startswith("✗ missing-one (SMALL_MODEL): 404 DeploymentNotFound: ")
    assert bad.endswith(
        "The resource has no deployment 'missing-one': the setting SMALL_MODEL names it."
    )


def test_a_recording_is_written(
    simulator: RunningSimulator, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "a" / "recording"
    assert run(capsys, tmp_path, "--quick", "--record", str(folder))[0] == 0
    [case] = (folder / "anthropic" / "responses").iterdir()
    assert sorted(file.name for file in case.iterdir()) == [
        "client_request.json",
        "deployment.json",
        "upstream_reply.sse",
        "upstream_request.json",
    ]


def test_a_folder_that_cannot_be_written(
    simulator: RunningSimulator, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("")
    code, _, said = run(capsys, tmp_path, "--record", str(tmp_path / "taken"))
    assert (code, "cannot be written" in said) == (1, True)


def test_without_a_resource(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AZURE_OPENAI_ENDPOINT", raising=False)
    code, said, told = run(capsys, tmp_path)
    assert (code, said) == (1, "")
    assert "Copy local.settings.sample.json" in told


def test_the_file_is_read_as_at_the_start(
    simulator: RunningSimulator,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("BIG_MODEL")
    values = {"Values": {"BIG_MODEL": "missing-one", "AZURE_OPENAI_API_KEY": "not-this"}}
    (tmp_path / "local.settings.json").write_text(json.dumps(values))
    assert "missing-one (BIG_MODEL)" in run(capsys, tmp_path, "--quick")[1]


@pytest.mark.parametrize("arguments", [[], ["--json"], ["--start"]])
def test_settings_that_cannot_be_used(
    simulator: RunningSimulator,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
) -> None:
    monkeypatch.setenv("BIG_EFFORT", "enormous")
    code, said, _ = run(capsys, tmp_path, *arguments)
    assert code == 1
    assert "BIG_EFFORT is 'enormous', and can be none" in " ".join(said.split())


@pytest.mark.parametrize(
    "arguments",
    [
        ["--nonsense"],
        ["--record"],
        ["--token-file", "a"],
        ["--url", "https://x.net", "--record", "a"],
        ["--token", "secret", "--url", "https://x.net"],
    ],
)
def test_usage(arguments: list[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments, tmp_path)
    assert ended.value.code == 2


@pytest.mark.skipif(sys.platform == "win32", reason="a signal that Windows does not have")
def test_interrupted_it_counts_what_it_has(simulator: RunningSimulator) -> None:
    simulator.fail_next("hang_before_headers", FOREVER)
    command = [sys.executable, "-m", "local.doctor", "--quick"]
    with subprocess.Popen(
        command, cwd=ROOT, env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        said = b""
        while b"Key" not in said:
            said += process.stdout.readline()
        process.send_signal(signal.SIGINT)
        said += process.stdout.read()
        assert process.wait() == 130
        assert process.stderr.read() == b""
    assert "Stopped before the end." in said.decode()
    assert "3 fine, 0 to look at, 0 failed" not in said.decode()
    assert said.decode().splitlines()[-1].startswith("2 fine, ")


class Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


FINDING = Finding("first", "prod (BIG_MODEL)", "Answers", "ok", "5 tokens…")


@pytest.mark.parametrize(
    ("encoding", "no_color", "line"),
    [
        ("utf-8", "", "\x1b[32m✓\x1b[0m Answers"),
        ("utf-8", "1", "✓ Answers"),
        ("cp1252", "1", "+ Answers"),
        ("ascii", "1", "+ Answers"),
    ],
)
def test_marks_and_colours(
    encoding: str, no_color: str, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    written = io.BytesIO()
    terminal = Terminal(written, encoding=encoding)
    LineReport(terminal).add(FINDING)
    StartReport(terminal).add(FINDING)
    assert f"  {line}" in written.getvalue().decode(encoding)
    terminal.detach()


# --- a deployed app -------------------------------------------------------------

NOWHERE = "http://127.0.0.1:1"  # nothing listens there


def test_a_deployed_app_needs_no_settings_here(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AZURE_OPENAI_ENDPOINT", raising=False)
    code, said, _ = run(capsys, tmp_path, "--url", f"{NOWHERE}/v1", "--quick")
    assert code == 1
    assert said.startswith(f"{NOWHERE}: at most 8 calls, about 50 tokens.\n")
    assert "✗ Answers\n      Nothing listens at 127.0.0.1 on this port." in said
    assert said.splitlines()[-1] == "0 fine, 0 to look at, 1 failed, 0 skipped. 1 call, 0 tokens."


def test_of_a_deployed_app_for_a_program(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, said, _ = run(capsys, tmp_path, "--url", NOWHERE, "--json")
    document = json.loads(said)
    assert (code, document["planned"]["calls"], document["spent"]["calls"]) == (1, 12, 1)
    assert {*document["findings"][0]} == {*Finding.__dataclass_fields__}


@pytest.mark.parametrize(
    ("file", "environment", "token"),
    [
        (None, "", ""),
        (None, " first , second", "first"),
        ("in-the-file\n", "of-the-environment", "in-the-file"),
        ("first,second", "", "first"),
    ],
)
def test_where_the_token_is_read(
    file: str | None, environment: str, token: str, tmp_path: Path
) -> None:
    name = None
    if file:
        (tmp_path / "token").write_text(file)
        name = str(tmp_path / "token")
    assert read_token(name, {"ANTHROPIC_AUTH_TOKEN": environment}) == token


def test_a_token_comes_from_another_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("of-azd\n"))
    assert read_token("-", {}) == "of-azd"


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe", b"two\nlines", None])
def test_a_file_without_a_token_is_one_sentence(
    content: bytes | None, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    code, said, told = run(capsys, tmp_path, "--url", NOWHERE, "--token-file", str(file))
    assert (code, said, told.count("\n")) == (1, "", 1)


def test_the_token_of_the_local_proxy_goes_nowhere(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_AUTH_TOKEN", raising=False)
    values = {"Values": {"ANTHROPIC_AUTH_TOKEN": "of-the-local-proxy"}}
    (tmp_path / "local.settings.json").write_text(json.dumps(values))
    given: list[str] = []
    monkeypatch.setattr(doctor, "Visitor", lambda *it: given.append(it[2]) or Visitor(*it))
    run(capsys, tmp_path, "--url", NOWHERE)
    assert given == [""]


def test_interrupted_outside_it_counts_what_it_has(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: object, path: str, *, known: bool = True) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Visitor, "get", interrupt)
    code, said, _ = run(capsys, tmp_path, "--url", NOWHERE)
    assert (code, "Stopped before the end." in said) == (130, True)
