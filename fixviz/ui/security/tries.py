"""Slow down whoever guesses: each address has some wrong tries at once, and then one every few seconds."""

from __future__ import annotations

import ipaddress
import math
import time
from collections.abc import Callable
from typing import Final

AT_ONCE: Final = 20
"""A whole class may be behind one address, and mistype."""
EVERY_S: Final = 6.0
_REMEMBERED: Final = 10_000


class WrongTries:
    """Count wrong tries by address (a token bucket). Used from one thread, the event loop's.

    servers: how many count beside each other, each of which gives its share; together they give no more than
    one, to whoever asks all of them.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, servers: int = 1) -> None:
        self._clock = clock
        self._most, self._every_s = max(1.0, AT_ONCE / servers), EVERY_S * servers
        self._left: dict[str, tuple[float, float]] = {}

    def wait_s(self, address: str) -> int:
        """Return the whole seconds until the address may try again; 0 where it may now."""
        left = self._now(_network(address))
        return 0 if left >= 1 else math.ceil((1 - left) * self._every_s)

    def note(self, address: str) -> None:
        """Count a wrong try of an address."""
        network = _network(address)
        left = self._now(network) - 1
        self._left.pop(network, None)
        while len(self._left) >= _REMEMBERED:
            del self._left[next(iter(self._left))]
        self._left[network] = (left, self._clock())

    def _now(self, network: str) -> float:
        left, then = self._left.get(network, (self._most, 0.0))
        return min(self._most, left + (self._clock() - then) / self._every_s)


def _network(address: str) -> str:
    """Return what one person has: an IPv4 address, or a network of 64 bits of IPv6."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
