"""How often an address and a key may ask. The counting is throttled-py's (GCRA, a token bucket without refilling); here
is who counts as one, and how many are kept count of."""

from __future__ import annotations

import math
from datetime import timedelta
from fractions import Fraction
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network

from throttled import MemoryStore, Quota, Rate, RateLimiterType, Throttled

from engine.errors import InvalidValue, Overloaded

BURST = 5
MOST_KEPT = 50_000
"""Callers that are kept count of; beyond that, those that were longest silent are forgotten. About 25 MB when full."""


class Limits:
    """The limits of one process."""

    def __init__(self, each_address: str, each_key: str) -> None:
        """Each is `off` or a number of requests a second. Raises InvalidValue."""
        self._addresses = RateLimit(each_address, "address", "rate_limit")
        self._keys = RateLimit(each_key, "key", "key_rate_limit")

    def address(self, address: str) -> None:
        """Count a request from an address. Raises Overloaded."""
        self._addresses.take(household(address))

    def key(self, id: str) -> None:
        """Count a request with a key. Raises Overloaded."""
        self._keys.take(id)


class RateLimit:
    """Requests a second for each of many, with bursts of five times as many."""

    def __init__(self, setting: str, whose: str, name: str, most_kept: int = MOST_KEPT) -> None:
        """`setting` is `off` or a number a second; `whose` and `name` are for messages. Raises InvalidValue."""
        self._whose = whose
        rate = _rate(setting, name)
        self._throttle = None if rate is None else _throttle(rate, most_kept)

    def take(self, who: str) -> None:
        """Count one request. Raises Overloaded with the seconds to wait."""
        if self._throttle is None:
            return
        found = self._throttle.limit(who)
        if found.limited:
            wait = max(1, math.ceil(found.state.retry_after))
            raise Overloaded(f"This {self._whose} sends too much. Slow down.", wait)


def _throttle(rate: Fraction, most_kept: int) -> Throttled:
    quota = Quota(Rate(timedelta(seconds=rate.denominator), rate.numerator), burst=max(1, math.floor(rate * BURST)))
    store = MemoryStore(options={"MAX_SIZE": most_kept})
    return Throttled(using=RateLimiterType.GCRA.value, quota=quota, store=store)


def _rate(setting: str, name: str) -> Fraction | None:
    if setting == "off":
        return None
    try:
        rate = Fraction(str(float(setting))).limit_denominator(10_000)
    except (ValueError, OverflowError):
        rate = Fraction(0)
    if rate <= 0:
        raise InvalidValue(f"{name} is `off` or a number a second above 0, not {setting!r}.", (name,))
    return rate


@lru_cache(8_192)
def household(address: str) -> str:
    """Take an IPv6 address by its /64: one customer has all of that."""
    if ":" not in address:
        return address
    try:
        parsed = IPv6Address(address)
    except ValueError:
        return address
    return str(parsed.ipv4_mapped or IPv6Network((int(parsed), 64), strict=False))
