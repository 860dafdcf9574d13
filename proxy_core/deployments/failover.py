"""Which resource answers, where there are several. It has no clock: callers say what time it is.

Rules:
* a conversation stays on the resource it went to: no other can open its reasoning, and there its
  prompt is cached;
* a deployment that failed rests for a while, so that the next request does not meet the same
  failure; while it rests everywhere, it is asked all the same.
"""

from collections import OrderedDict
from collections.abc import Sequence, Set

from proxy_core.conversation import Reasoning, Request
from proxy_core.deployments.models import Deployment

SHORTEST_REST = 10.0  # seconds
LONGEST_REST = 300.0  # also where Azure says a day, which means that there is no quota at all
MOST_CONVERSATIONS = 10_000


class Failover:
    """One per process."""

    def __init__(self) -> None:
        # by resource and deployment: quota is a deployment's, so another may go on working there
        self._rests_until: dict[tuple[str, str], float] = {}
        self._homes: OrderedDict[str, str] = OrderedDict()  # conversation -> resource

    def choose(self, deployment: Deployment, request: Request, now: float) -> Deployment:
        """Where a request is sent first."""
        places = _places(deployment)
        home = self._home(request, {place.resource for place in places})
        places = sorted(places, key=lambda place: place.resource != home)
        chosen = next((place for place in places if not self._rests(place, now)), places[0])
        if chosen.resource not in (home, deployment.resource):
            self._settle(request, chosen)
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
        rest = min(max(wait, SHORTEST_REST), LONGEST_REST)
        self._rests_until[failed[-1], deployment.name] = now + rest
        left = (place for place in _places(deployment) if place.resource not in failed)
        chosen = next((place for place in left if not self._rests(place, now)), None)
        if chosen:
            self._settle(request, chosen)
        return chosen

    def _home(self, request: Request, resources: Set[str]) -> str | None:
        """By its last reasoning, which every instance sees; else by what this one remembers."""
        for message in reversed(request.messages):
            for part in reversed(message.parts):
                if (
                    isinstance(part, Reasoning)
                    and part.origin
                    and part.origin.resource in resources
                ):
                    return part.origin.resource
        return self._homes.get(request.conversation_id or "")

    def _settle(self, request: Request, place: Deployment) -> None:
        if request.conversation_id:
            self._homes[request.conversation_id] = place.resource
            self._homes.move_to_end(request.conversation_id)
        while len(self._homes) > MOST_CONVERSATIONS:
            self._homes.popitem(last=False)

    def _rests(self, place: Deployment, now: float) -> bool:
        return self._rests_until.get((place.resource, place.name), now) > now


def _places(deployment: Deployment) -> list[Deployment]:
    return [deployment, *deployment.elsewhere]
