"""Which model may stand behind a deployment, by what it has shown."""

from collections.abc import Iterator, Sequence

from proxy_core.conversation import Effort
from proxy_core.deployments.models import FAMILIES, UNKNOWN, Deployment, find_family
from proxy_core.doctor.visit import Visit

SETTING = "AZURE_MODEL_FAMILIES"


def find_fitting(deployment: Deployment, efforts: Sequence[Effort]) -> tuple[str, ...]:
    """The families with exactly these efforts, those that promise least first."""
    fitting = [
        family
        for family in reversed(FAMILIES)
        if family.prefix and efforts and set(family.efforts_on(deployment.api)) == {*efforts}
    ]
    by_promise = sorted(fitting, key=lambda family: family.max_input or 0)
    return tuple(family.prefix for family in by_promise)


def name_family(visit: Visit, efforts: Sequence[Effort]) -> tuple[str, ...]:
    """The line that would say so: Azure's own word for the model, else what its efforts fit."""
    guesses = _guess(visit, efforts)
    model = next(guesses, None)
    return (f"{SETTING}={visit.deployment.name}={model}",) if model else ()


def _guess(visit: Visit, efforts: Sequence[Effort]) -> Iterator[str]:
    named = find_family(visit.model)
    if named not in (UNKNOWN, visit.deployment.family):
        yield visit.model
    yield from find_fitting(visit.deployment, efforts)
