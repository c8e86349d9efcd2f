"""What one address may send: a token bucket each, in bounded memory; and how large a body may be."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network

from engine.errors import InvalidValue, Overloaded

LARGEST_BODY = 500 * 1024
LARGEST_EVENT = 32 * 1024
MOST_EVENTS = 2_500
MOST_NESTED = 50
BURST = 5
MOST_ADDRESSES = 50_000


@dataclass(slots=True)
class Bucket:
    """Tokens left, and when that was."""

    tokens: float
    at: float


class RateLimit:
    """Requests a second for each address with bursts of five times as many."""

    def __init__(self, setting: str, seconds: Callable[[], float]) -> None:
        """`setting` is `off` or a number a second. Raises InvalidValue."""
        self._rate = _rate(setting)
        self._seconds = seconds
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, address: str) -> None:
        """Count one request. Raises Overloaded with the seconds to wait."""
        if self._rate == math.inf:
            return
        now = self._seconds()
        bucket = self._bucket(_household(address), now)
        bucket.tokens = min(max(1, self._rate * BURST), bucket.tokens + (now - bucket.at) * self._rate)
        bucket.at = now
        if bucket.tokens < 1:
            wait = math.ceil((1 - bucket.tokens) / self._rate)
            raise Overloaded("This address sends too much. Slow down.", max(1, wait))
        bucket.tokens -= 1

    def _bucket(self, address: str, now: float) -> Bucket:
        bucket = self._buckets.setdefault(address, Bucket(max(1, self._rate * BURST), now))
        self._buckets.move_to_end(address)
        if len(self._buckets) > MOST_ADDRESSES:
            self._buckets.popitem(last=False)
        return bucket


def _rate(setting: str) -> float:
    if setting == "off":
        return math.inf
    try:
        rate = float(setting)
    except ValueError:
        rate = 0
    if not 0 < rate < math.inf:
        raise InvalidValue(f"The rate limit {setting!r} is neither `off` nor a number a second above 0.")
    return rate


@lru_cache(8_192)
def _household(address: str) -> str:
    """Take an IPv6 address by its /64: one customer has all of that."""
    if ":" not in address:
        return address
    try:
        parsed = IPv6Address(address)
    except ValueError:
        return address
    return address if parsed.ipv4_mapped else str(IPv6Network((parsed, 64), strict=False))
