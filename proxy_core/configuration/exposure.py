"""Who may call: the tokens, whether there need to be any, and whose web pages."""

import re
from collections.abc import Iterable

from proxy_core.configuration import secret
from proxy_core.configuration.deployed import is_deployed
from proxy_core.configuration.reader import EnvironReader

AUTH_TOKEN = "ANTHROPIC_AUTH_TOKEN"
CORS = "CORS_ALLOWED_ORIGINS"

# Those of browsers' extensions have schemes of their own.
_ORIGIN = re.compile(r"\*|null|[a-z][a-z0-9+.-]*://[^/?#@*\s]+")


NO_TOKEN = (
    f"This proxy is closed: the setting {AUTH_TOKEN} holds no token that can be used; "
    f"{secret.TOKEN_MEANING}."
)


def read_closed(reader: EnvironReader, is_open: bool) -> str:
    """The app starts in any case, so that whoever calls it reads why it is closed."""
    if reader.is_unresolved(AUTH_TOKEN):
        return (
            f"This proxy is closed: the setting {AUTH_TOKEN} is a reference that Azure could not "
            "resolve. Check that the app may read the secret."
        )
    if is_open or reader.list(AUTH_TOKEN) or not is_deployed(reader):
        return ""
    return (
        f"This proxy is closed: the setting {AUTH_TOKEN} is missing. Set it, or set "
        "ALLOW_ANONYMOUS=true to let anyone in."
    )


def read_tokens(reader: EnvironReader, keys: Iterable[str]) -> tuple[str, ...]:
    """Those that can be used. `keys`: of Azure, which no client should have to know."""
    tokens = reader.list(AUTH_TOKEN)
    for token in tokens:
        if mistake := secret.find_token_mistake(token):
            reader.refuse(f"{AUTH_TOKEN} {mistake}: {secret.TOKEN_MEANING}.")
        elif doubt := secret.find_token_doubt(token):
            reader.doubt(f"{AUTH_TOKEN} {doubt}: {secret.TOKEN_MEANING}.")
    if not set(keys).isdisjoint(tokens):
        reader.doubt(
            f"{AUTH_TOKEN} is a key of Azure, so whoever has it can do without this proxy: "
            f"{secret.TOKEN_MEANING}."
        )
    return tuple(token for token in tokens if not secret.find_token_mistake(token))


def read_origins(reader: EnvironReader) -> tuple[str, ...]:
    """As browsers write them: in small letters, without a slash at the end."""
    origins = tuple(origin.rstrip("/").lower() for origin in reader.list(CORS))
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            reader.refuse(
                f"{CORS} holds {reader.quote(origin)}: an origin is a scheme and a host, such as "
                "https://chat.example, without a path; * stands for all."
            )
    return origins
