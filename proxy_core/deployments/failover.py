"""Which resource answers, where there are several. It has no clock: callers say what time it is.

Rules:
* a conversation stays on the resource it went to: no other can open its reasoning, and there its
  prompt is cached;
* a deployment that failed rests for a while, so that the next request does not meet the same
  failure; while it rests everywhere, it is asked all the same.
"""

import math
from collections.abc import Sequence, Set

from proxy_core.conversation import Origin, Reasoning, Request
from proxy_core.deployments.models import Deployment
from proxy_core.deployments.short_memory import ShortMemory

SHORTEST_REST = 10.0  # seconds
LONGEST_REST = 300.0  # also where Azure says a day, which means that there is no quota at all
MOST_CONVERSATIONS = 10_000
MOST_RESTING = 1_000  # clients may make up their names


class Failover:
    """One per process."""

    def __init__(self) -> None:
        # by resource and deployment: quota is a deployment's, so another may go on working there
        self._resting: ShortMemory[tuple[str, str], float] = ShortMemory(MOST_RESTING)
        # the resource of a conversation, by its digest
        self._homes: ShortMemory[str, str] = ShortMemory(MOST_CONVERSATIONS)

    def choose(self, deployment: Deployment, request: Request, now: float) -> Deployment:
        """Where a request is sent first."""
        if not deployment.elsewhere:
            return deployment
        candidates = _candidates(deployment)
        home = self._home(request, {one.resource for one in candidates}, now)
        candidates = sorted(candidates, key=lambda one: one.resource != home)
        chosen = next((one for one in candidates if not self._rests(one, now)), candidates[0])
        if chosen.resource not in (home, deployment.resource):
            self._settle(request, chosen, now)
        return chosen

    def move(
        self,
        deployment: Deployment,
        request: Request,
        failed: Sequence[str],
        wait: float,
        now: float,
    ) -> Deployment | None:
        """Where a request goes from the last of the resources that failed it; None: nowhere else.

        `wait`: seconds after which that one may work again.
        """
        if not deployment.elsewhere:
            return None
        self._rest((failed[-1], deployment.name), wait, now)
        left = (one for one in _candidates(deployment) if one.resource not in failed)
        chosen = next((one for one in left if not self._rests(one, now)), None)
        if chosen:
            self._settle(request, chosen, now)
        return chosen

    def _home(self, request: Request, resources: Set[str], now: float) -> str | None:
        """By its last reasoning, which every instance sees; else by what this one remembers."""
        for message in reversed(request.messages):
            for part in reversed(message.parts):
                match part:
                    case Reasoning(origin=Origin(resource)) if resource in resources:
                        return resource
        return self._homes.get(request.conversation_id or "", now)

    def _settle(self, request: Request, chosen: Deployment, now: float) -> None:
        if request.conversation_id:
            self._homes.put(request.conversation_id, chosen.resource, math.inf, now)

    def _rest(self, key: tuple[str, str], wait: float, now: float) -> None:
        """Requests that fail at once may be told different waits: the longest counts."""
        asked = now + min(max(wait, SHORTEST_REST), LONGEST_REST)
        until = max(asked, self._resting.get(key, now) or asked)
        self._resting.put(key, until, until, now)

    def _rests(self, candidate: Deployment, now: float) -> bool:
        return self._resting.get((candidate.resource, candidate.name), now) is not None


def _candidates(deployment: Deployment) -> list[Deployment]:
    """The same model on every resource that has it, in the order of the settings."""
    return [deployment, *deployment.elsewhere]
