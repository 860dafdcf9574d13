"""How reasoning is shown inside a reply's content, and taken out again when it comes back.

Cursor ignores every native reasoning field of a model that runs on the user's own key, and sends
an assistant's content back as it was shown.
"""

import re

from proxy_core.conversation import ReasoningDisplay

OPENING: dict[ReasoningDisplay, str] = {
    "details": "<details><summary>Thinking</summary>\n\n",
    "think": "<think>\n",
    "off": "",
}
CLOSING: dict[ReasoningDisplay, str] = {
    "details": "\n\n</details>\n\n",
    "think": "\n</think>\n\n",
    "off": "",
}

# A wrapper that an abort left open reaches to the end. Of the white space around it no more is
# ours than two line breaks on each side, and less where somebody trimmed it.
_SHOWN = re.compile(
    r"(?:\n\n)?(?:<details><summary>Thinking</summary>\n\n.*?(?:</details>\n{0,2}|\Z)"
    r"|<think>\n.*?(?:</think>\n{0,2}|\Z))",
    re.DOTALL,
)


def strip_reasoning(content: str) -> str:
    """An assistant's content without what `ReplyWriter` had added to it."""
    return _SHOWN.sub("", content)
