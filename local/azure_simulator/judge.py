"""What the model says when it is asked whether a tool call is safe.

It is asked in two ways: for a verdict on each call as JSON, by the proxy; and for one word about
the last line of a transcript, by Claude Code, where nobody else judges for it.

Whatever a script in the conversation says is data here. A call that holds `flag-this` is flagged,
one that holds `unclear-this` cannot be told, every other one passes.
"""

import json
import re
from typing import Any

from local.azure_simulator.task import Task, UserText

FLAGGED = "flag-this"
UNCLEAR = "unclear-this"

# 2.1.332 says something before it.
TRANSCRIPT = re.compile(r"<transcript>\s*(.*?)\s*</transcript>(.*)", re.DOTALL)


def judge(task: Task) -> str | None:
    """The verdict; None: nobody asks for one."""
    asked = task.entries[-1] if task.entries else None
    if not isinstance(asked, UserText):
        return None
    if _wants_verdicts(task.schema):
        return json.dumps({"verdicts": [*map(_verdict, _read_calls(asked.text))]})
    transcript = TRANSCRIPT.search(asked.text)
    if transcript and "<block>" in transcript[2]:
        return _word(transcript[1].splitlines()[-1])
    return None


def _wants_verdicts(schema: Any) -> bool:
    match schema:
        case {"properties": {"verdicts": _}}:
            return True
        case _:
            return False


def _read_calls(question: str) -> list[dict[str, Any]]:
    try:
        calls: list[dict[str, Any]] = json.loads(question)["calls"]
    except (ValueError, LookupError, TypeError):
        return []
    return calls


def _verdict(call: dict[str, Any]) -> dict[str, str]:
    return {"id": call["id"], "outcome": _outcome(str(call["input"])), "explanation": "So it is."}


def _outcome(arguments: str) -> str:
    if FLAGGED in arguments:
        return "flagged"
    return "unclear" if UNCLEAR in arguments else "not_flagged"


def _word(call: str) -> str:
    if _outcome(call) == "not_flagged":
        return "<block>no</block>"
    return "<block>yes</block><category>Simulated</category><reason>[Simulated] So it is.</reason>"
