"""Addresses of callers, as servers and proxies write them."""

import ipaddress
from collections.abc import Iterable
from functools import lru_cache

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

UNKNOWN = "unknown"
# The longest form is IPv6 with IPv4 inside, a zone, brackets and a port.
LONGEST = 100
# So many texts are not read anew: most callers ask more than once.
MOST_KEPT = 1024
# A household or a server has a whole /64 of IPv6 (RFC 6177), so that is who counts.
IPV6_PREFIX = 64


def read_address(text: str | None) -> Address | None:
    """Return the address in `text`: bare, in brackets, with port or zone.

    IPv4 that is mapped to IPv6 becomes IPv4. None if there is no address: a Unix
    socket has none, and a proxy may pass on anything.
    """
    return _read(text) if text and len(text) <= LONGEST else None


@lru_cache(MOST_KEPT)
def _read(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(_without_port(text.strip()).partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def group_of(text: str | None) -> str:
    """Return whom limits count: an IPv4 address, a /64 of IPv6, or "unknown"."""
    address = read_address(text)
    if address is None:
        return UNKNOWN
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, IPV6_PREFIX), strict=False))


def is_within(address: Address, networks: Iterable[Network]) -> bool:
    """Whether one of `networks` has `address`; IPv4 may be mapped to IPv6 in either."""
    return any(address in unmapped(network) for network in networks)


def unmapped(network: Network) -> Network:
    """Return `network`; as one of IPv4 if it is that, mapped to IPv6."""
    if network.version == 4 or network.prefixlen < 96:
        return network
    mapped = network.network_address.ipv4_mapped
    return ipaddress.ip_network((mapped, network.prefixlen - 96)) if mapped else network


def _without_port(text: str) -> str:
    if text.startswith("["):
        return text[1:].partition("]")[0]
    host, colon, _ = text.partition(":")
    return host if colon and ":" not in text[len(host) + 1 :] else text
