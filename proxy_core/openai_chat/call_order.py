"""Calls told apart and put one after the other, however the chunks mix them.

A piece of a call names an index, an id, both or neither. Under one index a new id is a new call,
and so is a new name; where there is no index, the place in its chunk's list stands in for it.

No chunk says that a call is done. It is when something else begins and its arguments are whole;
else whatever begins meanwhile, text included, waits for the end of the reply.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from proxy_core.conversation import ReplyEvent, ToolCallDelta, ToolCallStarted
from proxy_core.errors import UpstreamError
from proxy_core.openai.arguments import are_complete, read_arguments
from proxy_core.openai.usage import LONGEST_REPLY, MOST_ITEMS
from proxy_core.wire.json import read_string


class Call:
    """The account of one call."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.id = ""
        self.name = ""
        self.stage: Literal["new", "waiting", "open", "closed"] = "new"
        self.is_begun = False  # the client knows of it
        self.repeats_its_name = False  # in each piece, which then says nothing
        self.pieces: list[str] = []

    @property
    def arguments(self) -> str:
        return "".join(self.pieces)

    def add(self, arguments: str) -> None:
        if arguments:
            self.pieces.append(arguments)

    def learn(self, id: str, name: str) -> None:
        self.id = self.id or id
        self.name = self.name or name

    def is_over(self, name: str, arguments: str, *, same_id: bool) -> bool:
        """Whether a piece that names a call begins the next one."""
        if not (name and self.name):
            return False
        if name != self.name:
            return not same_id
        if self.repeats_its_name or not (arguments.strip() and self.pieces):
            return False
        is_whole = are_complete(self.arguments)
        self.repeats_its_name = not is_whole
        return is_whole


class CallOrder:
    """The calls of one reply, and what the model says between them.

    `names` gives back names that were changed for the wire, `make_id` an id for a call that has
    none, by its number and name.
    """

    def __init__(self, names: Mapping[str, str], make_id: Callable[[int, str], str]) -> None:
        self._names = names
        self._make_id = make_id
        self._calls: list[Call] = []
        self._latest: dict[int, Call] = {}  # by index
        self._by_id: dict[tuple[int | None, str], Call] = {}
        self._open: Call | None = None
        self._waiting: list[Call | ReplyEvent] = []
        self._characters = 0  # of all that waits

    @property
    def has_called(self) -> bool:
        return any(call.is_begun for call in self._calls)

    def say(self, event: ReplyEvent, size: int) -> Iterable[ReplyEvent]:
        """What is no call."""
        if self._is_free():
            return (event,)
        self._wait(event, size)
        return ()

    def read_pieces(self, pieces: Sequence[Mapping[str, Any]]) -> Iterator[ReplyEvent]:
        for place, piece in enumerate(pieces):
            id, name, arguments = _read_call(piece)
            if id or name or arguments:
                call = self._find(piece.get("index"), place, id, name, arguments)
                yield from self._add(call, arguments)

    def pieces(self, index: int) -> list[str]:
        """Of the arguments of a call that has begun, to be continued."""
        return self._latest[index].pieces

    def read_whole(self, wholes: Sequence[Mapping[str, Any]]) -> Iterator[ReplyEvent]:
        """All calls of a message: of those that are known only what has not been said."""
        known = [*self._calls]
        for place, whole in enumerate(wholes):
            id, name, arguments = _read_call(whole)
            call = _recognise(known, place, id, name)
            if call is None:
                call = self._begin_account()
            else:
                known.remove(call)
            call.learn(id, name)
            said = call.arguments
            yield from self._add(call, arguments.removeprefix(said) if said else arguments)

    def flush(self) -> Iterator[ReplyEvent]:
        """Nothing more will come."""
        waiting, self._waiting, self._characters = self._waiting, [], 0
        for each in [self._open, *waiting] if self._open else waiting:
            if isinstance(each, Call):
                yield from self._close(each)
            else:
                yield each
        self._open = None

    def _find(self, index: Any, place: int, id: str, name: str, arguments: str) -> Call:
        number = index if isinstance(index, int) else None
        key = -1 - place if number is None else number
        latest, call = self._latest.get(key), None
        if latest and not (id or name):  # as nearly every piece
            return latest
        if id:
            call = self._by_id.get((number, id))
        if call is None and latest and not (id and latest.id):
            call = latest
        if call is None or call.is_over(name, arguments, same_id=bool(id) and id == call.id):
            call = self._begin_account()
        call.learn(id, name)
        self._latest[key] = call
        if id:
            self._by_id[number, id] = call
        return call

    def _begin_account(self) -> Call:
        self._calls.append(Call(len(self._calls)))
        return self._calls[-1]

    def _add(self, call: Call, arguments: str) -> Iterable[ReplyEvent]:
        call.add(arguments)
        match call.stage:
            case "open":
                return self._continue(call, arguments)
            case "new" if self._is_free():
                call.stage, self._open = "open", call
                return self._continue(call, arguments)
            case "new":
                call.stage = "waiting"
                self._wait(call, len(arguments))
            case "waiting":
                self._count(len(arguments))
            case "closed" if arguments.strip():
                raise UpstreamError("Azure went back to the arguments of an earlier tool call.")
        return ()

    def _continue(self, call: Call, arguments: str) -> Iterable[ReplyEvent]:
        if call.is_begun:
            return (ToolCallDelta(arguments),) if arguments else ()
        return self._begin(call) if call.name and (call.id or arguments) else ()

    def _begin(self, call: Call) -> Iterator[ReplyEvent]:
        call.is_begun = True
        id = call.id or self._make_id(call.number, call.name)
        yield ToolCallStarted(id, self._names.get(call.name, call.name))
        if arguments := call.arguments:
            yield ToolCallDelta(arguments)

    def _close(self, call: Call) -> Iterator[ReplyEvent]:
        call.stage = "closed"
        if not call.name:
            raise UpstreamError("Azure began a tool call without naming it.")
        if not call.is_begun:
            yield from self._begin(call)

    def _is_free(self) -> bool:
        """Whether something else can begin now."""
        if self._open and not self._waiting:
            if not (self._open.is_begun and are_complete(self._open.arguments)):
                return False
            self._open.stage, self._open = "closed", None
        return not self._waiting

    def _wait(self, what: Call | ReplyEvent, size: int) -> None:
        self._waiting.append(what)
        self._count(size)

    def _count(self, size: int) -> None:
        self._characters += size
        if len(self._waiting) > MOST_ITEMS or self._characters > LONGEST_REPLY:
            raise UpstreamError("Azure began more calls at once than can be kept in order.")


def _read_call(call: Mapping[str, Any]) -> tuple[str, str, str]:
    """Its id, its name, and its arguments or a piece of them."""
    function = call.get("function") or call.get("custom") or {}
    arguments = read_arguments(function.get("arguments", function.get("input")))
    return read_string(call, "id"), read_string(function, "name"), arguments


def _recognise(known: Sequence[Call], place: int, id: str, name: str) -> Call | None:
    for call in known:
        if id and call.id == id:
            return call
    for call in known:
        if call.number == place and name in (call.name, "") and not (id and call.id):
            return call
    return None
