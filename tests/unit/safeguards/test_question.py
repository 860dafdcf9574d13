import json
from typing import Any

import pytest

from proxy_core.conversation import (
    Message,
    Request,
    Text,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolCallStarted,
    ToolResult,
)
from proxy_core.errors import BadRequest
from proxy_core.openai.strict_mode import is_strict
from proxy_core.safeguards.question import (
    LONGEST_CALL,
    VERDICTS,
    AnswerCollector,
    CallRecorder,
    read_verdicts,
    select_shown,
    write_review,
)

CALLS = (ToolCall("call_1", "Bash", '{"command":"ls"}'), ToolCall("call_2", "Bash", "{}"))
FINE = {"id": "call_1", "outcome": "not_flagged", "explanation": ""}
BAD = {"id": "call_2", "outcome": "flagged", "explanation": "It deletes the disk."}


def read(*verdicts: Any) -> dict[str, dict[str, str]]:
    return read_verdicts(json.dumps({"verdicts": verdicts}), CALLS)


def test_clear_verdicts_are_passed_on() -> None:
    assert read(FINE, BAD) == {
        "call_1": {"type": "evaluated", "outcome": "not_flagged"},
        "call_2": {
            "type": "evaluated",
            "outcome": "flagged",
            "explanation": "It deletes the disk.",
        },
    }


@pytest.mark.parametrize(
    "verdicts",
    [
        [],
        [FINE | {"outcome": "unclear"}],
        [FINE | {"outcome": "fine"}],
        [FINE | {"id": "call_9"}],
        [FINE, FINE],
        [FINE, FINE | {"outcome": "unclear"}],
        [FINE, BAD | {"id": "call_1"}],
        [{"id": "call_2", "outcome": "flagged"}],
        ["not_flagged", None],
    ],
)
def test_anything_else_is_no_verdict(verdicts: list[Any]) -> None:
    assert read(*verdicts) == {}


@pytest.mark.parametrize("text", ["", "not_flagged", "[]", '{"verdicts": 1}', "[" * 100_000])
def test_an_answer_of_another_form_is_no_verdict(text: str) -> None:
    assert read_verdicts(text, CALLS) == {}


def test_the_calls_of_a_reply_are_kept_whole() -> None:
    recorder = CallRecorder()
    for event in (
        TextDelta("I look."),
        ToolCallStarted("call_1", "Bash"),
        ToolCallDelta('{"command"'),
        ToolCallDelta(':"ls"}'),
        ToolCallStarted("call_2", "Bash"),
        ToolCallDelta("{}"),
    ):
        recorder.see(event)
    assert recorder.calls == CALLS


def test_a_call_that_cannot_be_shown_whole_is_not_judged() -> None:
    recorder = CallRecorder()
    recorder.see(ToolCallStarted("call_1", "Write"))
    recorder.see(ToolCallDelta("x" * (LONGEST_CALL + 1)))
    assert recorder.calls == ()


def test_the_question_holds_the_context_the_users_words_and_the_calls() -> None:
    request = Request(
        "claude",
        (
            Message("user", (Text("List the files."),)),
            Message("assistant", (Text("I will."),)),
            Message("user", (ToolResult("call_0", (Text("a result"),)), Text("Go on."))),
        ),
        safeguard_context={"mode": "auto"},
    )
    review = write_review(select_shown(request), CALLS, "judge")
    [message] = review.messages
    [part] = message.parts
    assert isinstance(part, Text)
    assert json.loads(part.text) == {
        "context": {"mode": "auto"},
        "user_messages": ["List the files.", "Go on."],
        "calls": [
            {"id": "call_1", "tool": "Bash", "input": '{"command":"ls"}'},
            {"id": "call_2", "tool": "Bash", "input": "{}"},
        ],
    }
    assert review.output_schema is VERDICTS
    assert is_strict(VERDICTS)


def test_the_answer_is_only_collected() -> None:
    collector = AnswerCollector()
    written = [*collector.write(TextDelta("a")), *collector.write(ToolCallStarted("1", "x"))]
    written += [*collector.write(TextDelta("b"))]
    nothing = [collector.open(), collector.keep_alive(), collector.write_error(BadRequest("no"))]
    assert (collector.text, written, nothing) == ("ab", [], [b"", b"", b""])
    assert collector.keep_alive_gap(0) > 10**9
