"""Whose web pages may call, and read what comes back.

https://fetch.spec.whatwg.org/#http-cors-protocol

A browser shows a page a reply of ours only if the reply names the page's origin, and sends JSON
only after it has asked (the preflight). Nobody is named by default. `allowed` is the setting:
origins to the letter, or `*` for all.
"""

from collections.abc import Collection

PREFLIGHT = {
    "access-control-allow-methods": "GET, POST, OPTIONS",
    "access-control-allow-headers": "*, authorization",  # which `*` does not cover
    "access-control-max-age": "86400",
}
EXPOSED = {"access-control-expose-headers": "request-id, retry-after, x-should-retry"}
ANYONE = {"access-control-allow-origin": "*"}


def is_allowed(origin: str, allowed: Collection[str]) -> bool:
    return "*" in allowed or origin in allowed


def headers_for(origin: str, allowed: Collection[str]) -> dict[str, str]:
    """What every reply carries. Credentials are never allowed: a token is no cookie."""
    if "*" in allowed:
        return ANYONE | EXPOSED
    named = {"access-control-allow-origin": origin, **EXPOSED} if origin in allowed else {}
    return {**named, "vary": "origin"} if allowed else {}
