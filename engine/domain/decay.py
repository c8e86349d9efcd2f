"""Finds the exact millisecond at which something that never rises has fallen below a bound.

A closed form comes within a few milliseconds; only asking the thing itself is exact.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable


def first_fall(fallen: Callable[[int], bool], after: int, guess: int) -> int:
    """Find the first instant past `after` at which `fallen` holds, asking around `guess` first.

    `fallen` must not hold at `after`, must hold some day, and from then on for ever. A close guess costs two questions,
    a poor one about twice the logarithm of its distance."""
    instant, step = max(guess, after + 1), 1
    while not fallen(instant):
        after, instant, step = instant, instant + step, step * 2
    step = 1
    while (earlier := instant - step) > after and fallen(earlier):
        instant, step = earlier, step * 2
    between = range(max(after, earlier) + 1, instant)
    return between.start + bisect_left(between, True, key=fallen)


def not_later(guess: int, after: int, silence: float) -> int:
    """Take a safe distance from a closed form: an instant past `after` that is no later than what it means."""
    return max(after + 1, guess - 1_000 - int(silence / 1e6))
