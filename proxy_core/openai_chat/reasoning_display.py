"""How reasoning is shown inside a reply's content, and taken out again when it comes back.

Cursor ignores every native reasoning field of a model that runs on the user's own key, and sends
an assistant's content back as it was shown. But a model, too, may write of such tags, and what it
wrote must not be lost. So a wrapper is taken out only where a reply could have put it:

* at the start of the content, as often as it stands there, and of every kind: the conversation may
  have begun under another setting;
* further on, of the kind that is set: behind a blank line or another wrapper, closed, and not
  within a code fence;
* one that an abort left open, of the kind that is set, and only at the start: it takes all that
  follows with it.
"""

import re
from collections.abc import Iterator

from proxy_core.conversation import ReasoningDisplay

OPENING: dict[ReasoningDisplay, str] = {
    "details": "<details><summary>Thinking</summary>\n\n",
    "think": "<think>\n",
    "field": "",
    "off": "",
}
CLOSING: dict[ReasoningDisplay, str] = {
    "details": "\n\n</details>\n\n",
    "think": "\n</think>\n\n",
    "field": "",
    "off": "",
}

# Of the white space around a wrapper no more is ours than two line breaks on each side, and less
# where somebody trimmed it.
_AT_START = re.compile(
    r"(?:(?:\n\n)?(?:<details><summary>Thinking</summary>\n\n.*?</details>|<think>\n.*?</think>)"
    r"\n{0,2})*",
    re.DOTALL,
)
_MARKS: dict[ReasoningDisplay, re.Pattern[str]] = {
    display: re.compile(
        rf"(?P<opening>(?:\n\n)?{re.escape(OPENING[display])})"
        rf"|(?P<closing>{re.escape(CLOSING[display].strip())}\n{{0,2}})"
        r"|(?P<fence>^ {0,3}(?:```|~~~))",
        re.MULTILINE,
    )
    for display in ("details", "think")
}


def strip_reasoning(content: str, display: ReasoningDisplay) -> str:
    """An assistant's content without what `ReplyWriter` had added to it."""
    content = _AT_START.sub("", content, count=1)
    if display not in _MARKS:
        return content
    if content.removeprefix("\n\n").startswith(OPENING[display]):
        return ""
    return "".join(_between(content, _MARKS[display]))


def _between(content: str, marks: re.Pattern[str]) -> Iterator[str]:
    """What stands outside of the wrappers, read in one pass."""
    at, opened, in_code = 0, -1, False
    for mark in marks.finditer(content):
        match mark.lastgroup:
            case "fence" if opened < 0:
                in_code = not in_code
            case "opening" if opened < 0 and not in_code and _may_open(mark, at):
                opened = mark.start()
            case "closing" if opened >= 0:
                yield content[at:opened]
                at, opened = mark.end(), -1
    yield content[at:]


def _may_open(mark: re.Match[str], end: int) -> bool:
    """Whether a reply opens a wrapper so. `end`: of the wrapper before it."""
    return mark[0].startswith("\n\n") or mark.start() == end
