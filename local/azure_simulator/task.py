"""What a request asks the simulated model for, whichever API it came in.

Both APIs' readers write a Task; the plan of the reply is made from nothing else.
"""

import re
from dataclasses import dataclass
from typing import Any

REMINDER = re.compile(r"<system-reminder>.*?(?:</system-reminder>|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class UserText:
    text: str

    @property
    def visible(self) -> str:
        """The user's own words: reminders that a client adds are not spoken to us."""
        return REMINDER.sub("", self.text).strip()


@dataclass(frozen=True, slots=True)
class AssistantText:
    text: str


@dataclass(frozen=True, slots=True)
class ToolUse:
    call_id: str
    name: str


@dataclass(frozen=True, slots=True)
class ToolOutcome:
    name: str
    text: str


Entry = UserText | AssistantText | ToolUse | ToolOutcome


@dataclass(frozen=True, slots=True)
class Tool:
    name: str
    kind: str  # function | custom | web_search
    schema: Any = None


@dataclass(frozen=True, slots=True)
class Task:
    entries: tuple[Entry, ...]
    tools: dict[str, Tool]
    """The tools that may be called now: `tool_choice` has had its say."""
    must_call: bool = False
    parallel: bool = True
    reasons: bool = False
    reasoning_tokens: int = 0
    schema: Any = None
    """The JSON Schema that the text must be valid for."""
    json_object: bool = False
    limit: int | None = None
    """The most tokens of output."""


REASONING_TOKENS = {"low": 64, "medium": 64, "high": 128, "xhigh": 192, "max": 256}
