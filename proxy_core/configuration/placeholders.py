"""What samples and manuals write where a value of one's own belongs."""

import re

_WORDS = "azure|open-?ai|aoai|foundry|resource|endpoint|instance|service|account|deployment|model"
_INSIDE = re.compile(
    r"<[a-z][a-z _./-]{2,}>|\{[a-z][a-z _.-]{2,}\}|\$\([a-z_]+\)|"
    rf"(?<![a-z])your[-_ ]?(?:own|{_WORDS}|key|token|api|auth|secret|name)",
    re.IGNORECASE,
)
_WHOLE = re.compile(
    r"%\w+%|\$\w+|\.{3,}|…|[*•]+|x{3,}|(?:put|insert|enter|add|paste|replace)[-_ ].*|"
    r"(?:.*[-_ ])?placeholder|change[-_ ]?(?:me|it|this)|to-?do|"
    r"my[-_]?(?:azure[-_]?)?(?:openai[-_]?)?resource(?:[-_]?name)?|my[-_](?:api[-_])?(?:key|token)|"
    rf"(?:{_WORDS}|key|token)[-_]name|(?:example|sample)[-_](?:{_WORDS}|key|token)",
    re.IGNORECASE,
)
LONGEST = 200  # characters


def is_placeholder(value: str) -> bool:
    return bool(_INSIDE.search(value[:LONGEST]) or _WHOLE.fullmatch(value[:LONGEST]))
