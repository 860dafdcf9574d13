"""Who may call.

The token arrives as `Authorization: Bearer`, `x-api-key` or `api-key`, depending on the client and
its version, never in an address, and is compared in constant time.
"""

from collections.abc import Collection, Mapping
from hmac import compare_digest
from itertools import product

from proxy_core.endpoints import cors
from proxy_core.errors import AccessDenied
from proxy_core.settings import Settings
from proxy_core.wire.digest import digest


def check(headers: Mapping[str, str], settings: Settings) -> str:
    """Who calls: a name for the token, empty where none is asked for. Raises AccessDenied.

    `headers` are looked up by lower-case names; hosts read their bytes as Latin-1.
    """
    if settings.closed:
        raise AccessDenied(settings.closed, status=403)
    if not settings.auth_tokens:
        _check_origin(headers.get("origin", ""), settings.cors_origins)
        return ""
    given = _tokens(headers)
    matches = [token for token in settings.auth_tokens if _is_among(token, given)]
    if not matches:
        raise AccessDenied("The token is missing or wrong: it must equal ANTHROPIC_AUTH_TOKEN.")
    return digest(matches[0])


def _check_origin(origin: str, allowed: Collection[str]) -> None:
    """Without a token a web page must be named. Not so Cursor's editor, whose origin is no site."""
    is_page = origin == "null" or origin.startswith(("http:", "https:"))
    if is_page and not cors.is_allowed(origin, allowed):
        raise AccessDenied(
            "A web page may use this proxy only with a token (ANTHROPIC_AUTH_TOKEN), or if "
            "CORS_ALLOWED_ORIGINS names its origin.",
            status=403,
        )


def _is_among(token: str, given: list[str]) -> bool:
    """Constant-time for each token that was given. Clients spell é in UTF-8 or in Latin-1."""
    spellings = {token, token.encode().decode("latin-1")}
    pairs = product(spellings, given)
    return any(compare_digest(one.encode(), other.encode()) for one, other in pairs)


def _tokens(headers: Mapping[str, str]) -> list[str]:
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    return [
        bearer.strip() if scheme.lower() == "bearer" else "",
        headers.get("x-api-key", ""),
        headers.get("api-key", ""),  # from Cursor's Azure panel
    ]
