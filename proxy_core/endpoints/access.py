"""Who may call.

The token arrives as `Authorization: Bearer`, `x-api-key` or `api-key`, depending on the client and
its version, never in an address, and is compared in constant time.

Without a token the proxy is for the people of one machine or network, and no web page is one of
them: neither one that says whose it is (`Origin`), nor one that made its own name lead here (DNS
rebinding). The latter cannot help but say that name as `Host`. It can be no IP address, and no
name that nobody can register. Under such a name a page whose origin says the same is our own.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from hashlib import scrypt
from hmac import compare_digest
from itertools import product

from proxy_core.deployments.address import read_ip
from proxy_core.endpoints import cors
from proxy_core.errors import AccessDenied
from proxy_core.settings import Settings

# Of the caller's name, so that it is the same in every instance. A short token could be found by
# trying: this makes each trial cost 5 ms and a megabyte.
PEPPER = b"azure-gpt-proxy caller"
TRIAL = {"n": 1 << 10, "r": 8, "p": 1}

_HOST = re.compile(r"\[?([^\[\]]*?)\]?\.?(?::\d+)?")  # [::1]:7071
_OWN_NAME = re.compile(r"localhost|.+\.localhost|.+\.internal")  # host.docker.internal


def check(headers: Mapping[str, str], settings: Settings) -> str:
    """Who calls: a name for the token, empty where none is asked for. Raises AccessDenied.

    `headers` are looked up by lower-case names; hosts read their bytes as Latin-1.
    """
    if settings.closed:
        raise AccessDenied(settings.closed, status=403)
    if not settings.auth_tokens:
        if not settings.allow_anonymous:
            _check_host(headers.get("host", ""))
        if not _is_own_page(headers):
            _check_origin(headers.get("origin", ""), settings.cors_origins)
        return ""
    given = [*_tokens(headers)]
    matches = [token for token in settings.auth_tokens if _is_among(token, given)]
    if not matches:
        raise AccessDenied("The token is missing or wrong: it must equal ANTHROPIC_AUTH_TOKEN.")
    return name_caller(matches[0])


@cache  # as many as there are tokens in the settings
def name_caller(token: str) -> str:
    """Stands for a token, in the log and beside what is remembered; 12 characters."""
    return scrypt(_bytes(token), salt=PEPPER, **TRIAL, dklen=6).hex()


def _check_host(host: str) -> None:
    """A request without one is no browser's."""
    name = _name_in(host)
    if name and not _is_own_name(name):
        raise AccessDenied(
            "Without a token this proxy is reached as localhost or by an IP address, under no "
            "other name. Set ANTHROPIC_AUTH_TOKEN, or ALLOW_ANONYMOUS=true to let anyone in.",
            status=403,
        )


def _is_own_page(headers: Mapping[str, str]) -> bool:
    host, origin = headers.get("host", "").lower(), headers.get("origin", "").lower()
    return _is_own_name(_name_in(host)) and origin in (f"http://{host}", f"https://{host}")


def _name_in(host: str) -> str:
    found = _HOST.fullmatch(host.lower())
    return found[1] if found else host


def _is_own_name(name: str) -> bool:
    return bool(_OWN_NAME.fullmatch(name)) or read_ip(name) is not None


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
    spellings = {token, token.encode(errors="surrogateescape").decode("latin-1")}
    pairs = product(spellings, given)
    return any(compare_digest(_bytes(one), _bytes(other)) for one, other in pairs)


def _bytes(text: str) -> bytes:
    """Settings may hold bytes that are no UTF-8, as halves of characters."""
    return text.encode(errors="surrogatepass")


def _tokens(headers: Mapping[str, str]) -> Iterator[str]:
    """All that were given: a host's headers may hold a name twice, and gateways add their own."""
    for name, value in headers.items():
        match name:
            case "authorization":
                scheme, _, bearer = value.partition(" ")
                if scheme.lower() == "bearer":
                    yield bearer.strip()
            case "x-api-key" | "api-key":  # the latter from Cursor's Azure panel
                yield value
