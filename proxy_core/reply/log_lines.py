"""The two forms of what the proxy writes on stdout: JSON lines for machines, text for people.

JSON wherever nobody looks on: in a file, behind Core Tools, on Azure. Text on a terminal, and where
LOG_FORMAT asks for it.

Rules: text holds nothing that a terminal would obey, whoever sent it; and no line holds a secret of
the settings, wherever it came from: a client may name its token where a model's name belongs.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, get_args

from proxy_core.configuration.log_choices import LogFormat, LogLevel
from proxy_core.openai.redaction import SHORTEST_SECRET
from proxy_core.reply.line_writer import LineWriter

# Set by whoever starts the app and tells its warnings: a banner has them in sentences.
BANNER_TELLS = "PROXY_BANNER_TELLS_WARNINGS"

LONGEST_TEXT = 600  # characters of a name or a sentence
RED, YELLOW, DIM, PLAIN = "\x1b[31m", "\x1b[33m", "\x1b[2m", "\x1b[0m"

LEVELS: tuple[LogLevel, ...] = get_args(LogLevel)  # the least important first

_format: LogFormat = "auto"
_least: LogLevel = "info"
_secrets: tuple[str, ...] = ()
_writer: LineWriter | None = None


def choose(
    format: LogFormat = "auto", level: LogLevel = "info", secrets: Iterable[str] = ()
) -> None:
    """For the whole process: it has one stdout."""
    global _format, _least, _secrets
    _format, _least = format, level
    # within a line of JSON a secret may stand as JSON spells it
    spellings = {form for one in secrets for form in (one, json.dumps(one)[1:-1])}
    _secrets = tuple(form for form in spellings if len(form) >= SHORTEST_SECRET)


def write_beside(is_beside: bool) -> None:
    """Whether a thread of its own writes the lines. What waits in it is written before it ends."""
    global _writer
    before, _writer = _writer, LineWriter(_write_out) if is_beside else None
    if before:
        before.close()


def is_written(level: LogLevel) -> bool:
    return LEVELS.index(level) >= LEVELS.index(_least)


def write_request(record: Mapping[str, Any], sentence: str) -> None:
    """`sentence`: what the client was told of a failure; empty when it got a reply."""
    if not is_written(record["level"]):
        return
    if not _is_text():
        _print(json.dumps(record))
    elif _is_news(record):
        _print(_request_text(record, sentence))


def write_defect(record: Mapping[str, Any]) -> None:
    if _is_text():
        places = " <- ".join(reversed(record["at"]))
        sentence = f"A defect of the proxy: {record['defect']} in {places} ({record['request_id']})"
        _print(f"{_now()}  {_paint(RED, printable(sentence))}")
    else:
        _print(json.dumps({**_stamp("error"), **record}))


def write_body(
    record: Mapping[str, Any], write_text: Callable[[], str], size: int, otherwise: str
) -> None:
    """What LOG_BODIES asks for, whatever the level is. `body_log.py` says what may be seen.

    `size`: of what `write_text` makes it of; `otherwise`: the text where that takes too long.
    """
    if _is_text():
        which = f"{record['body']} of {record['request_id']}, {record['bytes']:,} bytes:"
        heading = f"{_now()}  {_paint(YELLOW, which)}"

        def line(text: str) -> str:
            return f"{heading} {printable(text, None)}"
    else:
        stamped = {**_stamp("info"), **record}

        def line(text: str) -> str:
            return json.dumps({**stamped, "text": text})

    if _writer:
        _writer.put_long(lambda: line(write_text()), lambda: line(otherwise), size)
    else:
        _write_out(line(write_text()))


def write_warning(sentence: str) -> None:
    _write_sentence("warning", _paint(YELLOW, "Warning:"), sentence)


def write_problem(sentence: str) -> None:
    """The app serves nothing until it is solved."""
    _write_sentence("error", _paint(RED, "Problem:"), sentence)


def spell_time(seconds: float) -> str:
    """Since 1970, as ISO 8601 in UTC with milliseconds."""
    second, milliseconds = divmod(int(seconds * 1000), 1000)
    return f"{_spell_second(second)}.{milliseconds:03}Z"


@lru_cache(maxsize=16)  # many requests come within a second
def _spell_second(second: int) -> str:
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}"


def printable(text: str, longest: int | None = LONGEST_TEXT) -> str:
    """One line without control characters, escapes and what turns the direction of writing."""
    seen = "".join(char if char.isprintable() else " " for char in text)
    line = " ".join(seen.split())
    return line if longest is None or len(line) <= longest else f"{line[:longest]}..."


def _write_sentence(level: LogLevel, heading: str, sentence: str) -> None:
    if not is_written(level):
        return
    if _is_text():
        _print(f"{heading} {printable(sentence)}")
    else:
        _print(json.dumps(_stamp(level) | {"message": sentence}))


def _stamp(level: LogLevel) -> dict[str, str]:
    return {"time": spell_time(time.time()), "level": level}


def _is_news(record: Mapping[str, Any]) -> bool:
    """Not so what asked nothing of a model and went well: counts of tokens."""
    return bool(record["attempts"]) or record["status"] >= 400 or _least == "debug"


def _request_text(record: Mapping[str, Any], sentence: str) -> str:
    paint = _paint(RED, _status(record)) if "error" in record else _status(record)
    columns = [_now(), f"{record['client']:<11}", _models(record), paint, *_numbers(record)]
    told = "The client left." if record.get("error") == "ClientLeft" else printable(sentence)
    return "  ".join(filter(None, (*columns, told)))


def _models(record: Mapping[str, Any]) -> str:
    named, deployment = printable(record["model"]), printable(record["deployment"])
    shown = f"{named} -> {deployment}" if deployment and deployment != named else named
    return f"{shown} (fallback {record['resource']})" if record["resource"] else shown


def _status(record: Mapping[str, Any]) -> str:
    """What the client got; behind it the failure that came when a 200 was out already."""
    status, failure = record["status"], record.get("error_status")
    return f"{status}, then {failure}" if failure and 0 < status < 400 else str(status or "---")


def _numbers(record: Mapping[str, Any]) -> Iterator[str]:
    first, total = record["first_byte_ms"], f"{record['total_ms'] / 1000:.1f} s"
    yield total if first is None else f"{first / 1000:.1f}/{total}"
    if "output_tokens" in record:
        cached = f" ({record['cached_tokens']:,} cached)" if record["cached_tokens"] else ""
        yield f"in {record['input_tokens']:,}{cached} out {record['output_tokens']:,}"
    if (again := record["attempts"] - 1) > 0:
        yield f"{again} {'retry' if again == 1 else 'retries'}"


def _is_text() -> bool:
    return _format == "text" or (_format == "auto" and sys.stdout.isatty())


def _now() -> str:
    return _paint(DIM, time.strftime("%H:%M:%S"))


def _paint(colour: str, text: str) -> str:
    """https://no-color.org. Windows' old console shows the codes themselves."""
    is_modern = os.name != "nt" or "WT_SESSION" in os.environ
    is_wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return f"{colour}{text}{PLAIN}" if is_modern and is_wanted and sys.stdout.isatty() else text


def _print(line: str) -> None:
    if _writer:
        _writer.put(line)
    else:
        _write_out(line)


def _write_out(line: str) -> None:
    """Whatever the terminal's own alphabet is: no request fails for a line about it."""
    for secret in _secrets:
        line = line.replace(secret, "...")
    alphabet = sys.stdout.encoding or "utf-8"
    printed = line.encode(alphabet, "replace").decode(alphabet)
    sys.stdout.write(f"{printed}\n")  # at once: another thread's line may come in between
    sys.stdout.flush()
