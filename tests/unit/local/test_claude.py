"""`dev.py claude`, with a program of ours in the place of Claude Code."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from local.claude import Options, child_environ, main, overruled, read_options
from local.failure import Failure
from local.loopback import open_listener
from proxy_core.client_setup import variables_for

ROOT = Path(__file__).parents[3]
URL = "http://localhost:7071"
MODELS = [
    {"id": f"claude-{tier}-5-5", "display_name": "gpt-5.4", "max_input_tokens": window}
    for tier, window in {"opus": 922_000, "sonnet": 922_000, "haiku": None}.items()
]


@contextmanager
def answering(status: int, body: Any) -> Iterator[int]:
    """A server that answers everything so; its port."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body if isinstance(body, bytes) else json.dumps(body).encode())

        def log_message(self, *_: Any) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ([], Options()),
        (["-p", "hi"], Options(arguments=("-p", "hi"))),
        (["--url", "https://x.net/v1/", "a"], Options(url="https://x.net", arguments=("a",))),
        (["--url=https://x.net", "--print"], Options(url="https://x.net", prints=True)),
        (["--port", "7072", "--", "--print"], Options(port=7072, arguments=("--print",))),
        (["a", "--", "--url", "b"], Options(arguments=("a", "--", "--url", "b"))),
        (["--", "--", "-p"], Options(arguments=("--", "-p"))),
    ],
)
def test_what_is_ours_and_what_is_passed_on(arguments: list[str], options: Options) -> None:
    assert read_options(arguments) == options


@pytest.mark.parametrize(
    "arguments", [["--url"], ["--url", "x.net"], ["--port"], ["--port=x"], ["--url=ftp://x"]]
)
def test_wrong_usage_is_a_sentence(arguments: list[str]) -> None:
    with pytest.raises(Failure):
        read_options(arguments)


def test_nothing_of_the_persons_own_wins_over_the_proxy() -> None:
    variables = variables_for(MODELS, URL, "secret")
    own = {"ANTHROPIC_API_KEY": "sk", "Anthropic_Model": "opus", "ANTHROPIC_BASE_URL": "x"}
    environ = child_environ({**own, "PATH": "p"}, variables)
    assert environ.keys() - variables.keys() == {"PATH", "NO_PROXY", "no_proxy"}
    assert environ["ANTHROPIC_BASE_URL"] == URL


def test_a_proxy_elsewhere_is_reached_as_the_person_reaches_everything() -> None:
    assert "NO_PROXY" not in child_environ({}, variables_for(MODELS, "https://x.net", "secret"))


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ('{"env": {"ANTHROPIC_API_KEY": "sk"}}', ["ANTHROPIC_API_KEY"]),
        ('{"env": {"ANTHROPIC_BASE_URL": "http://other"}}', ["ANTHROPIC_BASE_URL"]),
        (json.dumps({"env": {"ANTHROPIC_BASE_URL": URL, "OTHER": "1"}}), []),
        ('{"env": []}', []),
        ("[]", []),
        ("{", []),
    ],
)
def test_settings_that_win_are_pointed_out(tmp_path: Path, content: str, named: list[str]) -> None:
    file = tmp_path / "settings.json"
    file.write_text(content)
    sentences = [*overruled(variables_for(MODELS, URL, "secret"), file)]
    assert len(sentences) == len(named)
    assert all(f"sets {name}," in sentence for name, sentence in zip(named, sentences, strict=True))
    assert [*overruled({}, tmp_path / "none.json")] == []


# --- as a program -----------------------------------------------------------


def claude(
    *arguments: str, path: Path | None = None, **environ: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(ROOT / "local" / "module.py"), "local.claude", *arguments],
        cwd=path or ROOT,
        env={"PATH": str(path or ""), "HOME": str(path or ""), **environ},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def stand_in(tmp_path: Path) -> Path:
    """A folder with a `claude` that says what it was given, and ends with 7."""
    program = tmp_path / "claude"
    program.write_text(
        f"#!{sys.executable}\nimport json, os, sys\n"
        "print(json.dumps([sys.argv[1:], {**os.environ, 'cwd': os.getcwd()}])); sys.exit(7)\n"
    )
    program.chmod(0o755)
    return tmp_path


@pytest.mark.skipif(os.name == "nt", reason="its stand-in is a program of POSIX")
def test_it_gets_the_variables_and_its_code_is_ours(stand_in: Path) -> None:
    with answering(200, {"data": MODELS}) as port:
        options = ["--url", f"http://127.0.0.1:{port}", "-p", "--", "hi"]
        ended = claude(*options, path=stand_in, ANTHROPIC_AUTH_TOKEN="t")
    assert (ended.returncode, ended.stderr) == (7, "")
    arguments, environ = json.loads(ended.stdout)
    assert arguments == ["-p", "--", "hi"]
    assert environ["ANTHROPIC_AUTH_TOKEN"] == "t"
    assert environ["CLAUDE_CODE_AUTO_COMPACT_WINDOW"] == "922000"
    assert Path(environ["cwd"]) == stand_in.resolve()


@pytest.mark.skipif(os.name == "nt", reason="its stand-in is a program of POSIX")
def test_the_second_uses_the_proxy_of_the_first_and_says_so(stand_in: Path) -> None:
    with answering(200, {"data": MODELS}) as port:
        ended = claude("--port", str(port), path=stand_in, ANTHROPIC_AUTH_TOKEN="t")
    assert ended.returncode == 7
    assert "Using the proxy that runs at" in ended.stderr


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_what_ends_us_ends_it(stand_in: Path, number: signal.Signals) -> None:
    (stand_in / "claude").write_text("#!/bin/sh\necho up\nexec cat\n")
    with answering(200, {"data": MODELS}) as port:
        command = ["-m", "local.claude", "--url", f"http://127.0.0.1:{port}"]
        environ = {"PATH": f"{stand_in}:/bin:/usr/bin", "ANTHROPIC_AUTH_TOKEN": "t"}
        with subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env={**environ, "HOME": str(stand_in)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdout
            assert process.stdout.readline() == b"up\n"
            process.send_signal(signal.SIGINT)  # is for Claude Code alone, which is sent its own
            process.send_signal(number)
            assert process.wait(20) == 128 + signal.SIGTERM


def test_it_is_not_installed() -> None:
    ended = claude("-p", "hi")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "npm install -g @anthropic-ai/claude-code" in ended.stderr


def test_a_proxy_elsewhere_needs_a_token() -> None:
    ended = claude("--url", "https://x.net", "--print")
    assert ended.returncode == 1
    assert ended.stderr == "Set ANTHROPIC_AUTH_TOKEN to the token of the proxy at https://x.net.\n"


def test_the_lines_instead() -> None:
    with answering(200, {"data": MODELS}) as port:
        url = f"http://127.0.0.1:{port}"
        ended = claude("--print", "--url", url, ANTHROPIC_AUTH_TOKEN="it's")
    assert ended.returncode == 0
    block = json.loads(ended.stdout[ended.stdout.index("{") :])
    assert block["env"]["ANTHROPIC_BASE_URL"] == url
    assert block["env"]["ANTHROPIC_AUTH_TOKEN"] == "it's"


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, b"<html>", "is not this proxy"),
        (200, {"data": [{"id": "x"}]}, "is not this proxy"),
        (200, {"data": [{**MODELS[0], "display_name": "a\x1b[2J"}]}, "is not this proxy"),
        (200, [], "is not this proxy"),
        (404, b"", "is not this proxy"),
        (401, {"error": {"message": "The token\x1b is wrong."}}, "says: The token is wrong."),
    ],
)
def test_what_answers_is_another_or_refuses(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    body: Any,
    said: str,
) -> None:
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "secr\u00e9t")
    with answering(status, body) as port:
        assert main(["--print", "--url", f"http://127.0.0.1:{port}"]) == 1
    assert said in capsys.readouterr().err


def test_nobody_answers(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "secret")
    with open_listener("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
    assert main(["--print", "--url", f"http://127.0.0.1:{port}"]) == 1
    assert "No proxy can be reached at" in capsys.readouterr().err


def test_something_else_has_the_port(capsys: pytest.CaptureFixture[str]) -> None:
    with answering(404, b"") as port:
        assert main(["--print", "--port", str(port)]) == 1
    assert f"Port {port} is taken by another program" in capsys.readouterr().err
