"""The address of a proxy, as a person types it or pastes it from where a client has it."""

import re
from urllib.parse import urlsplit

from local.failure import Failure

EXAMPLE = "--url is the whole address of a proxy, such as https://mine.example.com"
# What clients and browsers have behind it. What remains may be a gateway's own path.
CLIENTS_PATH = re.compile(r"(/cursor)?(/v1)?$|/setup$|/cursor/health$")


def read_proxy_url(text: str) -> str:
    """Raises Failure."""
    try:
        parts = urlsplit(text.strip())
        is_address = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        raise Failure(EXAMPLE) from None
    if not is_address:
        raise Failure(EXAMPLE)
    if "@" in parts.netloc or parts.query:
        raise Failure(f"{EXAMPLE}: without a name, a password or a token in it")
    path = CLIENTS_PATH.sub("", parts.path.rstrip("/"))
    return f"{parts.scheme}://{parts.netloc}{path}"
