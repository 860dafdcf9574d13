"""Where a host is, for whoever wants to know before anything is sent there."""

from ipaddress import ip_address

from proxy_core.azure.connections import Resolver
from proxy_core.azure.host_names import NO_SUCH_NAME
from proxy_core.azure.proxies import is_loopback
from proxy_core.errors import Unreachable


def unknown_host(host: str) -> Unreachable:
    return Unreachable(f"There is no host of the name {host}.", code="unknown_host")


async def look_up(host: str) -> tuple[str, ...]:
    """Its addresses, by which it is called. Raises Unreachable."""
    try:
        found = await Resolver().resolve(host)
    except (OSError, UnicodeError) as error:
        if getattr(error, "errno", None) in NO_SUCH_NAME:
            raise unknown_host(host) from error
        raise Unreachable(f"The name {host} could not be looked up.") from error
    return tuple(dict.fromkeys(address["host"] for address in found))


def is_private(address: str) -> bool:
    """Whether it is reached from within a network alone, as a private endpoint is."""
    return ip_address(address.partition("%")[0]).is_private and not is_loopback(address)
