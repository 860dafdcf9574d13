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
from itertools import chain

import msgspec
from msgspec.structs import replace

from proxy_core.conversation import Message, Part, Reasoning, Role, Text, ToolCall, ToolResult
from proxy_core.wire.known_messages import as_before, in_runs, once_for_run

NO_RESULT = (Text("Error: this tool call was interrupted, and no result was recorded."),)
ORPHAN = Text("Result of an earlier tool call:")

Position = tuple[int, int]  # message, part


class _Repaired(msgspec.Struct, frozen=True):
    messages: tuple[Message, ...]
    ids: frozenset[str]  # of its calls
    is_closed: bool  # whether each call has an id and a result of its own


def repaired(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Run by run, as long as no run has to do with another."""
    earlier, last = in_runs(messages)
    runs = [once_for_run("repaired", _repair, run) for run in earlier]
    ending = _repair(last)
    ids = frozenset[str]().union(ending.ids, *(run.ids for run in runs))
    is_apart = len(ids) == len(ending.ids) + sum(len(run.ids) for run in runs)
    if is_apart and all(run.is_closed for run in runs):
        return (*chain.from_iterable(run.messages for run in runs), *ending.messages)
    return _repair(messages).messages


def _repair(messages: Sequence[Message]) -> _Repaired:
    answers, taken = _pair(messages)
    ids = [part.id for message in messages for part in message.parts if type(part) is ToolCall]
    unique_ids = frozenset(ids)
    is_closed = len(ids) == len(unique_ids) == len(answers)
    return _Repaired(tuple(_rebuild(messages, answers, taken)), unique_ids, is_closed)


def _pair(messages: Sequence[Message]) -> tuple[dict[Position, ToolResult], set[Position]]:
    """Which result answers which call, by the call's position; and the places of those results."""
    waiting: dict[str, deque[Position]] = {}  # the calls of one message, for each id
    answers: dict[Position, ToolResult] = {}
    taken: set[Position] = set()
    for number, message in enumerate(messages):
        for index, part in enumerate(message.parts):
            if type(part) is ToolCall:
                calls = waiting.setdefault(part.id, deque())
                if calls and calls[0][0] != number:
                    calls.clear()  # an older message's calls of this id were given up
                calls.append((number, index))
            elif type(part) is ToolResult and waiting.get(part.call_id):
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
            if type(part) is ToolCall:
                own = unique(part.id, used)
                call = part if own == part.id else replace(part, id=own)
                parts.append(call)
                results.append(_answer(call, answers.get((number, index))))
            elif type(part) is not ToolResult:
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
    if whole.role == role and whole.parts == parts:
        return whole
    return as_before(Message(role, parts))


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
