"""Ids of tool calls as the model of a deployment takes them on Chat Completions.

https://platform.openai.com/docs/api-reference/chat/create#chat-create-messages

What does not fit is replaced by what stands for it in every request: so a call and its result
still belong together, and the prompt cache still matches. The client keeps the ids it knows.
"""

import re
from base64 import b64encode
from hashlib import sha256

from proxy_core.deployments.models import Family
from proxy_core.openai.limits import fit_id

ID_LIMIT = 40  # characters
MISTRALS = re.compile("[a-zA-Z0-9]{9}")  # "Tool call id was … but must be a-z, A-Z, 0-9, …"

_NO_LETTERS = str.maketrans("", "", "+/=")


def write_call_id(id: str, family: Family) -> str:
    if not family.short_call_ids:
        return fit_id(id, ID_LIMIT)
    return id if MISTRALS.fullmatch(id) else _shorten(id)


def _shorten(id: str) -> str:
    """One of 10^16: no two of a conversation meet."""
    digest = b64encode(sha256(id.encode(errors="replace")).digest()).decode()
    return digest.translate(_NO_LETTERS)[:9]
