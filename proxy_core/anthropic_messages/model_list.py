"""What `GET /v1/models` says: the Claude names that lead to a deployment.

https://docs.anthropic.com/en/api/models-list
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

from proxy_core.deployments.models import Deployment
from proxy_core.errors import BadRequest

# Claude Code's discovery keeps only names of this kind.
ALIASES = ("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5")

UNKNOWN_DATE = "1970-01-01T00:00:00Z"  # what the API itself gives when it does not know


def list_models(find_deployment: Callable[[str], Deployment]) -> Iterator[dict[str, Any]]:
    """Those that lead to a deployment."""
    for id in ALIASES:
        with suppress(BadRequest):  # its setting is missing
            yield write_model(id, find_deployment(id))


def write_model(id: str, deployment: Deployment) -> dict[str, Any]:
    return {
        "type": "model",
        "id": id,
        "display_name": f"{deployment.name} on Azure OpenAI",
        "created_at": UNKNOWN_DATE,
        "lifecycle": "active",
        "max_input_tokens": deployment.family.max_input,
        "max_tokens": deployment.family.max_output,
    }


def write_models(models: Iterable[dict[str, Any]]) -> dict[str, Any]:
    data = [*models]
    return {
        "data": data,
        "has_more": False,
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
    }
