"""Which addresses may be connected to, and the one look-up that finds those of a name."""

import ipaddress
import socket
import threading

from django.conf import settings

from labelops.fetching.errors import unreachable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def _networks(*texts: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


# Inside a network: what the operator's setting opens.
PRIVATE = _networks(
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "::1/128",
    "fc00::/7",
)
# Never, whatever is set: the metadata services of clouds, which hand out credentials. One of them
# is an ordinary public address.
METADATA = _networks(
    "169.254.0.0/16", "fe80::/10", "100.100.100.200/32", "168.63.129.16/32", "fd00:ec2::/32"
)
# The special-purpose registries of IANA. Python's own judgement changed between its releases.
SPECIAL = _networks(
    "0.0.0.0/8",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
)
# All else of IPv6 is reserved, local, multicast, or an IPv4 address in disguise.
UNICAST = ipaddress.ip_network("2000::/3")


def is_allowed(address: Address, *, is_operators: bool = False) -> bool:
    """Whether this address may be connected to; what the operator has named may lie inside."""
    if _is_in(address, METADATA):
        return False
    if _is_in(address, PRIVATE):
        return is_operators or settings.FETCH_PRIVATE_ADDRESSES
    if address.version == 6 and address not in UNICAST:
        return False
    return address.is_global and not _is_in(address, SPECIAL)


def _is_in(
    address: Address, networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
) -> bool:
    return any(address in network for network in networks)


def allowed_addresses(
    host: str, port: int, *, seconds: float, is_operators: bool = False
) -> list[Address]:
    """All addresses of a host, looked up once. Raises FetchFailed when one is not allowed.

    One private address among public ones is enough to refuse: a name that has both is a trap.
    """
    found = _found_in_time(host, port, seconds)
    if not found or not all(is_allowed(one, is_operators=is_operators) for one in found):
        raise unreachable()
    return found


def look_up(host: str, port: int) -> list[Address]:
    """What the resolver of this machine says. Raises OSError or UnicodeError."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ipaddress.ip_address(answer[4][0]) for answer in answers))


def _found_in_time(host: str, port: int, seconds: float) -> list[Address]:
    """The look-up in a thread of its own, since a resolver cannot be told when to give up."""
    found: list[Address] = []

    def look() -> None:
        try:
            found.extend(look_up(host, port))
        except (OSError, UnicodeError):
            found.clear()

    looker = threading.Thread(target=look, daemon=True)
    looker.start()
    looker.join(seconds)
    return [] if looker.is_alive() else found
