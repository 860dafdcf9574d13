"""A client's history -> one that Azure accepts, with nothing of it lost.

Azure refuses a call without a result, a result without a call, and a second result.
Clients produce all three: an aborted turn, a compaction, a resumed session. Rules:

* every call is followed at once by exactly one result, in the client's order;
* a call that was never answered gets a result that says so;
* a result that answers no call becomes text of the user's;
* a call id used twice is made unique, in the call and in its result.

Each part is looked at a fixed number of times, however often an id comes: this runs on the loop.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace

from proxy_core.conversation import Message, Part, Reasoning, Role, Text, ToolCall, ToolResult

NO_RESULT = (Text("Error: this tool call was interrupted, and no result was recorded."),)
ORPHAN = Text("Result of an earlier tool call:")

Position = tuple[int, int]  # message, part


def repaired(messages: Sequence[Message]) -> tuple[Message, ...]:
    answers, taken = _pair(messages)
    return tuple(_rebuild(messages, answers, taken))


def _pair(messages: Sequence[Message]) -> tuple[dict[Position, ToolResult], set[Position]]:
    """Which result answers which call, by the call's position; and the places of those results."""
    waiting: dict[str, deque[Position]] = {}  # the calls of one message, for each id
    answers: dict[Position, ToolResult] = {}
    taken: set[Position] = set()
    for number, message in enumerate(messages):
        for index, part in enumerate(message.parts):
            if isinstance(part, ToolCall):
                calls = waiting.setdefault(part.id, deque())
                if calls and calls[0][0] != number:
                    calls.clear()  # an older message's calls of this id were given up
                calls.append((number, index))
            elif isinstance(part, ToolResult) and waiting.get(part.call_id):
                answers[waiting[part.call_id].popleft()] = part
                taken.add((number, index))
    return answers, taken


def _rebuild(
    messages: Sequence[Message], answers: dict[Position, ToolResult], taken: set[Position]
) -> Iterator[Message]:
    used: dict[str, int] = {}
    for number, message in enumerate(messages):
        following = messages[number + 1 : number + 2]
        parts: list[Part] = []
        results: list[Part] = []
        for index, part in enumerate(message.parts):
            if isinstance(part, ToolCall):
                own = unique(part.id, used)
                call = part if own == part.id else replace(part, id=own)
                parts.append(call)
                results.append(_answer(call, answers.get((number, index))))
            elif not isinstance(part, ToolResult):
                parts.append(part)
            elif (number, index) not in taken:
                parts += (ORPHAN, *part.parts)
        if parts:
            yield _said(message.role, tuple(parts), message)
        if results:
            yield _said("user", tuple(results), following[0] if following else message)


def _answer(call: ToolCall, result: ToolResult | None) -> ToolResult:
    if result and result.call_id == call.id and result.custom == call.custom:
        return result
    content = result.parts if result else NO_RESULT
    return ToolResult(call.id, content, call.custom)


def _said(role: Role, parts: tuple[Part, ...], whole: Message) -> Message:
    """That message itself, where it says no more and no less: what was made of it is known."""
    return whole if whole.role == role and whole.parts == parts else Message(role, parts)


def unique(id: str, used: dict[str, int]) -> str:
    """The id, with a number behind it if it is among those used; it is from now on.

    `used` holds each id with the last number that was tried behind it: none is tried twice.
    """
    own, count = id, used.get(id, 1)
    while own in used:
        count += 1
        own = f"{id}_{count}"
    used[own] = 1
    used[id] = count
    return own


def without_reasoning(messages: Sequence[Message]) -> tuple[Message, ...]:
    return tuple(
        replace(message, parts=parts)
        for message in messages
        if (parts := tuple(part for part in message.parts if not isinstance(part, Reasoning)))
    )
