"""Who asks: the address that shares are counted by."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network


class Clients:
    """Tells clients apart; what a trusted proxy forwards counts as from where it came."""

    def __init__(self, proxies: tuple[str, ...] = ()) -> None:
        self.proxies = [ip_network(one) for one in proxies]

    def of(self, peer: str, forwarded: str = "") -> str:
        """The address of the client, given the peer and X-Forwarded-For."""
        address = without_port(peer)
        if self.proxies and forwarded:
            for one in reversed([part.strip() for part in forwarded.split(",") if part.strip()]):
                if not self._is_proxy(address):
                    break
                address = without_port(one)
        return address

    def _is_proxy(self, address: str) -> bool:
        known = read(address)
        return known is not None and any(known in network for network in self.proxies)


def read(address: str) -> IPv4Address | IPv6Address | None:
    """An address as a number; IPv4 within IPv6 is IPv4."""
    try:
        known = ip_address(address)
    except ValueError:
        return None
    return getattr(known, "ipv4_mapped", None) or known


def without_port(client: str) -> str:
    """An address without the port.

    >>> without_port("127.0.0.1:80"), without_port("[::1]:80"), without_port("::1")
    ('127.0.0.1', '::1', '::1')
    """
    if client.startswith("["):
        return client[1:].partition("]")[0]
    host, colon, _ = client.rpartition(":")
    return host if colon and ":" not in host else client


@lru_cache(10_000)
def share(address: str) -> str:
    """What counts as one client: an address, or the /64 that an IPv6 client has to itself.

    >>> share("2001:db8:1:2:3::4"), share("::ffff:192.0.2.1")
    ('2001:db8:1:2::/64', '192.0.2.1')
    """
    known = read(address)
    if isinstance(known, IPv6Address):
        return str(ip_network((int(known), 64), strict=False))
    return str(known or address)
