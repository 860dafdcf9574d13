"""Keys, tokens and api-versions: whom and what Azure lets in.

https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle
"""

import hmac
import re
from collections.abc import Mapping

from local.azure_simulator.faults import HttpFault, faults
from local.azure_simulator.refusals import Refusal

V1_VERSIONS = ("v1", "preview", "latest")
DATED = re.compile(r"\d{4}-\d{2}-\d{2}(-preview)?")
FIRST_WITH_RESPONSES = "2025-03-01"


def refusal(name: str) -> Refusal:
    fault = faults()[name]
    assert isinstance(fault, HttpFault)
    return fault.refusal()


def check_access(headers: Mapping[str, str], key: str, token: str, dated: bool) -> None:
    """The key goes into `api-key`; as a bearer token only the v1 paths take it."""
    given = headers.get("api-key")
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    if given is None and scheme.lower() == "bearer":
        if _same(bearer, token) or (_same(bearer, key) and not dated):
            return
        raise refusal("token_invalid" if dated else "key_invalid")
    if not _same(given or "", key):
        raise refusal("key_invalid")


def check_v1_version(query: Mapping[str, str]) -> None:
    if query.get("api-version", "v1") not in V1_VERSIONS:
        raise refusal("api_version_unsupported")


def check_dated_version(query: Mapping[str, str], responses: bool) -> None:
    version = query.get("api-version")
    if not version:
        raise refusal("resource_not_found")
    too_old = responses and version[:10] < FIRST_WITH_RESPONSES
    if not DATED.fullmatch(version) or too_old:
        raise refusal("api_version_unsupported")


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
