"""Keys, tokens and api-versions: whom and what Azure lets in.

https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle
"""

import hmac
import re
import time
from collections.abc import Mapping

from local.azure_simulator.faults import HttpFault, faults
from local.azure_simulator.refusals import Refusal, token_refused
from local.azure_simulator.simulator import Simulator
from local.azure_simulator.tokens import looks_like_token

V1_VERSIONS = ("v1", "preview", "latest")
DATED = re.compile(r"\d{4}-\d{2}-\d{2}(-preview)?")
FIRST_WITH_RESPONSES = "2025-03-01"


def refusal(name: str) -> Refusal:
    fault = faults()[name]
    assert isinstance(fault, HttpFault)
    return fault.refusal()


def check_access(headers: Mapping[str, str], simulator: Simulator, dated: bool) -> None:
    """The key goes into `api-key`; as a bearer token only the v1 paths take it."""
    key, bearer = headers.get("api-key"), _bearer(headers)
    if key is None and bearer is not None:
        if _same(bearer, simulator.token):
            return
        if dated or looks_like_token(bearer):
            return _check_token(bearer, simulator)
        key = bearer
    if key is not None and not simulator.takes_keys:
        raise refusal("key_auth_disabled")
    if not _same(key or "", simulator.key):
        raise refusal("key_invalid")


def given_key(headers: Mapping[str, str]) -> str:
    """The key, or the token, that a request shows."""
    return headers.get("api-key") or _bearer(headers) or ""


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


def _check_token(value: str, simulator: Simulator) -> None:
    if not simulator.tokens.accepts(value, simulator.audiences, time.time()):
        raise token_refused(simulator.audiences[0])


def _bearer(headers: Mapping[str, str]) -> str | None:
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    return bearer if scheme.lower() == "bearer" else None


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
