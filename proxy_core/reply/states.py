"""The states of a reply, and what may follow what.

    HOLDING ──► STREAMING ──► REVIEWING ──► ENDED
       └────────────┴─────────────────────────▲

What waits, what may be tried again and what is open follows from the state alone.
"""

from collections.abc import Mapping
from enum import Enum


class State(Enum):
    # The model has said nothing yet: an attempt that fails may be followed by another.
    HOLDING = "holding"
    # The model speaks: what fails now, fails.
    STREAMING = "streaming"
    # The reply is whole and the call to Azure closed. Its calls are judged, its end not yet told.
    REVIEWING = "reviewing"
    # Finished, failed or left by its client. Nothing is open.
    ENDED = "ended"


FOLLOWING: Mapping[State, frozenset[State]] = {
    State.HOLDING: frozenset({State.STREAMING, State.ENDED}),
    State.STREAMING: frozenset({State.REVIEWING, State.ENDED}),
    State.REVIEWING: frozenset({State.ENDED}),
    State.ENDED: frozenset(),
}


class ImpossibleStep(Exception):
    """A defect of ours: one state cannot follow the other."""


def follow(state: State, following: State) -> State:
    if following not in FOLLOWING[state]:
        raise ImpossibleStep(f"{state.value} -> {following.value}")
    return following
