"""The network address that a request came from."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

# One household or office holds a whole /64 of IPv6, so that is what counts as one address.
IPV6_PREFIX = 64


def network_of(request: HttpRequest) -> str:
    """The client's address; X-Forwarded-For counts only where trusted proxies wrote it."""
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
    address = _parse(request.META.get("REMOTE_ADDR", ""))
    while hops and address and _is_trusted(address):
        forwarded = _parse(hops.pop())
        if forwarded is None:
            break
        address = forwarded
    if address is None:
        return "unknown"
    if address.version == 6:
        return str(ipaddress.ip_network((address, IPV6_PREFIX), strict=False))
    return str(address)


def _parse(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_trusted(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return any(address in network for network in settings.TRUSTED_PROXIES)
