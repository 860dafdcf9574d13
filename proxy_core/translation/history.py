"""A client's history -> one that Azure accepts, with nothing of it lost.

Azure refuses a call without a result, a result without a call, and a second result.
Clients produce all three: an aborted turn, a compaction, a resumed session. Rules:

* every call is followed at once by exactly one result, in the client's order;
* a call that was never answered gets a result that says so;
* a result that answers no call becomes text of the user's;
* a call id used twice is made unique, in the call and in its result.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from proxy_core.conversation import Message, Part, Reasoning, Text, ToolCall, ToolResult

NO_RESULT = (Text("Error: this tool call was interrupted, and no result was recorded."),)
ORPHAN = Text("Result of an earlier tool call:")

Position = tuple[int, int]  # message, part


def repaired(messages: Sequence[Message]) -> tuple[Message, ...]:
    answers, taken = _pair(messages)
    return tuple(_rebuild(messages, answers, taken))


def _pair(messages: Sequence[Message]) -> tuple[dict[Position, ToolResult], set[Position]]:
    """Which result answers which call, by the call's position; and the places of those results."""
    waiting: dict[str, list[Position]] = {}
    answers: dict[Position, ToolResult] = {}
    taken: set[Position] = set()
    for position, part in _positions(messages):
        match part:
            case ToolCall(id):  # an older message's call of this id was given up
                waiting[id] = [w for w in waiting.get(id, ()) if w[0] == position[0]] + [position]
            case ToolResult(call_id) if waiting.get(call_id):
                answers[waiting[call_id].pop(0)] = part
                taken.add(position)
            case _:
                pass
    return answers, taken


def _rebuild(
    messages: Sequence[Message], answers: dict[Position, ToolResult], taken: set[Position]
) -> Iterator[Message]:
    used: set[str] = set()
    for number, message in enumerate(messages):
        parts: list[Part] = []
        results: list[Part] = []
        for position, part in _positions([message], number):
            match part:
                case ToolCall(id):
                    own = unique(id, used)
                    parts.append(replace(part, id=own))
                    answer = answers.get(position) or ToolResult(id, NO_RESULT)
                    results.append(replace(answer, call_id=own, custom=part.custom))
                case ToolResult(_, content):
                    if position not in taken:
                        parts += (ORPHAN, *content)
                case _:
                    parts.append(part)
        if parts:
            yield replace(message, parts=tuple(parts))
        if results:
            yield Message("user", tuple(results))


def _positions(messages: Sequence[Message], first: int = 0) -> Iterator[tuple[Position, Part]]:
    for number, message in enumerate(messages, first):
        for index, part in enumerate(message.parts):
            yield (number, index), part


def unique(id: str, used: set[str]) -> str:
    """The id, changed if it is among those used; it is from now on."""
    own, count = id, 1
    while own in used:
        count += 1
        own = f"{id}_{count}"
    used.add(own)
    return own


def without_reasoning(messages: Sequence[Message]) -> tuple[Message, ...]:
    return tuple(
        replace(message, parts=parts)
        for message in messages
        if (parts := tuple(part for part in message.parts if not isinstance(part, Reasoning)))
    )
