"""The outputs of a plan that become items, with their ids."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from local.azure_simulator.deployment import new_call_id, new_id
from local.azure_simulator.plan import Output, Search, Speech, Thought, ToolCall

ID_PREFIXES: dict[type[Output], str] = {
    Thought: "rs_",
    Speech: "msg_",
    ToolCall: "fc_",
    Search: "ws_",
}


@dataclass(frozen=True, slots=True)
class Placed:
    """An output with its place in the reply."""

    output: Output
    id: str
    call_id: str


def place(outputs: Iterable[Output]) -> list[Placed]:
    return [_place(output) for output in outputs if type(output) in ID_PREFIXES]


def follower_of(placed: Sequence[Placed], index: int) -> str:
    """What must come after an item of reasoning when it is replayed; empty: nothing need to."""
    match placed[index + 1 :]:
        case [Placed(ToolCall(), _, call_id), *_]:
            return call_id
        case [Placed(Speech()), *_]:
            return "message"
        case [Placed(Search()), *_]:
            return "web_search_call"
        case [Placed(_, id), *_]:
            return id
        case _:
            return ""


def _place(output: Output) -> Placed:
    prefix = ID_PREFIXES[type(output)]
    if isinstance(output, ToolCall):
        prefix = "ctc_" if output.kind == "custom" else prefix
        return Placed(output, new_id(prefix), new_call_id())
    return Placed(output, new_id(prefix), "")
