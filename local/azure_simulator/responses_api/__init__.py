"""POST /responses: what it refuses, what it asks for, and how its reply looks."""

from typing import Any

from local.azure_simulator.deployment import Deployment, new_id
from local.azure_simulator.plan import Plan
from local.azure_simulator.responses_api.event_writer import EventWriter, Wishes
from local.azure_simulator.responses_api.request_checks import check_request
from local.azure_simulator.responses_api.response_object import write_response
from local.azure_simulator.responses_api.task_reader import (
    effective_effort,
    prompt_parts,
    read_task,
)
from local.azure_simulator.usage import Usage

__all__ = ["check_request", "prompt_parts", "read_task", "write_reply"]


def write_reply(
    body: dict[str, Any], plan: Plan, deployment: Deployment, usage: Usage, now: int
) -> EventWriter:
    effort = effective_effort(body, deployment.family)
    wishes = Wishes(
        summary=bool((body.get("reasoning") or {}).get("summary")),
        encrypted="reasoning.encrypted_content" in (body.get("include") or ()),
        obfuscated=(body.get("stream_options") or {}).get("include_obfuscation") is not False,
        stored=body.get("store") is not False,
    )
    response = write_response(body, new_id("resp_"), now, effort)
    return EventWriter(response, plan, wishes, deployment, usage)
