"""The deployment a request is for: what its checks and its reply need to know."""

import secrets
from collections import OrderedDict
from dataclasses import dataclass

from local.azure_simulator.models import Family
from local.azure_simulator.reasoning_seal import ReasoningSeal

REMEMBERED = 10_000


class IssuedItems:
    """Output items this resource has produced, and the reasoning each of them needs."""

    def __init__(self) -> None:
        self._reasoning: OrderedDict[str, str | None] = OrderedDict()
        self._stored: OrderedDict[str, None] = OrderedDict()

    def add(self, id: str, reasoning_id: str | None, stored: bool) -> None:
        self._reasoning[id] = reasoning_id
        if stored:
            self._stored[id] = None
        for remembered in (self._reasoning, self._stored):
            if len(remembered) > REMEMBERED:
                remembered.popitem(last=False)

    def reasoning_of(self, id: str) -> str | None:
        return self._reasoning.get(id)

    def is_stored(self, id: str) -> bool:
        return id in self._stored


@dataclass(frozen=True, slots=True)
class Deployment:
    name: str
    family: Family
    seal: ReasoningSeal
    items: IssuedItems
    warnings: list[str]
    """Where a check notes what Azure would serve all the same."""


def new_id(prefix: str) -> str:
    return prefix + secrets.token_hex(25)


def new_call_id() -> str:
    return "call_" + secrets.token_urlsafe(18).replace("-", "x").replace("_", "y")
