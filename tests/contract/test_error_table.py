"""Each row of the table of errors holds, none is missing, and the page for people has them all."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from proxy_core.deployments.lesson import NO_LESSON
from proxy_core.deployments.models import Deployment, UpstreamApi, find_family
from proxy_core.deployments.refusals import read_lesson
from proxy_core.errors import UpstreamError
from proxy_core.openai.advice import explain_error
from proxy_core.openai.errors import read_error_body, refuses_reasoning
from proxy_core.openai.redaction import redact_error
from proxy_core.reply.client import CLAUDE, CURSOR, Client
from tests import chat_grammar, grammar
from tests.contract.error_table import (
    ENDINGS,
    HTTP,
    SECRET,
    STREAM,
    Ending,
    Row,
    StreamRow,
    answers,
    stream_fault,
)
from tests.contract.known_answers import KNOWN_ANSWERS, Answer
from tests.streams import (
    added,
    chat_stream,
    chat_translator,
    chunk,
    delta,
    read_all,
    responses_stream,
    translate,
    translator,
)

PAGE = Path(__file__).parents[2] / "docs" / "errors.md"
APIS: list[UpstreamApi] = ["responses", "chat"]
DEPLOYMENT = Deployment("my-gpt", "responses", find_family("gpt-5.4"), setting="BIG_MODEL")

every_row = pytest.mark.parametrize("row", HTTP, ids=lambda row: row.name)
every_stream = pytest.mark.parametrize("row", STREAM, ids=lambda row: row.name)
every_ending = pytest.mark.parametrize("row", ENDINGS, ids=lambda row: row.name)
every_api = pytest.mark.parametrize("api", APIS)


def read(name: str) -> UpstreamError:
    answer = dict(answers())[name]
    error = read_error_body(answer.status, answer.headers, answer.body)
    return redact_error(error, [SECRET])


def refuse(client: Client, error: UpstreamError) -> tuple[int, Any, dict[str, str]]:
    """Status, error and headers of the response."""
    reply = client.refuse(explain_error(error, DEPLOYMENT), "req_1")
    assert isinstance(reply.body, bytes)
    assert SECRET.encode() not in reply.body
    assert b"<" not in reply.body
    return reply.status, json.loads(reply.body)["error"], reply.headers


# --- instead of a reply ---


@every_row
def test_what_claudes_clients_get(row: Row) -> None:
    status, error, headers = refuse(CLAUDE, read(row.name))
    assert (status, error["type"]) == row.claude
    assert row.says in error["message"]
    acted_on = {
        name: headers[name] for name in ("retry-after", "x-should-retry") if name in headers
    }
    assert acted_on == row.headers


@every_row
def test_what_cursor_gets(row: Row) -> None:
    status, error, _ = refuse(CURSOR, read(row.name))
    assert (status, error["type"]) == (400, "invalid_request_error")
    assert error["message"].startswith("Azure OpenAI ")
    assert row.says in error["message"]
    assert row.cursor in error["message"]


@every_row
def test_nothing_is_said_twice(row: Row) -> None:
    for client in (CLAUDE, CURSOR):
        _, error, _ = refuse(client, read(row.name))
        sentences = re.split(r"(?<=[.!?…]) ", error["message"])
        assert len(sentences) == len({*sentences})


def test_each_failure_of_the_simulator_has_one_row() -> None:
    assert sorted(row.name for row in HTTP) == sorted(name for name, _ in answers())


# --- inside a reply ---


def broken_stream(name: str, api: UpstreamApi, said: str) -> bytes:
    """What Azure sends when it breaks off with this failure after these words."""
    fault = stream_fault(name)
    if api == "responses":
        begun = [added(0, type="message", content=[]), delta("output_text", 0, said)]
        events, encode = fault.responses, responses_stream
    else:
        begun, events = [chunk(content=said)], fault.chat
        encode = lambda *chunks: chat_stream(*chunks, done=False)  # noqa: E731
    written = encode(*begun) if said else b""
    for event in events:
        written += event.encode() if isinstance(event, str) else encode(event)
    return written


@every_stream
@every_api
def test_a_failure_before_the_first_word_is_a_response(row: StreamRow, api: UpstreamApi) -> None:
    reader = translator(api)
    _, failure = read_all(reader, broken_stream(row.name, api, ""))
    assert isinstance(failure, UpstreamError)
    assert not reader.has_spoken
    status, error, _ = refuse(CLAUDE, failure)
    assert (status, error["type"]) == row.claude
    assert row.says in error["message"]
    status, error, _ = refuse(CURSOR, failure)
    assert status == 400
    assert row.says in error["message"]
    assert row.cursor in error["message"]


@every_stream
@every_api
def test_a_failure_later_is_an_event(row: StreamRow, api: UpstreamApi) -> None:
    ending = grammar.read_stream(translate(translator(api), broken_stream(row.name, api, "Hi")))
    assert ending["error"]["type"] == row.event
    assert row.says in ending["error"]["message"]


@every_stream
@every_api
def test_cursor_reads_it_in_the_answer(row: StreamRow, api: UpstreamApi) -> None:
    reply = translate(chat_translator(api), broken_stream(row.name, api, "Hi"))
    (choice,) = chat_grammar.read_stream(reply)["choices"]
    assert choice["finish_reason"] == "stop"
    assert choice["message"]["content"].startswith("Hi\n\nAzure OpenAI ")
    assert row.says in choice["message"]["content"]
    assert row.cursor in choice["message"]["content"]


@every_ending
@every_api
def test_endings_that_are_no_errors(row: Ending, api: UpstreamApi) -> None:
    stream = broken_stream(row.name, api, "Hi")
    ending = grammar.read_stream(translate(translator(api), stream))
    assert ending["stop_reason"] == row.claude
    assert row.explains in ending.get("stop_details", {}).get("explanation", "")
    (choice,) = chat_grammar.read_stream(translate(chat_translator(api), stream))["choices"]
    assert choice["finish_reason"] == row.cursor


# --- what recognises errors by Azure's words ---


@every_row
def test_explaining_hides_nothing_from_those_who_recognise_errors(row: Row) -> None:
    error = read(row.name)
    explained = explain_error(error, DEPLOYMENT)
    assert type(explained) is type(error)
    about = error.about or ("setting" if explained.about == "setting" else "")
    assert vars(explained) == {**vars(error), "advice": explained.advice, "about": about}
    assert explain_error(explained, DEPLOYMENT) is explained
    if error.about or refuses_reasoning(error) or teaches(error):
        assert explained is error


def teaches(error: UpstreamError) -> bool:
    return any(read_lesson(error, api) != NO_LESSON for api in APIS)


# --- nothing is missing ---


@pytest.mark.parametrize("known", KNOWN_ANSWERS, ids=lambda answer: answer.words[:40])
def test_all_that_is_known_of_azures_answers_has_a_row(known: Answer) -> None:
    bodies = [(answer.status, parse(answer.body)) for _, answer in answers()]
    assert any(known.is_like(status, body) for status, body in bodies)


def test_what_is_sent_again_without_reasoning() -> None:
    for status, body in ((answer.status, answer.body) for _, answer in answers()):
        for known in KNOWN_ANSWERS:
            if known.is_like(status, parse(body)):
                error = read_error_body(status, {}, body)
                assert refuses_reasoning(error) == known.without_reasoning


def parse(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


# --- the page ---

LINES = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]


def line_of(name: str) -> str:
    (line,) = (line for line in LINES if f"`{name}`" in line.split("|")[1])
    return line


@pytest.mark.parametrize("row", [*HTTP, *STREAM], ids=lambda row: row.name)
def test_the_page_says_the_same(row: Row | StreamRow) -> None:
    status, type = row.claude
    assert f"{status} `{type}`" in line_of(row.name)
    if isinstance(row, StreamRow):
        assert f"`{row.event}`" in line_of(row.name)
    else:
        assert ("`x-should-retry: false`" in line_of(row.name)) == ("x-should-retry" in row.headers)


@every_ending
def test_the_page_knows_the_endings(row: Ending) -> None:
    assert f"`{row.claude}`" in line_of(row.name)
    assert f"`{row.cursor}`" in line_of(row.name)


def test_the_page_lists_nothing_else() -> None:
    named = {name for line in LINES for name in re.findall(r"`(\w+)`", line.split("|")[1])}
    assert named == {row.name for row in (*HTTP, *STREAM, *ENDINGS)}
