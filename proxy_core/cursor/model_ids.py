"""The model ids that users add in Cursor. An id chooses the reasoning effort, nothing else.

https://docs.cursor.com/settings/models

Cursor's picker may append to an id: `-fast`, or `-thinking-<effort>`.
"""

import re
from typing import Any

from proxy_core.conversation import Effort
from proxy_core.deployments.models import EFFORT_NAMES

IDS: dict[str, Effort] = {
    "gpt-high": "high",
    "gpt-medium": "medium",
    "gpt-low": "low",
    "gpt-minimal": "minimal",
}

_OWN_ID = re.compile(r"(gpt-(?:high|medium|low|minimal))(?:-.*)?", re.IGNORECASE)
_PICKED = re.compile(r".*-thinking-([a-z]+)(?:-.*)?", re.IGNORECASE)


def read_effort(id: str) -> Effort | None:
    """The effort an id names, or None."""
    if own := _OWN_ID.fullmatch(id):
        return IDS[own[1].lower()]
    if picked := _PICKED.fullmatch(id):
        return EFFORT_NAMES.get(picked[1].lower())
    return None


def list_models() -> dict[str, Any]:
    """What `GET /models` answers."""
    return {"object": "list", "data": [read_model(id) for id in IDS]}


def read_model(id: str) -> dict[str, Any]:
    return {"id": id, "object": "model", "created": 0, "owned_by": "azure-openai"}
