"""Which checks are made, in which order, and what they cost."""

from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, replace

from proxy_core.azure.calls import Azure
from proxy_core.azure.name_lookup import look_up
from proxy_core.doctor.checks import FIRST, MORE, Check, check_first
from proxy_core.doctor.finding import SETTINGS, Depth, Finding, Verdict, make_finding
from proxy_core.doctor.in_order import in_order
from proxy_core.doctor.lines import merge_lines
from proxy_core.doctor.refusal import judge
from proxy_core.doctor.resource_checks import LookUp, ResourceChecks
from proxy_core.doctor.targets import Target, find_targets
from proxy_core.doctor.visit import Practice, Record, Spent, Visit
from proxy_core.errors import ProxyError, UpstreamError
from proxy_core.settings import Settings

AT_ONCE = 4  # deployments: each has limits of its own
PATIENCE = 60.0  # seconds for one call


@dataclass(frozen=True, slots=True)
class Plan:
    """What an examination costs at most, and roughly."""

    deployments: int
    calls: int
    tokens: int


class Doctor:
    def __init__(
        self,
        settings: Settings,
        azure: Azure,
        *,
        patience: float = PATIENCE,
        record: Record = lambda _: None,
        look_up: LookUp = look_up,
    ) -> None:
        self._settings = settings
        self._azure = azure
        self._patience = patience
        self._record = record
        self._targets = find_targets(settings)
        self._resources = {
            resource.address.resource: ResourceChecks(resource, azure, look_up)
            for resource in settings.resources
        }
        self._found: list[Finding] = []
        self._speaks_responses = False
        self.spent = Spent()

    @property
    def settings_to_change(self) -> tuple[str, ...]:
        """The lines of all findings so far, ready to paste."""
        lines = [line for finding in self._found for line in finding.settings]
        return merge_lines(lines, self._settings.families or {}, self._speaks_responses)

    def plan(self, depth: Depth) -> Plan:
        checks = [check for target in self._targets for check in _choose(target, depth)]
        asked = [check for check, reason in checks if not reason]
        calls, tokens = sum(c.calls for c in asked), sum(c.tokens for c in asked)
        return Plan(len(self._targets), calls, tokens)

    async def examine(self, depth: Depth) -> AsyncGenerator[Finding]:
        if depth != "first":
            for finding in self._examine_settings():
                yield self._note(finding)
            resources = [checks.examine() for checks in self._resources.values()]
            async for finding in in_order(resources, AT_ONCE):
                yield self._note(finding)
        practice = Practice(self._azure, self.spent, self._patience, depth == "full", self._record)
        visits = [self._examine_target(target, depth, practice) for target in self._targets]
        async for finding in in_order(visits, AT_ONCE):
            yield self._note(finding)

    def _note(self, finding: Finding) -> Finding:
        self._found.append(finding)
        return finding

    def _examine_settings(self) -> Iterator[Finding]:
        warnings = [*self._settings.warnings]
        if not self._targets:
            warnings.append("No deployment is named, so there is nothing to ask: set BIG_MODEL.")
        for warning in warnings:
            yield make_finding("settings", SETTINGS, "Doubtful", Verdict("warning", warning))
        if not warnings:
            yield make_finding("settings", SETTINGS, "Can be used", Verdict())

    async def _examine_target(
        self, target: Target, depth: Depth, practice: Practice
    ) -> AsyncGenerator[Finding]:
        resource = self._resources[target.deployment.resource]
        visit = Visit(practice, target.deployment)
        obstacle = resource.obstacle
        for check, reason in _choose(target, depth):
            try:
                skipped = obstacle or reason
                verdict = Verdict("skipped", skipped) if skipped else await check.run(visit)
            except ProxyError as error:
                told = self._azure.redact(error) if isinstance(error, UpstreamError) else error
                verdict = judge(told, visit.deployment, resource.identity)
                obstacle = _find_obstacle(check, error)
            yield make_finding(check.id, target.group, check.title, verdict)
            if check.id == FIRST.id:
                if obstacle:
                    return
                self._speaks_responses |= visit.deployment.api == "responses"


def _find_obstacle(check: Check, error: ProxyError) -> str:
    """Why the checks that follow are of no use."""
    if error.status == 429:
        return "The deployment's limit is reached."
    return "It does not answer." if check.id == FIRST.id else ""


def _choose(target: Target, depth: Depth) -> Iterator[tuple[Check, str]]:
    """The checks, each with the reason why it is skipped."""
    effort = target.deployment.effort or "medium"
    yield replace(FIRST, run=check_first(effort)), ""
    if depth == "full":
        for check in MORE:
            yield check, check.lacks(target.deployment)
