"""POST /chat/completions: what it refuses, what it asks for, and how its reply looks."""

from typing import Any

from local.azure_simulator.chat_api.chunk_writer import ChunkWriter
from local.azure_simulator.chat_api.request_checks import check_request
from local.azure_simulator.chat_api.task_reader import prompt_parts, read_task
from local.azure_simulator.deployment import Deployment
from local.azure_simulator.plan import Plan
from local.azure_simulator.usage import Usage

__all__ = ["check_request", "prompt_parts", "read_task", "write_reply"]


def write_reply(
    body: dict[str, Any], plan: Plan, deployment: Deployment, usage: Usage, now: int
) -> ChunkWriter:
    return ChunkWriter(body, deployment.name, plan, deployment.family, usage, now)
