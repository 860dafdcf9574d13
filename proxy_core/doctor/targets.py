"""The deployments that the settings name, each once on each resource."""

from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from proxy_core.configuration.resources import Resource
from proxy_core.deployments.models import UNKNOWN, Deployment
from proxy_core.settings import Settings


@dataclass(frozen=True, slots=True)
class Target:
    deployment: Deployment
    group: str  # as a person knows it


def find_targets(settings: Settings) -> tuple[Target, ...]:
    hosts = {r.address.resource: r.address.host for r in settings.resources}
    named: dict[str, list[Deployment]] = {}
    for deployment in _find_deployments(settings):
        named.setdefault(deployment.name, []).append(deployment)
    targets = []
    for name, deployments in named.items():
        settings_of_it = ", ".join(deployment.setting for deployment in deployments)
        first = deployments[0]
        for place in (first, *first.elsewhere):
            where = f" on {hosts[place.resource]}" if first.elsewhere else ""
            group = f"{name} ({settings_of_it}){where}"
            targets.append(Target(replace(place, elsewhere=()), group))
    return tuple(targets)


def _find_deployments(settings: Settings) -> Iterator[Deployment]:
    if settings.big_model:
        yield settings.find_deployment("claude")
    if settings.small_model:
        yield settings.find_deployment("haiku")
    if settings.cursor_model:
        yield settings.find_cursor_deployment()
    judge = settings.find_safeguards_deployment()
    if judge and settings.safeguards_model:  # else it is the small one
        yield judge


def stand_in(resource: Resource) -> Deployment:
    """For what is asked of a resource, whatever is deployed there."""
    return Deployment(
        "",
        "responses",
        UNKNOWN,
        resource.address.resource,
        setting=f"{resource.settings}_ENDPOINT",
        resource_settings=resource.settings,
    )
