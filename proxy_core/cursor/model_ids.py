"""The model ids that users add in Cursor. An id chooses the reasoning effort, nothing else.

https://docs.cursor.com/settings/models

Cursor's picker may append to an id: `-fast`, or `-thinking-<effort>`.
"""

from itertools import pairwise
from typing import Any

from proxy_core.conversation import Effort
from proxy_core.deployments.models import EFFORT_NAMES
from proxy_core.errors import NotFound

IDS: dict[str, Effort] = {
    "gpt-high": "high",
    "gpt-medium": "medium",
    "gpt-low": "low",
    "gpt-minimal": "minimal",
}


def read_effort(id: str) -> Effort | None:
    """The effort an id names, or None."""
    if not id.isprintable():
        return None
    words = id.lower().split("-")
    if own := IDS.get("-".join(words[:2])):
        return own
    behind = pairwise(words[1:])
    picked = [word for before, word in behind if before == "thinking" and word.isalpha()]
    return EFFORT_NAMES.get(picked[-1]) if picked else None


def list_models() -> dict[str, Any]:
    """What `GET /models` answers."""
    return {"object": "list", "data": [_describe(id) for id in IDS]}


def read_model(id: str, deployment: str) -> dict[str, Any]:
    """What `GET /models/{id}` answers: for an id that means something, or the deployment's name."""
    if read_effort(id) is None and id != deployment:
        raise NotFound(f"The model {id[:64]!r} does not exist.", code="model_not_found")
    return _describe(id)


def _describe(id: str) -> dict[str, Any]:
    return {"id": id, "object": "model", "created": 0, "owned_by": "azure-openai"}
