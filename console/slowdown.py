"""Slows down whoever guesses tokens: after a few wrong ones an address must wait before its next is looked at.

What comes during a wait is not looked at and lengthens nothing, so a right token gets in after half a minute at most.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

FREE_TRIES = 5
LONGEST_WAIT = 30.0
FORGOTTEN_AFTER = 900.0
MOST_ADDRESSES = 10_000


@dataclass(slots=True)
class Tries:
    """Wrong tokens of one address."""

    wrong: int
    last_at: float

    @property
    def open_at(self) -> float:
        """When the next token may be looked at."""
        if self.wrong < FREE_TRIES:
            return self.last_at
        return self.last_at + min(LONGEST_WAIT, 2.0 ** min(self.wrong - FREE_TRIES, 6))


class Slowdown:
    """Wrong tokens by address, in bounded memory."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._tries: OrderedDict[str, Tries] = OrderedDict()

    def wait(self, address: str) -> int:
        """Tell how many whole seconds this address must wait; 0 when it may try."""
        tries = self._tries.get(_network(address))
        return 0 if tries is None else max(0, math.ceil(tries.open_at - self._seconds()))

    def wrong(self, address: str) -> None:
        """Note a wrong token."""
        network, now = _network(address), self._seconds()
        tries = self._tries.pop(network, None)
        if tries is None or now - tries.last_at > FORGOTTEN_AFTER:
            tries = Tries(0, now)
        self._tries[network] = Tries(tries.wrong + 1, now)
        if len(self._tries) > MOST_ADDRESSES:
            self._tries.popitem(last=False)

    def right(self, address: str) -> None:
        """Forget the wrong tokens before a right one."""
        self._tries.pop(_network(address), None)


def _network(address: str) -> str:
    """Give what one household has: an IPv4 address, or a whole /64 of IPv6."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((parsed, 64), strict=False)) if isinstance(parsed, IPv6Address) else address
