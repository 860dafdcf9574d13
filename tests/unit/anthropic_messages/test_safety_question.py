"""The question whether a tool use is dangerous: as it is asked, and as it is answered."""

import json
from typing import Any

import pytest

from proxy_core.anthropic_messages.reply_writer import ReplyHead, ReplyWriter
from proxy_core.anthropic_messages.safety_question import read_context, write_results
from proxy_core.conversation import ReplyFinished
from proxy_core.errors import BadRequest
from tests.grammar import read_events

ASKED = {"type": "dangerous_tool_use"}
STATUS = {"type": "unsupported"}


@pytest.mark.parametrize(
    ("safeguards", "context"),
    [
        (None, None),
        ([], None),
        ([{"type": "another_question"}, {}], None),
        ([ASKED], {}),
        ([{"type": "another_question"}, ASKED | {"classifier_context": {"a": 1}}], {"a": 1}),
        ([ASKED | {"classifier_context": "text"}], {}),
    ],
)
def test_as_it_is_asked(safeguards: Any, context: Any) -> None:
    assert read_context({"safeguards": safeguards}) == context


def test_safeguards_that_are_none() -> None:
    with pytest.raises(BadRequest, match=r"^safeguards\.0: Input should be a valid object$"):
        read_context({"safeguards": ["x"]})


@pytest.mark.parametrize("status", [None, STATUS])
def test_as_it_is_answered(status: Any) -> None:
    told = write_results(STATUS)
    assert told == [{"type": "dangerous_tool_use", "status": STATUS}]
    head = ReplyHead("msg_1", "claude-x", safeguard_status=lambda: status)
    for stream in (True, False):
        writer = ReplyWriter(head, stream=stream)
        reply = writer.open() + writer.write(ReplyFinished("end"))
        ending = read_events(reply)[-2]["delta"] if stream else json.loads(reply)
        assert ending.get("safeguard_results") == (told if status else None)
