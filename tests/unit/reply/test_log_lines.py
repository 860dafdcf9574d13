"""Both forms of a line, on a terminal and in a file."""

import io
import json
import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_core.configuration.log_choices import LogFormat, LogLevel
from proxy_core.conversation import ReplyFinished, Usage
from proxy_core.errors import BadRequest, UpstreamError
from proxy_core.reply import log_lines
from proxy_core.reply.request_log import RequestLog

COLOUR = re.compile(r"\x1b\[\d+m")


class Terminal(io.StringIO):
    def __init__(self, encoding: str = "utf-8", terminal: bool = True) -> None:
        super().__init__()
        self._encoding, self._terminal = encoding, terminal

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    def isatty(self) -> bool:
        return self._terminal


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("NO_COLOR", "TERM", "WT_SESSION"):
        monkeypatch.delenv(name, raising=False)
    yield
    log_lines.choose()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    stdout = Terminal()
    monkeypatch.setattr(log_lines, "sys", SimpleNamespace(stdout=stdout))
    return stdout


def asked(**fields: Any) -> RequestLog:
    log = RequestLog("req_1", "messages", client="Claude Code", attempts=1, **fields)
    log.model, log.deployment = "claude-opus-5-5", "gpt-5.4"
    return log


def line(terminal: Terminal) -> str:
    """What a person reads, without the time of day and the durations."""
    text = COLOUR.sub("", terminal.getvalue())
    text = re.sub(r"^\d\d:\d\d:\d\d  ", "", text)
    return re.sub(r"(\d+\.\d/)?\d+\.\d s", "N s", text)


def test_a_reply(terminal: Terminal) -> None:
    log = asked()
    log.begin(200)
    log.finish(ReplyFinished("end", Usage(12262, 4096, 0, 65, 2)))
    log.write()
    assert line(terminal) == (
        "Claude Code  claude-opus-5-5 -> gpt-5.4  200  N s  in 12,262 (4,096 cached) out 65\n"
    )


def test_a_reply_from_the_fallback_after_retries(terminal: Terminal) -> None:
    log = asked(resource=1)
    log.attempts = 3
    log.begin(200)
    log.finish(ReplyFinished("end", Usage(7, 0, 0, 3, 0)))
    log.write()
    assert line(terminal).endswith("gpt-5.4 (fallback 1)  200  N s  in 7 out 3  2 retries\n")


def test_an_error_in_the_clients_words(terminal: Terminal) -> None:
    log = asked()
    log.attempts = 2
    log.fail(UpstreamError("Azure has no quota", status=429, advice="Ask for more."))
    log.begin(429)
    log.write()
    assert line(terminal).endswith("429  N s  1 retry  Azure has no quota. Ask for more.\n")


def test_an_error_behind_a_reply_that_had_begun(terminal: Terminal) -> None:
    log = asked()
    log.begin(200)
    log.fail(UpstreamError("Azure broke off.", status=502))
    log.write()
    assert "  200, then 502  " in line(terminal)


def test_a_client_that_left(terminal: Terminal) -> None:
    asked().write()
    assert line(terminal) == "Claude Code  claude-opus-5-5 -> gpt-5.4  ---  N s  The client left.\n"


def test_what_asked_nothing_of_a_model_leaves_a_line_only_where_it_failed(
    terminal: Terminal,
) -> None:
    for log in (
        RequestLog("req_1", "other", outcome={}),
        RequestLog("req_1", "count_tokens", outcome={"input_tokens": 7}),
    ):
        log.begin(200)
        log.write()
    assert terminal.getvalue() == ""
    log = RequestLog("req_2", "other")
    log.fail(BadRequest("The token is wrong.", status=401))
    log.begin(401)
    log.write()
    assert "401" in terminal.getvalue()
    assert "The token is wrong." in terminal.getvalue()


def test_a_defect_and_a_warning(terminal: Terminal) -> None:
    try:
        raise RuntimeError("the prompt")
    except RuntimeError as defect:
        asked().write_defect(defect)
    log_lines.write_warning("No token.")
    text = COLOUR.sub("", terminal.getvalue())
    place = r"RuntimeError in test_log_lines.py:\d+ \(req_1\)"
    assert re.search(f"A defect of the proxy: {place}", text)
    assert "the prompt" not in text
    assert text.endswith("Warning: No token.\n")


def test_a_problem_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    stdout = Terminal()
    monkeypatch.setattr(log_lines, "sys", SimpleNamespace(stdout=stdout))
    log_lines.write_problem("BIG_MODEL is a key.")
    log_lines.choose("json")
    log_lines.write_problem("BIG_MODEL is a key.")
    text, line = COLOUR.sub("", stdout.getvalue()).splitlines()
    assert text == "Problem: BIG_MODEL is a key."
    assert sentence_of(line) == ("error", "BIG_MODEL is a key.")


def sentence_of(line: str) -> tuple[str, str]:
    record = json.loads(line)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", record.pop("time"))
    assert record.keys() == {"level", "message"}
    return record["level"], record["message"]


def write_a_warning(stdout: Terminal, monkeypatch: pytest.MonkeyPatch, form: LogFormat) -> str:
    monkeypatch.setattr(log_lines, "sys", SimpleNamespace(stdout=stdout))
    log_lines.choose(form)
    log_lines.write_warning("No token.")
    return stdout.getvalue()


@pytest.mark.parametrize(
    ("form", "on_terminal", "is_json"),
    [
        ("auto", True, False),
        ("auto", False, True),
        ("json", True, True),
        ("json", False, True),
        ("text", True, False),
        ("text", False, False),
    ],
)
def test_which_form_is_written(
    monkeypatch: pytest.MonkeyPatch, form: LogFormat, on_terminal: bool, is_json: bool
) -> None:
    text = write_a_warning(Terminal(terminal=on_terminal), monkeypatch, form)
    if is_json:
        assert sentence_of(text) == ("warning", "No token.")
    else:
        assert COLOUR.sub("", text) == "Warning: No token.\n"


@pytest.mark.parametrize(
    ("environ", "on_terminal", "coloured"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"TERM": "dumb"}, True, False),
    ],
)
def test_colour_is_for_a_terminal_that_wants_it(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], on_terminal: bool, coloured: bool
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    text = write_a_warning(Terminal(terminal=on_terminal), monkeypatch, "text")
    assert bool(COLOUR.search(text)) is coloured


def test_windows_old_console_gets_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proxy_core.reply.log_lines.os.name", "nt")
    assert not COLOUR.search(write_a_warning(Terminal(), monkeypatch, "auto"))
    monkeypatch.setenv("WT_SESSION", "1")
    assert COLOUR.search(write_a_warning(Terminal(), monkeypatch, "auto"))


@given(st.text(), st.text(), st.text(), st.sampled_from(["utf-8", "cp1252", "ascii", "cp437"]))
def test_nothing_that_a_terminal_obeys_is_written(
    model: str, deployment: str, sentence: str, encoding: str
) -> None:
    stdout = Terminal(encoding)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_lines, "sys", SimpleNamespace(stdout=stdout))
        patch.setenv("NO_COLOR", "1")
        log = asked()
        log.model, log.deployment = model, deployment
        log.fail(UpstreamError(sentence, advice=sentence))
        log.begin(502)
        log.write()
    written = stdout.getvalue()
    assert written.endswith("\n")
    assert written[:-1].isprintable()
    written.encode(encoding)


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize("least", log_lines.LEVELS)
def test_lines_below_the_level_are_left_out(
    monkeypatch: pytest.MonkeyPatch, form: LogFormat, least: LogLevel
) -> None:
    stdout = Terminal()
    monkeypatch.setattr(log_lines, "sys", SimpleNamespace(stdout=stdout))
    log_lines.choose(form, least)
    writes: dict[LogLevel, list[Callable[[], None]]] = {
        "debug": [lambda: RequestLog("req_1", "other", outcome={}).write()],
        "info": [
            lambda: asked(outcome={"stop_reason": "end"}).write(),
            lambda: asked().write(),  # its client left
        ],
        "warning": [
            lambda: asked(outcome={"error": "BadRequest", "error_status": 400}).write(),
            lambda: log_lines.write_warning("No token."),
        ],
        "error": [
            lambda: asked(outcome={"error": "UpstreamError", "error_status": 502}).write(),
            lambda: asked().write_defect(RuntimeError()),
            lambda: log_lines.write_problem("No endpoint."),
        ],
    }
    written = [level for level, lines in writes.items() for line in lines if is_told(stdout, line)]
    told = log_lines.LEVELS[log_lines.LEVELS.index(least) :]
    assert written == [level for level, lines in writes.items() if level in told for _ in lines]


@pytest.mark.parametrize("least", log_lines.LEVELS)
def test_a_body_on_a_terminal_is_one_line_whatever_the_level(
    terminal: Terminal, least: LogLevel
) -> None:
    log_lines.choose("auto", least)
    text = "a\x1b[31m\n" + "b" * 5_000
    body = {"request_id": "req_1", "body": "client_reply", "bytes": 5_007}
    log_lines.write_body(body, lambda: text, 0, "")
    assert line(terminal) == f"client_reply of req_1, 5,007 bytes: a [31m {'b' * 5_000}\n"


def is_told(stdout: Terminal, write: Callable[[], None]) -> bool:
    before = stdout.getvalue()
    write()
    return stdout.getvalue() != before


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize("secret", ["a-good-token", 'a "good" \\ token', "s\u00e9cret \U0001f511!"])
def test_no_line_holds_a_secret_wherever_a_client_puts_it(
    monkeypatch: pytest.MonkeyPatch, form: LogFormat, secret: str
) -> None:
    stdout = Terminal()
    monkeypatch.setattr(log_lines, "sys", SimpleNamespace(stdout=stdout))
    log_lines.choose(form, "info", ["short", secret])
    log = asked()
    log.model = f"x{secret}x"
    log.fail(BadRequest(f"model: {secret!r} is short"))
    log.begin(400)
    log.write()
    told = stdout.getvalue()
    if form == "json":
        assert json.loads(told)["model"] == "x...x"
    else:
        assert "short" in told  # what may be a word is no secret
    assert secret not in told


def test_a_long_text_is_cut() -> None:
    assert log_lines.printable("x" * 5000) == "x" * log_lines.LONGEST_TEXT + "..."
