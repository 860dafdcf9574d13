"""The model that is asked whether a tool call is safe."""

import json
from typing import Any

import pytest

from local.azure_simulator.judge import FLAGGED, UNCLEAR, judge
from local.azure_simulator.task import AssistantText, Task, UserText

VERDICTS = {"type": "object", "properties": {"verdicts": {"type": "array"}}}


def verdicts(text: str, schema: Any = VERDICTS) -> str | None:
    return judge(Task((UserText(text),), {}, schema=schema))


def word(
    transcript: str, rest: str = "Your ENTIRE response MUST begin with <block>."
) -> str | None:
    return verdicts(f"<transcript>\n{transcript}\n</transcript>\n\n{rest}", None)


def test_each_call_has_its_verdict() -> None:
    calls = [{"id": id, "input": id} for id in ("a", FLAGGED, UNCLEAR)]
    answer = json.loads(verdicts(json.dumps({"calls": calls})) or "")
    assert [(verdict["id"], verdict["outcome"]) for verdict in answer["verdicts"]] == [
        ("a", "not_flagged"),
        (FLAGGED, "flagged"),
        (UNCLEAR, "unclear"),
    ]


def test_a_question_that_cannot_be_read_has_none() -> None:
    assert verdicts("What?") == verdicts("[]") == '{"verdicts": []}'


@pytest.mark.parametrize(
    ("transcript", "blocks"),
    [("ls", "no"), (f"{FLAGGED}\nls", "no"), (f"ls\n{FLAGGED}", "yes"), (UNCLEAR, "yes")],
)
def test_one_word_about_the_last_line(transcript: str, blocks: str) -> None:
    assert (word(transcript) or "").startswith(f"<block>{blocks}</block>")


def test_something_may_stand_before_the_transcript() -> None:
    asked = "<tools-used>none</tools-used>\n<transcript>\nls\n</transcript>\nBegin with <block>."
    assert verdicts(asked, None) == "<block>no</block>"


def test_nobody_asks() -> None:
    assert word("ls", "Summarize this.") is None
    assert verdicts("Hi", {"type": "object"}) is None
    assert judge(Task((), {})) is None
    assert judge(Task((UserText("Hi"), AssistantText("Ho")), {}, schema=VERDICTS)) is None
