"""The proxy between this one and Azure, where the environment names one.

https://everything.curl.dev/usingcurl/proxies/env.html

HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY in capitals or small letters, or what Windows and
macOS have set. Never for this machine itself: its traffic is nobody else's.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from proxy_core.errors import SettingsError


def find_proxy(url: str) -> httpx.Proxy | None:
    """Raises SettingsError for one that cannot be used."""
    parts = urlsplit(url)
    if is_loopback(parts.hostname or "") or proxy_bypass(parts.netloc.rpartition("@")[2]):
        return None
    named = getproxies()
    proxy = named.get(parts.scheme) or named.get("all")
    if not proxy:
        return None
    try:
        found = httpx.Proxy(proxy if "://" in proxy else f"http://{proxy}")
        if found.url.scheme in ("http", "https") and found.url.host:
            return found
    except (ValueError, httpx.InvalidURL):
        pass
    raise SettingsError(
        f"The proxy for {parts.hostname} cannot be used (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY or "
        "the system's settings): it must be an HTTP proxy. NO_PROXY may name the host."
    )


def is_loopback(host: str) -> bool:
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ip_address(name.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)  # Python before 3.13 does not look behind it
    return (mapped or address).is_loopback
