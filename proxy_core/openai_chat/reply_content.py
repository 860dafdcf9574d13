"""What a delta or a message says beside its calls, in whichever field and form it says it.

https://platform.openai.com/docs/api-reference/chat-streaming

The models behind this API, and the servers in front of them, have no common field for reasoning,
and some write content as a list of parts.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from proxy_core.wire.json import read_string

Kind = Literal["reasoning", "text", "refusal"]
Words = tuple[Kind, str]

# Where reasoning may stand. Who fills several of them says the same in each.
REASONING_FIELDS = (
    "reasoning_content",
    "reasoning",
    "reasoning_text",
    "thinking",
    "reasoning_details",
)
_REASONING = frozenset(REASONING_FIELDS)
REASONING_PARTS = frozenset({"thinking", "reasoning", "reasoning_text", "summary_text"})
FIELDS_OF_REASONING = ("thinking", "text", "reasoning", "summary", "content")


def read_words(delta: Mapping[str, Any]) -> Iterator[Words]:
    """In the order in which a model says them. Raises TypeError for what holds no words."""
    if not _REASONING.isdisjoint(delta):
        told = filter(None, map(delta.get, REASONING_FIELDS))
        yield from (("reasoning", text) for text in _thoughts(next(told, None)))
    content = delta.get("content")
    if isinstance(content, (list, dict)):  # a union would be made anew for each delta
        for part in content if isinstance(content, list) else [content]:
            yield from _read_part(part)
    elif text := read_string(delta, "content"):
        yield "text", text
    if refusal := read_string(delta, "refusal"):
        yield "refusal", refusal


def _read_part(part: Any) -> Iterator[Words]:
    match part:
        case str(text) if text:
            yield "text", text
        case {"type": str(type)} if type in REASONING_PARTS:
            yield from (("reasoning", text) for text in _thoughts(part))
        case {"refusal": str(text)} if text:
            yield "refusal", text
        case dict():
            if text := read_string(part, "text"):  # others are references and the like
                yield "text", text


def _thoughts(value: Any, levels: int = 3) -> Iterator[str]:
    match value:
        case str(text) if text:
            yield text
        case list() if levels:
            for part in value:
                yield from _thoughts(part, levels - 1)
        case dict() if levels:
            words = filter(None, map(value.get, FIELDS_OF_REASONING))
            yield from _thoughts(next(words, None), levels - 1)
        case int() | float():
            raise TypeError("reasoning is no text")
