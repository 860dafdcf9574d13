"""Which efforts a deployment takes: Azure lists them where it refuses one.

https://learn.microsoft.com/azure/ai-foundry/openai/how-to/reasoning
"""

from typing import Any

from proxy_core.conversation import Effort
from proxy_core.deployments.lesson import EFFORTS_AT
from proxy_core.deployments.models import UNKNOWN
from proxy_core.deployments.refusals import read_lesson
from proxy_core.doctor import bodies
from proxy_core.doctor.families import find_fitting, name_family
from proxy_core.doctor.finding import Verdict
from proxy_core.doctor.visit import Change, Visit
from proxy_core.errors import UpstreamError

# Efforts that few models have: one that a model lacks is refused, with a list of those it has.
# A word that is none at all would be answered with all that the API knows.
RARE: tuple[Effort, ...] = ("minimal", "max", "none")


async def check_efforts(visit: Visit) -> Verdict:
    """Ask for one it should not have, on purpose."""
    known = visit.deployment.efforts
    taken: list[str] = []
    for effort in (effort for effort in RARE if effort not in known):
        try:
            body = bodies.small(visit.deployment.name, "medium")
            await visit.ask(f"effort_{effort}", body, _asking_for(visit, effort))
        except UpstreamError as error:
            found = _read(visit, error)
            if found is None:
                raise
            return _compare(visit, found)
        taken.append(effort)
    return Verdict(
        "warning",
        f"It takes {' and '.join(taken)}, which its family is not known to have.",
        "See whether AZURE_MODEL_FAMILIES names the model behind it.",
        name_family(visit, ()),
    )


def _asking_for(visit: Visit, effort: Effort) -> Change:
    def change(body: dict[str, Any]) -> dict[str, Any]:
        if visit.deployment.api == "chat":
            return {**body, "reasoning_effort": effort}
        return {**body, "reasoning": {**body.get("reasoning", {}), "effort": effort}}

    return change


def _read(visit: Visit, error: UpstreamError) -> tuple[Effort, ...] | None:
    """Those of a refusal; empty where it takes none at all, None where it is about else."""
    lesson = read_lesson(error, visit.deployment.api)
    if lesson.efforts:
        return lesson.efforts
    return () if lesson.dropped & {*EFFORTS_AT, "reasoning"} else None


def _compare(visit: Visit, found: tuple[Effort, ...]) -> Verdict:
    deployment = visit.deployment
    listed = ", ".join(found) or "none may be sent"
    if deployment.family is not UNKNOWN and {*found} == {*deployment.efforts}:
        return Verdict(detail=listed)
    lines = name_family(visit, found)
    if deployment.family is UNKNOWN and not lines:
        return Verdict(detail=listed)
    fitting = find_fitting(deployment, found)
    which = f" Models with these: {', '.join(fitting)}." if fitting else ""
    expected = ", ".join(deployment.efforts) or "none"
    said = f"Azure lists {listed}; the proxy would send {expected}."
    return Verdict(
        "warning",
        said,
        f"Name the model behind it, which the Azure portal tells.{which}",
        lines,
    )
